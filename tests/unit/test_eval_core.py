"""All pairs are counted exactly, once, and in bounded memory; rates say how sure they are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import EvidenceError
from edge.eval import compare as comparing
from edge.eval.compare import compare
from edge.eval.histogram import Histogram
from edge.eval.rates import equal_error_rate, interval, operating_point, rate
from tests.unit.scores import faces, pairs, scores, unit

GRID = np.arange(-10_000, 10_001) / 10_000
similarities = st.lists(
    st.floats(-1, 1, width=32) | st.integers(-10_000, 10_000).map(lambda place: float(np.float32(place / 10_000))),
    min_size=1,
    max_size=40,
)


def counted(values: list[float]) -> Histogram:
    found = Histogram()
    found.add(np.array(values, np.float32))
    return found


@given(similarities)
def test_the_counts_are_exact_at_every_threshold(values: list[float]) -> None:
    exact = np.sort(np.array(values, np.float32).astype(np.float64))
    reached = len(exact) - np.searchsorted(exact, GRID, side="left")
    found = counted(values)
    assert found.total == len(values)
    assert [found.at_least(float(threshold)) for threshold in GRID[::500]] == reached[::500].tolist()
    assert np.array_equal(found.survival()[0], GRID)
    assert (found.survival()[1] * len(values)).round(6).tolist() == reached.tolist()


@given(similarities, similarities)
def test_counting_in_two_goes_is_counting_at_once(some: list[float], more: list[float]) -> None:
    twice = counted(some)
    twice.add(np.array([more], np.float32))
    assert np.array_equal(twice.counts, counted(some + more).counts)


@given(similarities, st.sampled_from([0.0, 1e-3, 0.1, 0.25, 1 / 3, 0.5, 1.0]))
def test_the_threshold_of_a_share_is_the_lowest_that_keeps_it(values: list[float], share: float) -> None:
    exact = np.array(values, np.float32).astype(np.float64)
    kept = GRID[(exact[:, None] >= GRID).sum(axis=0) <= share * len(values)]
    assert counted(values).threshold(share) == (kept[0] if len(kept) else 1.0001)


def test_rounding_beyond_one_stays_in_the_outermost_places() -> None:
    found = counted([1.0000002, 1.0, -1.0, -1.0000002])
    assert (found.at_least(1.0), found.at_least(0.9999), found.at_least(-0.9999), found.at_least(-1.0)) == (2, 2, 2, 4)


def test_nothing_counted_has_no_threshold() -> None:
    with pytest.raises(EvidenceError, match="no comparisons"):
        Histogram().threshold(0.1)


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_every_pair_is_compared_once_whatever_the_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain double loop is the truth, for the counts, the genuine pairs and the kept tail."""
    monkeypatch.setattr(comparing, "_BLOCK", block)
    monkeypatch.setattr(comparing, "_TAIL", 50)
    random = np.random.default_rng(3)
    given_faces = faces(unit(random.normal(size=(150, 24))), random.integers(0, 40, 150).tolist())
    told: list[int] = []
    found = compare(given_faces, told.append)
    assert sum(told) == 150

    truth = given_faces.vectors @ given_faces.vectors.T
    people = given_faces.people
    loop = [(int(i), int(j)) for i in range(150) for j in range(i + 1, 150)]
    genuine = {pair for pair in loop if people[pair[0]] == people[pair[1]]}
    impostor = sorted((pair for pair in loop if pair not in genuine), key=lambda pair: -truth[pair])
    assert set(zip(found.genuine.first.tolist(), found.genuine.second.tolist(), strict=True)) == genuine
    assert len(found.genuine) == len(genuine)
    at = truth[found.genuine.first, found.genuine.second]
    assert found.genuine.similarity == pytest.approx(at, abs=1e-6)
    assert found.comparisons == len(impostor)
    for threshold in (-0.5, 0.0, 0.123, 0.4):
        assert found.impostor.at_least(threshold) == sum(float(truth[pair]) >= threshold for pair in impostor)
    assert list(zip(found.tail.first.tolist(), found.tail.second.tolist(), strict=True)) == impostor[:50]
    assert found.tail.similarity == pytest.approx([float(truth[pair]) for pair in impostor[:50]], abs=1e-6)


def test_highest_is_the_most_alike_first() -> None:
    found = pairs([0.1, 0.9, 0.5, 0.7]).highest(3)
    assert found.similarity.tolist() == np.array([0.9, 0.7, 0.5], np.float32).tolist()
    assert found.second.tolist() == [2, 4, 3]
    assert len(pairs([0.1]).highest(3)) == 1


def test_the_interval_is_the_textbooks() -> None:
    """Clopper-Pearson: none of 100 gives an upper end of 3.62 %, 10 of 100 give 4.90 % to 17.62 %."""
    assert list(interval(0, 100)) == pytest.approx([0.0, 0.0362], abs=1e-4)
    assert list(interval(10, 100)) == pytest.approx([0.0490, 0.1762], abs=1e-4)
    assert interval(100, 100)[1] == 1.0
    assert interval(0, 0) == (0.0, 1.0)


def test_a_rate_of_no_trials_is_not_a_number() -> None:
    assert math.isnan(rate(0, 0).rate)
    assert str(rate(0, 0)) == "no trials"
    assert str(rate(10, 1000)) == "10 of 1,000 = 1.000% (0.481% to 1.831%)"


def test_genuine_pairs_are_compared_as_exactly_as_impostor_ones() -> None:
    """float32(0.7) lies a little below 0.7, so it does not reach it."""
    just_below = float(np.float32(0.7))
    assert just_below < 0.7
    assert pairs([just_below]).at_least(0.7) == counted([just_below]).at_least(0.7) == 0


def test_an_operating_point_keeps_its_aim_and_counts_what_it_accepts() -> None:
    found = operating_point(scores([0.05, 0.5, 0.8, 0.9], [place / 1000 for place in range(1000)]), 0.1, attempts=8)
    assert found.threshold == pytest.approx(0.8991, abs=1e-4)
    assert (found.fmr.events, found.fmr.trials) == (100, 1000)
    assert (found.tar.events, found.tar.trials) == (1, 4)
    assert (found.tar_of_attempts.events, found.tar_of_attempts.trials) == (1, 8)
    assert found.fmr.lower < 0.1 < found.fmr.upper


@pytest.mark.parametrize(("aim", "supported"), [(0.01, True), (0.0099, False)])
def test_ten_false_matches_are_the_least_that_supports_a_rate(aim: float, supported: bool) -> None:
    found = operating_point(scores([0.9], [place / 1000 for place in range(1000)]), aim)
    assert found.supported == supported
    assert found.fmr.events == int(aim * 1000)


def test_a_rate_whose_matches_are_tied_is_supported_only_by_those_that_match() -> None:
    """Fifteen pairs are equally alike: none of them may match at a rate that allows ten."""
    found = operating_point(scores([0.9], [0.5] * 15 + [0.1] * 9985), 1e-3)
    assert (found.threshold, found.fmr.events, found.supported) == (0.5001, 0, False)
    assert operating_point(scores([0.9], [0.5] * 15 + [0.1] * 9985), 1.5e-3).supported


@pytest.mark.parametrize(
    ("genuine", "impostor", "expected"),
    [
        ([0.2, 0.7, 0.8, 0.9], [0.5, 0.1, 0.05, 0.0], 0.25),
        ([0.7, 0.8], [0.1, 0.2], 0.0),
        ([0.1, 0.2], [0.7, 0.8], 1.0),
        ([0.4, 0.6], [0.4, 0.6], 0.5),
        ([0.5], [0.5], 0.5),  # exactly on a threshold: it matches there, and is refused at the next
        ([1.0], [1.0, 1.0], 0.5),  # and at the last threshold there is a next one, which nobody reaches
        ([0.3] * 3 + [0.5] * 2 + [0.9] * 5, [0.6] * 31 + [0.0] * 69, 0.31),
        ([0.1, 0.5], [0.5, 0.0, 0.0, 0.0, 0.0], 0.2),  # from 0 to 1/2 are refused while 1/5 match: so do 1/5
    ],
)
def test_the_equal_error_rate_is_where_as_many_are_refused_as_slip_through(
    genuine: list[float], impostor: list[float], expected: float
) -> None:
    assert equal_error_rate(scores(genuine, impostor)) == pytest.approx(expected)


def test_without_genuine_pairs_there_is_no_equal_error_rate() -> None:
    assert math.isnan(equal_error_rate(scores([], [0.1])))
