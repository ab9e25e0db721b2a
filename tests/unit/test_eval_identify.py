"""Open-set identification measures the product's own search and rule, on pictures that are never used twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.access.decide import vote
from edge.access.threshold import Curve, Point
from edge.eval.compare import compare
from edge.eval.formula import chance, projections
from edge.eval.identify import Plan, identify
from edge.eval.trials import UnderTest, find, split, voted
from edge.people.gallery import Gallery, build
from edge.values import Embedding, PersonId, Sighting
from tests.fakes import SPACE
from tests.unit.builders import rule
from tests.unit.eval_builders import ends
from tests.unit.scores import crowd, faces, seen, unit

if TYPE_CHECKING:
    from edge.eval.faces import Faces

CURVE = Curve(
    tuple(
        Point(fmr, threshold, 10, 1_000_000, fmr / 2, fmr * 2)
        for fmr, threshold in ((1e-2, 0.3), (1e-4, 0.4), (1e-5, 0.45))
    )
)


def gate() -> Faces:
    """Five people with two pictures, then ten strangers with one.

    Person 3 never looks like themselves, and person 4 always like person 0. Of the strangers three look like person 1,
    one like persons 1 and 2 alike, and six like nobody.
    """
    axes = np.eye(20)
    vectors = [axes[person] for person in (0, 0, 1, 1, 2, 2, 3, 6)]
    vectors += [0.8 * axes[0] + 0.6 * axes[5], 0.8 * axes[0] - 0.6 * axes[5]]
    vectors += [0.9 * axes[1] + np.sqrt(0.19) * axes[7 + stranger] for stranger in range(3)]
    vectors += [axes[1] + axes[2], *axes[10:16]]
    return faces(unit(np.array(vectors)), [*(person for person in range(5) for _ in "ab"), *range(5, 15)])


def tried(shown: Faces, *, fpir: float = 1e-3) -> UnderTest:
    asked = rule(fpir=fpir)
    return UnderTest(shown, compare(shown), replace(asked, fmr_for=lambda templates: fpir / templates), CURVE)


@given(st.lists(st.integers(1, 5), min_size=3, max_size=12), st.integers(1, 3), st.integers(0, 99))
def test_no_picture_is_both_template_and_probe_and_none_is_lost(counts: list[int], templates: int, seed: int) -> None:
    shown = seen(*counts)
    able = [person for person, count in enumerate(counts) if count >= templates]
    for people in range(1, min(len(able), len(counts) - 1) + 1):
        drawn = split(shown, people, templates, np.random.default_rng(seed))
        used = np.concatenate([drawn.templates.ravel(), drawn.mated, drawn.non_mated])
        assert sorted(used.tolist()) == list(range(len(shown)))
        assert drawn.templates.shape == (people, templates)
        assert (shown.people[drawn.templates] == drawn.enrolled[:, None]).all()
        assert np.isin(shown.people[drawn.mated], drawn.enrolled).all()
        assert not np.isin(shown.people[drawn.non_mated], drawn.enrolled).any()
        spare = [person for person in able if counts[person] > templates]
        assert len(set(drawn.enrolled.tolist()) & set(spare)) == min(people, len(spare))


def test_every_repeat_draws_anew_and_a_seed_draws_the_same_again() -> None:
    shown = seen(*[3] * 20)
    one, again = (split(shown, 8, 1, np.random.default_rng(5)) for _ in range(2))
    other = split(shown, 8, 1, np.random.default_rng(6))
    assert np.array_equal(one.templates, again.templates)
    assert not np.array_equal(one.enrolled, other.enrolled)
    assert not np.array_equal(one.templates % 3, np.zeros_like(one.templates))


@pytest.mark.parametrize(("people", "templates"), [(1, 1), (2, 3), (30, 1), (30, 3)])
def test_the_blocked_search_is_the_products_and_so_is_the_rule(people: int, templates: int) -> None:
    shown = crowd(people=40, each=4, noise=1.2)
    asked = rule(margin=0.1)
    drawn = split(shown, people, templates, np.random.default_rng(1))
    gallery = Gallery(
        build(
            SPACE,
            [
                (PersonId(f"{person:04d}"), Embedding(shown.vectors[place], SPACE))
                for person, places in zip(drawn.enrolled, drawn.templates, strict=True)
                for place in places
            ],
        )
    )
    probes = np.concatenate([drawn.mated, drawn.non_mated])
    found = find(shown, drawn, probes)
    who, ambiguous = voted(found, asked, people * templates)
    for row, place in enumerate(probes):
        match = gallery.search(Embedding(shown.vectors[place], SPACE))
        assert match is not None
        cast = vote(Sighting(at=0.0, sequence=0, match=match), asked)
        assert int(match.person) == found.person[row]
        assert found.similarity[row] == pytest.approx(match.similarity, abs=1e-6)
        assert found.margin[row] == pytest.approx(match.margin, abs=1e-6)
        assert (cast.person is not None, cast.ambiguous) == (who[row] >= 0, bool(ambiguous[row]))
        assert cast.person is None or int(cast.person) == who[row]
    assert people == 1 or {False, True} == set((who >= 0).tolist())


def test_who_is_known_who_is_not_and_who_is_taken_for_another_is_counted_exactly() -> None:
    measured, fusions, _ = identify(tried(gate()), Plan(people=(5,), repeats=3))
    (size,) = measured
    counts = {
        name: (getattr(size, name).events, getattr(size, name).trials)
        for name in ("fpir", "first_fpir", "fpir_without_margin", "fnir", "first_fnir", "wrong", "ambiguous")
    }
    assert counts == {
        "fpir": (9, 30),
        "first_fpir": (3, 10),
        "fpir_without_margin": (12, 30),
        "fnir": (6, 15),
        "first_fnir": (2, 5),
        "wrong": (3, 15),
        "ambiguous": (0, 15),
    }
    assert (size.fpir.people, size.fnir.people) == (10, 5)
    assert size.not_first.events == 6
    assert size.fpir_by_people is None
    assert fusions == []


def test_the_curve_counts_at_every_threshold_with_the_margin_asked() -> None:
    (size,) = identify(tried(gate()), Plan(people=(5,), repeats=2))[0]
    at = {point.threshold: point for point in size.curve}
    assert (at[0.5].fpir, at[0.5].fnir, at[0.5].wrong) == pytest.approx((0.3, 0.4, 0.2))
    assert (at[0.85].fpir, at[0.85].fnir, at[0.85].wrong) == pytest.approx((0.3, 0.4, 0.0))
    assert (at[0.95].fpir, at[0.95].fnir, at[0.95].wrong) == pytest.approx((0.0, 0.4, 0.0))
    assert len(size.curve) == 101


def test_the_most_similar_false_positives_are_named_once() -> None:
    (size,) = identify(tried(gate()), Plan(people=(5,), repeats=3))[0]
    assert [(one.probe, one.person) for one in size.confusions] == [
        (f"p{person:04d}/{place}.jpg", "p0001") for person, place in ((5, 10), (6, 11), (7, 12))
    ]
    assert [one.similarity for one in size.confusions] == pytest.approx([0.9] * 3, abs=1e-6)


def test_s9_the_threshold_counts_templates_and_what_counting_people_would_cost_is_measured() -> None:
    under = tried(crowd(people=40, each=4, noise=2.5), fpir=0.1)
    (size,) = identify(under, Plan(people=(20,), templates=(3,), repeats=4))[0]
    assert size.fmr == pytest.approx(0.1 / 60)
    assert size.threshold == pytest.approx(under.rule.threshold_for(0.1 / 60))
    strangers = size.fpir.trials
    assert size.fpir_by_people is not None
    assert strangers == 4 * 20 * 4
    assert size.fpir_by_people.events > size.fpir.events > 0


def test_a_threshold_beyond_the_evidence_is_marked() -> None:
    under = tried(gate(), fpir=1e-4)
    supported = {size.people: size.supported for size in identify(under, Plan(people=(2, 10), repeats=1))[0]}
    assert supported == {2: True, 10: True}
    under = tried(gate(), fpir=9e-5)
    supported = {size.people: size.supported for size in identify(under, Plan(people=(2, 10), repeats=1))[0]}
    assert supported == {2: True, 10: False}


@given(st.floats(1e-9, 0.5), st.integers(1, 2000))
def test_the_formula_is_the_chance_of_at_least_one_match(fmr: float, comparisons: int) -> None:
    assert chance(fmr, comparisons) == pytest.approx(1 - (1 - fmr) ** comparisons, rel=1e-6, abs=1e-12)


def test_independent_strangers_follow_the_formula() -> None:
    random = np.random.default_rng(8)
    shown = faces(unit(random.normal(size=(600, 64))), list(range(600)))
    (size,) = identify(tried(shown), Plan(people=(50,), repeats=5))[0]
    assert len(size.formula) >= 4
    for check in size.formula:
        assert check.predicted == pytest.approx(1 - (1 - check.fmr.rate) ** 50)
        assert check.ratio == pytest.approx(check.fpir.rate / check.predicted)
        lower, upper = ends(check.fpir)
        assert lower / 1.2 <= check.predicted <= upper * 1.2


def test_templates_of_one_person_that_are_all_the_same_count_once_and_the_formula_errs_to_the_safe_side() -> None:
    random = np.random.default_rng(9)
    shown = faces(np.repeat(unit(random.normal(size=(300, 32))), 3, axis=0), np.repeat(np.arange(300), 3).tolist())
    (size,) = identify(tried(shown), Plan(people=(20,), templates=(3,), repeats=3))[0]
    strict = size.formula[-1]
    assert strict.ratio == pytest.approx(1 / 3, rel=0.35)


def test_what_was_not_measured_says_where_the_evidence_ends() -> None:
    under = tried(crowd(noise=0.9))
    shown = under.faces
    drawn = split(shown, 40, 2, np.random.default_rng(1))
    mates = find(shown, drawn, drawn.mated)
    small, large = projections(under, {2: (40, mates)})
    assert (small.people, large.people) == (10_000, 50_000)
    assert small.fmr_needed == pytest.approx(5e-8)
    assert (small.templates, small.measured_people) == (2, 40)
    assert (small.supported, small.fmr_supported) == (False, 1e-5)
    assert small.fpir_assumed == pytest.approx(1 - (1 - 1e-5) ** 20_000)
    assert small.threshold == pytest.approx(under.rule.threshold_for(5e-8))
    own = (shown.vectors[drawn.mated] @ shown.vectors.T).astype(np.float64)
    hits = 0
    for row, probe in enumerate(drawn.mated):
        alike = {person: own[row, places].max() for person, places in zip(drawn.enrolled, drawn.templates, strict=True)}
        best = alike.pop(shown.people[probe])
        hits += best >= small.threshold and best - max(alike.values()) >= under.rule.decision.margin
    assert (small.fnir.events, small.fnir.trials) == (len(drawn.mated) - hits, len(drawn.mated))
    assert 0 < small.fnir.events <= large.fnir.events


def test_where_the_evidence_is_enough_the_chance_is_that_of_what_the_product_asks() -> None:
    under = tried(crowd(noise=0.9), fpir=0.2)
    _, _, (small, large) = identify(under, Plan(people=(5, 20), repeats=2))
    assert (small.supported, large.supported) == (True, False)
    assert small.fmr_needed == pytest.approx(2e-5)
    assert small.fpir_assumed == pytest.approx(1 - (1 - 2e-5) ** 10_000)
    assert large.fpir_assumed == pytest.approx(1 - (1 - 1e-5) ** 50_000)
    assert small.measured_people == 20


def test_a_larger_gallery_of_the_same_people_misses_no_fewer_of_the_same_probes() -> None:
    random = np.random.default_rng(5)
    looks = np.repeat(random.normal(size=(60, 6)), 3, axis=0) + 0.4 * random.normal(size=(180, 6))
    under = tried(faces(unit(looks), np.repeat(np.arange(60), 3).tolist()))
    drawn = split(under.faces, 50, 2, np.random.default_rng(3))
    inside = np.isin(under.faces.people[drawn.mated], drawn.enrolled[:20])
    fewer = replace(drawn, enrolled=drawn.enrolled[:20], templates=drawn.templates[:20])
    small, large = (find(under.faces, one, drawn.mated[inside]) for one in (fewer, drawn))
    lost = 0
    for threshold in (-1.0, 0.1, 0.3):
        known, still = (one.identified(threshold, 0.05) & (one.person == one.truth) for one in (small, large))
        assert not (still & ~known).any()
        lost += int((known & ~still).sum())
    assert lost > 0


def test_the_formula_needs_ten_people_not_the_same_ones_again() -> None:
    axes = np.eye(110)
    alike = [0.9 * axes[0] + np.sqrt(0.19) * axes[number] for number in range(1, 10)]  # 36 pairs of nine people
    shown = faces(unit(np.array([*alike, *axes[10:101]])), list(range(100)))
    (size,) = identify(tried(shown), Plan(people=(50,), repeats=40))[0]
    assert size.fpir_without_margin.events > 10 > size.fpir_without_margin.event_people
    assert size.formula == []


def test_the_formula_needs_ten_pairs_of_people() -> None:
    axes = np.eye(50)
    twins = [axes[pair] + 0.1 * axes[40 + side] for pair in range(6) for side in range(2)]
    shown = faces(unit(np.array([*twins, *axes[6:34]])), list(range(40)))
    (size,) = identify(tried(shown), Plan(people=(20,), repeats=40))[0]
    assert size.fpir_without_margin.event_people == 12
    assert size.formula == []


def test_a_false_positive_is_named_with_its_highest_similarity_of_all_repeats() -> None:
    axes = np.eye(6)
    looks = [axes[0], 0.6 * axes[0] + 0.8 * axes[1], 0.9 * axes[0] + 0.43 * axes[3], axes[4]]
    shown = faces(unit(np.array(looks)), [0, 0, 1, 2])
    (size,) = identify(tried(shown), Plan(people=(1,), repeats=20))[0]
    (named,) = size.confusions
    assert (named.probe, named.person) == ("p0001/2.jpg", "p0000")
    assert named.similarity == pytest.approx(0.9 / np.hypot(0.9, 0.43), abs=1e-6)
    assert 0 < size.fpir.events <= 20


def test_a_seed_gives_the_same_report_again_and_another_seed_another() -> None:
    under = tried(crowd(people=30, each=3, noise=2.0))
    one, again, other = (identify(under, Plan(people=(10,), templates=(2,), seed=seed)) for seed in (1, 1, 2))
    assert one == again
    assert one[0][0].curve != other[0][0].curve


def test_what_was_asked_for_and_left_out_is_named() -> None:
    shown = seen(*[2] * 3, *[1] * 5)
    found = Plan(people=(2, 7), templates=(1, 2, 4)).left_out(shown)
    assert [(one.people, one.templates, one.able) for one in found] == [(7, 2, 3), (2, 4, 0), (7, 4, 0)]
    assert [(one.people, one.templates, one.able) for one in Plan(templates=(1, 4)).left_out(shown)] == [(None, 4, 0)]
    _, _, projected = identify(tried(shown), Plan(templates=(1, 4), repeats=1))
    assert {one.templates for one in projected} == {1}
