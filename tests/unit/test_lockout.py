"""Failures under an identity add up, and lock out that identity alone (S4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from edge.access.lockout import Backoff, Lockouts
from tests.unit.builders import ANN, BOB

if TYPE_CHECKING:
    from edge.values import PersonId

TERMS = Backoff(failures=3, first_s=60.0, factor=2.0, longest_s=200.0)


def failed(times: list[float], who: PersonId = ANN, begin: Lockouts | None = None) -> Lockouts:
    lockouts = begin or Lockouts()
    for at in times:
        lockouts = lockouts.failed(who, at, TERMS)
    return lockouts


def test_s4_the_last_allowed_failure_locks_out_for_its_time() -> None:
    assert not failed([1, 2]).locked(ANN, 2)
    full = failed([1, 2, 3])
    assert full.locked(ANN, 3)
    assert full.locked(ANN, 62.9)
    assert not full.locked(ANN, 63)


def test_s4_nobody_else_is_locked_out() -> None:
    assert not failed([1, 2, 3]).locked(BOB, 3)


def test_s4_the_failures_of_two_people_are_counted_apart() -> None:
    both = failed([3, 4], BOB, failed([1, 2]))
    assert not both.locked(ANN, 4)
    assert not both.locked(BOB, 4)
    assert failed([5], ANN, both).locked(ANN, 5)


def test_s4_a_failure_while_locked_out_does_not_let_in() -> None:
    assert failed([1, 2, 3, 4]).locked(ANN, 62)


def test_s4_failures_while_locked_out_add_up_to_a_longer_one() -> None:
    assert failed([1, 2, 3, 30, 31, 32]).locked(ANN, 91)


def test_a_success_forgets_the_failures() -> None:
    assert not failed([5], ANN, failed([1, 2]).cleared(ANN)).locked(ANN, 5)


def test_a_success_forgets_nobody_elses_failures() -> None:
    assert failed([5], ANN, failed([1, 2]).cleared(BOB)).locked(ANN, 5)


def test_the_counts_before_are_never_changed() -> None:
    before = failed([1, 2])
    failed([3], ANN, before)
    assert not before.locked(ANN, 3)


@given(st.lists(st.tuples(st.sampled_from([ANN, BOB]), st.floats(0, 20)), max_size=20))
def test_s4_whoever_is_locked_out_stays_so_until_their_time_whatever_fails(
    failures: list[tuple[PersonId, float]],
) -> None:
    lockouts, clock = Lockouts(), 0.0
    until: dict[PersonId, float] = {}
    for who, later in failures:
        clock += later
        lockouts = lockouts.failed(who, clock, TERMS)
        for one in (ANN, BOB):
            if lockouts.locked(one, clock):
                until.setdefault(one, clock + 60.0)
            assert lockouts.locked(one, clock) or clock >= until.pop(one, clock)
        assert len(lockouts.counts) <= 2, "one entry a person, however often they fail"


def test_s4_each_lock_out_lasts_longer_until_a_success_and_none_beyond_the_longest() -> None:
    lockouts, at, lasted = Lockouts(), 0.0, []
    for _ in range(4):
        lockouts = failed([at, at, at], ANN, lockouts)
        begun = at
        while lockouts.locked(ANN, at):
            at += 1.0
        lasted.append(at - begun)
    assert lasted == [60.0, 120.0, 200.0, 200.0]
    lockouts = failed([at, at, at], ANN, lockouts.cleared(ANN))
    assert not lockouts.locked(ANN, at + 60.0)


def test_a_restart_keeps_a_lock_out_for_the_time_that_was_left() -> None:
    carried = failed([100.0, 100.0, 100.0]).carried(-90.0)  # the new boot's clock begins at 0
    assert carried.locked(ANN, 69.9)
    assert not carried.locked(ANN, 70.0)


def test_after_a_lock_out_as_many_failures_as_before_are_needed_for_the_next() -> None:
    assert not failed([1, 2, 3, 64, 65]).locked(ANN, 65)


def test_without_a_factor_every_lock_out_lasts_as_long_as_the_first() -> None:
    assert [Backoff(failures=1, first_s=60.0).lasts_s(times) for times in (1, 2, 9)] == [60.0] * 3
