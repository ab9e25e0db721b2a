"""An uninterrupted sight of one face is one track; in doubt a new one begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import TrackSettings
from edge.vision.track import (
    Track,
    apart,
    compared,
    find_again,
    follow,
    is_bystander,
    miss,
    remembered,
    worth_comparing,
)
from tests.unit.builders import box, face

if TYPE_CHECKING:
    from edge.values import Box

SETTINGS = TrackSettings()
Shown = list[tuple[float, "Box | None"]]


def walk(shown: Shown, settings: TrackSettings = SETTINGS) -> list[Track]:
    """One face at most in each frame."""
    tracks, track = [], Track()
    for at, where in shown:
        if where is None:
            track = miss(track, (), at, settings)
        else:
            one = face(where)
            track = follow(track, one, (), at, same=find_again(track, [one], at, settings) is one)
        tracks.append(track)
    return tracks


def numbers(shown: Shown, settings: TrackSettings = SETTINGS) -> list[int]:
    return [track.number for track in walk(shown, settings)]


def test_a_face_that_stays_is_one_track() -> None:
    assert numbers([(0.1 * n, box(100 + 5 * n)) for n in range(20)]) == [1] * 20


def test_a_jump_begins_a_new_track() -> None:
    assert numbers([(0.0, box(100)), (0.1, box(190)), (0.2, box(190))]) == [1, 2, 2]


def test_overlap_of_exactly_the_limit_is_the_same_track() -> None:
    settings = TrackSettings(min_iou=1 / 3)
    assert numbers([(0.0, box(100)), (0.1, box(150))], settings) == [1, 1]
    assert numbers([(0.0, box(100)), (0.1, box(150.01))], settings) == [1, 2]


def test_two_missed_frames_are_bridged_and_a_third_is_not() -> None:
    two: Shown = [(0.0, box()), (0.1, None), (0.2, None), (0.3, box())]
    assert numbers(two) == [1, 1, 1, 1]
    three: Shown = [(0.0, box()), (0.1, None), (0.2, None), (0.3, None), (0.35, box())]
    assert numbers(three) == [1, 1, 1, 1, 2]


def test_missed_frames_are_counted_in_a_row() -> None:
    shown: Shown = [(0.1 * n, None if n % 3 else box()) for n in range(13)]
    assert set(numbers(shown)) == {1}


def test_while_a_frame_is_missed_the_face_is_still_followed_where_it_was() -> None:
    tracks = walk([(0.0, box()), (0.1, None), (0.2, None), (0.3, None)])
    assert [track.box for track in tracks] == [box(), box(), box(), None]


@pytest.mark.parametrize(("later", "number"), [(0.5, 1), (0.51, 2)])
def test_a_gap_longer_than_allowed_begins_a_new_track(later: float, number: int) -> None:
    assert numbers([(0.0, box()), (later, box())])[-1] == number


def test_a_missed_frame_after_the_gap_ends_the_track_at_once() -> None:
    assert walk([(0.0, box()), (0.6, None)])[-1].box is None


def test_missed_frames_do_not_stretch_the_gap() -> None:
    assert numbers([(0.0, box()), (0.3, None), (0.6, box())])[-1] == 2


# --- motion


def test_who_goes_on_walking_fast_stays_on_the_track() -> None:
    """Half a face a frame, then a frame is missed: the face is a whole face further."""
    assert numbers([(0.0, box(0)), (0.1, box(50)), (0.2, None), (0.3, box(150)), (0.4, box(200))]) == [1] * 5


def test_who_stood_still_is_not_expected_a_face_further() -> None:
    assert numbers([(0.0, box(0)), (0.1, box(0)), (0.2, None), (0.3, box(100))])[-1] == 2


def test_motion_goes_on_in_its_own_direction_only() -> None:
    assert numbers([(0.0, box(200)), (0.1, box(150)), (0.2, None), (0.3, box(250))])[-1] == 2


@given(st.floats(-50, 50), st.floats(-15, 15), st.floats(0.05, 0.15))
def test_steady_motion_is_one_track_though_every_other_frame_is_missed(x: float, y: float, frame_s: float) -> None:
    shown: Shown = [(frame_s * n, None if n > 1 and n % 2 else box(500 + x * n, 300 + y * n)) for n in range(9)]
    assert set(numbers(shown)) == {1}


@pytest.mark.parametrize(("x", "y"), [(30.0, 0.0), (0.0, -30.0), (30.0, 20.0)])
def test_nobody_is_expected_where_only_a_tremble_between_two_hasty_frames_points(x: float, y: float) -> None:
    tracks = walk([(0.0, box(500, 300)), (1e-4, box(500 + x, 300 + y))])
    assert np.hypot(*tracks[-1].speed) == pytest.approx(2000), "20 faces a second"
    assert tracks[-1].speed[0] * y == pytest.approx(tracks[-1].speed[1] * x)
    slow = walk([(0.0, box(500, 300)), (0.1, box(500 + x, 300 + y))])
    assert slow[-1].speed == pytest.approx((10 * x, 10 * y))
    assert walk([(1.0, box(100)), (1.0, box(110))])[-1].speed == (0.0, 0.0)


def test_s3_a_frame_from_before_the_last_one_continues_nothing() -> None:
    assert numbers([(1.0, box()), (0.9, box())]) == [1, 2]
    assert walk([(1.0, box()), (0.9, None)])[-1].box is None
    assert not is_bystander(replace(beside(box(100), box(300)), at=1.0), face(box(300)), 0.9, SETTINGS)
    assert numbers([(1.0, box()), (1.0, box())]) == [1, 1]


boxes = st.builds(box, st.floats(0, 500), st.floats(0, 500), st.floats(1, 200))


@given(st.lists(st.tuples(st.floats(0, 0.6), st.one_of(st.none(), boxes)), max_size=40))
def test_s4_two_sights_share_a_number_only_if_place_or_motion_joins_them(moves: list[tuple[float, Box | None]]) -> None:
    clock, shown = 0.0, []
    for later, where in moves:
        clock += later
        shown.append((clock, where))
    before: list[tuple[float, Box]] = []  # the sights of the present track
    last, blind = 0, 0
    for (at, where), track in zip(shown, walk(shown), strict=True):
        if where is None:
            blind += 1
            continue
        assert track.box == where
        unbroken = bool(before) and at - before[-1][0] <= SETTINGS.gap_s and blind <= SETTINGS.missed_frames
        joined = unbroken and before[-1][1].iou(where) >= SETTINGS.min_iou
        if unbroken and not joined and len(before) > 1:
            (first, one), (second, two) = before[-2:]
            x, y = (two.centre[k] - one.centre[k] for k in (0, 1))
            far, fastest = float(np.hypot(x, y)), 20 * max(one.width, one.height)
            pace = min(far / (second - first), fastest) if second > first else 0.0
            x, y = ((at - second) * pace * step / far if far else 0.0 for step in (x, y))
            there = replace(two, left=two.left + x, right=two.right + x, top=two.top + y, bottom=two.bottom + y)
            joined = there.iou(where) >= SETTINGS.min_iou * (1 - 1e-9)
        assert track.number - last == (0 if joined else 1)
        before = [*before, (at, where)] if joined else [(at, where)]
        last, blind = track.number, 0


# --- the others


def beside(mine: Box, other: Box) -> Track:
    return follow(Track(), face(mine), [face(other)], 0.0, same=False)


def test_of_two_faces_the_one_nearest_to_where_it_was_is_found_again() -> None:
    track = follow(Track(), face(box(100)), (), 0.0, same=False)
    near, far = face(box(110)), face(box(60))
    assert find_again(track, [far, near], 0.1, SETTINGS) is near


def test_s4_who_steps_into_the_place_of_the_followed_face_does_not_take_it_over() -> None:
    """They stand close; the followed one is gone, and the other moves to the middle between the two."""
    track = beside(box(100), box(170))
    assert find_again(track, [face(box(140))], 0.1, SETTINGS) is None
    assert find_again(track, [face(box(130))], 0.1, SETTINGS) is not None


def test_while_the_followed_face_is_hidden_the_one_beside_it_is_not_looked_at() -> None:
    track = beside(box(100), box(300))
    other, newcomer = face(box(305)), face(box(500))
    assert is_bystander(track, other, 0.1, SETTINGS)
    assert not is_bystander(track, newcomer, 0.1, SETTINGS)
    assert not is_bystander(track, other, 0.6, SETTINGS)
    track = miss(miss(track, [other], 0.1, SETTINGS), [other], 0.2, SETTINGS)
    assert not is_bystander(track, other, 0.3, SETTINGS)


def test_s3_a_face_whose_points_are_not_numbers_is_not_found_again() -> None:
    track = follow(Track(), face(box()), (), 0.0, same=False)
    nowhere = replace(face(box()), keypoints=np.full((6, 2), np.nan, np.float32))
    assert find_again(track, [nowhere], 0.1, SETTINGS) is None


def test_s3_a_neighbour_whose_points_are_not_numbers_keeps_their_place_too() -> None:
    other = replace(face(box(170)), keypoints=np.full((6, 2), np.nan, np.float32))
    track = follow(Track(), face(box(100)), [other], 0.0, same=False)
    assert find_again(track, [face(box(140))], 0.1, SETTINGS) is None


@given(boxes, boxes)
def test_two_faces_are_as_far_apart_from_either_side(one: Box, other: Box) -> None:
    assert apart(face(one), face(other)) == pytest.approx(apart(face(other), face(one)))
    assert apart(face(one), face(one)) == 0


# --- likeness


def vector(degrees: float) -> np.ndarray:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32)


def test_s4_whoever_is_not_like_the_face_before_begins_a_track_of_their_own() -> None:
    track = follow(Track(), face(), (), 0.0, same=False)
    track = compared(track, vector(0), 50.0, 0.0, 0.3)
    alike = compared(track, vector(60), 60.0, 0.1, 0.3)
    assert (alike.number, alike.compared) == (1, 2)
    another = compared(alike, vector(150), 70.0, 0.2, 0.3)
    assert (another.number, another.compared, another.scores) == (2, 1, ())


def chain(*views: tuple[float, float]) -> list[int]:
    """The track numbers of a face that is compared as (degrees, score) say."""
    track, found = follow(Track(), face(), (), 0.0, same=False), []
    for number, (degrees, score) in enumerate(views):
        track = compared(track, vector(degrees), score, 0.1 * number, 0.3)
        found.append(track.number)
    return found


def test_s4_two_people_are_not_joined_by_views_of_them_half_covered() -> None:
    """Each view is like the one before; the last is not like the best of the first person."""
    assert chain((0, 90.0), (50, 40.0), (100, 45.0), (150, 90.0)) == [1, 1, 2, 2]
    assert chain((50, 40.0), (0, 90.0), (50, 40.0), (100, 45.0), (100, 95.0)) == [1, 1, 1, 2, 2]


def test_s4_the_last_view_must_be_resembled_too() -> None:
    assert chain((50, 90.0), (0, 40.0), (100, 40.0)) == [1, 1, 2]
    assert chain((50, 90.0), (0, 40.0), (50, 95.0), (100, 40.0)) == [1, 1, 1, 1]


def test_the_best_view_is_kept_though_a_score_is_not_a_number() -> None:
    assert chain((0, 90.0), (50, float("nan")), (100, 50.0)) == [1, 1, 2]


def test_s3_an_embedding_that_is_not_a_number_continues_nothing() -> None:
    track = compared(follow(Track(), face(), (), 0.0, same=False), vector(0), 50.0, 0.0, 0.3)
    assert compared(track, np.full(2, np.nan, np.float32), 50.0, 0.1, 0.3).number == 2
    assert compared(track, vector(0), 50.0, 0.1, np.inf).number == 2


# --- the best frames


def seen_at(scores: list[float], *, compared_at: float = 1.0, count: int = 4) -> Track:
    track = replace(Track(1, face()), compared=count, compared_at=compared_at)
    for one in scores:
        track = remembered(track, one)
    return track


@pytest.mark.parametrize(("count", "worth"), [(0, True), (3, True), (4, False)])
def test_the_first_frames_are_compared_however_bad(count: int, worth: bool) -> None:
    assert worth_comparing(seen_at([90.0], count=count), 10.0, 1.1, SETTINGS) is worth


@pytest.mark.parametrize(("score", "worth"), [(85.0, True), (84.9, False), (95.0, True), (float("nan"), False)])
def test_later_frames_must_come_near_the_best(score: float, worth: bool) -> None:
    assert worth_comparing(seen_at([60.0, 90.0, 70.0]), score, 1.1, SETTINGS) is worth


@pytest.mark.parametrize(("at", "worth"), [(1.24, False), (1.25, True)])
def test_a_face_is_never_left_unjudged_for_long(at: float, worth: bool) -> None:
    assert worth_comparing(seen_at([90.0]), 10.0, at, SETTINGS) is worth


def test_a_best_that_is_long_past_is_forgotten() -> None:
    assert worth_comparing(seen_at([90.0] + [40.0] * 10), 40.0, 1.1, SETTINGS)
    assert not worth_comparing(seen_at([90.0] + [40.0] * 9), 40.0, 1.1, SETTINGS)


@given(st.lists(st.tuples(st.floats(0.02, 0.2), st.floats(0, 100)), min_size=1, max_size=100))
def test_every_track_gets_its_comparisons_in_time(frames: list[tuple[float, float]]) -> None:
    track, clock, last = Track(1, face()), 0.0, None
    for number, (later, score) in enumerate(frames):
        clock += later
        worth = worth_comparing(track, score, clock, SETTINGS)
        if worth:
            track, last = compared(track, vector(0), score, clock, -1.0), clock
        track = remembered(track, score)
        assert last is not None
        assert worth or (number >= SETTINGS.first_frames and clock - last < SETTINGS.spare_s)
