"""A face is brought to the template by the one similarity that fits best."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
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


@given(st.floats(0.15, 1.5), angles, st.tuples(st.floats(-60, 60), st.floats(-60, 60)))
def test_shrinking_moves_nothing(scale: float, angle: float, shift: tuple[float, float]) -> None:
    """On a slope of grey every pixel says where it comes from; halving must not shift the face."""
    columns, rows = np.meshgrid(np.arange(600), np.arange(500))
    slope = np.stack([columns * 0.4, rows * 0.5, columns * 0.2 + rows * 0.2], axis=2).astype(np.uint8)
    to_picture = motion(angle, 1 / scale, (300 + shift[0], 250 + shift[1]))
    to_picture[:, 2] -= to_picture[:, :2] @ (SIDE / 2, SIDE / 2)
    chip = align(slope, moved(to_picture, TEMPLATE).astype(np.float32))
    across, down = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    x, y = moved(to_picture, np.stack([across, down], axis=2).reshape(-1, 2)).T
    inside = (x > 8) & (x < 590) & (y > 8) & (y < 490)
    expected = np.stack([x * 0.4, y * 0.5, x * 0.2 + y * 0.2], axis=1)[inside]
    assert np.abs(chip.reshape(-1, 3)[inside] - expected).max() < 2.5


@pytest.mark.parametrize("scale", [0.1, 0.2, 0.37, 0.7])
def test_a_large_face_loses_the_sensors_noise(scale: float) -> None:
    """The mean of n pixels has a square root of n less noise; skipping pixels keeps all of it."""
    noise = np.random.default_rng(1).normal(128, 30, (1400, 1400, 3)).clip(0, 255).astype(np.uint8)
    five = moved(motion(0.3, 1 / scale, (700, 700)), TEMPLATE - TEMPLATE.mean(axis=0)).astype(np.float32)
    skipped = cv2.warpAffine(noise, similarity(five, TEMPLATE), (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    halvings = int(np.ceil(np.log2(0.75 / scale)))
    middle = slice(30, 80)  # a face this large reaches over the edge
    assert align(noise, five)[middle, middle].std() < 1.1 * skipped[middle, middle].std() / 2**halvings


@given(st.floats(0.01, 0.7), angles, shifts)
def test_a_large_face_over_the_pictures_edge_is_a_chip_all_the_same(
    scale: float, angle: float, shift: tuple[float, float]
) -> None:
    white = np.full((60, 80, 3), 255, np.uint8)
    chip = align(white, moved(motion(angle, 1 / scale, shift), TEMPLATE).astype(np.float32))
    assert chip.shape == (SIDE, SIDE, 3)


@given(st.floats(0.02, 0.75), angles, st.tuples(st.floats(-9, 9), st.floats(-9, 9)))
@settings(max_examples=60)
def test_a_large_face_keeps_all_four_edges(scale: float, angle: float, shift: tuple[float, float]) -> None:
    side = int(1.5 * SIDE / scale) + 60
    white = np.full((side, side, 3), 255, np.uint8)
    to_picture = motion(angle, 1 / scale, (side / 2 + shift[0], side / 2 + shift[1]))
    to_picture[:, 2] -= to_picture[:, :2] @ (SIDE / 2, SIDE / 2)
    assert align(white, moved(to_picture, TEMPLATE).astype(np.float32)).min() == 255


def test_points_that_are_no_numbers_give_a_black_face() -> None:
    assert align(np.full((90, 90, 3), 255, np.uint8), np.full((5, 2), np.nan, np.float32)).max() == 0
