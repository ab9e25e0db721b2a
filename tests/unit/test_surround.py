"""The moving surround: what is around a face moves with it, or does not."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.values import Box
from edge.values.liveness import Cue, Finding, Sign
from edge.vision.liveness.edges import find_edges, joined, shifts
from edge.vision.liveness.points import find_points, levelled, moves
from edge.vision.liveness.surround import Surround, look
from tests.unit import scenes
from tests.unit.scenes import CENTRE, PLAIN, WALL, head, nobody, phone, texture, view, views

if TYPE_CHECKING:
    from edge.vision.liveness.view import View

PACES = [5.0, *(pytest.param(fps, marks=pytest.mark.long) for fps in (15.0, 30.0))]
DENY, SUSPECT = 0.2, 0.3


def seen(frames: list[View], *, before: list[View] | None = None, fixed: bool = True) -> list[Finding]:
    """What the cue said of each frame, having seen others before."""
    state, said = Surround(), []
    for one in before or []:
        state, _ = look(state, one, fixed=fixed)
    for one in frames:
        state, finding = look(state, one, fixed=fixed)
        said.append(finding)
    return said


def worst(said: list[Finding]) -> Finding:
    """The least score, or a finding without one."""
    scored = [one for one in said if one.score is not None]
    return min(scored, key=lambda one: one.score or 0.0) if scored else Finding(Cue.SURROUND)


@pytest.mark.parametrize("fps", PACES)
def test_a_phone_in_a_hand_is_found_by_its_edges(fps: float) -> None:
    said = worst(seen(list(views(phone(), fps=fps))))
    assert said.sign is Sign.EDGES_MOVE
    assert said.score is not None
    assert said.score <= SUSPECT


def test_the_longer_a_phone_is_seen_the_surer_it_is() -> None:
    said = [one.score for one in seen(list(views(phone(), seconds=6.0))) if one.score is not None]
    assert said == sorted(said, reverse=True)
    assert said[-1] <= DENY < said[0] <= SUSPECT


def test_two_pixels_of_a_trembling_hand_are_enough() -> None:
    said = worst(seen(list(views(phone(), size=2.5, seconds=5.0))))
    assert said.sign is Sign.EDGES_MOVE


def test_a_large_print_is_found_by_its_background() -> None:
    sheet = texture(7, 480, 400)
    torn = np.zeros_like(sheet)  # without a straight edge
    cv2.ellipse(torn, (240, 200), (236, 196), 0, 0, 360, 255, -1)

    def draw(picture: scenes.Picture, x: float, y: float) -> None:
        scenes.paste(picture, sheet, x, y, mask=torn)
        head(picture, x, y)

    said = worst(seen(list(views(draw, size=10.0, seconds=5.0)), before=nobody()))
    assert said.sign is Sign.BACKGROUND_MOVES
    assert said.score is not None
    assert said.score <= DENY


@pytest.mark.parametrize("fps", PACES)
@pytest.mark.parametrize("light", [0.0, 0.25])
def test_a_person_before_a_wall_is_never_doubted(fps: float, light: float) -> None:
    said = worst(seen(list(views(head, fps=fps, unrest=(0.0, light), seconds=3.0))))
    assert said.score is None or said.score > 0.7
    assert said.sign is None


def test_a_person_who_moves_before_a_still_wall_is_alive() -> None:
    said = seen(list(views(head, seconds=3.0)))[-1]
    assert said.score is not None
    assert said.score >= 0.8


def test_nothing_is_known_before_a_plain_wall() -> None:
    assert {one.score for one in seen(list(views(head, wall=PLAIN)))} == {None}


def test_nothing_is_known_of_what_does_not_move() -> None:
    assert {one.score for one in seen(list(views(phone(), size=0.0)))} == {None}


def test_a_door_frame_that_stands_still_is_no_phone() -> None:
    wall = WALL.copy()
    cv2.rectangle(wall, (190, 40), (450, 479), 20, 8)
    assert worst(seen(list(views(head, wall=wall, seconds=5.0)))).sign is None


def test_a_person_in_a_door_frame_is_not_called_alive_for_it() -> None:
    wall = WALL.copy()
    cv2.rectangle(wall, (190, 40), (450, 470), 20, 8)
    assert {one.score for one in seen(list(views(head, wall=wall, seconds=3.0)))} == {None}


def test_one_edge_that_moves_is_not_enough() -> None:
    def draw(picture: scenes.Picture, x: float, y: float) -> None:
        head(picture, x, y)
        scenes.paste(picture, np.full((400, 30), 15, np.uint8), x + 110, y)

    assert worst(seen(list(views(draw, seconds=5.0)))).sign is None


def test_two_edges_that_move_apart_and_together_are_not_one_frame() -> None:
    def draw(picture: scenes.Picture, x: float, y: float) -> None:
        head(picture, x, y)
        scenes.paste(picture, np.full((400, 30), 15, np.uint8), x + 120, y)
        scenes.paste(picture, np.full((400, 30), 15, np.uint8), 2 * CENTRE[0] - x - 120, y)

    assert worst(seen(list(views(draw, seconds=5.0)))).sign is None


def test_somebody_who_walks_behind_does_not_matter() -> None:
    frames = []
    for number in range(60):
        wall = WALL.copy()
        scenes.paste(wall, texture(9, 90, 430, mean=80), 40.0 + 5 * number, 300)
        dx, dy = scenes.sway(number / 15, 5)
        head(wall, CENTRE[0] + dx, CENTRE[1] + dy)
        x, y = CENTRE[0] + dx, CENTRE[1] + dy
        frames.append(view(wall, number / 15, number, Box(x - 50, y - 50, x + 50, y + 50)))
    said = worst(seen(frames))
    assert said.score is None or said.score > 0.7


def test_a_view_that_moves_is_suspicious_where_the_camera_stood_still_and_never_denied() -> None:
    said = worst(seen(list(views(head, size=1.0, unrest=(12.0, 0.0), seconds=6.0)), before=nobody()))
    assert said.sign is Sign.VIEW_MOVES
    assert said.score is not None
    assert DENY < said.score <= SUSPECT


@pytest.mark.parametrize("size", [pytest.param(1.0, marks=pytest.mark.long), 8.0])
@pytest.mark.parametrize(
    ("before", "fixed"),
    [([], True), (nobody(unrest=12.0), True), (nobody(PLAIN), True), (nobody()[:4], True), (nobody(), False)],
    ids=["from the first frame", "moved before", "nothing to see", "too short", "meant to move"],
)
def test_a_camera_not_known_to_stand_still_makes_nobody_suspicious(
    before: list[View], fixed: bool, size: float
) -> None:
    frames = list(views(head, size=size, unrest=(12.0, 0.0), seconds=3.0))
    assert {one.sign for one in seen(frames, before=before, fixed=fixed)} == {None}


def test_a_door_frame_filmed_from_a_hand_is_no_phone() -> None:
    wall = np.full_like(PLAIN, 150)
    cv2.rectangle(wall, (190, 40), (450, 479), 20, 8)
    frames = list(views(head, wall=wall, size=1.0, unrest=(12.0, 0.0)))
    assert {one.sign for one in seen(frames)} == {None}


def test_a_door_frame_is_denied_to_nobody_when_a_mounted_camera_is_pushed() -> None:
    wall = np.full_like(PLAIN, 150)
    cv2.rectangle(wall, (190, 40), (450, 479), 20, 8)
    frames = list(views(head, wall=wall, size=1.0, unrest=(12.0, 0.0)))
    said = worst(seen(frames, before=nobody()))
    assert said.score is not None
    assert DENY < said.score <= SUSPECT


def test_that_a_camera_stands_still_is_known_across_tracks_and_not_for_ever() -> None:
    moving = list(views(head, size=1.0, unrest=(12.0, 0.0), seconds=3.0))

    def after(seconds: float) -> Sign | None:
        first = list(views(head, seconds=1.0))
        later = [replace(one, at=one.at + seconds, track=2) for one in moving]
        return worst(seen([*first, *later], before=nobody())).sign

    assert after(60.0) is Sign.VIEW_MOVES
    assert after(3600.0) is None


def test_a_phone_close_around_the_face_is_found() -> None:
    assert worst(seen(list(views(phone(1.4), size=10.0)))).sign is Sign.EDGES_MOVE


def test_long_straight_hair_is_no_phone() -> None:
    def draw(picture: scenes.Picture, x: float, y: float) -> None:
        for side in (-62, 62):
            scenes.paste(picture, np.full((160, 16), 15, np.uint8), x + side, y + 20)
        head(picture, x, y)

    assert worst(seen(list(views(draw, size=10.0)))).sign is None


def test_a_phone_is_found_with_a_moving_camera_too() -> None:
    said = worst(seen(list(views(phone(), size=12.0, unrest=(4.0, 0.0), seconds=6.0)), fixed=False))
    assert said.sign is Sign.EDGES_MOVE
    assert said.score is not None
    assert said.score <= SUSPECT


def test_another_track_begins_with_nothing() -> None:
    state, said = Surround(), Finding(Cue.SURROUND)
    frames = list(views(phone(), seconds=4.0))
    for one in frames:
        state, said = look(state, one)
    assert said.score is not None
    _, said = look(state, replace(frames[-1], at=frames[-1].at + 0.1, track=2))
    assert said == Finding(Cue.SURROUND)


def test_a_jump_of_the_face_begins_with_nothing() -> None:
    state, said = Surround(), Finding(Cue.SURROUND)
    frames = list(views(phone(), seconds=4.0))
    for one in frames:
        state, said = look(state, one)
    box = Box(20, 60, 120, 160)
    _, said = look(state, replace(frames[-1], at=frames[-1].at + 0.1, box=box))
    assert said == Finding(Cue.SURROUND)


def test_a_frame_in_which_the_face_is_missed_changes_nothing() -> None:
    state, said = Surround(), Finding(Cue.SURROUND)
    frames = list(views(phone(), seconds=4.0))
    for one in frames:
        state, said = look(state, one)
    _, then = look(state, replace(frames[-1], at=frames[-1].at + 0.1, box=None))
    assert then == said


def test_dropped_frames_do_not_matter() -> None:
    frames = [one for one in views(phone(), fps=30.0, seconds=5.0) if one.sequence % 7 not in (2, 3, 4)]
    assert worst(seen(frames)).sign is Sign.EDGES_MOVE


BOXES = st.builds(Box, *([st.one_of(st.floats(-2000, 2000), st.sampled_from([inf, -inf, nan]))] * 4))


@given(
    boxes=st.lists(st.one_of(st.none(), BOXES), min_size=3, max_size=6), sides=st.integers(1, 90), late=st.booleans()
)
def test_bad_input_is_never_a_score(boxes: list[Box | None], sides: int, late: bool) -> None:
    grey = texture(4, sides, max(1, 91 - sides))
    step = -1.0 if late else 0.3
    said = seen([view(grey, 10 + step * number, number, box) for number, box in enumerate(boxes)])
    assert {one.score for one in said} == {None}


def test_times_that_go_back_and_sizes_that_change_begin_again() -> None:
    frames = list(views(phone(), seconds=3.0))
    state, said = Surround(), Finding(Cue.SURROUND)
    for one in frames:
        state, said = look(state, one)
    assert said.score is not None
    assert look(state, replace(frames[-1], at=0.0))[1] == Finding(Cue.SURROUND)
    small = np.ascontiguousarray(frames[-1].grey[:300])
    after = replace(
        frames[-1], at=frames[-1].at + 0.2, grey=small, picture=np.ascontiguousarray(frames[-1].picture[:300])
    )
    assert look(state, after)[1] == Finding(Cue.SURROUND)


@settings(max_examples=40)
@given(shift=st.floats(-6, 6))
def test_an_edge_is_measured_to_a_fraction_of_a_pixel(shift: float) -> None:
    def drawn(x: float) -> scenes.Picture:
        picture = np.full((240, 320), 120, np.uint8)
        scenes.paste(picture, np.full((200, 12), 30, np.uint8), x, 120)
        return picture

    edges = find_edges(drawn(90.0), Box(140, 100, 180, 140))
    moved = shifts(edges, drawn(90.0 + shift), np.zeros(len(edges.sides)))
    assert len(moved) == 2
    assert np.abs(moved - shift).max() <= 0.25


def test_pieces_of_one_line_are_joined_and_others_are_not() -> None:
    pieces = np.array([[[10, 0], [10, 30]], [[10.5, 40], [10, 70]], [[30, 0], [30, 35]]], np.float64)
    (edge,) = joined(pieces, 50)
    assert sorted(edge[:, 1].round().tolist()) == [0, 70]


@pytest.mark.parametrize("gain", [0.7, 1.25])
def test_points_are_found_again_in_another_light(gain: float) -> None:
    lit = np.clip((WALL.astype(np.float64) - 60) * gain + 60, 0, 255).astype(np.uint8)
    points = find_points(WALL)
    moved = moves(points, levelled(WALL), levelled(lit), np.zeros((len(points.at), 2)))
    assert len(moved) >= 12
    assert (np.hypot(*moved.T) <= 0.5).mean() >= 0.9
