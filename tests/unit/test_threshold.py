"""S9: a threshold is a measured false-match rate, and nothing beyond the evidence."""

from __future__ import annotations

import math

import click
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.access.threshold import Curve, Point, for_search
from edge.cli import models
from edge.errors import EvidenceError


def curve(*pairs: tuple[float, float]) -> Curve:
    return Curve(tuple(Point(fmr, threshold, round(fmr * 10**6), 10**6) for fmr, threshold in pairs))


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
    points = tuple(Point(fmr, threshold, 1, 10) for fmr, threshold in pairs)
    with pytest.raises(EvidenceError, match="thresholds"):
        Curve(points)


def test_a_model_without_a_curve_is_told_the_command_that_measures_one() -> None:
    with pytest.raises(EvidenceError, match="run `edge models calibrate`"):
        Curve(())
    assert "calibrate" in models.group.list_commands(click.Context(models.group))


@given(curves(), rates)
def test_s9_the_largest_supported_gallery_is_supported_and_one_more_is_not(measured: Curve, fpir: float) -> None:
    people = measured.largest_supported_gallery(fpir)
    if people:
        measured.resolve(for_search(fpir, people))
    with pytest.raises(EvidenceError):
        measured.resolve(for_search(fpir, people + 1))


def test_s9_a_search_among_more_people_asks_more_of_each_comparison() -> None:
    assert [for_search(1e-3, people) for people in (0, 1, 2, 1000)] == [1e-3, 1e-3, 5e-4, 1e-6]
    assert MEASURED.largest_supported_gallery(1e-3) == 100
    assert MEASURED.largest_supported_gallery(1e-6) == 0
