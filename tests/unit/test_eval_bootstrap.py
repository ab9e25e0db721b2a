"""A difference between two models is as sure as the people it rests on, and as exact as counting them one by one."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from edge.errors import EvidenceError
from edge.eval.bootstrap import difference
from edge.eval.compare import Scores, compare
from edge.eval.rates import interval, operating_point
from edge.eval.resample import draw, percentiles
from tests.unit.scores import crowd, faces, scores, unit


def spelled_out(
    found: Scores, people: np.ndarray[tuple[int], np.dtype[np.int64]], aim: float, times: list[int]
) -> float:
    """The true-accept rate where every pair is written down as often as both its people were drawn."""
    impostor = sorted(
        (
            float(similarity)
            for similarity, one, other in zip(found.tail.similarity, found.tail.first, found.tail.second, strict=True)
            for _ in range(times[people[one]] * times[people[other]])
        ),
        reverse=True,
    )
    refused = impostor[math.floor(aim * len(impostor))]
    genuine = [
        float(similarity)
        for similarity, one in zip(found.genuine.similarity, found.genuine.first, strict=True)
        for _ in range(times[people[one]])
    ]
    return sum(one > refused for one in genuine) / len(genuine)


def test_a_draw_is_counted_as_if_every_pair_were_written_down_as_often_as_its_people_were_drawn() -> None:
    random = np.random.default_rng(4)
    who = random.integers(0, 12, 60)
    centres = unit(random.normal(size=(12, 16)))[who]
    one, other = (
        compare(faces(unit(centres + noise * random.normal(size=(60, 16))), who.tolist())) for noise in (0.2, 0.4)
    )
    aim = 0.05
    drawn = [
        spelled_out(one, who, aim, times) - spelled_out(other, who, aim, times)
        for times in draw(who, 12, 40, 7).astype(int).tolist()
    ]
    found = difference(one, other, who, aim, draws=40, seed=7)
    assert (found.lower, found.upper) == pytest.approx(percentiles(np.array(drawn)), abs=1e-12)
    assert found.tar == pytest.approx(spelled_out(one, who, aim, [1] * 12) - spelled_out(other, who, aim, [1] * 12))
    assert found.lower < found.tar < found.upper


def test_as_many_impostor_pairs_match_as_the_rate_allows() -> None:
    """Of two impostor pairs one may: in one model the genuine pair is more alike than the other, in one it is not."""

    def seen(*degrees: float) -> Scores:
        turned = np.radians(degrees)
        return compare(faces(unit(np.stack([np.cos(turned), np.sin(turned)], axis=1)), [0, 0, 1]))

    assert difference(seen(0, 40, -30), seen(0, 90, 45), np.array([0, 0, 1]), 0.5, draws=5).tar == 1.0


def test_without_impostor_pairs_there_is_nothing_to_compare() -> None:
    alone = scores([0.9], [])
    with pytest.raises(EvidenceError, match="too few pairs"):
        difference(alone, alone, np.zeros(2, np.int64), 0.1)


def test_draws_without_genuine_pairs_are_no_draws_and_many_of_them_no_interval() -> None:
    """Only one of six people has two pictures: a third of the draws leaves them out."""
    shown = faces(unit(np.random.default_rng(1).normal(size=(7, 8))), [0, 0, 1, 2, 3, 4, 5])
    found = difference(compare(shown), compare(shown), shown.people, 0.1, draws=100)
    assert found.tar == 0.0
    assert np.isnan([found.lower, found.upper]).all()
    assert not found.sure


def test_where_the_kept_tail_ends_above_the_threshold_no_rate_is_made_up() -> None:
    """All that is kept is of two people of forty, who are drawn often enough to use it up."""
    shown = crowd(people=40, each=1)
    whole = compare(faces(np.concatenate([shown.vectors, shown.vectors]), [*range(40), *range(40)]))
    people = np.array([*range(40), *range(40)])
    kept = whole.tail.highest(2 * int(0.02 * whole.comparisons) + 256)
    alike = dataclasses.replace(kept, first=np.zeros(len(kept), np.int64), second=np.ones(len(kept), np.int64))
    odd = dataclasses.replace(whole, tail=alike)
    found = difference(odd, whole, people, 0.02, draws=100)
    assert np.isnan([found.lower, found.upper]).all()


def test_a_model_is_not_sure_to_differ_from_itself() -> None:
    shown = crowd()
    found = difference(compare(shown), compare(shown), shown.people, 0.01)
    assert (found.tar, found.lower, found.upper, found.sure) == (0.0, 0.0, 0.0, False)


def test_a_clearly_better_model_is_surely_better_and_the_other_as_surely_worse() -> None:
    clear, blurred = crowd(noise=0.6), crowd(noise=1.2)
    better = difference(compare(clear), compare(blurred), clear.people, 0.01, draws=300)
    worse = difference(compare(blurred), compare(clear), clear.people, 0.01, draws=300)
    assert better.sure
    assert better.lower > 0.05
    assert better.lower < better.tar < better.upper
    assert (worse.tar, worse.lower, worse.upper) == pytest.approx((-better.tar, -better.upper, -better.lower))


def test_the_observed_difference_is_the_counted_one() -> None:
    shown, noisy = crowd(noise=0.9), crowd(noise=1.1)
    one, other = compare(shown), compare(noisy)
    found = difference(one, other, shown.people, 0.01, draws=10)
    counted_rates = [operating_point(each, 0.01).tar.rate for each in (one, other)]
    assert found.tar == pytest.approx(counted_rates[0] - counted_rates[1], abs=2 / len(one.genuine))


def test_a_person_with_many_pictures_is_one_draw_and_widens_the_interval() -> None:
    """One of forty people owns half of the genuine pairs, and the models differ on that person only."""
    each = [2] * 39 + [10]
    who = np.repeat(np.arange(40), each).tolist()
    centres = unit(np.random.default_rng(0).normal(size=(40, 64)))[who]
    good, bad = centres.copy(), centres.copy()
    bad[-10:] = unit(np.random.default_rng(2).normal(size=(10, 64)))
    one, other = compare(faces(good, who)), compare(faces(bad, who))
    found = difference(one, other, np.array(who), 0.01)
    pair_level = interval(45, 84)
    assert found.tar == pytest.approx(45 / 84, abs=0.02)
    assert found.upper - found.lower > 2 * (pair_level[1] - pair_level[0])
    assert not found.sure


def test_a_person_like_everybody_sets_the_threshold_only_where_they_are_drawn() -> None:
    """One model finds the wolf more like everybody than they are like themselves; the other does not.

    A third of the draws leaves the wolf out, and then the models are equal: the difference is large, and not sure.
    """
    wide = np.eye(82)
    faint = [0.5 * wide[0] + np.sqrt(0.75) * (0.2 * wide[1 + i] + np.sqrt(0.96) * wide[41 + i]) for i in range(40)]
    clear = [0.5 * wide[0] + np.sqrt(0.75) * wide[1 + i] for i in range(40)]
    who = [*range(40), *range(40), 40]
    wolfish, not_so = (compare(faces(unit(np.array([*clear, *faint, wolf])), who)) for wolf in (wide[0], wide[81]))
    found = difference(wolfish, not_so, np.array(who), 0.01)
    assert (found.tar, found.lower, found.upper, found.sure) == (-1.0, -1.0, 0.0, False)


def test_a_genuine_pair_as_alike_as_the_first_that_must_be_refused_is_refused() -> None:
    tied = compare(faces(unit(np.array([[1.0, 0], [1, 0], [1, 0]])), [0, 0, 1]))
    apart = compare(faces(unit(np.array([[1.0, 0], [1, 0], [0, 1]])), [0, 0, 1]))
    assert difference(tied, apart, np.array([0, 0, 1]), 0.4, draws=5).tar == -1.0


def test_the_same_draws_come_out_every_time() -> None:
    one, other = compare(crowd(noise=0.8)), compare(crowd(noise=1.0))
    people = crowd().people
    assert difference(one, other, people, 0.01, draws=60) == difference(one, other, people, 0.01, draws=60)


def test_a_comparison_needs_genuine_pairs_and_a_tail_that_is_deep_enough() -> None:
    alone = compare(faces(unit(np.eye(4)), [0, 1, 2, 3]))
    with pytest.raises(EvidenceError, match=r"of 0\.01"):
        difference(alone, alone, np.arange(4), 0.01)
    shallow = scores([0.9], [0.1] * 1000)
    cut = type(shallow)(shallow.genuine, shallow.impostor, shallow.tail.highest(100))
    with pytest.raises(EvidenceError, match=r"of 0\.1"):
        difference(cut, cut, np.arange(1001), 0.1)
