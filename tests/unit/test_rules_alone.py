"""Each rule by itself, with what another rule or the machine would not let come to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from edge.access.memory import Memory, Passage
from edge.access.rules import Request, bounded, escorted, first, passback, valid
from edge.config import RuleSettings
from edge.config.rules import AntiPassback, FirstPerson, FreeAccess, Schedule, Visitors
from edge.values import Identified, Reason
from tests.unit.door_builders import ANN, BERLIN, EVIDENCE, MONDAY, REAL, Visit, face, ready, ruled

RULES = RuleSettings(
    visitors=Visitors(groups=("visitor",), escort_s=10.0),
    first_person=FirstPerson(groups=("manager",)),
    anti_passback=AntiPassback(mode="timed", minutes=5),
)
NOON, NAN = datetime.fromtimestamp(MONDAY, BERLIN), float("nan")
NIGHT = Schedule(name="night", since="19:00", until="07:00")


def request(*groups: str, until: float | None = None, local: datetime | None = NOON) -> Request:
    who = Identified("a", 1, 100.0, ANN, groups, None, until, (face(100.0),), EVIDENCE)
    return Request(identified=who, now=100.0, local=local, policy=replace(REAL, rules=RULES), memory=Memory())


def test_s3_without_a_time_no_rule_that_needs_one_lets_anybody_pass() -> None:
    guest = request("visitor", until=MONDAY, local=None)
    assert [valid(guest), bounded(guest), first(guest)] == [Reason.CLOCK_UNTRUSTED] * 3


def test_s3_a_visit_without_a_number_for_its_end_is_unbounded() -> None:
    assert bounded(request("visitor", until=NAN)) is Reason.VISIT_UNBOUNDED
    assert bounded(request("visitor", until=MONDAY + 60)) is None


@pytest.mark.parametrize(("host_at", "reason"), [(None, Reason.NO_ESCORT), (100.5, Reason.NO_ESCORT), (100.0, None)])
def test_a_host_who_comes_only_later_is_none(host_at: float | None, reason: Reason | None) -> None:
    assert escorted(replace(request("visitor"), host_at=host_at)) is reason


@pytest.mark.parametrize(("at", "reason"), [(NAN, Reason.PASSBACK), (-200.0, None), (-199.0, Reason.PASSBACK)])
def test_s3_a_passage_without_a_number_for_its_moment_was_too_recent(at: float, reason: Reason | None) -> None:
    assert passback(replace(request(), memory=Memory(passages=(Passage(ANN, "in", at),)))) is reason


def test_a_visitor_is_never_the_first_person() -> None:
    assert first(request("manager")) is None
    assert first(request("manager", "visitor")) is Reason.FIRST_PERSON
    told = ruled(RULES)
    assert told.comes(Visit(groups=("manager", "visitor"), valid_until=MONDAY + 60)) is Reason.FIRST_PERSON


def test_s3_nobody_but_the_first_person_comes_while_the_clock_cannot_be_trusted() -> None:
    told = ruled(RuleSettings(first_person=FirstPerson(groups=("manager",))))
    told.look_at_clock(wall=0.0, synchronised=False)
    assert told.comes() is Reason.CLOCK_UNTRUSTED
    assert told.comes(Visit(groups=("manager",))) is Reason.GRANTED


def test_free_access_by_schedule_is_only_at_its_times() -> None:
    told = ruled(RuleSettings(schedules=(NIGHT,), free_access=FreeAccess(schedules=("night",))))
    told.later(1.0)
    assert not told.unlocked()
    told.jump(8 * 3600)
    assert told.unlocked()
    told.jump(12 * 3600)
    assert not told.unlocked()
    assert not ready().unlocked()
