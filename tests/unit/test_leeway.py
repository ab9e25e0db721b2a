"""What adaptation's false-match rates mean in similarities, and where the evidence ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.access.threshold import Curve, Point, for_search
from edge.app import leeway
from edge.config import AdaptationSettings, Config, DecisionSettings
from edge.people.adapt import DAY_S

CURVE = Curve(
    tuple(
        Point(fmr, threshold, 10, 1_000_000, fmr, fmr)
        for fmr, threshold in ((1e-2, 0.2), (1e-3, 0.3), (1e-4, 0.4), (1e-5, 0.5))
    )
)
ON = replace(Config(), adaptation=AdaptationSettings(enabled=True))


def test_off_means_that_no_adapted_template_adds_anything() -> None:
    assert leeway.lift(Config(), CURVE, 10) == 0.0


def test_s9_the_lift_is_what_lies_between_the_doors_rate_and_so_many_times_it() -> None:
    ten = replace(ON, adaptation=replace(ON.adaptation, reach=10.0))
    assert leeway.lift(ten, CURVE, 100) == pytest.approx(0.1)  # 1e-5 against 1e-4
    assert leeway.lift(replace(ON, adaptation=replace(ON.adaptation, reach=1.0)), CURVE, 100) == 0.0


def test_a_match_is_so_many_times_stricter_than_the_doors_however_large_the_gallery() -> None:
    assert leeway.bounds(ON, CURVE, 1).strong == pytest.approx(0.5)  # adaptation.fmr, the door's being 1e-3
    assert leeway.bounds(ON, CURVE, 100).strong == pytest.approx(0.6)  # ten times stricter than 1e-5
    assert leeway.bounds(ON, CURVE, 100).fmr == pytest.approx(1e-6)


@given(st.integers(1, 50_000), st.floats(2, 1000), st.floats(1, 10), st.floats(1e-6, 1e-3))
def test_s9_adaptation_is_always_stricter_than_the_door(
    templates: int, stricter: float, reach: float, fmr: float
) -> None:
    config = replace(ON, adaptation=replace(ON.adaptation, stricter=stricter, reach=reach, fmr=fmr))
    found = leeway.bounds(config, CURVE, templates)
    door = CURVE.resolve(for_search(config.decision.fpir, templates), extrapolate=True)
    assert found.strong > door
    assert found.floor <= door
    assert found.fmr <= for_search(config.decision.fpir, templates) / stricter


def test_s9_there_is_room_for_as_many_templates_as_the_evidence_supports() -> None:
    assert leeway.room(ON, CURVE, 99, 1) == 1
    assert leeway.room(ON, CURVE, 100, 1) == 0
    assert leeway.room(ON, CURVE, 20, 9) == 1  # a claim of one person: 1e-4 / 1e-5
    assert leeway.room(ON, CURVE, 20, 10) == 0
    assert leeway.room(replace(ON, decision=DecisionSettings(accept_extrapolation=True)), CURVE, 5000, 50) > 1000


def test_days_are_seconds() -> None:
    found = leeway.bounds(ON, CURVE, 1)
    assert (found.apart_s, found.settled_s) == (7 * DAY_S, 14 * DAY_S)
