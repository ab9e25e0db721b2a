"""A face is brought to the template by the one similarity that fits best."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.vision.align import SIDE, TEMPLATE, align, similarity

FIVE = TEMPLATE.astype(np.float32)

angles = st.floats(-np.pi, np.pi)
scales = st.floats(0.05, 20)
shifts = st.tuples(st.floats(-500, 500), st.floats(-500, 500))
points = arrays(np.float32, (5, 2), elements=st.floats(-100, 100, width=32))


def motion(angle: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]]])


def moved(by: np.ndarray, where: np.ndarray) -> np.ndarray:
    return np.asarray(where @ by[:, :2].T + by[:, 2])


@given(angles, scales, shifts, points)
def test_any_turn_scale_and_shift_is_found_again(
    angle: float, scale: float, shift: tuple[float, float], source: np.ndarray
) -> None:
    assume(np.ptp(source, axis=0).max() > 1)
    true = motion(angle, scale, shift)
    np.testing.assert_allclose(similarity(source, moved(true, source)), true, atol=1e-7 * max(scale, 1) * 1000)


def test_the_template_onto_itself_is_the_identity() -> None:
    np.testing.assert_allclose(similarity(FIVE, TEMPLATE), np.eye(2, 3), atol=1e-5)


@given(angles, scales, shifts)
def test_it_agrees_with_opencv_on_exact_points(angle: float, scale: float, shift: tuple[float, float]) -> None:
    target = moved(motion(angle, scale, shift), FIVE)
    theirs, _ = cv2.estimateAffinePartial2D(FIVE, target, method=cv2.LMEDS)
    np.testing.assert_allclose(similarity(FIVE, target), theirs, rtol=1e-6, atol=1e-4 * max(scale, 1))


@given(points, angles, st.floats(0.9, 1.1), shifts)
def test_no_other_similarity_fits_better(
    noise: np.ndarray, angle: float, scale: float, shift: tuple[float, float]
) -> None:
    target = TEMPLATE + noise / 10
    best = similarity(FIVE, target)

    def misfit(by: np.ndarray) -> float:
        return float(((moved(by, FIVE) - target) ** 2).sum())

    other = best + motion(angle, scale, shift) * 1e-2
    assert misfit(best) <= misfit(other) + 1e-9


@given(points)
def test_a_mirrored_face_is_never_turned_over(noise: np.ndarray) -> None:
    found = similarity(FIVE, TEMPLATE * (-1, 1) + noise / 10)
    assert np.linalg.det(found[:, :2]) >= 0


def test_five_points_in_one_place_give_numbers() -> None:
    assert np.isfinite(similarity(np.zeros((5, 2), np.float32), TEMPLATE)).all()


@pytest.mark.parametrize("degrees", [0, 30, -75, 180])
def test_the_aligned_face_shows_the_five_points_where_the_template_says(degrees: float) -> None:
    picture = np.zeros((400, 500, 3), np.uint8)
    five = moved(motion(np.radians(degrees), 1.7, (200, 150)), TEMPLATE - TEMPLATE.mean(axis=0)).astype(np.float32)
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255)]
    for (x, y), colour in zip(five, colours, strict=True):
        cv2.circle(picture, (round(float(x)), round(float(y))), 9, colour, -1)
    chip = align(picture, five)
    assert chip.shape == (SIDE, SIDE, 3)
    assert chip.dtype == np.uint8
    for (x, y), colour in zip(TEMPLATE, colours, strict=True):
        assert tuple(int(level) for level in chip[round(y), round(x)]) == colour


def test_outside_the_picture_the_aligned_face_is_black() -> None:
    white = np.full((50, 50, 3), 255, np.uint8)
    chip = align(white, (TEMPLATE + 1000).astype(np.float32))
    assert chip.max() == 0
