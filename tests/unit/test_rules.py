"""Who may pass: each rule of the door, allowing and refusing by its own reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.config import DoorSettings, RuleSettings
from edge.config.rules import (
    AccessRule,
    FirstPerson,
    FreeAccess,
    Schedule,
)
from edge.values import Credential, Factor, Reason
from tests.unit.door_builders import BOB, MONDAY, REAL, Told, Visit, answers, ready, ruled

DAY_S = 86_400.0
OFFICE = Schedule(name="office", days=("mon", "tue", "wed", "thu", "fri"), since="07:00", until="19:00")
NIGHT = Schedule(name="night", since="19:00", until="07:00")


def pin(told: Told, *, ago_s: float = 0.0) -> Credential:
    return Credential(Factor.PIN, told.now - ago_s)


def code(told: Told, *, ago_s: float = 0.0) -> Credential:
    return Credential(Factor.QR, told.now - ago_s)


@pytest.mark.parametrize(
    ("begins", "ends", "reason"),
    [
        (MONDAY, MONDAY, Reason.GRANTED),
        (MONDAY + 1, None, Reason.NOT_YET_VALID),
        (None, MONDAY - 1, Reason.EXPIRED),
        (float("nan"), None, Reason.NOT_YET_VALID),
        (None, float("nan"), Reason.EXPIRED),
    ],
)
def test_s12_access_has_its_dates_both_included(begins: float | None, ends: float | None, reason: Reason) -> None:
    assert ready().comes(Visit(valid_from=begins, valid_until=ends)) is reason


def test_s3_whoever_has_dates_or_a_schedule_is_refused_while_the_clock_cannot_be_trusted_and_others_are_not() -> None:
    rules = RuleSettings(
        schedules=(OFFICE,), access=(AccessRule(groups=("staff",), schedules=("office",)), AccessRule(groups=("vip",)))
    )
    told = ruled(rules)
    told.look_at_clock(wall=0.0, synchronised=False)
    assert told.comes(Visit(groups=("staff",))) is Reason.CLOCK_UNTRUSTED
    assert told.comes(Visit(groups=("vip",), valid_until=MONDAY + DAY_S)) is Reason.CLOCK_UNTRUSTED
    assert told.comes(Visit(groups=("vip",))) is Reason.GRANTED


def test_without_rules_everybody_may_pass_and_with_one_only_whom_it_names() -> None:
    assert ready().comes() is Reason.GRANTED
    told = ruled(RuleSettings(access=(AccessRule(groups=("staff",)),)))
    assert told.comes() is Reason.NO_ACCESS
    assert told.comes(Visit(groups=("guests", "staff"))) is Reason.GRANTED


def test_a_rule_for_another_door_lets_nobody_in_here() -> None:
    rules = RuleSettings(access=(AccessRule(doors=("vault",)),))
    assert ruled(rules).comes() is Reason.NO_ACCESS
    assert ruled(rules, replace(REAL, door=DoorSettings(name="vault"))).comes() is Reason.GRANTED


@pytest.mark.parametrize(
    ("later_s", "reason"),
    [
        (0.0, Reason.GRANTED),
        (7.99 * 3600, Reason.GRANTED),
        (8 * 3600, Reason.OUTSIDE_SCHEDULE),
        (20 * 3600, Reason.GRANTED),
    ],
)
def test_a_schedule_lets_in_at_its_times(later_s: float, reason: Reason) -> None:
    told = ruled(RuleSettings(schedules=(OFFICE,), access=(AccessRule(schedules=("office",)),)))
    told.jump(later_s)
    assert told.comes() is reason


def test_a_holiday_closes_a_schedule() -> None:
    rules = RuleSettings(schedules=(OFFICE,), access=(AccessRule(schedules=("office",)),), holidays=("2026-11-30",))
    assert ruled(rules).comes() is Reason.OUTSIDE_SCHEDULE


def test_of_all_rules_that_apply_what_they_ask_for_adds_up() -> None:
    rules = RuleSettings(
        schedules=(OFFICE, NIGHT),
        access=(
            AccessRule(schedules=("office",)),
            AccessRule(schedules=("night",), factors="face+pin"),
            AccessRule(groups=("vault",), factors="face+qr"),
        ),
    )
    told = ruled(rules)
    assert told.comes() is Reason.GRANTED
    assert told.comes(Visit(groups=("vault",))) is Reason.FACTOR_MISSING
    assert answers(told.actions)[-1].wants == (Factor.QR,)
    assert told.comes(Visit(groups=("vault",), more=(code(told),))) is Reason.GRANTED
    told.jump(12 * 3600)
    assert told.comes(Visit(more=(code(told),))) is Reason.FACTOR_MISSING
    assert answers(told.actions)[-1].wants == (Factor.PIN,)
    assert told.comes(Visit(groups=("vault",), more=(code(told), pin(told)))) is Reason.GRANTED


def test_s3_while_the_clock_cannot_be_trusted_every_rule_asks_for_what_it_asks_for() -> None:
    rules = RuleSettings(
        schedules=(NIGHT,), access=(AccessRule(), AccessRule(schedules=("night",), factors="face+pin"))
    )
    told = ruled(rules)
    assert told.comes() is Reason.GRANTED
    told.look_at_clock(wall=0.0, synchronised=False)
    assert told.comes() is Reason.FACTOR_MISSING
    assert told.comes(Visit(more=(pin(told),))) is Reason.GRANTED


@pytest.mark.parametrize(
    ("ago_s", "reason"), [(30.0, Reason.GRANTED), (30.1, Reason.FACTOR_MISSING), (-0.1, Reason.FACTOR_MISSING)]
)
def test_a_second_factor_must_have_been_shown_lately_and_not_in_the_future(ago_s: float, reason: Reason) -> None:
    told = ruled(RuleSettings(access=(AccessRule(factors="face+pin"),)))
    assert told.comes(Visit(more=(pin(told, ago_s=ago_s),))) is reason


def test_a_code_first_door_compares_the_face_with_whom_the_code_names_alone() -> None:
    told = ruled(RuleSettings(access=(AccessRule(factors="qr>face"),)))
    assert told.comes() is Reason.FACTOR_MISSING
    assert told.comes(Visit(more=(code(told, ago_s=3.0),))) is Reason.FACTOR_ORDER
    assert told.comes(Visit(claimed=True, more=(code(told),), age_s=0.5)) is Reason.FACTOR_ORDER
    assert told.comes(Visit(claimed=True, more=(code(told, ago_s=3.0),))) is Reason.GRANTED


def test_nobody_comes_before_the_first_person_of_the_day_who_may_be_alone() -> None:
    told = ruled(RuleSettings(first_person=FirstPerson(groups=("manager",))))
    assert told.comes() is Reason.FIRST_PERSON
    assert told.comes(Visit(who=BOB, groups=("manager",))) is Reason.GRANTED
    assert told.comes() is Reason.GRANTED
    told.jump(DAY_S)
    assert told.comes() is Reason.FIRST_PERSON


def test_the_first_person_of_a_night_that_began_yesterday_is_still_the_first_after_midnight() -> None:
    told = ruled(RuleSettings(schedules=(NIGHT,), first_person=FirstPerson(groups=("guard",), schedules=("night",))))
    assert told.comes() is Reason.GRANTED  # by day nobody has to be the first
    told.jump(12 * 3600)
    assert told.comes() is Reason.FIRST_PERSON
    assert told.comes(Visit(who=BOB, groups=("guard",))) is Reason.GRANTED
    told.jump(5 * 3600)
    assert told.comes() is Reason.GRANTED
    told.jump(DAY_S)
    assert told.comes() is Reason.FIRST_PERSON


def test_free_access_begins_with_the_first_person() -> None:
    told = ruled(
        RuleSettings(
            schedules=(OFFICE,),
            free_access=FreeAccess(schedules=("office",), first_person=True),
            first_person=FirstPerson(groups=("manager",), schedules=("office",)),
        )
    )
    told.later(10.0)
    assert not told.unlocked()
    told.comes(Visit(groups=("manager",)))
    told.later(60.0)
    assert told.unlocked()
    told.jump(8 * 3600)
    assert not told.unlocked()
    told.jump(13 * 3600)
    assert not told.unlocked()


def test_free_access_by_schedule_ends_when_the_clock_cannot_be_trusted() -> None:
    told = ruled(RuleSettings(schedules=(OFFICE,), free_access=FreeAccess(schedules=("office",))))
    told.later(1.0)
    assert told.unlocked()
    told.look_at_clock(wall=MONDAY + 7 * DAY_S, synchronised=False)
    assert not told.unlocked()
