"""Groups are compared at one threshold; what the counts do not carry is said in words and not as a rate."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.eval.disparity import doubt
from edge.eval.groups import GroupDraws, Thresholds, compare_groups
from edge.eval.labels import Grouping
from edge.eval.mates import mated_pairs
from edge.eval.rates import rate
from edge.eval.resample import draw, percentiles
from tests.unit.scores import crowd, faces, unit

if TYPE_CHECKING:
    from edge.eval.faces import Faces

AT = Thresholds(strict=0.5, aim=1e-2, lax=0.3)


def halves(shown: Faces, *, unlabelled: int = 0) -> Grouping:
    """The even people are one group, the odd another; the last few have no label."""
    labelled = shown.names[: len(shown.names) - unlabelled]
    return Grouping("kind", ("even", "odd"), {name: place % 2 for place, name in enumerate(labelled)})


def shifted(people: int = 60, each: int = 2, pull: float = 0.4, seed: int = 5) -> Faces:
    """Odd people share a direction, so that their impostors are more alike by the square of the pull."""
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), each)
    centres = random.normal(size=(people, 64))
    centres[:, 0] = 0
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    centres[1::2] *= np.sqrt(1 - pull**2)
    centres[1::2, 0] = pull
    return faces(unit(centres[who] + 0.025 * random.normal(size=(len(who), 64))), who.tolist())


def brute(shown: Faces, one: int, other: int) -> list[float]:
    """The similarities of all pairs of different people of two kinds, each once."""
    found = []
    for left, right in combinations(range(len(shown)), 2):
        people = int(shown.people[left]), int(shown.people[right])
        if people[0] != people[1] and sorted(person % 2 for person in people) == [one, other]:
            found.append(float(shown.vectors[left] @ shown.vectors[right]))
    return found


def test_every_pair_is_in_its_place_and_counted_once() -> None:
    shown = crowd(people=31, each=3, noise=1.5)
    result = compare_groups(shown, halves(shown), Thresholds(0.3, 1e-2, 0.2), draws=20)
    cells = {
        ("even", "even"): brute(shown, 0, 0),
        ("odd", "odd"): brute(shown, 1, 1),
        ("even", "odd"): brute(shown, 0, 1),
    }
    everybody = [similarity for cell in cells.values() for similarity in cell]
    for found in (*result.groups, *result.pairs_of_groups, result.everybody):
        wanted = np.array(cells.get((found.group, found.other), everybody))
        assert (found.fmr.events, found.fmr.trials) == ((wanted >= 0.3).sum(), len(wanted))
        assert found.lax.events == (wanted >= 0.2).sum()
        assert found.mean == pytest.approx(wanted.mean(), abs=1e-6)
        assert found.deviation == pytest.approx(wanted.std(), abs=1e-6)
        assert found.shift == pytest.approx((wanted.mean() - np.mean(everybody)) / np.std(everybody), abs=1e-5)
    assert result.across.fmr == result.pairs_of_groups[0].fmr
    assert [(found.people, found.pictures) for found in result.groups] == [(16, 48), (15, 45)]


def test_a_pair_exactly_at_the_lax_threshold_is_counted_there() -> None:
    """Three people: two pairs of them are exactly a half alike, one is not at all."""
    half = np.array([[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, -0.5], [0.5, 0.5, -0.5, 0.5]], np.float32)
    assert (half @ half.T)[0].tolist() == [1.0, 0.5, 0.5]
    shown = faces(half, [0, 1, 2])
    result = compare_groups(shown, halves(shown), Thresholds(0.9, 1e-2, 0.5), draws=5)
    assert (result.everybody.lax.events, result.everybody.lax.trials) == (2, 3)


def test_misses_are_counted_inside_each_group_and_nowhere_else() -> None:
    shown = crowd(people=10, each=3, noise=1.1)
    result = compare_groups(shown, halves(shown), AT, draws=20)
    pairs = mated_pairs(shown)
    assert len(pairs) == 30
    for kind, found in enumerate(result.groups):
        mine = shown.people[pairs.first] % 2 == kind
        assert found.fnmr is not None
        assert (found.fnmr.events, found.fnmr.trials) == ((pairs.similarity[mine] < 0.5).sum(), mine.sum())
        assert 0 < found.fnmr.events < found.fnmr.trials
    assert result.everybody.fnmr is not None
    assert result.everybody.fnmr.trials == 30
    assert result.across.fnmr is None


def test_a_shift_is_found_where_there_is_one_and_its_interval_holds_the_truth() -> None:
    shown = shifted()
    result = compare_groups(shown, halves(shown), AT, draws=400)
    even, odd = result.groups
    truth = compare_groups(shifted(people=400, seed=6), halves(shifted(people=400)), AT, draws=2).groups[1].shift
    assert odd.shift_lower > 0.3
    assert odd.shift_lower < truth < odd.shift_upper
    assert even.shift_upper < 0


def test_where_there_is_no_shift_the_interval_says_so() -> None:
    shown = shifted(pull=0.0)
    result = compare_groups(shown, halves(shown), AT, draws=400)
    for found in result.groups:
        assert found.shift_lower < 0 < found.shift_upper


def test_the_drawn_means_and_rates_are_those_of_the_people_as_often_as_they_were_drawn() -> None:
    shown = crowd(people=8, each=2, noise=1.5)
    groups = np.arange(8) % 2
    drawn = GroupDraws(shown, groups, 2, draws=6)
    weights = draw(shown.people, 8, 6)
    for key in ((0, 0), (0, 1), (1, 1)):
        pairs = [
            (int(shown.people[a]), int(shown.people[b]), float(shown.vectors[a] @ shown.vectors[b]))
            for a, b in combinations(range(len(shown)), 2)
            if shown.people[a] != shown.people[b]
            and sorted((int(groups[shown.people[a]]), int(groups[shown.people[b]]))) == list(key)
        ]
        first, second, similarity = (np.array(column) for column in zip(*pairs, strict=True))
        counts = weights[:, first] * weights[:, second]
        wanted = (counts * similarity).sum(axis=1) / counts.sum(axis=1)
        assert drawn.mean([key]) == pytest.approx(wanted, abs=1e-5, nan_ok=True)
        high = similarity >= 0.1
        share = drawn.rate([key], first[high], second[high])
        assert share == pytest.approx((counts * high).sum(axis=1) / counts.sum(axis=1), abs=1e-9, nan_ok=True)


def test_at_the_lax_threshold_a_group_is_compared_with_everybody() -> None:
    shown = shifted(people=80, pull=0.5)
    result = compare_groups(shown, halves(shown), Thresholds(0.5, 1e-2, 0.25), draws=300)
    even, odd = result.groups
    assert even.lax_ratio is not None
    assert odd.lax_ratio is not None
    assert odd.lax_ratio.ratio == pytest.approx(odd.lax.rate / result.everybody.lax.rate)
    assert odd.lax_ratio.lower > 1
    assert odd.lax_ratio.lower < odd.lax_ratio.ratio < odd.lax_ratio.upper
    assert result.everybody.lax_ratio is None


def test_who_has_no_label_is_left_out_and_named() -> None:
    shown = crowd(people=12, each=2)
    result = compare_groups(shown, halves(shown, unlabelled=2), AT, draws=20)
    assert result.unlabelled == ["p0010", "p0011"]
    assert (result.everybody.people, result.everybody.pictures) == (10, 20)
    assert result.everybody.fmr.trials == len(brute(crowd(people=12, each=2).only(shown.people < 10), 0, 1)) + 2 * 40


def test_who_has_no_label_is_not_drawn_either() -> None:
    shown = crowd(people=12, each=2, noise=1.5)
    labelled = shown.only(shown.people < 10)
    one, other = (compare_groups(some, halves(shown, unlabelled=2), AT, draws=30) for some in (shown, labelled))
    assert one.groups == other.groups


def test_the_intervals_are_of_differences_and_ratios_drawn_together() -> None:
    shown = crowd(people=40, each=2, noise=1.5)
    result = compare_groups(shown, halves(shown), Thresholds(0.5, 1e-2, 0.1), draws=60)
    drawn = GroupDraws(shown, np.arange(40) % 2, 2, draws=60)
    cells = [(0, 0), (0, 1), (1, 1)]
    shift = (drawn.mean([(0, 0)]) - drawn.mean(cells)) / result.everybody.deviation
    even = result.groups[0]
    assert (even.shift_lower, even.shift_upper) == pytest.approx(percentiles(shift))
    similarity = shown.vectors @ shown.vectors.T
    first, second = np.nonzero(np.triu(similarity >= 0.1) & (shown.people[:, None] != shown.people[None]))
    first, second = shown.people[first], shown.people[second]
    own = (first % 2 == 0) & (second % 2 == 0)
    ratio = drawn.rate([(0, 0)], first[own], second[own]) / drawn.rate(cells, first, second)
    assert even.lax_ratio is not None
    assert (even.lax_ratio.lower, even.lax_ratio.upper) == pytest.approx(percentiles(ratio))


def test_a_person_whose_every_picture_failed_is_no_group_member_and_not_unlabelled() -> None:
    shown = crowd(people=6, each=2)
    lost = faces(shown.vectors, shown.people.tolist(), lost=[6])
    result = compare_groups(lost, halves(shown), AT, draws=20)
    assert result.unlabelled == []
    assert result.everybody.people == 6


def test_a_group_of_one_person_has_no_pairs_and_no_rate() -> None:
    shown = crowd(people=7, each=3)
    alone = Grouping("kind", ("one", "rest"), {name: int(place > 0) for place, name in enumerate(shown.names)})
    one, rest = compare_groups(shown, alone, AT, draws=50).groups
    assert (one.fmr.trials, one.fmr_doubt, one.lax_ratio) == (0, "no pairs", None)
    assert np.isnan([one.shift, one.shift_lower, one.shift_upper]).all()
    assert rest.fmr.trials == 15 * 9


def test_groups_of_few_people_are_named_among_what_the_data_cannot_say() -> None:
    shown = crowd(people=50, each=1)
    few = Grouping("kind", ("rare", "common"), {name: int(place > 4) for place, name in enumerate(shown.names)})
    cautions = compare_groups(shown, few, AT, draws=20).cautions
    assert "few people, whose intervals are too narrow if anything: rare (5)" in cautions
    assert len(cautions) == 4


@pytest.mark.parametrize(
    ("events", "trials", "people", "aim", "words"),
    [
        (0, 1000, 0, None, "no false match in 1,000: the rate is below 3.7e-03"),
        (3, 1000, 3, None, "fewer than ten false matches: the rate is between 6.2e-04 and 8.7e-03"),
        (30, 1000, 3, None, "too few people: 30 false matches in 1,000 are of only 3 pairs of people"),
        (10, 10_000, 10, 1e-3, ""),
        (0, 0, 0, 1e-3, "no pairs"),
        (
            0,
            1000,
            0,
            1e-4,
            "too few pairs: 0 in 1,000 only say that the rate is below 3.7e-03, and 1.0e-04 is asked about",
        ),
        (0, 10_000, 0, 1e-4, "fewer than ten false matches: the rate is between 0.0e+00 and 3.7e-04"),
        (9, 90_000, 9, 1e-4, "fewer than ten false matches"),
        (7, 5_304, 2, 1e-4, "too few people: 7 in 5,304 are more than 1.0e-04, but of only 2 pairs of people"),
        (40, 5000, 9, 1e-4, "too few people: 40 false matches in 5,000 are of only 9 pairs of people"),
    ],
)
def test_too_few_false_matches_are_words_and_no_rate(
    events: int, trials: int, people: int, aim: float | None, words: str
) -> None:
    said = doubt(rate(events, trials), people, aim)
    assert said.startswith(words)
    assert bool(said) == bool(words)


def test_many_false_matches_of_few_people_make_no_ratio() -> None:
    centre = np.random.default_rng(1).normal(size=(60, 32))
    centre[2] = centre[0] + 0.3 * centre[2]  # a double
    shown = faces(np.tile(unit(centre), (4, 1)), list(range(60)) * 4)
    even, odd = compare_groups(shown, halves(shown), Thresholds(0.9, 1e-3, 0.9), draws=30).groups
    assert (even.lax.events, even.lax_people, even.lax_ratio) == (16, 1, None)
    assert even.lax_doubt.startswith("too few people: 16 false matches")
    assert odd.lax.events == 0
