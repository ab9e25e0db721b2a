"""The wall clock is believed only while there is reason to; in doubt nothing that needs a time lets anybody in."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf, isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.access.clock import (
    BACK_S,
    BUILT,
    DAY_S,
    FORWARD_S,
    LIFE_S,
    SLACK_S,
    STEP_S,
    Clock,
    Reading,
    confirm,
    look,
)

NOON = datetime(2027, 5, 5, 12, tzinfo=UTC).timestamp()
YEARS_10 = datetime(2037, 5, 5, 12, tzinfo=UTC).timestamp()


def reading(wall: float = NOON, monotonic: float = 100.0, *, ntp: bool = False, kept: bool = True) -> Reading:
    return Reading(wall=wall, monotonic=monotonic, synchronised=ntp, kept=kept)


def after(clock: Clock, seconds: float, step: float = 0.0, *, ntp: bool = False) -> Clock:
    """The next look, some seconds later, with a clock that was set in between."""
    return look(clock, reading(clock.wall + seconds + step, clock.monotonic + seconds, ntp=ntp, kept=False))


# --- the first look after a start


def test_a_clock_that_a_battery_kept_is_believed_while_it_is_plausible() -> None:
    clock = look(None, reading(), newest=NOON - DAY_S)
    assert (clock.trusted, clock.why, clock.newest) == (True, "", NOON)
    assert look(None, reading()).trusted, "a terminal that is started for the first time"


def test_s3_without_a_battery_the_time_of_switching_off_looks_right_and_is_not_believed() -> None:
    clock = look(None, reading(kept=False), newest=NOON - 10)
    assert not clock.trusted
    assert clock.why.startswith("No battery kept the clock going")
    assert not after(clock, 3600).trusted, "time that passes makes it no better"
    assert after(clock, 60, step=7 * 3600, ntp=True).trusted, "the time server sets it forward"


@pytest.mark.parametrize("ntp", [False, True])
@pytest.mark.parametrize("newest", [None, NOON])
def test_s3_1970_is_never_believed(newest: float | None, *, ntp: bool) -> None:
    clock = look(None, reading(12.0, 12.0, ntp=ntp), newest)
    assert not clock.trusted
    assert clock.newest == (newest or 0)
    assert "showed 1970-01-01 00:00 UTC, before this software was made" in clock.why
    assert look(clock, reading(ntp=True)).trusted


@pytest.mark.parametrize("ntp", [False, True])
@pytest.mark.parametrize("newest", [None, NOON])
def test_s3_ten_years_ahead_is_not_believed_from_a_time_server_either(newest: float | None, *, ntp: bool) -> None:
    clock = look(None, reading(YEARS_10, ntp=ntp), newest)
    assert not clock.trusted
    assert "showed 2037-05-05 12:00 UTC, too far ahead" in clock.why
    assert clock.newest == (newest or 0), "and leaves nothing behind"


@pytest.mark.parametrize("wall", [nan, inf, -inf, 1e300, -1e300, 0.0, -1.0, BUILT - 1])
@pytest.mark.parametrize("ntp", [False, True])
def test_s3_no_time_at_all_is_never_believed(wall: float, *, ntp: bool) -> None:
    good = look(None, reading(), newest=NOON)
    for clock in (look(None, reading(wall, ntp=ntp)), look(good, reading(wall, ntp=ntp)), confirm(good, reading(wall))):
        assert not clock.trusted
        assert clock.why.startswith("The clock showed ")
        assert clock.newest in (0, NOON)


@pytest.mark.parametrize("kept", [nan, inf])
def test_s3_a_newest_time_that_was_damaged_makes_every_time_too_early_until_one_is_confirmed(kept: float) -> None:
    for ntp in (False, True):
        clock = look(None, reading(ntp=ntp), newest=kept)
        assert not clock.trusted
        assert after(confirm(clock, reading()), 5).trusted


@pytest.mark.parametrize("monotonic", [nan, inf, -inf])
def test_s3_without_a_monotonic_time_nothing_is_believed(monotonic: float) -> None:
    assert not look(None, reading(monotonic=monotonic, ntp=True)).trusted


@pytest.mark.parametrize(
    ("wall", "newest", "ntp", "believed"),
    [
        (NOON, NOON + SLACK_S, False, True),
        (NOON, NOON + SLACK_S + 1, False, False),
        (NOON, NOON + BACK_S, True, True),
        (NOON, NOON + BACK_S + 1, True, False),
        (NOON + FORWARD_S, NOON, False, True),
        (NOON + FORWARD_S + 1, NOON, False, False),
        (NOON + FORWARD_S, NOON, True, True),
        (NOON + FORWARD_S + 1, NOON, True, False),
        (BUILT, None, False, True),
        (BUILT + LIFE_S, None, False, True),
        (BUILT + LIFE_S + 1, None, True, False),
        (BUILT + FORWARD_S, BUILT - 1e9, True, True),
        (BUILT + FORWARD_S + 1, BUILT - 1e9, True, False),
    ],
)
def test_every_bound_counts_itself_in(wall: float, newest: float | None, *, ntp: bool, believed: bool) -> None:
    assert look(None, reading(wall, ntp=ntp), newest).trusted is believed


def test_a_clock_that_went_backwards_while_switched_off_is_not_believed_when_it_has_caught_up() -> None:
    clock = look(None, reading(NOON - 3600), newest=NOON)
    assert "but it was 2027-05-05 12:00 UTC here already" in clock.why
    assert not after(clock, 7200).trusted


# --- while it runs


@pytest.mark.parametrize("step", [-3600.0, -2.1, 2.1, 3600.0])
def test_s3_a_clock_that_is_set_by_hand_is_not_believed_nor_when_it_is_set_back(step: float) -> None:
    clock = after(look(None, reading(), newest=NOON), 60, step=step)
    assert not clock.trusted
    assert f"was set by {step:+.0f} s without a time server" in clock.why
    assert clock.newest == NOON
    back = after(clock, 1, step=-step)
    assert (back.trusted, back.why) == (False, clock.why)


@pytest.mark.parametrize("step", [-2.0, -1.0, 1.0, 2.0])
def test_a_leap_second_is_no_step(step: float) -> None:
    assert after(look(None, reading()), 60, step=step).trusted


def test_many_small_steps_are_a_large_one() -> None:
    clock = look(None, reading())
    for _ in range(4):
        clock = after(clock, 1, step=0.5)
        assert clock.trusted
    assert not after(clock, 1, step=0.5).trusted


@pytest.mark.parametrize(
    ("step", "believed"), [(-3600.0, True), (-BACK_S - 10, False), (300 * DAY_S, True), (367 * DAY_S, False)]
)
def test_a_time_server_may_step_the_clock_within_bounds(step: float, *, believed: bool) -> None:
    clock = after(look(None, reading()), 5, step=step, ntp=True)
    assert clock.trusted is believed
    assert after(clock, 5).trusted is believed, "and what it was set to is what is kept to afterwards"


def test_after_a_battery_that_was_fast_the_time_server_is_followed_and_the_newest_time_stays() -> None:
    clock = after(look(None, reading(NOON + 3600)), 30, step=-3600, ntp=True)
    assert (clock.trusted, clock.newest) == (True, NOON + 3600)
    later = after(clock, 60)
    assert (later.trusted, later.newest) == (True, NOON + 3600), "and so it is when the server is lost"


def test_waking_up_is_a_step_where_the_monotonic_clock_slept_too() -> None:
    clock = look(None, reading())
    assert after(clock, 8 * 3600).trusted, "CLOCK_BOOTTIME"
    assert not after(clock, 1, step=8 * 3600).trusted, "CLOCK_MONOTONIC"


def test_summer_time_does_not_touch_it() -> None:
    before = datetime(2027, 3, 28, 0, 59, tzinfo=UTC)
    clock = look(None, reading(before.timestamp()))
    assert look(clock, reading((before + timedelta(minutes=2)).timestamp(), 220.0)).trusted


# --- an operator


def test_what_an_operator_confirms_is_believed_and_what_comes_after_it() -> None:
    clock = confirm(look(None, reading(YEARS_10), newest=NOON), reading(YEARS_10 + 5, 105.0))
    assert (clock.trusted, clock.newest) == (True, YEARS_10 + 5)
    assert after(clock, 5).trusted
    assert not after(clock, 5, step=60).trusted


def test_an_operator_alone_takes_back_a_newest_time_that_was_wrong() -> None:
    ahead = look(None, reading(NOON + 300 * DAY_S))
    assert not after(ahead, 5, step=-300 * DAY_S, ntp=True).trusted
    clock = confirm(ahead, reading(NOON))
    assert (clock.trusted, clock.newest) == (True, NOON)
    assert after(clock, 5, ntp=True).trusted


def test_an_operator_cannot_confirm_what_cannot_be() -> None:
    clock = confirm(look(None, reading()), reading(0.0))
    assert not clock.trusted
    assert clock.newest == NOON
    doubted = confirm(None, reading(0.0))
    assert doubted == Clock(trusted=False, why=doubted.why, wall=0.0, monotonic=100.0, newest=0.0)


def test_times_are_said_in_utc_whatever_the_machines_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as zone:
        zone.setenv("TZ", "XYZ-9")
        time.tzset()
        assert "showed 1970-01-01 00:00 UTC" in look(None, reading(0.0)).why
    time.tzset()


# --- laws

walls = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(BUILT - 1e6, BUILT + LIFE_S + FORWARD_S),
    st.sampled_from([0.0, BUILT, NOON, YEARS_10]),
)
moves = st.lists(
    st.tuples(st.floats(0, 1e5), st.one_of(st.just(0.0), st.floats(-5, 5), st.floats(-1e9, 1e9)), st.booleans()),
    max_size=12,
)
"""How many seconds pass, by how much the clock is set meanwhile, and whether a time server says so."""
firsts = st.builds(Reading, wall=walls, monotonic=st.floats(0, 1e6), synchronised=st.booleans(), kept=st.booleans())
kept = st.none() | walls


def looks(
    first: Reading, newest: float | None, passing: list[tuple[float, float, bool]]
) -> list[tuple[Reading, Clock]]:
    seen = [(first, look(None, first, newest))]
    for seconds, step, ntp in passing:
        last, clock = seen[-1]
        now = Reading(wall=last.wall + seconds + step, monotonic=last.monotonic + seconds, synchronised=ntp)
        seen.append((now, look(clock, now)))
    return seen


@given(firsts, kept, moves)
def test_the_newest_time_never_decreases_and_is_never_ahead_of_what_was_believed(
    first: Reading, newest: float | None, passing: list[tuple[float, float, bool]]
) -> None:
    seen = looks(first, newest, passing)
    known = [clock.newest for _, clock in seen]
    assert known == sorted(known)
    if newest is None:
        assert known[-1] == max((now.wall for now, clock in seen if clock.trusted), default=0)


@given(firsts, kept, moves)
def test_nothing_outside_of_the_bounds_is_ever_believed_and_a_doubt_always_has_a_sentence(
    first: Reading, newest: float | None, passing: list[tuple[float, float, bool]]
) -> None:
    before = newest
    for now, clock in looks(first, newest, passing):
        assert clock.trusted is (clock.why == "")
        if clock.trusted:
            assert isfinite(now.wall)
            assert now.wall >= BUILT
            assert now.wall <= (max(before, BUILT) + FORWARD_S if before else BUILT + LIFE_S)
        before = clock.newest


@given(firsts, kept, moves)
def test_unsynchronised_no_step_back_or_forth_ends_a_doubt(
    first: Reading, newest: float | None, passing: list[tuple[float, float, bool]]
) -> None:
    seen = looks(first, newest, passing)
    for (_, before), (now, clock) in pairwise(seen):
        assert not clock.trusted or before.trusted or now.synchronised


@given(firsts, kept, moves)
def test_unsynchronised_a_believed_clock_runs_as_the_monotonic_one_does(
    first: Reading, newest: float | None, passing: list[tuple[float, float, bool]]
) -> None:
    seen = looks(replace(first, synchronised=False, kept=True), newest, [(s, step, False) for s, step, _ in passing])
    start = seen[0][0]
    for now, clock in seen:
        if clock.trusted:
            drift = (now.wall - start.wall) - (now.monotonic - start.monotonic)
            assert abs(drift) <= STEP_S + 1e-3
            assert newest is None or now.wall >= newest - SLACK_S - STEP_S


@given(firsts, kept, moves, st.floats(BUILT, BUILT + 1e10))
def test_what_is_confirmed_is_believed_whatever_was_before(
    first: Reading, newest: float | None, passing: list[tuple[float, float, bool]], wall: float
) -> None:
    _, clock = looks(first, newest, passing)[-1]
    right = confirm(clock, Reading(wall=wall, monotonic=5.0, synchronised=False))
    assert (right.trusted, right.newest) == (True, wall)
    assert after(right, 60).trusted
