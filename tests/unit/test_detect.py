"""Anchors decoded, overlapping detections blended, the picture letterboxed and its faces brought back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import DetectionSettings
from edge.vision.detect import Detector, anchors, blend, squares
from tests.fakes import FakeModel, as_model

SIDE = 128


# --- anchors


def test_there_are_896_anchors_in_the_networks_order() -> None:
    grid = anchors()
    assert grid.shape == (896, 2)
    assert grid.dtype == np.float32
    np.testing.assert_array_equal(
        grid[:4], np.array([[0.03125, 0.03125], [0.03125, 0.03125], [0.09375, 0.03125], [0.09375, 0.03125]], np.float32)
    )
    np.testing.assert_array_equal(grid[32], np.array([0.03125, 0.09375], np.float32))
    np.testing.assert_array_equal(grid[511], np.array([0.96875, 0.96875], np.float32))
    np.testing.assert_array_equal(grid[512:518], np.full((6, 2), 0.0625, np.float32))
    np.testing.assert_array_equal(grid[518], np.array([0.1875, 0.0625], np.float32))
    np.testing.assert_array_equal(grid[895], np.array([0.9375, 0.9375], np.float32))


def test_every_cell_of_both_grids_has_its_anchors() -> None:
    _, counts = np.unique(anchors(), axis=0, return_counts=True)
    assert sorted(counts) == [2] * 256 + [6] * 64


# --- decoding

Planted = tuple[int, float, np.ndarray]


def detector(*planted: Planted, settings: DetectionSettings | None = None) -> tuple[Detector, FakeModel]:
    """A detector whose network sees nothing but what is planted: (anchor, logit, 16 numbers)."""
    boxes = np.full((1, 896, 16), 7.0, np.float32)
    scores = np.full((1, 896, 1), -50.0, np.float32)
    for anchor, logit, numbers in planted:
        boxes[0, anchor], scores[0, anchor, 0] = numbers, logit
    model = FakeModel((SIDE, SIDE), lambda _: [boxes, scores])
    return Detector(as_model(model), settings or DetectionSettings()), model


def numbers(dx: float = 0.0, dy: float = 0.0, width: float = 32.0, height: float = 40.0) -> np.ndarray:
    return np.array([dx, dy, width, height, -8, -6, 8, -6, 0, 2, 0, 10, -14, -4, 14, -4], np.float32)


def picture(width: int, height: int) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


def test_a_detection_is_decoded_around_its_anchor() -> None:
    centre = anchors()[300] * SIDE
    found, _ = detector((300, 2.0, numbers(dx=3, dy=-1)))
    (face,) = found(picture(SIDE, SIDE))
    x, y = centre + np.array([3, -1])
    where = face.box
    assert (where.left, where.top, where.right, where.bottom) == pytest.approx((x - 16, y - 20, x + 16, y + 20))
    assert face.score == pytest.approx(1 / (1 + np.exp(-2.0)))
    expected = centre + np.array([[-8, -6], [8, -6], [0, 2], [0, 10], [-14, -4], [14, -4]])
    np.testing.assert_allclose(face.keypoints, expected, rtol=1e-6)
    assert face.keypoints.dtype == np.float32


def test_nothing_certain_enough_is_no_face() -> None:
    found, _ = detector((300, -0.01, numbers()))
    assert found(picture(SIDE, SIDE)) == []


@pytest.mark.parametrize(("least", "faces"), [(0.0, 1), (0.73, 1), (0.7311, 0), (1.0, 0)])
def test_the_least_score_is_a_probability(least: float, faces: int) -> None:
    found, _ = detector((300, 1.0, numbers()), settings=DetectionSettings(min_score=least, overlap=0.0))
    detections = [face for face in found(picture(SIDE, SIDE)) if face.score > 0.01]
    assert len(detections) == faces


def test_s3_a_certainty_that_is_not_a_number_is_no_face() -> None:
    found, _ = detector((300, float("nan"), numbers()))
    assert found(picture(SIDE, SIDE)) == []


@pytest.mark.parametrize("logit", [1e30, float("inf")])
def test_an_extreme_certainty_is_still_a_probability(logit: float) -> None:
    found, _ = detector((300, logit, numbers()))
    (face,) = found(picture(SIDE, SIDE))
    assert face.score == pytest.approx(1.0)


# --- letterbox


def look_for_white(canvas: np.ndarray) -> list[np.ndarray]:
    """Report one face where the canvas is white, unless the canvas' edge cuts it."""
    boxes, scores = np.zeros((1, 896, 16), np.float32), np.full((1, 896, 1), -50, np.float32)
    rows, columns = np.nonzero(canvas[:, :, 1] > 127)
    if rows.size and min(rows.min(), columns.min()) > 0 and max(rows.max(), columns.max()) < SIDE - 1:
        middle = np.array([columns.mean() + 0.5, rows.mean() + 0.5])
        dx, dy = middle - anchors()[0] * SIDE
        boxes[0, 0] = numbers(dx, dy, float(np.ptp(columns)) + 1, float(np.ptp(rows)) + 1)
        scores[0, 0, 0] = 3.0
    return [boxes, scores]


@pytest.mark.parametrize(
    "size", [(128, 128), (640, 480), (480, 640), (1280, 720), (641, 357), (333, 1001), (120, 101), (40, 40), (400, 100)]
)
@pytest.mark.parametrize("where", [(0.1, 0.2), (0.4, 0.4), (0.7, 0.7)])
def test_a_face_comes_back_to_its_place_whatever_the_pictures_size(
    size: tuple[int, int], where: tuple[float, float]
) -> None:
    width, height = size
    shown = picture(width, height)
    side = max(min(width, height) // 5, 4)
    left, top = round(where[0] * width), round(where[1] * height)
    shown[top : top + side, left : left + side] = 255
    (face,) = Detector(as_model(FakeModel((SIDE, SIDE), look_for_white)), DetectionSettings())(shown)
    pixel = max(width, height) / SIDE
    assert face.box.centre == pytest.approx((left + side / 2, top + side / 2), abs=pixel)
    assert (face.box.width, face.box.height) == pytest.approx((side, side), abs=2 * pixel)


def test_beside_a_narrow_picture_the_canvas_is_black_whatever_came_before() -> None:
    found, model = detector((300, 2.0, numbers()))
    whole = []
    for size in ((128, 128), (128, 64), (64, 128), (128, 128)):
        whole.append(len(model.shown))
        found(np.full((size[1], size[0], 3), 200, np.uint8))
    _, wide, tall, square = (model.shown[first] for first in whole)
    assert wide[:32].max() == wide[96:].max() == 0
    assert wide[32:96].min() == 200
    assert tall[:, :32].max() == tall[:, 96:].max() == 0
    assert tall[:, 32:96].min() == 200
    assert square.min() == 200


# --- squares


@given(st.integers(16, 3000), st.integers(16, 3000))
def test_squares_cover_a_longish_picture_and_share_a_fifth_with_their_neighbours(width: int, height: int) -> None:
    side, length = min(width, height), max(width, height)
    parts = squares(width, height)
    if not 1.2 * side <= length <= 5 * side:
        assert parts == []
        return
    starts = [part.left if width > height else part.top for part in parts]
    assert (starts[0], starts[-1]) == (0, length - side)
    assert all(0 < later - before <= 0.8 * side + 1 for before, later in pairwise(starts))
    assert all((part.width, part.height) == (side, side) for part in parts)


def test_a_face_that_only_a_square_is_near_enough_to_show_is_found() -> None:
    """Of a 600 x 128 picture the whole shows 27 rows, a square all 128."""

    def look(canvas: np.ndarray) -> list[np.ndarray]:
        boxes, scores = look_for_white(canvas)
        white = canvas[:, :, 1] > 127
        return [boxes, scores if white.sum() > 100 else scores * 0 - 50]

    shown = picture(600, 128)
    shown[40:70, 400:430] = 255
    (face,) = Detector(as_model(FakeModel((SIDE, SIDE), look)), DetectionSettings())(shown)
    assert (face.box.left, face.box.top, face.box.right, face.box.bottom) == (400, 40, 430, 70)


def test_what_a_squares_inner_edge_cuts_is_not_taken_from_it() -> None:
    """The network reports a face half outside the canvas, on every canvas: only the picture's own edges may cut it."""
    at_the_left = numbers(*(np.array([0, 64]) - anchors()[0] * SIDE))
    found, _ = detector((0, 3.0, at_the_left))
    edges = sorted({round(face.box.centre[0]) for face in found(picture(256, 128))})
    assert edges == [0]


def test_one_detector_gives_the_same_faces_again() -> None:
    found, _ = detector((300, 2.0, numbers()), (10, 1.0, numbers()))
    first, second = found(picture(640, 480)), found(picture(640, 480))
    assert [face.box for face in first] == [face.box for face in second]


# --- blending

coordinates = st.floats(0, 500, width=32)
detections = st.lists(
    st.tuples(coordinates, coordinates, st.floats(5, 100, width=32), st.floats(0.5, 1, width=32)),
    min_size=1,
    max_size=12,
    unique_by=lambda one: one[3],
)


def as_arrays(found: list[tuple[float, float, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    points = np.zeros((len(found), 8, 2), np.float32)
    for row, (x, y, side, _) in zip(points, found, strict=True):
        row[:] = (x, y)
        row[1] = (side, side)
        row[2:] += np.array([[-8, -6], [8, -6], [0, 2], [0, 10], [-14, -4], [14, -4]])
    return points, np.array([one[3] for one in found], np.float32)


@given(detections, st.randoms(use_true_random=False), st.floats(0.05, 1))
def test_the_order_of_detections_changes_nothing(
    found: list[tuple[float, float, float, float]], chance: object, overlap: float
) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = blend(*as_arrays(found), overlap), blend(*as_arrays(shuffled), overlap)
    assert [face.score for face in one] == [face.score for face in other]
    for mine, theirs in zip(one, other, strict=True):
        np.testing.assert_allclose(mine.keypoints, theirs.keypoints, atol=1e-3)
        assert (mine.box.left, mine.box.bottom) == pytest.approx((theirs.box.left, theirs.box.bottom), abs=1e-3)


@given(detections, st.floats(0.05, 1))
def test_the_most_certain_detection_is_the_first_faces_score_and_none_gains_any(
    found: list[tuple[float, float, float, float]], overlap: float
) -> None:
    faces = blend(*as_arrays(found), overlap)
    scores = [face.score for face in faces]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(max(one[3] for one in found))
    assert set(map(np.float32, scores)) <= {np.float32(one[3]) for one in found}
    assert 1 <= len(faces) <= len(found)


@given(st.lists(st.floats(0.5, 1, width=32), min_size=1, max_size=8))
def test_faces_apart_from_each_other_are_all_kept_as_they_are(scores: list[float]) -> None:
    apart = [(100.0 * n, 50.0, 60.0, score) for n, score in enumerate(scores)]
    faces = blend(*as_arrays(apart), 0.3)
    assert len(faces) == len(scores)
    assert sorted(round(face.box.centre[0]) for face in faces) == [100 * n for n in range(len(scores))]
    assert all(face.box.width == pytest.approx(60) for face in faces)


def test_detections_of_one_face_are_averaged_by_their_scores() -> None:
    (face,) = blend(*as_arrays([(100, 100, 40, 0.9), (110, 100, 60, 0.6)]), 0.3)
    assert face.box.centre == pytest.approx((104, 100), abs=1e-4)
    assert face.box.width == pytest.approx(48, abs=1e-4)
    assert face.score == pytest.approx(0.9)
    np.testing.assert_allclose(face.keypoints[0], [96, 94], atol=1e-4)


def test_overlap_of_exactly_the_limit_is_one_face() -> None:
    halves = [(100.0, 100.0, 40.0, 0.9), (120.0, 100.0, 40.0, 0.6)]
    assert len(blend(*as_arrays(halves), 1 / 3 - 1e-6)) == 1
    assert len(blend(*as_arrays(halves), 1 / 3 + 1e-6)) == 2


def test_what_overlaps_only_a_weaker_detection_is_a_face_of_its_own() -> None:
    chain = [(100.0, 100.0, 40.0, 0.9), (118.0, 100.0, 40.0, 0.8), (136.0, 100.0, 40.0, 0.7)]
    faces = blend(*as_arrays(chain), 0.3)
    assert [round(face.score, 2) for face in faces] == [0.9, 0.7]


def test_a_detection_without_area_is_still_one_face() -> None:
    assert len(blend(*as_arrays([(100, 100, 0, 0.9)]), 0.3)) == 1
