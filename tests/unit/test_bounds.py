"""What so many trials without an error allow to be claimed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.app.bounds import errorless_trials, upper_bound
from edge.eval.rates import interval


def test_42_presentations_without_an_error_are_the_first_to_show_less_than_7_percent() -> None:
    assert upper_bound(0, 42) == pytest.approx(0.0688, abs=5e-5)
    assert upper_bound(0, 41) > 0.07
    assert errorless_trials(0, 0, 0.07) == 42
    assert errorless_trials(0, 30, 0.07) == 12
    assert errorless_trials(0, 42, 0.07) == 0


def test_an_error_costs_another_24_presentations() -> None:
    assert errorless_trials(1, 42, 0.07) == 66 - 42
    assert upper_bound(1, 66) < 0.07 < upper_bound(1, 65)


def test_nothing_can_be_claimed_of_no_trials_or_of_nothing_but_errors() -> None:
    assert upper_bound(0, 0) == 1
    assert upper_bound(3, 3) == 1
    assert errorless_trials(5, 5, 1e-7) is None


@given(st.integers(0, 300), st.integers(0, 3000))
def test_it_is_the_upper_end_of_the_interval_of_clopper_and_pearson(events: int, others: int) -> None:
    trials = events + others
    assert upper_bound(events, trials, 0.975) == pytest.approx(interval(events, trials)[1], abs=1e-9)


@pytest.mark.long
@given(st.integers(0, 20), st.integers(0, 200), st.floats(0.01, 0.9))
def test_so_many_more_are_needed_and_not_one_less(events: int, others: int, below: float) -> None:
    more = errorless_trials(events, events + others, below)
    assert more is not None
    assert upper_bound(events, events + others + more, 0.95) < below
    assert more == 0 or upper_bound(events, events + others + more - 1, 0.95) >= below
