"""A challenge is passed by whoever moves as asked, and by nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.access.challenge import Pose, Standing
from edge.values import Move, Sign
from tests.unit.heads import (
    CLOSER,
    LEFT,
    NOD,
    RIGHT,
    STRAIGHT,
    UP,
    Person,
    outcome,
    toward,
)

RATES = (5.0, 8.0, 15.0, 30.0)
MOVES = (LEFT, RIGHT, NOD, UP, CLOSER)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("moves", [(one, other) for one in MOVES for other in MOVES if one is not other])
def test_whoever_moves_as_asked_passes_at_any_frame_rate(moves: tuple[Move, Move], fps: float) -> None:
    person = Person(moves, fps)
    person.answers().answers()
    assert outcome(person.challenge) == ("passed", None)
    assert person.challenge.asked is None
    assert person.challenge.ended < 5


def test_it_asks_to_look_straight_then_for_each_movement_in_turn() -> None:
    person = Person((LEFT, NOD), fps=10)
    asked = [person.challenge.asked]
    person.waits(0.2)
    asked.append(person.challenge.asked)
    person.waits(0.2)
    asked.append(person.challenge.asked)
    person.waits(0.5).goes(toward(LEFT, 1.2))
    asked.append(person.challenge.asked)
    person.goes(STRAIGHT).looks_straight()
    asked.append(person.challenge.asked)
    assert asked == [Move.LOOK_STRAIGHT, Move.LOOK_STRAIGHT, LEFT, Move.LOOK_STRAIGHT, NOD]


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        (LEFT, RIGHT),
        (RIGHT, LEFT),
        (LEFT, NOD),
        (NOD, LEFT),
        (NOD, RIGHT),
        (CLOSER, NOD),
        (NOD, CLOSER),
        (NOD, UP),
        (UP, NOD),
    ],
)
def test_another_movement_first_fails_even_if_the_right_one_follows(asked: Move, made: Move) -> None:
    person = Person((asked, LEFT if asked is not LEFT else NOD))
    person.answers(made, share=0.9).answers(asked).answers()
    assert outcome(person.challenge) == ("failed", Sign.WRONG_MOVE)


def test_stepping_back_is_another_movement() -> None:
    person = Person((LEFT, NOD))
    person.answers(CLOSER, share=-1.0)
    assert outcome(person.challenge) == ("failed", Sign.WRONG_MOVE)


def test_another_movement_on_the_way_back_fails() -> None:
    person = Person((LEFT, NOD))
    person.looks_straight().waits(0.5).goes(toward(LEFT, 1.2)).goes(toward(RIGHT, 1.2), 1.0)
    assert outcome(person.challenge) == ("failed", Sign.WRONG_MOVE)


def test_a_head_that_turns_far_may_tilt_a_little_with_it() -> None:
    person = Person((LEFT, RIGHT))
    person.looks_straight().waits(0.5)
    person.goes(Pose(STRAIGHT.yaw_deg + 40, STRAIGHT.pitch_deg - 14, 56.0), 0.8).goes(STRAIGHT, 0.8).answers()
    assert outcome(person.challenge) == ("passed", None)


@pytest.mark.parametrize("fps", RATES)
def test_a_movement_too_small_fails_when_its_time_is_over(fps: float) -> None:
    person = Person(fps=fps)
    person.answers(share=0.95).waits(3)
    assert outcome(person.challenge) == ("failed", Sign.NO_MOVE)
    assert person.challenge.ended - 0.4 - 2.5 < 2 / fps + 0.1


def test_a_movement_that_comes_after_its_time_fails() -> None:
    person = Person()
    person.looks_straight().waits(2.4).goes(toward(LEFT, 1.3))
    assert outcome(person.challenge) == ("failed", Sign.NO_MOVE)


def test_whoever_does_not_come_back_fails() -> None:
    person = Person()
    person.looks_straight().waits(0.5).goes(toward(LEFT, 1.2)).waits(2.7)
    assert outcome(person.challenge) == ("failed", Sign.NO_MOVE)


def test_whoever_never_looks_straight_is_asked_for_nothing_and_fails_in_the_end() -> None:
    person = Person()
    for number in range(40):
        person.goes(toward(LEFT if number % 2 else RIGHT, 1.1), 0.5)
        assert person.challenge.asked in (Move.LOOK_STRAIGHT, None)
    assert outcome(person.challenge) == ("failed", Sign.NO_MOVE)
    assert person.challenge.ended == pytest.approx(15, abs=0.1)


def test_a_movement_that_began_before_it_was_asked_for_fails() -> None:
    person = Person((LEFT, NOD), fps=30)
    person.looks_straight().goes(toward(LEFT, 1.2), 0.3)
    assert outcome(person.challenge) == ("failed", Sign.TOO_SOON)


def test_no_movement_is_asked_for_while_the_head_is_moving() -> None:
    person = Person((LEFT, NOD), fps=30)
    person.waits(0.1).goes(toward(LEFT, 1.5), 0.6)
    assert person.challenge.asked is Move.LOOK_STRAIGHT
    person.goes(STRAIGHT).answers().answers()
    assert outcome(person.challenge) == ("passed", None)


def test_the_second_movement_must_begin_from_looking_straight_too() -> None:
    person = Person((LEFT, NOD))
    person.looks_straight().waits(0.5).goes(toward(LEFT, 1.3))
    aside = toward(LEFT, 0.6)
    person.goes(aside).waits(1.0)
    assert person.challenge.asked is Move.LOOK_STRAIGHT
    person.goes(toward(NOD, 1.2, aside)).goes(aside).waits(2)
    assert person.challenge.standing is Standing.FAILED


def test_straight_stays_where_it_was_at_first() -> None:
    person = Person((LEFT, RIGHT, LEFT))
    for drift, move in ((0.0, LEFT), (6.0, RIGHT), (12.0, None)):
        person.goes(replace(STRAIGHT, yaw_deg=STRAIGHT.yaw_deg + drift)).waits(1.0)
        assert person.challenge.asked is (move or Move.LOOK_STRAIGHT)
        person.goes(toward(move or LEFT, 1.2, person.pose))


def test_whoever_looks_down_between_the_movements_does_not_look_straight() -> None:
    person = Person((LEFT, RIGHT)).looks_straight().waits(0.5).goes(toward(LEFT, 1.2))
    person.goes(replace(STRAIGHT, pitch_deg=STRAIGHT.pitch_deg - 10)).waits(1.0)
    assert person.challenge.asked is Move.LOOK_STRAIGHT


def test_a_head_that_tilts_slowly_does_not_stand_still() -> None:
    person = Person(fps=30).shows(STRAIGHT).goes(replace(STRAIGHT, pitch_deg=STRAIGHT.pitch_deg - 20), 1.0)
    assert person.challenge.prompted is None


def test_frames_before_and_after_a_gap_are_not_one_stillness() -> None:
    person = Person(fps=10).shows(STRAIGHT, 2).is_lost(0.8).shows(STRAIGHT)
    assert person.challenge.prompted is None
    assert len(person.challenge.held) == 1


def test_a_movement_is_measured_from_the_middle_of_the_frames_that_were_still() -> None:
    poses = [replace(STRAIGHT, yaw_deg=yaw, pitch_deg=pitch) for yaw, pitch in ((1, 1), (2, 1), (2, 2), (5, 5))]
    person = Person(fps=10)
    for pose in poses:
        person.shows(pose)
    assert person.challenge.base == Pose(2.0, 1.5, STRAIGHT.eyes_px)


def test_straight_is_where_this_person_looks_straight_at_this_camera() -> None:
    low = Pose(-12.0, 24.0, 40.0)  # the camera stands low and to the side
    person = Person((RIGHT, NOD))
    for move in (RIGHT, NOD):
        person.goes(low).waits(0.5).waits(0.5)
        assert person.challenge.asked is move
        person.goes(toward(move, 1.1, low))
    assert outcome(person.challenge) == ("passed", None)


def test_whoever_looks_far_aside_does_not_look_straight() -> None:
    person = Person().waits(1.0, Pose(25.0, 0.0, 60.0)).waits(1.0, Pose(0.0, -35.0, 60.0))
    assert person.challenge.asked is Move.LOOK_STRAIGHT


def test_whoever_is_too_far_is_asked_to_come_closer_first() -> None:
    person = Person().waits(1.0, replace(STRAIGHT, eyes_px=20.0))
    assert person.challenge.asked is CLOSER
    person.goes(STRAIGHT, 1.0).answers().answers()
    assert outcome(person.challenge) == ("passed", None)
