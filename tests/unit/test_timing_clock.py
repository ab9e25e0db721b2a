"""The cue of time: times that are no camera's, and input that is odd."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.values import Box, Cue, Finding, Sign
from edge.vision.liveness.timing import Timing, look
from edge.vision.liveness.view import view_of
from hw.base import Frame
from tests.unit.filming import (
    DENY,
    FACE,
    ROOM,
    SUSPECT,
    Shot,
    filmed,
    grainy,
    judged,
    lowest,
    noisy,
    person,
    seen,
    signs,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]


def ticks(*steps: tuple[float, int]) -> list[Finding]:
    """Findings of moving pictures at (seconds, number)."""
    state, findings = Timing(), []
    for index, (at, number) in enumerate(steps):
        view = replace(view_of(Frame(person(index * 0.1), at, number)), box=FACE, track=1)
        state, finding = look(state, view)
        findings.append(finding)
    return findings


def test_a_time_that_goes_back_is_suspicious_and_a_second_one_denied() -> None:
    findings = ticks((10.0, 1), (10.1, 2), (9.9, 3), (10.0, 4), (9.95, 5))
    assert [finding.sign for finding in findings] == [None, None, *[Sign.OUT_OF_TIME] * 3]
    assert DENY < (findings[2].score or 0) < SUSPECT
    assert (findings[-1].score or 0) <= DENY


@pytest.mark.parametrize("second", [(10.0, 2), (10.1, 1), (10.1, 0)])
def test_a_time_or_a_number_that_does_not_rise_is_suspicious(second: tuple[float, int]) -> None:
    assert ticks((10.0, 1), second)[-1].sign is Sign.OUT_OF_TIME


def test_one_breach_is_forgiven_in_time() -> None:
    later = [(10.1 + index / 15, 2 + index) for index in range(1, 300, 2)]
    findings = ticks((10.0, 5), (10.1, 2), *later)
    assert findings[1].sign is Sign.OUT_OF_TIME
    assert findings[-1].sign is None
    assert (findings[-1].score or 0) > 0.9


def test_frames_that_were_skipped_and_a_camera_that_was_opened_again_are_no_sign() -> None:
    assert signs(ticks((10.0, 100), (10.5, 120), (11.6, 1), (11.7, 2))) == set()


def test_frames_come_too_fast_for_any_camera() -> None:
    assert ticks(*((10 + index / 1000, index) for index in range(20)))[-1].sign is Sign.OUT_OF_TIME
    assert signs(ticks(*((10 + index / 120, index) for index in range(40)))) == set()


def test_a_burst_after_a_stall_is_no_sign() -> None:
    times = [*(index / 15 for index in range(15)), *(2 + index / 1000 for index in range(4)), 2.1, 2.2]
    assert signs(ticks(*((at, index) for index, at in enumerate(times)))) == set()


def test_the_same_frame_looked_at_twice_changes_nothing() -> None:
    state, _ = seen(filmed(1, 15))
    view = replace(view_of(Frame(person(2), 2.0, 99)), box=FACE, track=1)
    once, first = look(state, view)
    twice, second = look(once, view)
    assert twice is once
    assert second == first


def test_a_new_track_and_a_box_that_jumps_begin_anew() -> None:
    picture = person(0, noise=0)
    state, findings = seen(filmed(3, 15, lambda _: grainy(picture)))
    assert findings[-1].sign is Sign.FROZEN
    for next_shot in (Shot(3.1, grainy(picture), track=2), Shot(3.1, grainy(picture), box=Box(10, 10, 80, 80))):
        assert seen([next_shot], state)[1] == [Finding(Cue.TIME)]


@pytest.mark.long
def test_what_is_remembered_is_bounded() -> None:
    state, _ = seen(Shot(index / 100, noisy(ROOM, 2.0)) for index in range(2000))
    assert len(state.scene.thumbs) <= 13 * 31 + 1
    assert len(state.scene.seen) <= 13 * 100 + 2
    assert state.scene.thumbs[0][0] >= 19.99 - 13 - 0.1


ODD_BOXES = [
    None,
    FACE,
    Box(math.nan, 0, 10, 10),
    Box(-900, -900, -800, -800),
    Box(5000, 5000, 6000, 6000),
    Box(200, 200, 100, 100),
    Box(50, 50, 50, 50),
    Box(-1e300, -1e300, 1e300, 1e300),
    Box(0, 0, math.inf, 3),
]
SIZES = [(240, 320), (1, 1), (7, 9), (48, 64), (1, 900), (720, 1280)]
ODD = st.tuples(
    st.one_of(st.floats(0, 3), st.sampled_from([math.nan, math.inf, -math.inf, -5.0])),
    st.integers(-1, 4),
    st.sampled_from(ODD_BOXES),
    st.sampled_from([None, 1, 2]),
    st.sampled_from(SIZES),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ODD, max_size=25))
def test_bad_input_never_raises_and_scores_stay_within_bounds(
    frames: list[tuple[float, int, Box | None, int | None, tuple[int, int]]],
) -> None:
    state = Timing()
    for at, number, box, track, size in frames:
        picture = np.full((*size, 3), (number * 50) % 256, np.uint8)
        state, finding = look(state, replace(view_of(Frame(picture, at, number)), box=box, track=track))
        assert finding.cue is Cue.TIME
        assert finding.score is None or 0 <= finding.score <= 1


@pytest.mark.parametrize("box", ODD_BOXES)
def test_an_odd_box_in_a_moving_scene_says_nothing_wrong(box: Box | None) -> None:
    assert signs(judged(replace(shot, box=box) for shot in filmed(4, 15))) == set()


def test_a_box_beside_the_picture_does_not_make_a_lamp_in_the_corner_a_face() -> None:
    def lamp(t: float) -> Picture:
        picture = person(t)
        picture[:16, :16] = 60 + 120 * (round(t * 15) // 5 % 2)
        return picture

    shots = filmed(6, 15, lamp)
    assert lowest(judged(replace(shot, box=Box(-900, -900, -800, -800)) for shot in shots)) == 1.0


def test_a_frame_without_a_time_is_passed_over() -> None:
    state, _ = seen(filmed(1, 15))
    view = replace(view_of(Frame(person(2), math.nan, 99)), box=FACE, track=1)
    assert look(state, view) == (state, Finding(Cue.TIME))


def test_pictures_of_a_time_that_was_taken_back_are_forgotten() -> None:
    state, _ = seen(filmed(3, 15))
    state, _ = seen([Shot(1.0, person(9)), Shot(1.1, person(9.1))], state)
    assert [at for at, _ in state.scene.thumbs] == [1.0, 1.1]


def test_an_empty_picture_says_nothing() -> None:
    view = replace(view_of(Frame(person(0), 1.0, 1)), grey=np.zeros((0, 0), np.uint8))
    assert look(Timing(), view)[1] == Finding(Cue.TIME)
