"""Each flaw by a picture that has just that flaw, and the laws of the measures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import QualityLimits
from edge.values import Box, Flaw, Quality
from edge.vision.measures import Shape, light
from edge.vision.quality import first_look, judge
from tests.unit.builders import box, face

LIMITS = QualityLimits(
    min_eyes_px=30.0,
    max_yaw_deg=35.0,
    max_pitch_deg=30.0,
    min_sharpness=10.0,
    min_brightness=40.0,
    max_brightness=220.0,
    min_contrast=15.0,
    min_presence=0.5,
)
SIZE = (640, 480)


def textured(mean: float = 128, swing: float = 40, seed: int = 0) -> np.ndarray:
    """A grey chip with texture at every scale."""
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(rng.normal(size=(14, 14)), (112, 112), interpolation=cv2.INTER_CUBIC)
    pattern = coarse + 0.4 * rng.normal(size=(112, 112))
    pattern = (pattern - pattern.mean()) / pattern.std()
    level = np.clip(mean + swing * pattern, 0, 255).astype(np.uint8)
    return np.stack([level] * 3, axis=-1)


def judged(**changes: Any) -> Quality:  # noqa: ANN401 - any part of a view
    """A fine view, but for what is named."""
    shown: dict[str, Any] = {"eyes_px": 60.0, "pose": (0.0, 0.0), "presence": 0.99, "chip": textured()} | changes
    return judge(Shape(shown["eyes_px"], *shown["pose"]), shown["presence"], shown["chip"], LIMITS)


def blurred(chip: np.ndarray, sigma: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(chip, (0, 0), sigma))


def test_a_fine_view_has_no_flaw_and_its_measures_are_given() -> None:
    quality = judged(pose=(5.0, -3.0))
    assert quality.flaws == ()
    assert (quality.inter_eye_px, quality.yaw_deg, quality.pitch_deg) == (60.0, 5.0, -3.0)
    y, x = np.mgrid[:112, :112]
    oval = textured()[..., 0][np.hypot((x - 55.5) / 42, (y - 66) / 54) <= 1]
    assert (quality.luminance_mean, quality.luminance_variance) == pytest.approx((oval.mean(), oval.var()))
    assert quality.sharpness > LIMITS.min_sharpness


@pytest.mark.parametrize(
    ("flaw", "changes"),
    [
        (Flaw.TOO_FAR, {"eyes_px": 29.9}),
        (Flaw.TURNED_AWAY, {"pose": (35.1, 0.0)}),
        (Flaw.TURNED_AWAY, {"pose": (-35.1, 0.0)}),
        (Flaw.TURNED_AWAY, {"pose": (0.0, 30.1)}),
        (Flaw.TURNED_AWAY, {"pose": (0.0, -30.1)}),
        (Flaw.NOT_A_FACE, {"presence": 0.49}),
        (Flaw.TOO_DARK, {"chip": textured(mean=36, swing=16)}),
        (Flaw.TOO_BRIGHT, {"chip": textured(mean=226, swing=16)}),
        (Flaw.LOW_CONTRAST, {"chip": textured(swing=14)}),
        (Flaw.BLURRED, {"chip": blurred(textured(), 3.0)}),
    ],
)
def test_each_flaw_alone_is_named_and_nothing_else(flaw: Flaw, changes: dict[str, Any]) -> None:
    assert judged(**changes).flaws == (flaw,)


@pytest.mark.parametrize(
    "changes",
    [{"eyes_px": 30.0}, {"pose": (35.0, 0.0)}, {"pose": (-35.0, 30.0)}, {"presence": 0.5}],
)
def test_the_limit_itself_is_good_enough(changes: dict[str, Any]) -> None:
    assert judged(**changes).good


@pytest.mark.parametrize(
    ("flaw", "changes"),
    [
        (Flaw.TOO_FAR, {"eyes_px": np.nan}),
        (Flaw.TURNED_AWAY, {"pose": (np.nan, 0.0)}),
        (Flaw.TURNED_AWAY, {"pose": (0.0, np.nan)}),
        (Flaw.NOT_A_FACE, {"presence": np.nan}),
    ],
)
def test_s3_what_is_not_a_number_keeps_no_limit(flaw: Flaw, changes: dict[str, Any]) -> None:
    assert judged(**changes).flaws == (flaw,)


def test_a_uniform_chip_is_without_contrast_and_sharpness_and_has_no_mouth() -> None:
    quality = judged(chip=np.full((112, 112, 3), 100, np.uint8))
    assert (quality.sharpness, quality.luminance_mean, quality.luminance_variance) == pytest.approx(
        (0, 100, 0), abs=1e-4
    )
    assert quality.flaws == (Flaw.LOW_CONTRAST, Flaw.BLURRED, Flaw.COVERED)


@given(st.integers(0, 20), st.floats(0.5, 4), st.floats(1.1, 3))
def test_more_blur_is_less_sharp(seed: int, sigma: float, more: float) -> None:
    chip = textured(seed=seed)
    sharp, soft, softer = (
        judged(chip=one).sharpness for one in (chip, blurred(chip, sigma), blurred(chip, sigma * more))
    )
    assert sharp > soft > softer


@given(st.integers(0, 20), st.integers(1, 60))
def test_more_light_is_brighter_and_neither_sharper_nor_of_more_contrast(seed: int, more: int) -> None:
    chip = textured(mean=100, swing=15, seed=seed)
    dim, lit = judged(chip=chip), judged(chip=chip + np.uint8(more))
    assert lit.luminance_mean == pytest.approx(dim.luminance_mean + more)
    assert lit.luminance_variance == pytest.approx(dim.luminance_variance)
    assert lit.sharpness == pytest.approx(dim.sharpness)
    assert lit.dynamic_range == pytest.approx(dim.dynamic_range)


@given(st.integers(0, 20), st.floats(1.2, 3))
def test_a_wider_swing_is_more_contrast(seed: int, wider: float) -> None:
    assert (
        judged(chip=textured(swing=12 * wider, seed=seed)).luminance_variance
        > judged(chip=textured(swing=12, seed=seed)).luminance_variance
    )


@given(st.integers(0, 20))
def test_a_mirrored_face_measures_the_same(seed: int) -> None:
    chip = textured(seed=seed)
    mine, mirrored = judged(chip=chip), judged(chip=np.ascontiguousarray(chip[:, ::-1]))
    assert mine.luminance_mean == pytest.approx(mirrored.luminance_mean)
    assert mine.luminance_variance == pytest.approx(mirrored.luminance_variance)
    assert mine.sharpness == pytest.approx(mirrored.sharpness)


# --- the first look


def test_a_face_well_inside_is_fine_at_first_look() -> None:
    glance = first_look(face(box()), SIZE, LIMITS)
    assert glance.good
    assert glance.inter_eye_px == pytest.approx(40)


@pytest.mark.parametrize(
    "where",
    [Box(-11, 100, 89, 200), Box(100, -11, 200, 89), Box(551, 100, 651, 200), Box(100, 391, 200, 491)],
)
def test_a_face_cut_off_at_any_edge_is_named(where: Box) -> None:
    assert first_look(face(where), SIZE, LIMITS).flaws == (Flaw.CUT_OFF,)


@pytest.mark.parametrize(
    "where", [Box(-10, 100, 90, 200), Box(100, -10, 200, 90), Box(550, 100, 650, 200), Box(100, 390, 200, 490)]
)
def test_a_forehead_over_the_edge_is_not_cut_off(where: Box) -> None:
    assert first_look(face(where), SIZE, LIMITS).good


@pytest.mark.parametrize("corner", range(4))
def test_s3_a_box_that_is_not_a_number_is_cut_off(corner: int) -> None:
    sides = [100.0, 100.0, 200.0, 200.0]
    sides[corner] = np.nan
    whole = replace(face(box()), box=Box(*sides))
    assert first_look(whole, SIZE, LIMITS).flaws == (Flaw.CUT_OFF,)


def test_s3_eyes_that_are_nowhere_are_too_far_at_first_look() -> None:
    nowhere = replace(face(box()), keypoints=np.full((6, 2), np.nan, np.float32))
    assert first_look(nowhere, SIZE, LIMITS).flaws == (Flaw.TOO_FAR,)


@pytest.mark.parametrize(("share", "flaws"), [(0.3, ()), (0.2, (Flaw.CUT_OFF,))])
def test_how_far_a_face_may_reach_over_the_edge_is_configured(share: float, flaws: tuple[Flaw, ...]) -> None:
    limits = replace(LIMITS, max_outside=share)
    assert first_look(face(Box(-25, 100, 75, 200)), SIZE, limits).flaws == flaws


def test_only_what_is_hopelessly_far_is_too_far_at_first_look() -> None:
    limits = replace(LIMITS, min_eyes_px=40.0)
    assert first_look(face(box(side=69)), SIZE, limits).flaws == (Flaw.TOO_FAR,)
    assert first_look(face(box(side=71)), SIZE, limits).good


# --- the laws of the light


@given(st.integers(0, 20), st.floats(60, 200), st.floats(5, 60))
def test_shares_and_bits_stay_within_their_range(seed: int, mean: float, swing: float) -> None:
    lit = light(textured(mean, swing, seed))
    for one in (lit.under_exposed, lit.over_exposed, lit.illumination_uniformity):
        assert 0 <= one <= 1 + 1e-9
    assert 0 <= lit.dynamic_range <= 8
    assert lit.luminance_variance >= 0


@pytest.mark.parametrize(("level", "shares"), [(25, (1, 0)), (26, (0, 0)), (246, (0, 0)), (247, (0, 1))])
def test_nearly_black_and_nearly_white_are_those_of_the_standard(level: int, shares: tuple[float, float]) -> None:
    lit = light(np.full((112, 112, 3), level, np.uint8))
    assert (lit.under_exposed, lit.over_exposed) == pytest.approx(shares)


@pytest.mark.parametrize("levels", [1, 2, 4, 16])
def test_so_many_levels_equally_often_are_so_many_bits(levels: int) -> None:
    rows = np.arange(112) % levels * 10
    chip = np.broadcast_to(rows[:, None, None], (112, 112, 3)).astype(np.uint8)
    assert light(chip).dynamic_range == pytest.approx(np.log2(levels), abs=0.02)


def test_what_is_behind_the_head_says_nothing_of_the_light_on_it() -> None:
    chip = textured()
    window = chip.copy()
    for corner in (window[:12, :12], window[:12, -12:], window[-12:, :4], window[-12:, -4:]):
        corner[:] = 255
    assert light(window)[1:] == light(chip)[1:]


def test_one_dark_cheek_has_nothing_in_common_with_a_light_one() -> None:
    chip = np.full((112, 112, 3), 40, np.uint8)
    assert light(chip).illumination_uniformity == pytest.approx(1)
    chip[:, 56:] = 200
    assert light(chip).illumination_uniformity == pytest.approx(0)
