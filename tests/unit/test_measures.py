"""A face's size and place are read from its mesh, in the units of ISO/IEC 29794-5."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.values import Landmarks
from edge.vision.measures import shape
from tests.unit.test_landmarks import plane

SIZE = (640, 480)


def shifted(mesh: Landmarks, x: float, y: float, scale: float = 1.0) -> Landmarks:
    return Landmarks((mesh.points * scale + (x, y, 0)).astype(np.float32), mesh.presence)


def test_a_face_in_the_middle_is_measured_from_every_edge() -> None:
    """The eyes are 60 pixels apart at 290 and 350, 220 from the top; the chin is 80 pixels below them."""
    one = shape(plane(), SIZE)
    assert one.inter_eye_px == pytest.approx(60, rel=1e-4)
    assert (one.yaw_deg, one.pitch_deg, one.roll_deg) == pytest.approx((0, 0, 0), abs=1e-3)
    assert one.head_size == pytest.approx(80 / 480, rel=1e-4)
    assert (one.leftward_crop, one.rightward_crop) == pytest.approx((290 / 60, 290 / 60), rel=1e-4)
    assert (one.margin_above, one.margin_below) == pytest.approx((220 / 80, 260 / 80), rel=1e-4)


@given(st.floats(-55, 55))
def test_a_turned_head_has_its_eyes_no_nearer_to_each_other(yaw: float) -> None:
    assert shape(plane(yaw=yaw), SIZE).inter_eye_px == pytest.approx(60, rel=0.01)


@given(st.floats(-89, 89))
def test_a_tilt_is_the_roll_and_changes_no_size(roll: float) -> None:
    one = shape(plane(roll=roll), SIZE)
    assert one.roll_deg == pytest.approx(roll, abs=0.01)
    assert (one.inter_eye_px, one.head_size) == pytest.approx((60, 80 / 480), rel=1e-3)


@given(st.floats(-200, 200), st.floats(-200, 200))
def test_a_step_aside_moves_the_margins_and_nothing_else(x: float, y: float) -> None:
    there, here = shape(shifted(plane(), x, y), SIZE), shape(plane(), SIZE)
    assert there.leftward_crop - here.leftward_crop == pytest.approx(x / 60, abs=1e-3)
    assert there.rightward_crop - here.rightward_crop == pytest.approx(-x / 60, abs=1e-3)
    assert there.margin_above - here.margin_above == pytest.approx(y / 80, abs=1e-3)
    assert there.margin_below - here.margin_below == pytest.approx(-y / 80, abs=1e-3)
    assert there[:5] == pytest.approx(here[:5], abs=1e-2)


@given(st.floats(0.2, 2))
def test_a_picture_of_twice_the_size_has_twice_the_distance_between_the_eyes(scale: float) -> None:
    large, small = shape(shifted(plane(), 0, 0, scale), (round(640 * scale), round(480 * scale))), shape(plane(), SIZE)
    assert large.inter_eye_px == pytest.approx(small.inter_eye_px * scale, rel=1e-3)
    assert large.head_size == pytest.approx(small.head_size, rel=0.02)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_s3_a_mesh_without_a_size_is_measured_without_an_error(value: float) -> None:
    one = shape(Landmarks(np.full((468, 3), value, np.float32), 1.0), SIZE)
    assert not one.inter_eye_px > 0
