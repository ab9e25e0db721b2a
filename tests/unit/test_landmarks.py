"""The mesh is laid over a levelled crop and brought back; five points and the head's turn are read from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.values import Box, Face, Landmarks
from edge.vision.landmarks import Landmarker, five_points, framed, levelled, turn
from tests.fakes import FakeModel, as_model
from tests.unit.builders import box, face

RIGHT_EYE = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
LEFT_EYE = (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249)
NOSE, MOUTH_RIGHT, MOUTH_LEFT, FOREHEAD, CHIN = 1, 61, 291, 10, 152


def plane(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Landmarks:
    """A flat face 100 wide, its eyes level and its chin below, turned about its middle; degrees."""
    points = np.zeros((468, 3))
    points[list(RIGHT_EYE)], points[list(LEFT_EYE)] = (-30, -20, 0), (30, -20, 0)
    points[NOSE], points[MOUTH_RIGHT], points[MOUTH_LEFT] = (0, 5, 0), (-20, 35, 0), (20, 35, 0)
    points[FOREHEAD], points[CHIN] = (0, -60, 0), (0, 60, 0)
    a, b, c = np.radians([yaw, pitch, roll])
    # Turned to their own left, a person's left side (x > 0) goes away from the camera (z > 0).
    about_y = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    # Looking up, the forehead (y < 0) goes away from the camera.
    about_x = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return Landmarks((points @ (about_z @ about_x @ about_y).T + (320, 240, 0)).astype(np.float32), 1.0)


def moved(by: np.ndarray, where: np.ndarray) -> np.ndarray:
    return np.asarray(where @ by[:, :2].T + by[:, 2])


# --- the head's turn


def test_a_face_that_looks_at_the_camera_is_not_turned() -> None:
    assert turn(plane()) == pytest.approx((0, 0), abs=1e-3)


@given(st.floats(-80, 80))
def test_a_turn_to_the_persons_left_is_the_yaw(degrees: float) -> None:
    assert turn(plane(yaw=degrees)) == pytest.approx((degrees, 0), abs=0.01)


@given(st.floats(-80, 80))
def test_looking_up_is_the_pitch(degrees: float) -> None:
    assert turn(plane(pitch=degrees)) == pytest.approx((0, degrees), abs=0.01)


@given(st.floats(-60, 60), st.floats(-60, 60), st.floats(-89, 89))
def test_a_tilted_head_is_neither_turned_nor_raised(yaw: float, pitch: float, roll: float) -> None:
    assert turn(plane(yaw=yaw, roll=roll)) == pytest.approx((yaw, 0), abs=0.02)
    assert turn(plane(pitch=pitch, roll=roll)) == pytest.approx((0, pitch), abs=0.02)


def test_both_at_once_have_their_right_signs() -> None:
    yaw, pitch = turn(plane(yaw=25, pitch=-20))
    assert yaw == pytest.approx(25, abs=4)
    assert pitch == pytest.approx(-20, abs=4)


# --- five points


def test_the_five_points_are_the_persons_right_eye_first() -> None:
    np.testing.assert_allclose(
        five_points(plane()), [[290, 220], [350, 220], [320, 245], [300, 275], [340, 275]], atol=1e-3
    )


# --- the levelled crop


@given(st.floats(-180, 180), st.floats(10, 500), st.floats(-100, 700), st.floats(-100, 700))
def test_the_levelled_crop_has_the_eyes_level_and_the_box_in_its_middle(
    tilt: float, side: float, left: float, top: float
) -> None:
    seen = face(box(left, top, side), tilt_deg=tilt)
    to_crop = levelled(seen, 192)
    right_eye, left_eye = moved(to_crop, seen.keypoints[:2].astype(np.float64))
    assert left_eye[1] == pytest.approx(right_eye[1], abs=0.05)
    assert left_eye[0] > right_eye[0]
    np.testing.assert_allclose(moved(to_crop, np.array(seen.box.centre)), [96, 96], atol=1e-6)
    assert np.hypot(*to_crop[:, 0]) * side == pytest.approx(192 / 1.5)


def test_the_longer_side_of_the_box_sets_the_crops_size() -> None:
    tall = face(Box(100, 100, 150, 300))
    assert np.hypot(*levelled(tall, 192)[:, 0]) == pytest.approx(192 / 300)


def test_eyes_in_one_place_and_a_box_without_size_give_numbers() -> None:
    nothing = face(Box(5, 5, 5, 5))
    assert np.isfinite(levelled(nothing, 192)).all()


# --- the stage


def answer(points: np.ndarray, logit: float) -> list[np.ndarray]:
    return [points.reshape(1, 1, 1, 1404).astype(np.float32), np.full((1, 1, 1, 1), logit, np.float32)]


@pytest.mark.parametrize("tilt", [0, 20, -65])
def test_points_of_the_crop_come_back_to_their_place_in_the_picture(tilt: float) -> None:
    seen = face(box(200, 120, 160), tilt_deg=tilt)
    rng = np.random.default_rng(3)
    true = np.column_stack([rng.uniform(200, 360, 468), rng.uniform(120, 280, 468), rng.uniform(-30, 30, 468)])
    to_crop = levelled(seen, 192)
    size = float(np.hypot(*to_crop[:, 0]))
    in_crop = np.column_stack([moved(to_crop, true[:, :2]), true[:, 2] * size])
    stage = Landmarker(as_model(FakeModel((192, 192), lambda _: answer(in_crop, 2.0))))
    mesh = stage(np.zeros((480, 640, 3), np.uint8), seen)
    np.testing.assert_allclose(mesh.points, true, atol=1e-3)
    assert mesh.presence == pytest.approx(0.880797, abs=1e-6)


def test_the_mesh_is_shown_the_levelled_crop() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    seen = face(box(200, 120, 160), tilt_deg=30)
    for x, y in seen.keypoints[:2]:
        picture[round(float(y)) - 3 : round(float(y)) + 4, round(float(x)) - 3 : round(float(x)) + 4] = 255
    model = FakeModel((192, 192), lambda _: answer(np.zeros((468, 3)), 0.0))
    Landmarker(as_model(model))(picture, seen)
    rows, columns = np.nonzero(model.shown[0][:, :, 0] > 128)
    assert np.ptp(rows) < 14
    assert np.ptp(columns) == pytest.approx(192 / 1.5 * 0.4, abs=14)


@pytest.mark.parametrize(("logit", "presence"), [(1e30, 1.0), (-1e30, 0.0)])
def test_an_extreme_certainty_is_still_a_share(logit: float, presence: float) -> None:
    stage = Landmarker(as_model(FakeModel((192, 192), lambda _: answer(np.zeros((468, 3)), logit))))
    assert stage(np.zeros((48, 64, 3), np.uint8), face()).presence == pytest.approx(presence)


# --- laid again where the mesh says


def again(true: np.ndarray) -> Face:
    """The face as the mesh itself places it."""
    mesh = Landmarks(true.astype(np.float32), 1.0)
    return Face(framed(mesh), 1.0, five_points(mesh))


def looks(true: np.ndarray, seen: Face, logit: float = 2.0) -> tuple[Landmarks, int]:
    """Lay a mesh that always finds the face at its true place, from where the detector saw it."""
    crops: list[np.ndarray] = []
    first = levelled(seen, 192)

    def look(_: np.ndarray) -> list[np.ndarray]:
        crops.append(first)
        to_crop = first if len(crops) == 1 else levelled(again(true), 192)
        return answer(np.column_stack([moved(to_crop, true[:, :2]), true[:, 2]]), logit)

    return Landmarker(as_model(FakeModel((192, 192), look)))(np.zeros((480, 640, 3), np.uint8), seen), len(crops)


def test_where_mesh_and_detector_agree_one_look_is_enough() -> None:
    true = plane().points.astype(np.float64)
    _, count = looks(true, face(box(260, 180, 120)))
    assert count == 1


def test_where_they_disagree_the_mesh_is_laid_again_where_it_says() -> None:
    true = plane().points.astype(np.float64)
    mesh, count = looks(true, face(box(220, 140, 200)))
    assert count == 2
    np.testing.assert_allclose(mesh.points[:, :2], true[:, :2], atol=1e-2)


def test_a_mesh_that_sits_on_no_face_is_not_followed() -> None:
    _, count = looks(plane().points.astype(np.float64), face(box(220, 140, 200)), logit=-4.0)
    assert count == 1


def test_the_mesh_places_the_face_in_the_square_around_its_points() -> None:
    where = framed(plane())
    assert (where.left, where.top, where.right, where.bottom) == pytest.approx((260, 180, 380, 300))
