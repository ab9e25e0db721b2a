"""The liveness network is shown the face and what surrounds it; its opinion is a probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.vision.liveness.passive import PassiveLiveness, surroundings
from tests.fakes import FakeModel, as_model
from tests.unit.builders import box

if TYPE_CHECKING:
    from edge.values import Box


def test_the_surroundings_are_2_7_times_the_face_around_its_middle() -> None:
    room = surroundings(box(500, 300, 100), (1280, 720), 2.7)
    assert (room.width, room.height) == pytest.approx((270, 270))
    assert room.centre == pytest.approx((550, 350))


@pytest.mark.parametrize(
    ("where", "edges"),
    [
        (box(0, 300, 100), ("left", 0)),
        (box(500, 0, 100), ("top", 0)),
        (box(1180, 300, 100), ("right", 1279)),
        (box(500, 620, 100), ("bottom", 719)),
    ],
)
def test_at_an_edge_they_are_shifted_and_keep_their_size(where: Box, edges: tuple[str, float]) -> None:
    room = surroundings(where, (1280, 720), 2.7)
    assert getattr(room, edges[0]) == pytest.approx(edges[1])
    assert (room.width, room.height) == pytest.approx((270, 270))


def test_a_face_that_fills_the_picture_is_shown_with_less_room() -> None:
    room = surroundings(box(200, 100, 300), (640, 480), 2.7)
    assert room.height == pytest.approx(479)
    assert room.width == pytest.approx(479)


faces = st.builds(box, st.floats(-300, 900), st.floats(-300, 700), st.floats(0, 900))


@given(faces, st.integers(2, 800), st.integers(2, 600), st.sampled_from([1.35, 2.7]))
def test_the_surroundings_never_leave_the_picture(where: Box, width: int, height: int, times: float) -> None:
    room = surroundings(where, (width, height), times)
    assert room.left >= 0
    assert room.top >= 0
    assert room.right <= width - 1 + 1e-6
    assert room.bottom <= height - 1 + 1e-6


@given(st.floats(-50, 700), st.floats(-50, 500), st.floats(0, 900))
def test_any_face_of_any_picture_gets_a_probability(left: float, top: float, side: float) -> None:
    stage = PassiveLiveness(as_model(FakeModel((128, 128), lambda _: [np.array([[1.0, 0.5, -1.0]], np.float32)])))
    assert 0 < stage(np.zeros((480, 640, 3), np.uint8), box(left, top, side)) < 1


def test_the_network_is_shown_the_face_with_its_surroundings_and_the_face_alone() -> None:
    picture = np.zeros((720, 1280, 3), np.uint8)
    picture[215:486, 415:686] = (10, 20, 30)
    picture[282:419, 482:619] = (40, 50, 60)
    model = FakeModel((128, 128), lambda _: [np.zeros((1, 3), np.float32)])
    PassiveLiveness(as_model(model))(picture, box(500, 300, 100))
    wide, near = (shown.reshape(-1, 3) for shown in model.shown)
    assert wide.min(axis=0).tolist() == [10, 20, 30]
    assert np.unique(near, axis=0).tolist() == [[40, 50, 60]]


def test_the_two_opinions_weigh_the_same() -> None:
    said = iter([[4.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    stage = PassiveLiveness(as_model(FakeModel((128, 128), lambda _: [np.array([next(said)], np.float32)])))
    assert stage(np.zeros((480, 640, 3), np.uint8), box()) == pytest.approx(np.e**2 / (np.e**2 + np.e + 1))


@pytest.mark.parametrize(
    ("logits", "live"),
    [
        ((0, 0, 0), 1 / 3),
        ((2, 0, 0), np.e**2 / (np.e**2 + 2)),
        ((0, 5, 0), 1 / (2 + np.e**5)),
        ((1e4, 0, 0), 1),
        ((0, 0, 1e4), 0),
    ],
)
def test_the_first_class_is_the_live_one(logits: tuple[float, ...], live: float) -> None:
    stage = PassiveLiveness(as_model(FakeModel((128, 128), lambda _: [np.array([logits], np.float32)])))
    assert stage(np.zeros((480, 640, 3), np.uint8), box()) == pytest.approx(live, abs=1e-6)
