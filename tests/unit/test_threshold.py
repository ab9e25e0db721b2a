"""S9: a threshold is a measured false-match rate, and nothing beyond the evidence."""

from __future__ import annotations

import math

import click
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.access.threshold import Curve, Point, for_search
from edge.cli.eval import group as evaluation
from edge.errors import EvidenceError


def curve(*pairs: tuple[float, float]) -> Curve:
    return Curve(tuple(point(fmr, threshold) for fmr, threshold in pairs))


def point(fmr: float, threshold: float) -> Point:
    return Point(fmr, threshold, 10, 10**6, 0.9 * fmr, 1.1 * fmr)


MEASURED = curve((1e-2, 0.25), (1e-3, 0.34), (1e-4, 0.41), (1e-5, 0.48))


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    size = draw(st.integers(2, 6))
    decades = sorted(draw(st.lists(st.floats(0.1, 7), min_size=size, max_size=size, unique_by=lambda x: round(x, 3))))
    thresholds = sorted(draw(st.lists(st.floats(-1, 1), min_size=size, max_size=size)))
    assume(thresholds[-1] - thresholds[0] > 1e-3)
    return curve(*zip([10.0**-decade for decade in decades], thresholds, strict=True))


rates = st.floats(-9, 0).map(lambda exponent: 10.0**exponent)


@given(curves(), rates, rates)
def test_s9_a_stricter_rate_never_gives_a_lower_threshold(measured: Curve, one: float, two: float) -> None:
    strict, loose = min(one, two), max(one, two)
    assert measured.resolve(strict, extrapolate=True) >= measured.resolve(loose, extrapolate=True)


@given(curves())
def test_s9_a_measured_point_is_given_back_exactly(measured: Curve) -> None:
    for point in measured.points:
        assert measured.resolve(point.fmr) == point.threshold


@given(curves(), st.floats(1.001, 1e6), st.floats(1.001, 10))
def test_s9_beyond_the_evidence_it_is_refused_or_strictly_harder(measured: Curve, times: float, more: float) -> None:
    fmr = measured.strictest.fmr / times
    with pytest.raises(EvidenceError, match="evidence ends"):
        measured.resolve(fmr)
    reached = measured.resolve(fmr, extrapolate=True)
    assert measured.strictest.threshold < reached < measured.resolve(fmr / more, extrapolate=True)


def test_between_two_points_it_is_linear_in_the_logarithm() -> None:
    assert MEASURED.resolve(math.sqrt(1e-3 * 1e-4)) == pytest.approx((0.34 + 0.41) / 2)


def test_beyond_the_last_point_the_last_slope_goes_on_unless_the_whole_curve_is_steeper() -> None:
    assert curve((1e-2, 0.2), (1e-3, 0.3), (1e-4, 0.5)).resolve(1e-5, extrapolate=True) == pytest.approx(0.7)
    assert curve((1e-2, 0.2), (1e-3, 0.5), (1e-4, 0.6)).resolve(1e-5, extrapolate=True) == pytest.approx(0.8)


def test_a_rate_above_the_evidence_gets_the_safer_measured_threshold() -> None:
    assert MEASURED.resolve(0.5) == 0.25


def test_a_flat_end_promises_nothing_for_nothing() -> None:
    flat = curve((1e-2, 0.2), (1e-3, 0.4), (1e-4, 0.4))
    assert flat.resolve(1e-5, extrapolate=True) == pytest.approx(0.5)
    with pytest.raises(EvidenceError, match="all equal"):
        curve((1e-2, 0.4), (1e-3, 0.4)).resolve(1e-4, extrapolate=True)


@pytest.mark.parametrize("rate", [0.0, -1e-3, 1.5, math.nan, math.inf])
def test_what_is_no_rate_is_refused(rate: float) -> None:
    with pytest.raises(EvidenceError, match="between 0 and 1"):
        MEASURED.resolve(rate, extrapolate=True)


@pytest.mark.parametrize(
    "pairs",
    [
        (),
        ((1e-2, 0.3),),
        ((1e-3, 0.4), (1e-2, 0.3)),
        ((1e-2, 0.3), (1e-2, 0.4)),
        ((1e-2, 0.4), (1e-3, 0.3)),
        ((1e-2, 0.4), (0.0, 0.5)),
        ((1e-2, math.nan), (1e-3, 0.5)),
        ((math.nan, 0.3), (1e-3, 0.5)),
    ],
)
def test_what_is_no_curve_is_refused(pairs: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(EvidenceError, match="thresholds"):
        curve(*pairs)


def test_a_model_without_a_curve_is_told_the_command_that_measures_one() -> None:
    with pytest.raises(EvidenceError, match="run `edge eval calibrate`"):
        Curve(())
    assert "calibrate" in evaluation.list_commands(click.Context(evaluation))


@given(curves(), rates)
def test_s9_the_largest_supported_gallery_is_supported_and_one_more_is_not(measured: Curve, fpir: float) -> None:
    most = measured.largest_supported_gallery(fpir)
    if most:
        measured.require_search(fpir, most, most)
        measured.resolve(for_search(fpir, most))
    with pytest.raises(EvidenceError):
        measured.require_search(fpir, 1, most + 1)
    with pytest.raises(EvidenceError):
        measured.resolve(for_search(fpir, most + 1))


@given(st.floats(-9, -1).map(lambda exponent: 10.0**exponent), st.integers(1, 10**5))
def test_s9_every_template_is_a_draw_of_its_own_and_all_together_keep_the_rate(fpir: float, templates: int) -> None:
    let_in = -math.expm1(templates * math.log1p(-for_search(fpir, templates)))
    assert 0.9 * fpir < let_in <= fpir * (1 + 1e-9)


def test_s9_a_search_among_more_templates_asks_more_of_each_comparison() -> None:
    assert [for_search(1e-3, templates) for templates in (0, 1, 2, 1000)] == [1e-3, 1e-3, 5e-4, 1e-6]
    assert MEASURED.largest_supported_gallery(1e-3) == 100
    assert MEASURED.largest_supported_gallery(1e-6) == 0


def test_s9_beyond_the_evidence_the_way_on_is_named() -> None:
    MEASURED.require_search(1e-3, 33, 99)
    with pytest.raises(EvidenceError) as caught:
        MEASURED.require_search(1e-3, 34, 102)
    for words in (
        "34 people with 102 templates",
        "supports 100 templates, such as 100 people with one each or 33 with three",
        "face + PIN or QR, which is 1:1",
        "decision.fpir",
        "decision.accept_extrapolation",
    ):
        assert words in str(caught.value)
    assert MEASURED.reach(1e-6) == "no search at this rate"
    assert [MEASURED.reach(templates * 1e-5) for templates in (1, 2, 3, 6)] == [
        "1 template",
        "2 templates, such as 2 people with one each",
        "3 templates, such as 3 people with one each or 1 person with three",
        "6 templates, such as 6 people with one each or 2 with three",
    ]


@pytest.mark.parametrize(("fmr", "nearest"), [(1.0, 1e-2), (4e-4, 1e-3), (3e-4, 1e-4), (1e-5, 1e-5), (1e-9, 1e-5)])
def test_the_nearest_measured_point_is_nearest_in_the_logarithm(fmr: float, nearest: float) -> None:
    assert MEASURED.nearest(fmr).fmr == nearest


@given(curves(), st.integers(1, 1000))
def test_s9_what_rounds_to_the_last_point_is_supported(measured: Curve, templates: int) -> None:
    last = measured.strictest
    fmr = for_search(last.fmr * templates, templates)
    assert measured.supports(fmr)
    assert measured.resolve(math.nextafter(last.fmr, 0.0)) == last.threshold
    assert measured.largest_supported_gallery(last.fmr * templates) >= templates
