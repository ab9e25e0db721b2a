"""Frames that are missing, wild, odd or cut together never help anybody through a challenge."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from edge.access.challenge import Glimpse, Pose, Standing, begin, step
from edge.values import Sign
from tests.unit.heads import (
    BOTH,
    LEFT,
    NOD,
    RIGHT,
    SETTINGS,
    STRAIGHT,
    Person,
    between,
    outcome,
    toward,
)

RATES = (5.0, 8.0, 15.0, 30.0)


@pytest.mark.parametrize("fps", RATES)
def test_a_gap_before_the_first_movement_costs_time_alone_and_a_short_one_later_nothing(fps: float) -> None:
    person = Person(fps=fps)
    person.waits(0.2).is_lost(1.2).looks_straight().is_lost(0.4).answers().is_lost(0.4).answers()
    assert outcome(person.challenge) == ("passed", None)


@pytest.mark.parametrize("where", ["asked", "back"])
def test_a_long_gap_fails_and_what_comes_after_it_is_not_looked_at(where: str) -> None:
    person = Person(fps=10).looks_straight().waits(0.5)
    if where == "back":
        person.goes(toward(LEFT, 1.2))
    person.at += 0.75
    person.shows(toward(LEFT, 1.2))
    assert outcome(person.challenge) == ("failed", Sign.FACE_LOST)


def test_a_face_that_stays_away_fails() -> None:
    person = Person().looks_straight().is_lost(1.0)
    assert outcome(person.challenge) == ("failed", Sign.FACE_LOST)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_is_a_gap(bad: float) -> None:
    for pose in (Pose(bad, 0.0, 60.0), Pose(0.0, bad, 60.0), Pose(0.0, 0.0, bad), Pose(0.0, 0.0, 0.0)):
        person = Person().looks_straight().waits(0.5)
        before = person.challenge
        person.shows(pose)
        assert person.challenge == replace(before, clock=person.challenge.clock)
        person.waits(1.0, pose)
        assert outcome(person.challenge) == ("failed", Sign.FACE_LOST)


def test_a_time_that_is_not_a_number_or_not_later_says_nothing() -> None:
    person = Person().looks_straight()
    for at in (math.nan, person.at, person.at - 1.0, -math.inf):
        assert step(person.challenge, Glimpse(at, toward(LEFT, 1.3)), SETTINGS) is person.challenge


def test_the_same_frame_over_and_over_is_one_frame() -> None:
    challenge = begin(BOTH, 0.0)
    for _ in range(100):
        challenge = step(challenge, Glimpse(0.5, STRAIGHT), SETTINGS)
    assert challenge.prompted is None
    assert len(challenge.held) == 1


def test_a_beginning_that_is_not_a_number_fails() -> None:
    for at in (math.nan, math.inf, -math.inf):
        assert outcome(begin(BOTH, at)) == ("failed", Sign.NO_MOVE)


def test_of_nothing_asked_nothing_passes() -> None:
    challenge = begin((), 3.0)
    assert outcome(challenge) == ("failed", Sign.NO_MOVE)
    assert challenge.ended == 3.0


def test_what_is_over_stays_as_it_is() -> None:
    passed = Person().answers().answers().challenge
    failed = Person().answers(RIGHT).challenge
    for over in (passed, failed):
        assert step(over, Glimpse(99.0, toward(RIGHT, 1.5)), SETTINGS) is over


@pytest.mark.parametrize("fps", [15.0, 30.0])
def test_a_cut_in_a_film_fails(fps: float) -> None:
    person = Person(fps=fps).looks_straight().waits(0.5).waits(1.0, toward(LEFT, 2.0))
    assert outcome(person.challenge) == ("failed", Sign.TOO_FAST)


def test_a_cut_to_a_nod_fails() -> None:
    person = Person((NOD, LEFT), fps=30.0).looks_straight().waits(0.4).waits(0.5, toward(NOD, 2.0))
    assert outcome(person.challenge) == ("failed", Sign.TOO_FAST)


def test_a_cut_to_another_size_fails() -> None:
    person = Person((NOD, LEFT), fps=15.0).looks_straight().waits(0.3).waits(0.5, replace(STRAIGHT, eyes_px=48.0))
    assert outcome(person.challenge) == ("failed", Sign.TOO_FAST)


def test_a_cut_that_goes_on_moving_fails() -> None:
    person = Person(fps=30).looks_straight().waits(0.5)
    person.shows(toward(LEFT, 0.9)).shows(toward(LEFT, 1.1))
    assert outcome(person.challenge) == ("failed", Sign.TOO_FAST)


def test_one_wild_frame_is_passed_over() -> None:
    person = Person(fps=30).looks_straight().waits(0.3)
    person.shows(toward(LEFT, 1.5)).shows(STRAIGHT)
    assert person.challenge.standing is Standing.RUNNING
    assert person.challenge.done == 0
    person.answers().answers()
    assert outcome(person.challenge) == ("passed", None)


def test_wild_frames_that_go_on_are_a_gap() -> None:
    person = Person(fps=30).looks_straight()
    for _ in range(12):
        person.shows(toward(LEFT, 1.5)).shows(toward(RIGHT, 1.5))
    assert person.challenge.standing is Standing.FAILED


def test_a_fast_head_is_no_cut() -> None:
    person = Person((LEFT, RIGHT), fps=30)
    for move in (LEFT, RIGHT):
        person.looks_straight().waits(0.4).goes(toward(move, 2.0), 0.25).goes(STRAIGHT, 0.25)
    assert outcome(person.challenge) == ("passed", None)


def test_noise_as_measured_does_not_disturb() -> None:
    random = np.random.default_rng(4)
    for _ in range(50):
        person = Person((LEFT, NOD), fps=15)
        for goal in (STRAIGHT, toward(LEFT, 1.4), STRAIGHT, toward(NOD, 1.5)):
            was = person.pose
            for number in range(21):
                pose = between(was, goal, min(1.0, max(0.0, (number - 9) / 6)))
                shaken = Pose(random.normal(pose.yaw_deg, 0.7), random.normal(pose.pitch_deg, 1.0), pose.eyes_px)
                person.shows(shaken)
            person.pose = goal
        assert outcome(person.challenge) == ("passed", None)
