"""The screen cue: a frame stands close around a face. It advises, and never says that a face is alive."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from typing import TYPE_CHECKING

import cv2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.values import Box
from edge.values.liveness import Cue, Finding, Sign
from edge.vision.liveness.screen import Screen, look
from tests.unit.scenes import WALL, head, phone, texture, view, views

if TYPE_CHECKING:
    from edge.vision.liveness.view import View
    from tests.unit import scenes

FRAMED = Finding(Cue.SCREEN, 0.25, Sign.SCREEN_FRAME)
NOTHING = Finding(Cue.SCREEN)


def seen(frames: list[View], state: Screen | None = None) -> list[Finding]:
    """What the cue said of each frame."""
    state, said = state or Screen(), []
    for one in frames:
        state, finding = look(state, one)
        said.append(finding)
    return said


def leaning(picture: scenes.Picture, *, half: int = 110) -> scenes.Picture:
    """A frame drawn around where the face is."""
    framed = picture.copy()
    cv2.rectangle(framed, (320 - half, 80), (320 + half, 400), 20, 10)
    return framed


@pytest.mark.parametrize("fps", [5.0, 30.0])
def test_a_phone_that_stands_still_is_doubted_and_not_denied(fps: float) -> None:
    assert seen(list(views(phone(), size=0.0, fps=fps)))[-1] == FRAMED


def test_it_takes_a_second_and_some_looks_to_say_so() -> None:
    said = seen(list(views(phone(), size=0.0)))
    assert set(said[:15]) == {NOTHING}
    assert said[-1] == FRAMED


def test_a_few_looks_are_too_few_however_long_they_take() -> None:
    assert set(seen(list(views(phone(), size=0.0, fps=1.0, seconds=3.0)))) == {NOTHING}


def test_a_person_is_not_doubted() -> None:
    assert set(seen(list(views(head)))) == {NOTHING}


def test_a_door_frame_is_too_wide_to_be_a_phone() -> None:
    assert set(seen(list(views(head, wall=leaning(WALL, half=190))))) == {NOTHING}


def test_two_posts_without_a_lintel_are_no_frame() -> None:
    wall = WALL.copy()
    for x in (210, 430):
        cv2.line(wall, (x, 60), (x, 420), 20, 10)
    assert set(seen(list(views(head, wall=wall)))) == {NOTHING}


def test_a_lintel_far_above_the_posts_is_no_frame() -> None:
    wall = WALL.copy()
    for x in (210, 430):
        cv2.line(wall, (x, 150), (x, 420), 20, 10)
    cv2.line(wall, (210, 60), (430, 60), 20, 10)
    assert set(seen(list(views(head, wall=wall)))) == {NOTHING}


def test_what_stood_there_before_anybody_came_is_no_phone() -> None:
    wall = leaning(WALL)
    state, frames = Screen(), list(views(head, wall=wall, size=3.0))
    for number in range(10):
        state, said = look(state, view(wall, number * 0.3 - 10, number, None))
        assert said == NOTHING
    assert set(seen(frames, state)) == {NOTHING}
    assert seen(frames)[-1] == FRAMED  # it is doubted by who does not know the scene


def test_a_phone_before_a_known_scene_is_doubted() -> None:
    state = Screen()
    for number in range(10):
        state, _ = look(state, view(WALL, number * 0.3 - 10, number, None))
    assert seen(list(views(phone(), size=0.0)), state)[-1] == FRAMED


def test_the_scene_is_not_learned_while_somebody_is_there() -> None:
    wall = leaning(WALL)
    state = Screen()
    for number in range(10):
        state, _ = look(state, replace(view(wall, number * 0.3 - 10, number, None), faces=1))
    assert seen(list(views(head, wall=wall, size=3.0)), state)[-1] == FRAMED


def test_a_frame_that_was_there_only_for_a_moment_is_forgotten() -> None:
    framed = list(views(phone(), size=0.0, seconds=1.0))
    free = [replace(one, at=one.at + 1.0) for one in views(head, seconds=3.0)]
    assert set(seen([*framed, *free])) == {NOTHING}


def test_another_track_begins_with_nothing() -> None:
    state, said = Screen(), NOTHING
    frames = list(views(phone(), size=0.0))
    for one in frames:
        state, said = look(state, one)
    assert said == FRAMED
    assert look(state, replace(frames[-1], at=9.0, track=2))[1] == NOTHING


BOXES = st.builds(Box, *([st.one_of(st.floats(-2000, 2000), st.sampled_from([inf, -inf, nan]))] * 4))


@settings(max_examples=40)
@given(
    boxes=st.lists(st.one_of(st.none(), BOXES), min_size=3, max_size=6), sides=st.integers(1, 90), late=st.booleans()
)
def test_bad_input_is_never_a_score(boxes: list[Box | None], sides: int, late: bool) -> None:
    grey = texture(4, sides, max(1, 91 - sides))
    step = -1.0 if late else 0.5
    frames = [view(grey, 10 + step * number, number, box) for number, box in enumerate(boxes)]
    assert set(seen(frames)) == {NOTHING}
