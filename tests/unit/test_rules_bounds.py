"""Where the rules of who may pass begin and end: every bound from both sides, and what one rule leaves to another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.access.happenings import Claimed, Part, SessionBegan
from edge.access.memory import Memory, Passage
from edge.access.state import DoorState
from edge.config import DoorSettings, RuleSettings
from edge.config.rules import AccessRule, AntiPassback, LockOut, Schedule, TwoPerson, Visitors
from edge.values import Alarm, Credential, Factor, Identified, OrderKind, Reason
from tests.unit.door_builders import ANN, BLIND, BOB, EVIDENCE, MONDAY, REAL, Told, Visit, answers, face, ready, ruled
from tests.unit.test_rules_people import fails

if TYPE_CHECKING:
    from edge.config.rules import Factors

VAULT = Visit(groups=("vault",))
GUEST = Visit(who=BOB, groups=("visitor",), valid_until=MONDAY + 3600)
NIGHT = Schedule(name="night", since="19:00", until="07:00")
LOCK_OUT = RuleSettings(lock_out=LockOut(failures=3, first_s=60, factor=2, longest_s=100))
ESCORTED = RuleSettings(visitors=Visitors(groups=("visitor",), escort_s=10.0))


def waits(told: Told, seconds: float) -> None:
    """Let time pass without a tick, by a number that floats hold exactly."""
    told.now += seconds


@pytest.mark.parametrize(("after_s", "reason"), [(30.0, Reason.GRANTED), (30.5, Reason.SECOND_PERSON)])
def test_the_second_person_may_come_at_the_last_moment_of_the_window(after_s: float, reason: Reason) -> None:
    told = ruled(RuleSettings(two_person=TwoPerson(groups=("vault",), window_s=30.0)))
    told.comes(VAULT)
    waits(told, after_s)
    assert told.comes(replace(VAULT, who=BOB)) is reason


def test_whoever_waits_at_one_terminal_makes_no_pair_with_somebody_at_the_next() -> None:
    told = ruled(RuleSettings(two_person=TwoPerson(groups=("vault",))))
    told.comes(VAULT)
    told.session = "b"
    told.tell(SessionBegan(told.now, "b", live=True))
    assert told.comes(replace(VAULT, who=BOB)) is Reason.SECOND_PERSON


@pytest.mark.parametrize(("at_night", "reason"), [(False, Reason.GRANTED), (True, Reason.SECOND_PERSON)])
def test_two_people_are_asked_for_at_the_times_of_a_schedule(reason: Reason, *, at_night: bool) -> None:
    told = ruled(RuleSettings(schedules=(NIGHT,), two_person=TwoPerson(groups=("vault",), schedules=("night",))))
    told.jump(12 * 3600 if at_night else 0.0)
    assert told.comes(VAULT) is reason


def test_s3_while_the_clock_cannot_be_trusted_two_people_are_asked_for_at_all_times() -> None:
    told = ruled(RuleSettings(schedules=(NIGHT,), two_person=TwoPerson(groups=("vault",), schedules=("night",))))
    told.look_at_clock(wall=0.0, synchronised=False)
    assert told.comes(VAULT) is Reason.SECOND_PERSON


def test_whoever_came_in_as_a_pair_makes_no_pair_with_the_next() -> None:
    told = ruled(RuleSettings(two_person=TwoPerson(groups=("vault",), window_s=30.0)))
    told.comes(VAULT)
    assert told.comes(replace(VAULT, who=BOB)) is Reason.GRANTED
    assert told.comes(replace(VAULT, who=BOB)) is Reason.SECOND_PERSON


def test_whoever_waited_too_long_must_wait_for_a_second_person_anew() -> None:
    told = ruled(RuleSettings(two_person=TwoPerson(groups=("vault",), window_s=30.0)))
    told.comes(VAULT)
    waits(told, 31.0)
    told.comes(VAULT)
    waits(told, 29.0)
    assert told.comes(replace(VAULT, who=BOB)) is Reason.GRANTED


@pytest.mark.parametrize(
    ("after_s", "reason"), [(0.0, Reason.GRANTED), (10.0, Reason.GRANTED), (10.5, Reason.NO_ESCORT)]
)
def test_a_visitor_may_follow_their_host_until_the_last_moment(after_s: float, reason: Reason) -> None:
    told = ruled(ESCORTED)
    told.comes()
    waits(told, after_s)
    assert told.comes(GUEST) is reason


@pytest.mark.parametrize(
    ("age_s", "reason"), [(0.0, Reason.GRANTED), (0.5, Reason.GRANTED), (0.625, Reason.STALE), (-0.125, Reason.STALE)]
)
def test_s1_a_picture_counts_until_the_last_moment(age_s: float, reason: Reason) -> None:
    told = ready(replace(REAL, door=DoorSettings(max_frame_age_s=0.5)))
    assert told.comes(Visit(age_s=age_s)) is reason


@pytest.mark.parametrize(("factor", "window_s"), [(Factor.PIN, 30.0), (Factor.FACE, 0.5)])
def test_what_was_shown_counts_until_the_last_moment(factor: Factor, window_s: float) -> None:
    told = ruled(RuleSettings(access=(AccessRule(factors="face+pin"),)))
    ago = {Factor.PIN: 0.0, Factor.FACE: 0.0} | {factor: window_s}
    shown = Credential(Factor.PIN, told.now - ago[Factor.PIN])
    assert told.comes(Visit(more=(shown,), age_s=ago[Factor.FACE])) is Reason.GRANTED


@pytest.mark.parametrize(
    ("factors", "asked"),
    [
        ("face", {Factor.FACE}),
        ("face+pin", {Factor.FACE, Factor.PIN}),
        ("face+qr", {Factor.FACE, Factor.QR}),
        ("qr>face", {Factor.FACE, Factor.QR}),
        ("face+pin+qr", {Factor.FACE, Factor.PIN, Factor.QR}),
    ],
)
def test_of_whoever_shows_nothing_everything_is_asked_for(factors: Factors, asked: set[Factor]) -> None:
    for rules in ((AccessRule(factors=factors),), (AccessRule(), AccessRule(factors=factors))):
        told = ruled(RuleSettings(access=rules))
        who = Identified("a", 1, told.now, ANN, (), None, None, (), EVIDENCE)
        (answer,) = answers(told.tell(Claimed(told.now, told.wall, "a", who)))
        assert (answer.reason, set(answer.wants)) == (Reason.FACTOR_MISSING, asked)


def test_s1_without_any_rule_a_face_is_asked_for() -> None:
    told = ready()
    who = Identified("a", 1, told.now, ANN, (), None, None, (face(told.now - 1.0),), EVIDENCE)
    (answer,) = answers(told.tell(Claimed(told.now, told.wall, "a", who)))
    assert (answer.reason, answer.wants) == (Reason.FACTOR_MISSING, (Factor.FACE,))


def test_s4_a_success_forgets_the_failures_before_it() -> None:
    told = ruled(LOCK_OUT)
    fails(told, Reason.NOT_LIVE, 2)
    told.comes()
    fails(told, Reason.NOT_LIVE, 2)
    assert told.comes() is Reason.GRANTED


def test_s4_whoever_fails_while_they_are_locked_out_is_not_locked_out_for_longer() -> None:
    told = ruled(LOCK_OUT)
    fails(told, Reason.NOT_LIVE, 50)
    assert told.state.memory.lockouts.locked(ANN, told.now + 59.9)
    assert not told.state.memory.lockouts.locked(ANN, told.now + 60.0)


def test_alarms_that_must_be_acknowledged_add_up() -> None:
    told = ruled(RuleSettings(anti_passback=AntiPassback(mode="soft")), BLIND)
    forced = (Credential(Factor.PIN, told.now, duress=True),)
    for visits in ([Visit(more=forced), Visit()], [Visit(), Visit(who=BOB, more=forced)]):
        assert [told.comes(visit) for visit in visits] == [Reason.GRANTED] * 2
        assert told.state.alarms == {Alarm.PASSBACK, Alarm.DURESS}
        told.order(OrderKind.ACKNOWLEDGE)
        assert told.state.alarms == frozenset()


def test_s12_dates_hold_by_themselves_and_together() -> None:
    told = ready()
    assert told.comes(Visit(valid_from=MONDAY - 1)) is Reason.GRANTED
    assert told.comes(Visit(valid_until=MONDAY + 1)) is Reason.GRANTED
    assert told.comes(Visit(valid_from=MONDAY - 2, valid_until=MONDAY - 1)) is Reason.EXPIRED


def test_without_anti_passback_nobody_s_passage_is_remembered_or_looked_at() -> None:
    told = Told(BLIND, DoorState(memory=Memory(passages=(Passage(ANN, "in", 90.0),)))).ready()
    assert told.comes() is Reason.GRANTED
    assert told.comes(Visit(who=BOB)) is Reason.GRANTED
    assert told.state.memory.passages == (Passage(ANN, "in", 90.0),)


def test_whoever_went_through_did_so_once_and_at_that_moment() -> None:
    told = ruled(RuleSettings(anti_passback=AntiPassback(mode="hard")))
    told.comes()
    waits(told, 2.0)
    told.wire(Part.CONTACT, active=True)
    told.wire(Part.CONTACT, active=False)
    assert told.state.memory.passages == (Passage(ANN, "in", 102.0),)
    told.order(OrderKind.FORGIVE, handle=ANN)
    told.press()
    told.wire(Part.CONTACT, active=True)
    assert told.state.memory.passage(ANN) is None


def test_a_code_that_is_shown_at_the_moment_of_the_face_comes_first() -> None:
    told = ruled(RuleSettings(access=(AccessRule(factors="qr>face"),)))
    assert told.comes(Visit(claimed=True, more=(Credential(Factor.QR, told.now),))) is Reason.GRANTED


def test_a_code_comes_first_only_at_the_times_at_which_a_rule_asks_for_it() -> None:
    rules = (AccessRule(factors="face+qr"), AccessRule(factors="qr>face", schedules=("night",)))
    told = ruled(RuleSettings(schedules=(NIGHT,), access=rules))
    assert told.comes(Visit(more=(Credential(Factor.QR, told.now),))) is Reason.GRANTED
    told.jump(12 * 3600)
    assert told.comes(Visit(more=(Credential(Factor.QR, told.now),))) is Reason.FACTOR_ORDER
