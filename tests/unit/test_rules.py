"""Who may pass: the rules of the door, one story each."""

from __future__ import annotations

import math

import pytest

from edge.access.rules import Policy, may_pass
from edge.values import Evidence, Handle, Identified, Reason

NOW = 1000.0
WALL = 1_700_000_000.0
POLICY = Policy(max_frame_age_s=0.7, pulse_s=5.0, physical_lock=True)
EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.9, space="toy")


def identified(
    *, at: float = NOW, begins: float | None = None, ends: float | None = None, factors: tuple[str, ...] = ("face",)
) -> Identified:
    return Identified("s", 1, at, Handle("h"), (), begins, ends, factors, EVIDENCE)


@pytest.mark.parametrize("age_s", [0.0, 0.35, 0.7])
def test_s1_a_picture_up_to_the_limit_is_fresh(age_s: float) -> None:
    assert may_pass(identified(at=0.0), age_s, WALL, POLICY) is None


@pytest.mark.parametrize("age_s", [0.7001, 5.0, 1e9, math.inf, math.nan])
def test_s1_an_old_picture_opens_nothing(age_s: float) -> None:
    assert may_pass(identified(at=NOW - age_s), NOW, WALL, POLICY) is Reason.STALE


@pytest.mark.parametrize("ahead_s", [1e-6, 0.5, 1e9])
def test_s1_a_picture_from_the_future_opens_nothing(ahead_s: float) -> None:
    assert may_pass(identified(at=NOW + ahead_s), NOW, WALL, POLICY) is Reason.STALE


def test_s12_access_begins_with_its_first_moment_and_not_before() -> None:
    person = identified(begins=WALL)
    assert may_pass(person, NOW, WALL - 0.001, POLICY) is Reason.NOT_YET_VALID
    assert may_pass(person, NOW, WALL, POLICY) is None


def test_s12_access_ends_after_its_last_moment() -> None:
    person = identified(ends=WALL)
    assert may_pass(person, NOW, WALL, POLICY) is None
    assert may_pass(person, NOW, WALL + 0.001, POLICY) is Reason.EXPIRED


@pytest.mark.parametrize("person", [identified(begins=math.nan), identified(ends=math.nan)])
def test_s3_a_date_that_is_no_number_opens_nothing(person: Identified) -> None:
    assert may_pass(person, NOW, WALL, POLICY) in {Reason.NOT_YET_VALID, Reason.EXPIRED}


def test_s3_every_factor_that_the_door_asks_for_must_be_shown() -> None:
    both = Policy(max_frame_age_s=0.7, pulse_s=5.0, physical_lock=True, factors=("face", "pin"))
    assert may_pass(identified(), NOW, WALL, both) is Reason.FACTOR_MISSING
    assert may_pass(identified(factors=("pin",)), NOW, WALL, both) is Reason.FACTOR_MISSING
    assert may_pass(identified(factors=("pin", "face", "card")), NOW, WALL, both) is None
    assert may_pass(identified(factors=()), NOW, WALL, POLICY) is Reason.FACTOR_MISSING
