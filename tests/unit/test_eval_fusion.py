"""Ways to join templates are compared on the same probes, each at a threshold of its own that keeps the same FPIR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.eval.fusion import fusion_points
from edge.eval.resample import share
from edge.eval.trials import Found, find, split
from tests.unit.scores import crowd, faces, unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.eval.trials import Fusion


def found(similarity: Sequence[float], *, right: bool, margin: float = 0.5) -> Found:
    """One probe a person."""
    count = len(similarity)
    truth = np.arange(count) + (0 if right else 1000)
    person = np.arange(count)
    return Found(np.arange(count), truth, person, np.array(similarity, np.float64), np.full(count, margin))


def test_a_fusion_that_keeps_strangers_down_recognises_more_at_the_same_rate() -> None:
    strangers, mates = [0.8] * 100, [0.7] * 50
    probes: dict[Fusion, tuple[Found, Found]] = {
        "max": (found(strangers, right=False), found(mates, right=True)),
        "mean": (found([0.4] * 100, right=False), found(mates, right=True)),
    }
    best, mean = fusion_points(probes, (50, 2), 0.05)
    assert (best.fusion, best.fnir.events, mean.fusion, mean.fnir.events) == ("max", 50, "mean", 0)
    assert (mean.more, mean.lower, mean.upper) == (-1, -1, -1)
    assert best.threshold == pytest.approx(0.8)
    assert best.threshold > 0.8
    assert (best.fpir.events, mean.fpir.events) == (0, 0)


def test_the_threshold_is_the_lowest_that_keeps_the_rate_and_ties_go_together() -> None:
    probes: dict[Fusion, tuple[Found, Found]] = {
        "max": (found([0.9] * 8 + [0.6] * 4 + [0.5] * 88, right=False), found([0.55, 0.65, 0.95], right=True))
    }
    (point,) = fusion_points(probes, (3, 2), 0.05)
    assert (point.aim, point.fpir.events, point.fnir.events) == (0.1, 8, 1)
    assert 0.6 < point.threshold < 0.6001


def test_the_margin_is_asked_of_strangers_and_of_mates() -> None:
    probes: dict[Fusion, tuple[Found, Found]] = {
        "max": (found([0.9] * 100, right=False, margin=0.04), found([0.7] * 3, right=True, margin=0.04))
    }
    (point,) = fusion_points(probes, (3, 2), 0.05)
    assert (point.fpir.events, point.fnir.events) == (0, 3)


def test_a_stranger_whom_the_margin_refuses_takes_nothing_of_the_rate() -> None:
    probes: dict[Fusion, tuple[Found, Found]] = {
        "max": (found([0.9] * 100, right=False, margin=0.04), found([0.7] * 3, right=True))
    }
    (point,) = fusion_points(probes, (3, 2), 0.05)
    assert (point.fpir.events, point.fnir.events) == (0, 0)


def test_exactly_as_many_strangers_as_the_rate_allows_may_pass() -> None:
    probes: dict[Fusion, tuple[Found, Found]] = {
        "max": (found([0.9] * 10 + [0.6] * 90, right=False), found([0.7] * 3, right=True))
    }
    (point,) = fusion_points(probes, (3, 2), 0.05)
    assert (point.fpir.events, point.fnir.events) == (10, 0)


def test_a_rate_that_too_few_probes_can_show_is_left_out() -> None:
    probes: dict[Fusion, tuple[Found, Found]] = {"max": (found([0.1] * 999, right=False), found([0.7], right=True))}
    assert [point.aim for point in fusion_points(probes, (1, 2), 0.0)] == [0.1, 0.03]


def test_a_fusion_does_not_differ_from_itself_and_the_draws_are_paired() -> None:
    random = np.random.default_rng(2)
    one = (
        found(random.normal(0.2, 0.1, 500).tolist(), right=False),
        found(random.normal(0.4, 0.1, 200).tolist(), right=True),
    )
    best, same = fusion_points({"max": one, "centroid": one}, (9, 2), 0.05)[:2]
    assert 0 < best.fnir.rate < 1
    assert (same.more, same.lower, same.upper) == (0, 0, 0)


def test_each_fusion_is_what_its_name_says() -> None:
    shown = crowd(people=12, each=4, noise=1.5)
    drawn = split(shown, 6, 3, np.random.default_rng(4))
    for place, row in zip(drawn.non_mated, range(99), strict=False):
        each = (shown.vectors[drawn.templates] @ shown.vectors[place]).astype(np.float64)
        centre = shown.vectors[drawn.templates].mean(axis=1)
        scores = {
            "max": each.max(axis=1),
            "mean": each.mean(axis=1),
            "centroid": centre @ shown.vectors[place] / np.linalg.norm(centre, axis=1),
        }
        names: tuple[Fusion, ...] = ("max", "mean", "centroid")
        for name in names:
            one = find(shown, drawn, drawn.non_mated, name)
            second, first = np.sort(scores[name])[-2:]
            assert one.similarity[row] == pytest.approx(first, abs=1e-6)
            assert one.margin[row] == pytest.approx(first - second, abs=1e-6)
            assert one.person[row] == drawn.enrolled[int(scores[name].argmax())]


def test_equal_templates_are_joined_the_same_in_every_way() -> None:
    shown = faces(np.repeat(unit(np.random.default_rng(1).normal(size=(9, 8))), 3, axis=0), sorted([*range(9)] * 3))
    drawn = split(shown, 4, 2, np.random.default_rng(1))
    one, mean, centroid = (find(shown, drawn, drawn.non_mated, name) for name in ("max", "mean", "centroid"))
    assert one.similarity == pytest.approx(mean.similarity, abs=1e-6)
    assert one.similarity == pytest.approx(centroid.similarity, abs=1e-6)


def test_pictures_of_one_person_that_fail_together_widen_the_interval() -> None:
    together = np.repeat([True, False, False, False], 50)
    apart, joint = (share(together, people) for people in (np.arange(200), np.repeat(np.arange(20), 10)))
    assert (apart.events, apart.trials, apart.rate) == (joint.events, joint.trials, joint.rate) == (50, 200, 0.25)
    assert (apart.people, joint.people) == (200, 20)
    assert joint.upper - joint.lower > 2 * (apart.upper - apart.lower)
    assert apart.upper - apart.lower == pytest.approx(2 * 1.96 * np.sqrt(0.25 * 0.75 / 200), rel=0.1)


def test_what_never_happened_has_the_upper_bound_of_so_many_people_not_pictures() -> None:
    never = share(np.zeros(300, bool), np.repeat(np.arange(30), 10))
    always = share(np.ones(300, bool), np.repeat(np.arange(30), 10))
    assert (never.rate, never.lower, never.upper) == pytest.approx((0, 0, 1 - 0.025 ** (1 / 30)))
    assert (always.rate, always.lower, always.upper) == pytest.approx((1, 0.025 ** (1 / 30), 1))
    nothing = share(np.zeros(0, bool), np.zeros(0, np.int64))
    assert (nothing.trials, str(nothing)) == (0, "no trials")
