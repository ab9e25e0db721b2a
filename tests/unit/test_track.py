"""An uninterrupted sight of one face is one track; in doubt a new one begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import TrackSettings
from edge.vision.track import Track, follow
from tests.unit.builders import box

if TYPE_CHECKING:
    from edge.values import Box

SETTINGS = TrackSettings()


def walk(shown: list[tuple[float, Box | None]]) -> list[Track]:
    tracks, track = [], Track()
    for at, where in shown:
        track = follow(track, where, at, SETTINGS)
        tracks.append(track)
    return tracks


def numbers(shown: list[tuple[float, Box | None]]) -> list[int]:
    return [track.number for track in walk(shown)]


def test_a_face_that_stays_is_one_track() -> None:
    assert numbers([(0.1 * n, box(100 + 5 * n)) for n in range(20)]) == [1] * 20


def test_a_jump_begins_a_new_track() -> None:
    assert numbers([(0.0, box(100)), (0.1, box(190)), (0.2, box(190))]) == [1, 2, 2]


def test_overlap_of_exactly_the_limit_is_the_same_track() -> None:
    settings = TrackSettings(min_iou=1 / 3)
    track = follow(Track(), box(100), 0.0, settings)
    assert follow(track, box(150), 0.1, settings).number == 1
    assert follow(track, box(150.01), 0.1, settings).number == 2


def test_two_missed_frames_are_bridged_and_a_third_is_not() -> None:
    two: list[tuple[float, Box | None]] = [(0.0, box()), (0.1, None), (0.2, None), (0.3, box())]
    assert numbers(two) == [1, 1, 1, 1]
    three: list[tuple[float, Box | None]] = [(0.0, box()), (0.1, None), (0.2, None), (0.3, None), (0.35, box())]
    assert numbers(three) == [1, 1, 1, 1, 2]


def test_missed_frames_are_counted_in_a_row() -> None:
    shown: list[tuple[float, Box | None]] = [(0.1 * n, None if n % 3 else box()) for n in range(13)]
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


boxes = st.builds(box, st.floats(0, 500), st.floats(0, 500), st.floats(1, 200))


@given(st.lists(st.tuples(st.floats(0, 0.6), st.one_of(st.none(), boxes)), max_size=40))
def test_s4_two_sights_share_a_number_only_if_they_overlap_and_nothing_broke_in_between(
    moves: list[tuple[float, Box | None]],
) -> None:
    clock, shown = 0.0, []
    for later, where in moves:
        clock += later
        shown.append((clock, where))
    tracks = walk(shown)
    last: tuple[float, Box, int] | None = None
    blind = 0
    for (at, where), track in zip(shown, tracks, strict=True):
        if where is None:
            blind += 1
            continue
        assert track.box == where
        if last is not None:
            unbroken = at - last[0] <= SETTINGS.gap_s and blind <= 2 and last[1].iou(where) >= SETTINGS.min_iou
            assert (track.number == last[2]) == unbroken
            assert track.number - last[2] in (0, 1)
        last, blind = (at, where, track.number), 0
