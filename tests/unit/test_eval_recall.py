"""Which detections are faces, and what is missed at which size."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.eval.boxes import Truth
from edge.eval.detections import Looked, match
from edge.eval.recall import boxed, counted
from edge.values import Box
from tests.unit.builders import box, face

SIDE = st.integers(0, 30)
BOXES = st.lists(st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), SIDE, SIDE, SIDE, SIDE), max_size=6)


def looked(*found: Box, confirmed: tuple[bool, ...] | None = None, usable: tuple[bool, ...] | None = None) -> Looked:
    """A picture of 1000 pixels; everything that is found is confirmed and usable, unless it is said otherwise."""
    faces, every = tuple(map(face, found)), (True,) * len(found)
    others = {0.9: faces[:1], 0.3: (*faces, face(box(900, 900, 50)))}
    return Looked(Path("a.jpg"), 1000, faces, confirmed or every, usable or confirmed or every, others)


@given(BOXES, BOXES, BOXES, st.floats(0.1, 1))
def test_each_face_is_found_once_and_each_detection_counts_once(
    found: list[Box], faces: list[Box], ignored: list[Box], iou: float
) -> None:
    done = match(found, Truth("a.jpg", tuple(faces), tuple(ignored)), iou)
    hits = [place for place in done.faces if place is not None]
    assert len(done.faces) == len(faces)
    assert len({*hits, *done.alarms}) == len(hits) + len(done.alarms)
    assert all(found[place].iou(one) >= iou for one, place in zip(faces, done.faces, strict=True) if place is not None)
    for place, one in enumerate(found):
        overlaps = [one.iou(other) for other in (*faces, *ignored)]
        most = max(overlaps, default=0.0)
        if most < iou:
            assert place in done.alarms
        elif (best := overlaps.index(most)) < len(faces):
            # The first detection of a face finds it, and every other one is a false alarm.
            first = done.faces[best]
            assert first == place or (first is not None and first < place and place in done.alarms)
        else:
            assert place not in done.alarms
            assert place not in hits


def test_of_two_detections_of_one_face_the_more_certain_is_it_and_the_other_a_false_alarm() -> None:
    done = match([box(12), box(10)], Truth("a.jpg", (box(10),)), 0.5)
    assert (done.faces, done.alarms) == ((0,), (1,))


def test_a_second_detection_of_a_face_is_a_false_alarm_even_where_it_overlaps_a_free_one_enough() -> None:
    done = match([box(10), box(12)], Truth("a.jpg", (box(10), box(30))), 0.5)
    assert box(12).iou(box(30)) >= 0.5
    assert (done.faces, done.alarms) == ((0, None), (1,))


def test_a_second_detection_of_a_face_is_a_false_alarm_even_beside_one_that_may_be_found_or_not() -> None:
    done = match([box(10), box(12)], Truth("a.jpg", (box(10),), (box(30),)), 0.5)
    assert (done.faces, done.alarms) == ((0,), (1,))


def test_what_overlaps_one_that_may_be_found_or_not_most_finds_no_other() -> None:
    done = match([box(28)], Truth("a.jpg", (box(10),), (box(30),)), 0.5)
    assert (done.faces, done.alarms) == ((None,), ())


def test_a_detection_takes_the_face_it_overlaps_most() -> None:
    done = match([box(10)], Truth("a.jpg", (box(40), box(15))), 0.5)
    assert done.faces == (None, 0)


def test_what_may_be_found_or_not_is_neither_a_miss_nor_a_false_alarm() -> None:
    done = match([box(500), box(10)], Truth("a.jpg", (box(10),), (box(505),)), 0.5)
    assert (done.faces, done.alarms) == ((1,), ())


def test_an_overlap_of_just_the_limit_is_a_face() -> None:
    # Half of one box: 50 of 100 pixels wide, so the intersection over union is exactly a half.
    half = Box(100, 100, 150, 200)
    assert match([half], Truth("a.jpg", (box(100),)), 0.5).faces == (0,)
    assert match([half], Truth("a.jpg", (box(100),)), 0.51).faces == (None,)


def test_recall_and_false_alarms_are_counted_after_each_stage() -> None:
    pictures = [
        looked(box(0, side=20), box(300, side=100), confirmed=(False, True), usable=(False, False)),
        looked(box(600, side=50), box(0, side=100), confirmed=(True, True), usable=(True, True)),
    ]
    truths = [Truth("a.jpg", (box(300, side=100), box(500, side=20))), Truth("b.jpg", (box(0, side=100),))]
    done = boxed(pictures, truths, 0.5, 0.5)
    assert (done.pictures, done.faces) == (2, 3)
    stages = (done.detector, done.confirmed, done.usable)
    assert [(one.recall.events, one.recall.trials) for one in stages] == [(2, 3), (2, 3), (1, 3)]
    assert [one.false_alarms for one in stages] == [2, 1, 1]
    assert [(one.precision.events, one.precision.trials) for one in stages] == [(2, 4), (2, 3), (1, 2)]
    assert [one.per_picture for one in stages] == [1.0, 0.5, 0.5]
    assert [one.alarmed.events for one in stages] == [2, 1, 1]


def test_a_face_is_counted_in_the_bin_of_its_width_and_of_its_share_of_the_picture() -> None:
    faces = (box(0, side=16), box(100, side=23.9), box(200, side=24), box(400, side=250))
    (one,) = [looked(faces[1], faces[3], confirmed=(True, True), usable=(False, True))]
    done = boxed([one], [Truth("a.jpg", faces)], 0.5, 0.5)
    assert [(b.low, b.high, b.detector.events, b.detector.trials, b.usable.events) for b in done.by_width] == [
        (16, 24, 1, 2, 0),
        (24, 32, 0, 1, 0),
        (192, None, 1, 1, 1),
    ]
    assert [(b.low, b.high, b.detector.trials) for b in done.by_share] == [(0, 0.02, 1), (0.02, 0.04, 2), (0.2, 0.4, 1)]


def test_the_curve_has_every_score_threshold_and_the_configured_one() -> None:
    truth = Truth("a.jpg", (box(0), box(300)))
    done = boxed([looked(box(0), box(300))], [truth], 0.5, 0.5)
    points = [(one.min_score, one.stage.recall.events, one.stage.false_alarms) for one in done.curve]
    assert points == [(0.3, 2, 1), (0.5, 2, 0), (0.9, 1, 0)]


def test_pictures_of_which_nothing_is_known_are_counted_by_their_faces() -> None:
    done = counted([looked(), looked(box()), looked(box(), box(300), confirmed=(True, False))])
    assert [(one.some.events, one.one.events, one.faces) for one in (done.detector, done.confirmed)] == [
        (2, 1, 3),
        (2, 2, 2),
    ]
    assert done.detector.per_picture == pytest.approx(1.0)
    assert done.pictures == done.detector.some.trials == 3
