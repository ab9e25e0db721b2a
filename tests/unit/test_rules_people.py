"""Who may pass with whom: pairs, passages, visitors and lock-outs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.access.deeds import Record
from edge.access.happenings import Reported
from edge.config import RuleSettings
from edge.config.rules import (
    AccessRule,
    AntiPassback,
    LockOut,
    TwoPerson,
    Visitors,
)
from edge.values import Alarm, Handle, Occasion, OrderKind, Reason
from tests.unit.door_builders import ANN, BLIND, BOB, MONDAY, Told, Visit, ready, ruled

DAY_S = 86_400.0
VISITORS = RuleSettings(visitors=Visitors(groups=("visitor",), max_days=1))
TWO = RuleSettings(two_person=TwoPerson(groups=("vault",), window_s=30.0))
VAULT = Visit(groups=("vault",))


@pytest.mark.parametrize(("after_s", "reason"), [(29.9, Reason.GRANTED), (30.2, Reason.SECOND_PERSON)])
def test_a_two_person_door_opens_for_two_different_people_within_its_window(after_s: float, reason: Reason) -> None:
    told = ruled(TWO)
    assert told.comes(VAULT) is Reason.SECOND_PERSON
    told.later(after_s)
    assert told.comes(replace(VAULT, who=BOB)) is reason


def test_one_person_is_no_two_people_however_often_they_come() -> None:
    told = ruled(TWO)
    assert [told.comes(VAULT) for _ in range(4)] == [Reason.SECOND_PERSON] * 4
    assert told.pulses == []


def test_a_person_who_may_not_pass_is_no_second_person() -> None:
    told = ruled(replace(TWO, access=(AccessRule(groups=("vault",)),)))
    assert told.comes(VAULT) is Reason.SECOND_PERSON
    assert told.comes(Visit(who=BOB)) is Reason.NO_ACCESS
    assert told.comes(replace(VAULT, who=BOB, valid_until=1.0)) is Reason.EXPIRED
    assert told.pulses == []


def test_two_visitors_are_no_pair_and_one_with_a_host_is() -> None:
    told = ruled(replace(VISITORS, two_person=TwoPerson(groups=("*",))))
    guests = [Visit(who=Handle(name), groups=("visitor",), valid_until=MONDAY + 3600) for name in ("c3", "d4")]
    assert [told.comes(guest) for guest in guests] == [Reason.SECOND_PERSON] * 2
    assert told.comes() is Reason.SECOND_PERSON
    assert told.comes(guests[0]) is Reason.GRANTED


def test_a_pair_opens_once_and_the_next_one_needs_a_second_again() -> None:
    told = ruled(TWO)
    told.comes(VAULT)
    told.comes(replace(VAULT, who=BOB))
    assert told.comes(VAULT) is Reason.SECOND_PERSON
    granted = [one for one in told.actions if isinstance(one, Record) and one.occasion is Occasion.GRANTED]
    assert [(one.handle, one.words) for one in granted] == [(BOB, f"with {ANN}")]


@pytest.mark.parametrize(("mode", "reason"), [("hard", Reason.PASSBACK), ("soft", Reason.GRANTED)])
def test_nobody_goes_in_twice_and_softly_it_only_alarms(mode: str, reason: Reason) -> None:
    told = ruled(RuleSettings(anti_passback=AntiPassback(mode=mode)), BLIND)  # type: ignore[arg-type]  # parametrised
    assert told.comes() is Reason.GRANTED
    assert told.comes() is reason
    assert (Alarm.PASSBACK in told.state.alarms) is (reason is Reason.GRANTED)


def test_timed_anti_passback_forbids_for_its_time_and_exempts_whom_it_names() -> None:
    told = ruled(RuleSettings(anti_passback=AntiPassback(mode="timed", minutes=5, exempt=("guard",))), BLIND)
    told.comes()
    told.jump(299.0)
    assert told.comes() is Reason.PASSBACK
    told.jump(1.0)
    assert told.comes() is Reason.GRANTED
    assert [told.comes(Visit(who=BOB, groups=("guard",))) for _ in range(2)] == [Reason.GRANTED] * 2


def test_passages_are_forgiven_every_day_at_the_hour_that_is_set() -> None:
    told = ruled(RuleSettings(anti_passback=AntiPassback(mode="hard", forgive_at="04:00")), BLIND)
    told.comes()
    told.jump(16.9 * 3600)
    assert told.comes() is Reason.PASSBACK
    told.jump(0.2 * 3600)
    assert told.comes() is Reason.GRANTED


@pytest.mark.parametrize(
    ("ends", "reason"),
    [(None, Reason.VISIT_UNBOUNDED), (MONDAY + DAY_S, Reason.GRANTED), (MONDAY + DAY_S + 1, Reason.VISIT_UNBOUNDED)],
)
def test_a_visitors_access_has_an_end_that_is_near(ends: float | None, reason: Reason) -> None:
    assert ruled(VISITORS).comes(Visit(groups=("visitor",), valid_until=ends)) is reason


def test_a_visitor_passes_right_after_a_host_and_brings_no_other_visitor_in() -> None:
    told = ruled(replace(VISITORS, visitors=replace(VISITORS.visitors, escort_s=10.0)))
    guest = Visit(who=BOB, groups=("visitor",), valid_until=MONDAY + 3600)
    assert told.comes(guest) is Reason.NO_ESCORT
    told.comes()
    told.later(8.0)
    assert told.comes(guest) is Reason.GRANTED
    told.later(3.0)
    assert told.comes(replace(guest, who=Handle("c3"))) is Reason.NO_ESCORT


def fails(told: Told, reason: Reason, times: int) -> None:
    for _ in range(times):
        record = Record(occasion=Occasion.REFUSED, at=told.now, reason=reason, handle=ANN)
        told.tell(Reported(told.now, "a", record))


@pytest.mark.parametrize("reason", [Reason.NOT_LIVE, Reason.WRONG_PIN])
def test_s4_failures_lock_out_the_identity_longer_each_time_and_nobody_else(reason: Reason) -> None:
    told = ruled(RuleSettings(lock_out=LockOut(failures=3, first_s=60, factor=2, longest_s=100)))
    fails(told, reason, 2)
    assert told.comes() is Reason.GRANTED  # a success forgets
    fails(told, reason, 3)
    assert told.comes() is Reason.LOCKED_OUT
    assert told.comes(Visit(who=BOB)) is Reason.GRANTED
    fails(told, reason, 50)  # coming back does not prolong it
    told.jump(60.0)
    fails(told, reason, 3)
    told.jump(99.0)
    assert told.comes() is Reason.LOCKED_OUT
    told.jump(1.0)
    assert told.comes() is Reason.GRANTED


def test_s4_a_stranger_a_poor_view_or_an_old_code_counts_against_nobody() -> None:
    told = ready()
    for reason in (Reason.UNKNOWN, Reason.POOR_VIEW, Reason.AMBIGUOUS, Reason.WRONG_CODE):
        fails(told, reason, 20)
    assert told.comes() is Reason.GRANTED


def test_a_clock_that_was_ahead_does_not_stop_the_daily_forgiveness_until_that_day_comes() -> None:
    told = ruled(RuleSettings(anti_passback=AntiPassback(mode="hard", forgive_at="04:00")), BLIND)
    told.look_at_clock(wall=told.wall + 200 * DAY_S)
    told.order(OrderKind.CONFIRM_CLOCK)
    assert told.comes() is Reason.GRANTED
    assert told.comes() is Reason.PASSBACK
    told.jump(DAY_S)
    assert told.comes() is Reason.GRANTED


def test_s4_whoever_was_locked_out_meanwhile_vouches_for_nobody() -> None:
    told = ruled(RuleSettings(two_person=replace(RuleSettings().two_person, groups=("*",))))
    assert told.comes() is Reason.SECOND_PERSON
    record = Record(occasion=Occasion.REFUSED, at=told.now, reason=Reason.NOT_LIVE, handle=ANN)
    told.tell(*[Reported(told.now, told.session, record)] * 5)
    assert told.comes(Visit(who=BOB)) is Reason.SECOND_PERSON
