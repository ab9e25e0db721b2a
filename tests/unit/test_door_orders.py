"""What an operator orders: done or refused, and written down with who and why either way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.access.clock import Reading
from edge.access.deeds import Deed, Keep, Pulse, Record
from edge.access.happenings import AlarmChanged, ClockRead, JournalChanged, Part, ShutDown, Ticked, WireFailed
from edge.access.memory import LockDown, Memory, Passage
from edge.access.state import DoorState
from edge.access.watch import status
from edge.config import RuleSettings
from edge.config.rules import TwoPerson
from edge.values import Alarm, Credential, Factor, Occasion, OrderKind, Reason, Status
from tests.unit.door_builders import ANN, BOB, MONDAY, REAL, Told, Visit, ready, ruled, secured

OPENING = [OrderKind.UNLOCK, OrderKind.FREE_ACCESS]


def test_an_operator_unlocks_from_afar_for_the_usual_time_or_another() -> None:
    told = ready()
    assert told.order(OrderKind.UNLOCK).done
    assert told.order(OrderKind.UNLOCK, seconds=12.0).done
    assert told.pulses == [5.0, 12.0]
    records = [one for one in told.actions if isinstance(one, Record) and one.occasion is Occasion.ORDERED]
    assert [(one.reason, one.operator, one.words) for one in records] == [
        (Reason.REMOTE_UNLOCK, "eve", "unlock: a drill")
    ] * 2


@pytest.mark.parametrize("seconds", [-1.0, 15.1, float("nan"), float("inf")])
def test_an_unlock_without_a_sensible_end_is_refused(seconds: float) -> None:
    told = ready()
    done = told.order(OrderKind.UNLOCK, seconds=seconds)
    assert (done.done, done.reason) == (False, Reason.BAD_ORDER)
    assert told.pulses == []


@pytest.mark.parametrize("missing", ["operator", "why"])
@pytest.mark.parametrize("kind", list(OrderKind))
def test_an_order_without_its_operator_or_its_reason_is_refused(kind: OrderKind, missing: str) -> None:
    told = ready()
    done = told.order(kind, handle=ANN, **{missing: " "})
    assert done.reason is Reason.BAD_ORDER
    assert (told.pulses, told.state.memory.lock_down) == ([], None)


@pytest.mark.parametrize("kind", OPENING)
def test_s3_nothing_opens_by_an_order_in_a_lock_down_without_a_journal_or_after_the_end(kind: OrderKind) -> None:
    told = ready()
    told.order(OrderKind.LOCK_DOWN)
    assert told.order(kind).reason is Reason.LOCK_DOWN
    told.order(OrderKind.NORMAL)
    told.tell(JournalChanged(told.now, up=False))
    assert told.order(kind).reason is Reason.JOURNAL_DOWN
    told.tell(JournalChanged(told.now, up=True), ShutDown(told.now))
    assert told.order(kind).reason is Reason.STOPPED
    assert told.pulses == []


def test_a_lock_down_ends_a_pulse_at_once_and_lets_nobody_in_but_everybody_out() -> None:
    told = ready()
    told.comes()
    told.order(OrderKind.LOCK_DOWN)
    assert secured(told.actions) == 1
    assert status(told.state, told.policy) is Status.LOCK_DOWN
    assert told.comes() is Reason.LOCK_DOWN
    told.press()
    assert len(told.pulses) == 2
    assert told.order(OrderKind.NORMAL).done
    assert told.comes() is Reason.GRANTED


def test_s7_a_lock_down_is_kept_before_it_is_answered_and_outlives_a_restart() -> None:
    told = ready()
    told.order(OrderKind.LOCK_DOWN)
    kept = [one.memory for one in told.actions if isinstance(one, Keep)]
    again = Told(state=DoorState(memory=kept[-1])).ready()
    assert again.comes() is Reason.LOCK_DOWN


def test_free_access_lasts_for_its_time_or_until_another_order_and_not_over_a_restart() -> None:
    told = ready()
    told.order(OrderKind.FREE_ACCESS, seconds=60.0)
    told.later(59.0)
    assert status(told.state, told.policy) is Status.FREE_ACCESS
    told.later(2.0)
    assert not told.unlocked()
    told.order(OrderKind.FREE_ACCESS)
    told.later(3600.0, tick_s=1.0)
    assert told.unlocked()
    again = Told(state=DoorState(memory=told.state.memory)).ready()
    assert again.tell(Ticked(again.now)) == ()
    told.order(OrderKind.NORMAL)
    assert not told.unlocked()


def test_a_duress_credential_opens_as_usual_and_alarms_until_it_is_acknowledged() -> None:
    told = ready()
    pin = Credential(Factor.PIN, told.now, duress=True)
    assert told.comes(Visit(more=(pin,))) is Reason.GRANTED
    assert told.state.alarms == {Alarm.DURESS}
    told.later(100.0)
    assert told.state.alarms == {Alarm.DURESS}
    told.order(OrderKind.ACKNOWLEDGE)
    assert told.state.alarms == frozenset()


def test_s4_a_forced_credential_is_answered_exactly_as_any_other() -> None:
    plain, forced = ready(), ready()
    assert plain.comes(Visit(more=(Credential(Factor.PIN, 100.0),))) is forced.comes(
        Visit(more=(Credential(Factor.PIN, 100.0, duress=True),))
    )
    assert [one for one in plain.actions if isinstance(one, Pulse)] == [
        one for one in forced.actions if isinstance(one, Pulse)
    ]


def test_passages_elsewhere_are_told_and_forgiven_by_order() -> None:
    told = ruled(RuleSettings(anti_passback=replace(RuleSettings().anti_passback, mode="hard")))
    told.order(OrderKind.PASSED, handle=ANN, side="in")
    told.order(OrderKind.PASSED, handle=BOB, side="in")
    assert told.comes() is Reason.PASSBACK
    told.order(OrderKind.PASSED, handle=ANN, side="out")
    assert told.comes() is Reason.GRANTED
    assert told.comes(Visit(who=BOB)) is Reason.PASSBACK
    told.order(OrderKind.FORGIVE, handle=BOB)
    assert told.comes(Visit(who=BOB)) is Reason.GRANTED
    assert told.order(OrderKind.PASSED).reason is Reason.BAD_ORDER
    told.order(OrderKind.FORGIVE)
    assert told.state.memory.passages == ()


def test_an_operator_confirms_a_clock_that_nobody_vouches_for() -> None:
    told = Told()
    told.tell(ClockRead(told.now, Reading(wall=0.0, monotonic=told.now, synchronised=False)))
    assert told.state.alarms == {Alarm.CLOCK}
    told.wall = 0.0
    refused = told.order(OrderKind.CONFIRM_CLOCK)  # it cannot be right, whatever an operator says
    assert (refused.done, refused.reason) == (False, Reason.BAD_ORDER)
    assert "1970-01-01" in refused.words
    assert told.state.alarms == {Alarm.CLOCK}
    told.wall = MONDAY
    told.order(OrderKind.CONFIRM_CLOCK)
    assert told.state.alarms == frozenset()
    assert told.state.memory.newest == MONDAY


@pytest.mark.parametrize("kind", [OrderKind.UNLOCK, OrderKind.FREE_ACCESS])
def test_s3_nothing_opens_by_an_order_while_tampering_or_a_faulty_wire_locks_the_door_down(kind: OrderKind) -> None:
    told = ready()
    told.wire(Part.TAMPER, active=True)
    assert told.order(kind).reason is Reason.TAMPERED
    told.wire(Part.TAMPER, active=False)
    assert not told.unlocked()
    told = ready(replace(REAL, contact=replace(REAL.contact, on_fault="lock-down")))
    told.tell(WireFailed(told.now, Part.CONTACT, "cut wire"))
    assert told.order(kind).reason is Reason.LOCK_DOWN
    assert told.pulses == []


def test_a_clock_that_cannot_be_right_is_not_confirmed_and_the_operator_hears_why() -> None:
    told = ready()
    told.wall = 0.0
    done = told.order(OrderKind.CONFIRM_CLOCK)
    assert done.reason is Reason.BAD_ORDER
    assert "before this software was made" in done.words


def test_duress_alarms_whatever_becomes_of_the_claim_and_outlives_a_restart() -> None:
    rules = RuleSettings(two_person=replace(RuleSettings().two_person, groups=("*",)))
    told = ruled(rules)
    assert told.comes(Visit(more=(Credential(Factor.PIN, told.now, duress=True),))) is Reason.SECOND_PERSON
    assert told.state.alarms == {Alarm.DURESS}
    (kept, *_) = [one.memory for one in told.actions if isinstance(one, Keep)][-1:]
    again = Told(state=DoorState(memory=kept)).ready()
    assert again.state.alarms == {Alarm.DURESS}
    again.order(OrderKind.ACKNOWLEDGE)
    assert again.state.alarms == frozenset()


def test_duress_that_the_terminal_tells_of_without_a_face_alarms_silently_until_it_is_acknowledged() -> None:
    told = ready()
    actions = told.tell(AlarmChanged(told.now, Alarm.DURESS, on=True, words=""))
    assert [one for one in actions if isinstance(one, Deed)] == [], "nothing moves at the door"
    assert told.state.alarms == {Alarm.DURESS}
    (kept,) = [one.memory for one in actions if isinstance(one, Keep)]
    assert told.tell(AlarmChanged(told.now, Alarm.DURESS, on=False, words="")) == (), "a terminal takes none back"
    again = Told(state=DoorState(memory=kept)).ready()
    assert again.state.alarms == {Alarm.DURESS}
    again.order(OrderKind.ACKNOWLEDGE)
    assert again.state.alarms == frozenset()


@pytest.mark.parametrize("looked", [True, False])
def test_s3_a_time_that_cannot_be_is_not_confirmed_and_takes_back_nothing(*, looked: bool) -> None:
    told = Told(state=DoorState(memory=Memory(newest=MONDAY)))
    if looked:
        told.look_at_clock(synchronised=False)
    before = told.state
    told.wall = 0.0
    done = told.order(OrderKind.CONFIRM_CLOCK)
    assert (done.done, done.reason) == (False, Reason.BAD_ORDER)
    assert "before this software was made" in done.words
    assert told.state == before


def test_a_clock_that_was_confirmed_is_believed_from_then_on() -> None:
    told = Told()
    told.order(OrderKind.CONFIRM_CLOCK)
    assert told.state.clock is not None
    assert told.state.clock.trusted
    told.now, told.wall = told.now + 60, told.wall + 60
    told.look_at_clock(synchronised=False)
    assert told.state.clock.trusted


def test_a_lock_down_is_remembered_with_who_and_why() -> None:
    told = ready()
    told.order(OrderKind.LOCK_DOWN)
    assert told.state.memory.lock_down == LockDown("eve", "a drill")


def test_a_lock_down_forgets_who_waits_for_a_second_person() -> None:
    told = ruled(RuleSettings(two_person=TwoPerson(groups=("vault",))))
    assert told.comes(Visit(groups=("vault",))) is Reason.SECOND_PERSON
    told.order(OrderKind.LOCK_DOWN)
    told.order(OrderKind.NORMAL)
    assert told.comes(Visit(who=BOB, groups=("vault",))) is Reason.SECOND_PERSON


def test_whoever_was_let_in_before_a_lock_down_did_not_pass_when_somebody_else_goes_out() -> None:
    told = ruled(RuleSettings(anti_passback=replace(RuleSettings().anti_passback, mode="hard")))
    told.comes()
    told.order(OrderKind.LOCK_DOWN)
    told.press()
    told.wire(Part.CONTACT, active=True)
    assert told.state.memory.passages == ()


def test_a_passage_elsewhere_counts_from_when_it_was_told_and_forgiving_one_forgives_no_other() -> None:
    told = ruled(RuleSettings(anti_passback=replace(RuleSettings().anti_passback, mode="hard")))
    told.order(OrderKind.PASSED, handle=ANN, side="in")
    told.order(OrderKind.PASSED, handle=BOB, side="out")
    told.order(OrderKind.FORGIVE, handle=BOB)
    assert told.state.memory.passages == (Passage(ANN, "in", 100.0),)


@pytest.mark.parametrize(
    ("kind", "seconds", "done"),
    [
        (OrderKind.UNLOCK, 15.0, True),
        (OrderKind.FREE_ACCESS, 86_400.0, True),
        (OrderKind.FREE_ACCESS, 86_401.0, False),
        (OrderKind.FREE_ACCESS, -1.0, False),
    ],
)
def test_the_longest_time_that_can_be_ordered_is_included(kind: OrderKind, seconds: float, *, done: bool) -> None:
    assert ready().order(kind, seconds=seconds).done is done
