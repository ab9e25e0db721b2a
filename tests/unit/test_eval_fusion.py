"""Ways to join templates are compared on the same probes, each at a threshold of its own that keeps the same FPIR."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.eval.fusion import _missed, _thresholds, fusion_points
from edge.eval.resample import share, tallied
from edge.eval.trials import Found, find, joined, split
from tests.unit.eval_builders import ends
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
    strangers, mates = [0.9] * 10 + [0.8] * 90, [0.7] * 50
    probes: dict[Fusion, tuple[Found, Found]] = {
        "max": (found(strangers, right=False), found(mates, right=True)),
        "mean": (found([0.5] * 10 + [0.4] * 90, right=False), found(mates, right=True)),
    }
    best, mean = fusion_points(probes, (50, 2), 0.05)
    assert (best.fusion, best.fnir.events, mean.fusion, mean.fnir.events) == ("max", 50, "mean", 0)
    assert (mean.more, mean.lower, mean.upper) == (-1, -1, -1)
    assert best.threshold == pytest.approx(0.8)
    assert best.threshold > 0.8
    assert (best.fpir.events, mean.fpir.events) == (10, 10)


def test_the_threshold_is_the_lowest_that_keeps_the_rate_and_ties_go_together() -> None:
    probes: dict[Fusion, tuple[Found, Found]] = {
        "max": (found([0.9] * 18 + [0.6] * 4 + [0.5] * 178, right=False), found([0.55, 0.65, 0.95], right=True))
    }
    (point,) = fusion_points(probes, (3, 2), 0.05)
    assert (point.aim, point.fpir.events, point.fnir.events) == (0.1, 18, 1)
    assert 0.6 < point.threshold < 0.6001


def test_the_margin_is_asked_of_strangers_and_of_mates() -> None:
    probes: dict[Fusion, tuple[Found, Found]] = {
        "max": (found([0.9] * 100, right=False), found([0.95] * 3, right=True, margin=0.04)),
        "mean": (found([0.9] * 10 + [0.1] * 90, right=False), found([0.95] * 3, right=True, margin=0.04)),
    }
    assert fusion_points(probes, (3, 2), 0.05) == []  # under max nobody may pass: all are as similar
    (point,) = fusion_points({"max": probes["mean"]}, (3, 2), 0.05)
    assert (point.fpir.events, point.fnir.events) == (10, 3)


def test_a_stranger_whom_the_margin_refuses_takes_nothing_of_the_rate() -> None:
    strangers = found([*[0.9] * 89, 0.89, *[0.6] * 10], right=False)
    strangers.margin[:90] = 0.04
    (point,) = fusion_points({"max": (strangers, found([0.55, 0.7], right=True))}, (3, 2), 0.05)
    assert (point.aim, point.fpir.events, point.fnir.events) == (0.1, 10, 0)
    assert point.threshold == pytest.approx(-1.0)


def test_exactly_as_many_strangers_as_the_rate_allows_may_pass() -> None:
    probes: dict[Fusion, tuple[Found, Found]] = {
        "max": (found([0.9] * 10 + [0.6] * 90, right=False), found([0.7] * 3, right=True))
    }
    (point,) = fusion_points(probes, (3, 2), 0.05)
    assert (point.fpir.events, point.fnir.events) == (10, 0)


def test_a_rate_that_too_few_people_can_show_is_left_out() -> None:
    strangers = np.linspace(0.1, 0.2, 999).tolist()
    probes: dict[Fusion, tuple[Found, Found]] = {"max": (found(strangers, right=False), found([0.7], right=True))}
    assert [point.aim for point in fusion_points(probes, (1, 2), 0.0)] == [0.1, 0.03]


def test_the_same_people_seen_in_more_repeats_are_no_further_evidence() -> None:
    one = found(np.linspace(0.1, 0.2, 999).tolist(), right=False), found([0.15, 0.7], right=True)
    again: tuple[Found, Found] = (joined([one[0]] * 50), joined([one[1]] * 50))
    once, often = (fusion_points({"max": some}, (1, 2), 0.0) for some in (one, again))
    assert [point.aim for point in often] == [point.aim for point in once] == [0.1, 0.03]
    fpir = often[-1].fpir
    assert (fpir.events, fpir.event_pictures, fpir.event_people) == (50 * 29, 29, 29)
    assert "29 pictures of 29 people" in str(fpir)
    assert (fpir.lower, fpir.upper) == pytest.approx((once[-1].fpir.lower, once[-1].fpir.upper))


def test_every_fusion_needs_ten_people_of_its_own_at_a_rate() -> None:
    spread = found(np.linspace(0.1, 0.2, 400).tolist(), right=False)
    same = replace(spread, truth=np.array([1000] * 100 + [1001] * 300), similarity=spread.similarity)
    mates = found([0.15, 0.7], right=True)
    assert [one.aim for one in fusion_points({"max": (spread, mates)}, (2, 2), 0.0)] == [0.1, 0.03]
    assert fusion_points({"max": (spread, mates), "mean": (same, mates)}, (2, 2), 0.0) == []


def test_a_draw_whose_threshold_lies_below_the_kept_probes_gives_none() -> None:
    strangers = found(np.linspace(0.9, 0.1, 2000).tolist(), right=False)
    few = np.zeros((2, 3001))
    few[0, 1000:3000] = 1  # everybody once
    few[1, 1790:3000] = 1  # of those that are kept, the first 804, hardly any was drawn
    few[:, :3] = 1  # three who are enrolled
    known, unknown = _thresholds(strangers, 0.1, 0.05, few)
    assert known == pytest.approx(strangers.similarity[200])
    assert np.isnan(unknown)
    rates = _missed((strangers, found([0.95] * 3, right=True)), 0.1, 0.05, few)
    assert rates[0] == 0
    assert np.isnan(rates[1])


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
    narrow, wide = (float(np.ptp(ends(one))) for one in (apart, joint))
    assert wide > 2 * narrow
    assert narrow == pytest.approx(2 * 1.96 * np.sqrt(0.25 * 0.75 / 200), rel=0.1)


def test_what_never_happened_has_the_upper_bound_of_so_many_people_not_pictures() -> None:
    never = share(np.zeros(300, bool), np.repeat(np.arange(30), 10))
    always = share(np.ones(300, bool), np.repeat(np.arange(30), 10))
    assert (never.rate, never.lower, never.upper) == pytest.approx((0, 0, 1 - 0.025 ** (1 / 30)))
    assert (always.rate, always.lower, always.upper) == pytest.approx((1, 0.025 ** (1 / 30), 1))
    nothing = share(np.zeros(0, bool), np.zeros(0, np.int64))
    assert (nothing.trials, str(nothing)) == (0, "no trials")


def test_fewer_than_ten_people_have_no_interval() -> None:
    nine = share(np.arange(90) % 3 == 0, np.repeat(np.arange(9), 10))
    assert (nine.lower, nine.upper) == (None, None)
    assert str(nine) == "30 of 90 = 33.33% (9 people: no interval)"
    ten = share(np.arange(100) % 3 == 0, np.repeat(np.arange(10), 10))
    lower, upper = ends(ten)
    assert 0 < lower < ten.rate < upper < 1


def test_one_event_is_no_surer_than_none() -> None:
    shares = [share(np.arange(1000) < events, np.arange(1000)) for events in range(10)]
    lowers, uppers = zip(*map(ends, shares), strict=True)
    assert list(uppers) == sorted(uppers)
    assert list(lowers) == sorted(lowers)
    assert shares[1].upper == pytest.approx(0.00556, abs=1e-5)  # Clopper and Pearson of 1 in 1000


def test_what_nearly_always_happens_is_no_surer_than_what_hardly_ever_does() -> None:
    lower, upper = ends(share(np.arange(400) < 3, np.arange(400)))
    assert ends(share(np.arange(400) >= 3, np.arange(400))) == pytest.approx((1 - upper, 1 - lower))


@pytest.mark.parametrize("chance", [0.005, 0.01, 0.02, 0.05])
def test_the_interval_of_rare_events_holds_the_true_rate_as_often_as_it_says(chance: float) -> None:
    random = np.random.default_rng(7)
    inside = 0
    for _ in range(400):
        lower, upper = ends(share(random.random(300) < chance, np.arange(300)))
        inside += lower <= chance <= upper
    assert inside / 400 >= 0.93


def test_counts_of_each_person_say_the_same_as_trials_and_who_has_none_is_nobody() -> None:
    happened, people = np.arange(120) % 4 == 0, np.arange(120) % 12
    whole = share(happened, people)
    counted = tallied(np.bincount(people, happened, 14).astype(np.int64), np.bincount(people, minlength=14))
    assert counted == whole
    assert (counted.people, counted.event_people) == (12, 3)
