"""An error-versus-discard curve tells a measure that knows the errors from one that knows nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ConfigError
from edge.eval.compare import Pairs, compare
from edge.eval.discard import SHARES, DiscardCurve, discard_curve, ideal
from edge.eval.faces import Faces
from edge.eval.mates import mated_pairs
from edge.eval.quality import chosen, discard_curves, doubt, gate, measures, use
from edge.values import Flaw, Quality
from tests.unit.builders import GOOD
from tests.unit.scores import crowd


def curve(quality: list[float], missed: list[bool], draws: int = 50) -> DiscardCurve:
    people = np.arange(len(quality))
    return discard_curve("score", np.array(quality), np.array(missed), people, draws)


def fnmr(found: DiscardCurve) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([point.fnmr for point in found.points])


def named(pairs: Pairs) -> list[tuple[int, int]]:
    return sorted(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


def seen(shown: Faces, *scores: float) -> Faces:
    qualities = tuple(replace(GOOD, score=score) for score in scores)
    return Faces(shown.pictures, shown.people, shown.names, shown.vectors, qualities)


def test_an_oracle_discards_every_error_first_and_gains_all() -> None:
    found = curve(list(range(200)), [place < 20 for place in range(200)])
    assert fnmr(found) == pytest.approx(ideal(0.1), abs=1e-12)
    assert found.gain == pytest.approx(1)
    assert found.area == pytest.approx((0.1 + 0.9 * np.log(0.9)) / 0.2, abs=1e-5)  # the integral of (0.1 - x) / (1 - x)
    assert (np.diff(fnmr(found)) <= 1e-12).all()
    assert found.points[0].errors == 20
    assert found.points[-1].errors == 0


def test_a_measure_that_says_nothing_is_flat_and_gains_nothing() -> None:
    found = curve([7.0] * 200, [place % 10 == 0 for place in range(200)])
    assert fnmr(found) == pytest.approx(np.full(len(SHARES), 0.1))
    assert found.gain == pytest.approx(0, abs=1e-12)
    assert found.area == pytest.approx(0.1)


def test_a_random_measure_gains_nothing_to_speak_of_and_its_interval_says_so() -> None:
    random = np.random.default_rng(4)
    found = curve(random.random(2000).tolist(), (random.random(2000) < 0.1).tolist(), draws=200)
    assert abs(found.gain) < 0.15
    assert found.gain_lower < 0 < found.gain_upper


def test_a_measure_that_is_upside_down_loses() -> None:
    found = curve(list(range(200)), [place >= 180 for place in range(200)])
    assert found.gain < -0.05
    assert (np.diff(fnmr(found)) >= -1e-12).all()


@pytest.mark.long
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40), st.randoms())
def test_the_order_of_pairs_of_equal_quality_does_not_matter(rows: list[tuple[int, bool]], order: object) -> None:
    mixed = sorted(rows, key=lambda _: order.random())  # type: ignore[attr-defined]  # hypothesis gives a Random
    one, other = (curve([q for q, _ in some], [m for _, m in some], draws=2) for some in (rows, mixed))
    assert fnmr(one) == pytest.approx(fnmr(other), abs=1e-12)


@pytest.mark.long
@given(st.lists(st.booleans(), min_size=200, max_size=200))
def test_without_ties_the_curve_is_counted(missed: list[bool]) -> None:
    found = curve(list(range(200)), missed, draws=2)
    for place, point in enumerate(found.points):
        rest = missed[place:]  # a point a pair: one of two hundred is half a hundredth
        assert point.fnmr == pytest.approx(sum(rest) / len(rest))
        assert point.errors == pytest.approx(sum(rest))


def test_with_very_many_pairs_the_band_still_lies_about_the_curve() -> None:
    random = np.random.default_rng(3)
    quality = random.random(5000)
    found = discard_curve("score", quality, random.random(5000) < 0.3 * (1 - quality), np.arange(5000), 200)
    assert all(point.lower < point.fnmr < point.upper for point in found.points)
    assert found.gain_lower < found.gain < found.gain_upper
    last = found.points[-1]
    assert last.upper - last.lower == pytest.approx(2 * 1.96 * np.sqrt(last.fnmr * (1 - last.fnmr) / 2500), rel=0.25)


def test_half_of_a_tie_takes_half_of_its_errors() -> None:
    found = curve([1.0] * 100 + [2.0] * 100, [True] * 40 + [False] * 160, draws=2)
    at = {round(point.discarded, 3): point for point in found.points}
    assert at[0.25].errors == pytest.approx(20)
    assert at[0.25].fnmr == pytest.approx(20 / 150)
    assert at[0.5].errors == pytest.approx(0)


def test_without_errors_there_is_no_gain_to_speak_of() -> None:
    found = curve([1, 2, 3], [False] * 3)
    assert np.isnan([found.gain, found.gain_lower, found.gain_upper]).all()
    assert fnmr(found) == pytest.approx(0)


def test_the_pairs_of_one_person_are_drawn_together() -> None:
    random = np.random.default_rng(2)
    quality, missed = random.random(400), np.repeat(random.random(20) < 0.2, 20)
    apart = discard_curve("score", quality, missed, np.arange(400), 300).points[0]
    joint = discard_curve("score", quality, missed, np.repeat(np.arange(20), 20), 300).points[0]
    assert apart.fnmr == joint.fnmr
    assert joint.upper - joint.lower > 2 * (apart.upper - apart.lower)


def test_mated_pairs_are_those_of_the_full_comparison() -> None:
    shown = crowd(people=9, each=4, noise=0.8)
    shown = shown.only(np.random.default_rng(1).random(len(shown)) < 0.7)
    wanted = compare(shown).genuine
    found = mated_pairs(shown)
    assert named(found) == named(wanted)
    assert np.sort(found.similarity) == pytest.approx(np.sort(wanted.similarity), abs=1e-6)


def test_a_pair_is_as_good_as_its_worse_picture() -> None:
    shown = crowd(people=2, each=2)
    pairs = mated_pairs(shown)
    (found,) = discard_curves(seen(shown, 90, 10, 50, 60), pairs, np.array([True, False]), ["score"], draws=2)
    assert found.points[-1].errors == pytest.approx(0)
    (found,) = discard_curves(seen(shown, 90, 55, 50, 60), pairs, np.array([True, False]), ["score"], draws=2)
    assert found.points[-1].errors == pytest.approx(1)


def test_the_best_measure_stands_first() -> None:
    shown = crowd(people=40, each=2)
    missed = np.arange(40) < 8
    qualities = tuple(replace(GOOD, score=float(place), yaw_deg=3.0) for place in range(80))
    shown = Faces(shown.pictures, shown.people, shown.names, shown.vectors, qualities)
    found = discard_curves(shown, mated_pairs(shown), missed, ["yaw_deg", "score"], draws=5)
    assert [(one.score, round(one.gain, 6)) for one in found] == [("score", 1), ("yaw_deg", 0)]


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [("score", 90, 10), ("yaw_deg", -5, 30), ("yaw_deg", 5, -30), ("over_exposed", 0.0, 0.4)],
)
def test_more_is_better_whichever_way_a_measure_points(name: str, better: float, worse: float) -> None:
    changes: tuple[dict[str, Any], ...] = ({name: better}, {name: worse})
    good, bad = use([replace(GOOD, **change) for change in changes], name)
    assert good > bad


def test_light_is_best_in_the_middle() -> None:
    dark, middle, bright = use(
        [replace(GOOD, luminance_mean=level) for level in (20.0, 130.0, 245.0)], "luminance_mean"
    )
    assert middle > dark
    assert middle > bright


def test_every_number_of_a_quality_is_a_measure_and_nothing_else_is() -> None:
    assert measures()[0] == "score"
    assert set(measures()) == set(Quality.__slots__) - {"flaws"}
    assert chosen(()) == measures()
    assert chosen(("yaw_deg", "score", "yaw_deg")) == ("yaw_deg", "score")
    with pytest.raises(ConfigError, match="no quality measure flaws: choose from score, "):
        chosen(("flaws",))


def test_the_gate_counts_each_flaw_and_the_errors_of_what_it_lets_through() -> None:
    shown = crowd(people=3, each=2)
    bad = replace(GOOD, flaws=(Flaw.BLURRED, Flaw.TOO_DARK)), replace(GOOD, flaws=(Flaw.BLURRED,))
    shown = Faces(shown.pictures, shown.people, shown.names, shown.vectors, (bad[0], GOOD, bad[1], GOOD, GOOD, GOOD))
    found = gate(shown, mated_pairs(shown), np.array([True, True, True]))
    assert (found.refused.events, found.refused.trials) == (2, 6)
    assert found.flaws == {"blurred": 2, "too-dark": 1}
    assert (found.fnmr.events, found.fnmr.trials) == (1, 1)


def test_few_errors_are_said_to_be_few() -> None:
    assert "no errors" in doubt(0, 0)
    assert doubt(30, 9) == "few errors: 30 false non-matches of 9 people say little of quality"
    assert doubt(10, 10) == ""
