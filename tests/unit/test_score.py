"""The unified quality score and its laws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.values import Quality
from edge.vision.score import scored, share
from tests.unit.test_quality import judged


def test_a_fine_view_scores_high_and_a_length_is_taken_into_account() -> None:
    fine = judged()
    assert fine.score == pytest.approx(100)
    assert scored(fine, 4.3).score == pytest.approx(100)
    assert scored(fine, 2.5).score < scored(fine, 3.5).score < 100
    assert scored(fine, 3.5).embedding_length == 3.5


def with_one(quality: Quality, measure: str, value: float) -> Quality:
    changed: dict[str, Any] = {measure: value}
    return replace(quality, **changed)


WORSE = [
    ("sharpness", 3.0, 30.0),
    ("inter_eye_px", 10.0, 30.0),
    ("yaw_deg", 60.0, 30.0),
    ("yaw_deg", -60.0, -30.0),
    ("pitch_deg", -35.0, -20.0),
    ("luminance_mean", 20.0, 60.0),
    ("over_exposed", 0.3, 0.04),
]


@pytest.mark.parametrize(("measure", "worse", "bad"), WORSE)
def test_each_measure_alone_lowers_the_score(measure: str, worse: float, bad: float) -> None:
    fine = judged()
    less, least = (scored(with_one(fine, measure, value)).score for value in (bad, worse))
    assert least < less < fine.score


@pytest.mark.parametrize("measure", sorted({one for one, _, _ in WORSE}))
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_s3_what_is_not_a_number_is_of_no_use(measure: str, value: float) -> None:
    assert scored(with_one(judged(), measure, value)).score == 0
    assert scored(judged(), np.nan).score == 0


qualities = st.builds(
    Quality,
    inter_eye_px=st.floats(0, 1000),
    yaw_deg=st.floats(-180, 180),
    pitch_deg=st.floats(-180, 180),
    sharpness=st.floats(0, 10_000),
    luminance_mean=st.floats(0, 255),
    over_exposed=st.floats(0, 1),
)


@given(qualities, st.floats(0, 10))
def test_a_score_lies_between_0_and_100_and_a_mirrored_face_has_the_same(quality: Quality, length: float) -> None:
    score = scored(quality, length).score
    assert 0 <= score <= 100
    assert scored(replace(quality, yaw_deg=-quality.yaw_deg), length).score == score


@given(qualities, st.floats(0, 1000))
def test_sharper_larger_and_straighter_never_scores_less(quality: Quality, more: float) -> None:
    score = scored(quality).score
    better = replace(
        quality,
        sharpness=quality.sharpness + more,
        inter_eye_px=quality.inter_eye_px + more,
        yaw_deg=quality.yaw_deg / (1 + more),
        pitch_deg=quality.pitch_deg / (1 + more),
    )
    assert scored(better).score >= score


@given(st.floats(-5, 50))
def test_a_share_is_on_the_line_between_its_knots(value: float) -> None:
    knots = ((0.0, 0.2), (10.0, 0.6), (20.0, 1.0))
    assert share(knots, value) == pytest.approx(float(np.interp(value, *np.array(knots).T)))
