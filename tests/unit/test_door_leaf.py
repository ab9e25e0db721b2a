"""The door leaf: opened, forced, held open, closed; what its contact makes of the lock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.access import leaf
from edge.access.deeds import Keep, Record
from edge.access.happenings import Part, Ticked, WireFailed
from edge.access.state import DoorState
from edge.access.watch import status
from edge.config import DoorSettings, RuleSettings
from edge.values import Alarm, Handle, Occasion, OrderKind, Reason, Status
from tests.unit.door_builders import ANN, BLIND, BOB, REAL, Told, Visit, alarms, occasions, ready, ruled, secured

if TYPE_CHECKING:
    from collections.abc import Callable


def opened(told: Told) -> Told:
    told.wire(Part.CONTACT, active=True)
    return told


def test_somebody_comes_opens_goes_through_and_the_door_locks_as_it_closes() -> None:
    told = ready()
    assert told.comes() is Reason.GRANTED
    assert status(told.state, told.policy) is Status.UNLOCKED
    told.later(1.0)
    assert occasions(told.wire(Part.CONTACT, active=True)) == [Occasion.OPENED]
    assert status(told.state, told.policy) is Status.OPEN
    told.later(1.5)
    done = told.wire(Part.CONTACT, active=False)
    assert secured(done) == 1
    assert occasions(done) == [Occasion.CLOSED, Occasion.LOCKED]
    assert not told.unlocked()
    assert status(told.state, told.policy) is Status.LOCKED
    assert told.state.alarms == frozenset()


def test_without_relock_on_close_and_with_an_automatic_door_the_pulse_runs_on() -> None:
    for door in (DoorSettings(relock_on_close=False), DoorSettings(automatic=True, open_grace_s=10.0)):
        told = ready(replace(REAL, door=door))
        told.comes()
        opened(told)
        assert secured(told.wire(Part.CONTACT, active=False)) == 0
        assert told.unlocked()


def test_whoever_is_let_in_while_another_stands_in_the_door_is_not_locked_out_as_it_closes() -> None:
    told = ready()
    told.comes()
    opened(told).later(1.0)
    assert told.comes(Visit(who=BOB)) is Reason.GRANTED
    assert secured(told.wire(Part.CONTACT, active=False)) == 0
    assert told.unlocked()


def test_a_door_that_opens_without_being_unlocked_is_forced_until_it_is_closed() -> None:
    told = ready()
    done = told.wire(Part.CONTACT, active=True)
    assert alarms(done) == [Alarm.FORCED_OPEN]
    assert status(told.state, told.policy) is Status.FORCED_OPEN
    told.press()
    told.later(60.0)
    assert Alarm.FORCED_OPEN in told.state.alarms
    done = told.wire(Part.CONTACT, active=False)
    assert alarms(done, Occasion.ALARM_ENDED) == [Alarm.FORCED_OPEN]


@pytest.mark.parametrize(("late_s", "forced"), [(0.9, False), (1.2, True)])
def test_a_strike_is_slow_so_the_door_may_be_opened_a_moment_after_the_relock(late_s: float, *, forced: bool) -> None:
    told = ready()
    told.comes()
    told.later(5.0 + late_s)
    assert (Alarm.FORCED_OPEN in alarms(told.wire(Part.CONTACT, active=True))) is forced


def test_after_it_closed_and_locked_opening_it_again_is_forced_at_once() -> None:
    told = ready()
    told.comes()
    opened(told).wire(Part.CONTACT, active=False)
    assert alarms(told.wire(Part.CONTACT, active=True)) == [Alarm.FORCED_OPEN]


def test_a_door_held_open_warns_and_then_alarms_in_time() -> None:
    told = ready()
    told.comes()
    opened(told)
    told.later(24.9)
    assert told.state.alarms == frozenset()
    told.later(0.2)
    assert told.state.alarms == {Alarm.HELD_SOON}
    told.later(5.0)
    assert told.state.alarms == {Alarm.HELD_OPEN}
    assert status(told.state, told.policy) is Status.HELD_OPEN
    told.wire(Part.CONTACT, active=False)
    assert told.state.alarms == frozenset()


def test_whoever_needs_longer_gets_a_longer_pulse_and_may_hold_the_door_longer() -> None:
    told = ruled(RuleSettings(extended_groups=("wheelchair",)))
    told.comes(Visit(groups=("wheelchair",)))
    assert told.pulses == [15.0]
    opened(told).later(54.0)
    assert told.state.alarms == frozenset()
    told.later(7.0)
    assert told.state.alarms == {Alarm.HELD_OPEN}
    told.wire(Part.CONTACT, active=False)
    told.comes(Visit(who=BOB))
    assert told.pulses == [15.0, 5.0]
    opened(told).later(31.0)
    assert told.state.alarms == {Alarm.HELD_OPEN}


def test_in_free_access_the_door_may_stand_open_and_afterwards_its_time_begins_anew() -> None:
    told = ready()
    told.order(OrderKind.FREE_ACCESS)
    opened(told).later(300.0)
    assert told.state.alarms == frozenset()
    told.order(OrderKind.NORMAL)
    told.later(20.0)
    assert told.state.alarms == frozenset()
    told.later(11.0)
    assert told.state.alarms == {Alarm.HELD_OPEN}


def test_after_a_lock_down_ended_free_access_the_time_of_a_door_that_stands_open_begins_anew() -> None:
    told = ready()
    told.order(OrderKind.FREE_ACCESS)
    opened(told).later(300.0)
    told.order(OrderKind.LOCK_DOWN)
    told.later(20.0)
    assert told.state.alarms == frozenset()
    told.later(11.0)
    assert told.state.alarms == {Alarm.HELD_OPEN}


def test_a_faulty_contact_shows_neither_a_forced_nor_a_held_door() -> None:
    told = ready()
    told.tell(WireFailed(told.now, Part.CONTACT, "cut wire"))
    opened(told)
    assert told.state.alarms == {Alarm.CONTACT_FAULT}
    assert status(told.state, told.policy) is Status.FAULT


def test_a_door_that_stands_open_at_the_start_was_not_seen_forced_and_is_held_after_its_time() -> None:
    told = Told(state=leaf.found(DoorState(), 100.0, REAL, open_=True)).ready()
    assert told.state.alarms == frozenset()
    told.later(31.0)
    assert told.state.alarms == {Alarm.HELD_OPEN}


def test_a_passage_counts_when_the_door_was_opened_and_without_a_contact_at_once() -> None:
    rules = RuleSettings(anti_passback=replace(RuleSettings().anti_passback, mode="hard"))
    told = ruled(rules)
    told.comes()
    told.later(8.0)
    assert told.comes() is Reason.GRANTED  # they did not go through
    opened(told)
    assert any(isinstance(action, Keep) for action in told.actions)
    told.wire(Part.CONTACT, active=False)
    assert told.comes() is Reason.PASSBACK
    blind = ruled(rules, BLIND)
    blind.comes()
    assert blind.comes() is Reason.PASSBACK


def test_every_alarm_has_its_sentence_in_the_record() -> None:
    told = ready()
    done = told.wire(Part.CONTACT, active=True)
    assert "the door was opened without being unlocked" in [a.words for a in done if isinstance(a, Record)]


HARD = RuleSettings(anti_passback=replace(RuleSettings().anti_passback, mode="hard"))
PAIRS = replace(HARD, two_person=replace(HARD.two_person, groups=("*",)))


def inside(told: Told) -> set[Handle]:
    return {one.handle for one in told.state.memory.passages}


def test_two_who_are_let_in_before_the_door_opens_have_both_passed() -> None:
    told = ruled(HARD)
    told.comes()
    told.comes(Visit(who=BOB))
    opened(told)
    assert inside(told) == {ANN, BOB}


def test_whoever_vouches_for_another_has_passed_too() -> None:
    told = ruled(PAIRS)
    assert told.comes() is Reason.SECOND_PERSON
    assert told.comes(Visit(who=BOB)) is Reason.GRANTED
    opened(told)
    assert inside(told) == {ANN, BOB}


def test_whoever_is_let_in_through_an_open_door_or_past_a_faulty_contact_has_passed_at_once() -> None:
    told = ruled(HARD)
    told.comes()
    opened(told)
    told.comes(Visit(who=BOB))
    assert inside(told) == {ANN, BOB}
    told = ruled(HARD)
    told.tell(WireFailed(told.now, Part.CONTACT, "cut wire"))
    told.comes()
    assert inside(told) == {ANN}


def test_whoever_did_not_open_the_door_in_time_did_not_pass_with_the_next_who_goes_out() -> None:
    told = ruled(HARD)
    told.comes()
    told.later(30.0)
    told.press()
    opened(told)
    assert inside(told) == set()


def test_opened_in_the_moment_after_the_relock_and_closed_again_it_is_shut_for_good() -> None:
    told = ready()
    told.comes()
    told.later(5.5)
    opened(told).wire(Part.CONTACT, active=False)
    assert alarms(told.wire(Part.CONTACT, active=True)) == [Alarm.FORCED_OPEN]


@pytest.mark.parametrize("unlocks", [lambda told: told.press(), lambda told: told.order(OrderKind.UNLOCK)])
def test_a_door_that_is_unlocked_while_it_stands_open_may_do_so_for_the_usual_time(
    unlocks: Callable[[Told], object],
) -> None:
    told = ruled(RuleSettings(extended_groups=("wheelchair",)))
    told.comes(Visit(groups=("wheelchair",)))
    opened(told).later(10.0)
    unlocks(told)
    told.later(24.9)
    assert told.state.alarms == frozenset()
    told.later(5.2)
    assert told.state.alarms == {Alarm.HELD_OPEN}


@pytest.mark.parametrize(("at", "forced"), [(106.0, False), (106.25, True)])
def test_the_moment_after_the_relock_ends_with_its_last(at: float, *, forced: bool) -> None:
    told = ready()
    told.comes()
    for now in (105.0, at):
        told.now = now
        told.tell(Ticked(now))
    assert (Alarm.FORCED_OPEN in alarms(told.wire(Part.CONTACT, active=True))) is forced


def test_a_lock_down_ends_the_moment_after_an_earlier_relock_too() -> None:
    told = ready()
    told.comes()
    told.jump(5.0)
    told.comes()
    told.order(OrderKind.LOCK_DOWN)
    assert alarms(told.wire(Part.CONTACT, active=True)) == [Alarm.FORCED_OPEN]


def test_whoever_was_let_in_did_not_pass_when_the_door_was_forced() -> None:
    told = ruled(RuleSettings(anti_passback=replace(RuleSettings().anti_passback, mode="hard")))
    told.comes()
    told.later(8.0)
    opened(told)
    assert told.state.memory.passages == ()


@pytest.mark.parametrize(("late_s", "forced"), [(0.9, False), (1.2, True)])
def test_the_end_of_free_access_leaves_a_moment_to_open_the_door_too(late_s: float, *, forced: bool) -> None:
    told = ready()
    told.order(OrderKind.FREE_ACCESS)
    told.order(OrderKind.NORMAL)
    told.later(late_s)
    assert (Alarm.FORCED_OPEN in alarms(told.wire(Part.CONTACT, active=True))) is forced
