"""Plain values keep their few promises."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.values import SENTENCES, Box, Flaw, PersonId, Quality, Reason, Space, Verdict
from tests.unit.builders import box, frame

sides = st.floats(-1000, 1000)
boxes = st.builds(Box, sides, sides, sides, sides)


@given(boxes, boxes)
def test_overlap_is_a_share_and_the_same_from_both_sides(one: Box, other: Box) -> None:
    assert 0 <= one.iou(other) <= 1 + 1e-9
    assert one.iou(other) == other.iou(one)


@given(boxes)
def test_a_box_overlaps_itself_wholly_unless_it_is_empty(one: Box) -> None:
    assert one.iou(one) == (1 if one.area > 0 else 0)


def test_overlap_is_common_area_over_joint_area() -> None:
    assert box(0, 0, 10).iou(box(5, 0, 10)) == pytest.approx(50 / 150)
    assert box(0, 0, 10).iou(box(10, 0, 10)) == 0


def test_a_box_turned_inside_out_is_empty() -> None:
    inside_out = Box(10, 10, 0, 0)
    assert (inside_out.width, inside_out.height, inside_out.area) == (0, 0, 0)


def test_width_height_area_and_centre() -> None:
    where = Box(1, 2, 4, 8)
    assert (where.width, where.height, where.area, where.centre) == (3, 6, 18, (2.5, 5))


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert len(set(SENTENCES.values())) == len(SENTENCES)


def test_only_granted_is_granted() -> None:
    assert [reason for reason in Reason if Verdict(0.0, 1, reason).granted] == [Reason.GRANTED]


def test_quality_is_good_when_nothing_is_wrong_and_only_then() -> None:
    assert Quality(80.0).good
    assert not any(Quality(80.0, flaws=(flaw,)).good for flaw in Flaw)


def test_s5_spaces_are_equal_only_when_model_file_and_preprocessing_are() -> None:
    space = Space("net", "a" * 64, "1")
    assert space == Space("net", "a" * 64, "1")
    others = [Space("nut", "a" * 64, "1"), Space("net", "b" * 64, "1"), Space("net", "a" * 64, "1+flip")]
    assert space not in others
    assert str(space) == "net@aaaaaaaaaaaa (1)"


def test_values_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame(0.0).match = None  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Verdict(0.0, 1, Reason.UNKNOWN).person = PersonId("ann")  # type: ignore[misc]
