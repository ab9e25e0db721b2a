"""What time alone changes: the newest time believed is kept now and then, and everybody starts anew once a day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.access.deeds import Keep
from edge.access.memory import Memory, Passage
from edge.access.state import DoorState
from edge.config import RuleSettings
from edge.config.rules import AntiPassback
from edge.values import Reason
from tests.unit.door_builders import ANN, BLIND, MONDAY, REAL, Told, ready

FORGIVING = replace(BLIND, rules=RuleSettings(anti_passback=AntiPassback(mode="hard", forgive_at="04:00")))
FOUR = MONDAY - 7 * 3600
DAY_S = 86_400.0


def kept(told: Told) -> list[float | None]:
    return [one.memory.newest for one in told.actions if isinstance(one, Keep)]


def test_the_newest_time_is_kept_at_once_and_then_every_hour() -> None:
    told = ready()
    assert kept(told) == [MONDAY]
    for seconds in (1800.0, 1799.0, 1.0, 3599.0, 1.0):
        told.jump(seconds)
    assert kept(told) == [MONDAY, MONDAY + 3600, MONDAY + 7200]


def test_s3_a_time_that_is_not_believed_is_not_kept() -> None:
    told = Told()
    told.look_at_clock(wall=0.0)
    assert (told.state.memory, kept(told)) == (Memory(), [])
    told.look_at_clock()
    told.look_at_clock(wall=MONDAY + 1e9)
    assert kept(told) == [MONDAY]


def test_s3_a_time_that_was_kept_is_what_a_clock_that_went_back_is_held_against() -> None:
    told = Told(state=DoorState(memory=Memory(newest=MONDAY + 2 * DAY_S))).ready()
    assert told.state.clock is not None
    assert not told.state.clock.trusted
    assert told.state.memory.newest == MONDAY + 2 * DAY_S


@pytest.mark.parametrize(
    ("after_s", "forgiven"),
    [
        (0.0, FOUR),
        (30.5, FOUR),
        (17 * 3600 - 0.25, FOUR),
        (17 * 3600, FOUR + DAY_S),
        (41 * 3600 + 90.25, FOUR + 2 * DAY_S),
    ],
)
def test_the_last_forgiveness_was_when_the_clock_last_showed_its_time(after_s: float, forgiven: float) -> None:
    told = Told(FORGIVING, wall=MONDAY + after_s).ready()
    assert told.state.memory.forgiven == forgiven


def test_everybody_is_forgiven_at_that_moment_and_not_before_or_again() -> None:
    told = ready(FORGIVING)
    told.comes()
    told.jump(17 * 3600 - 1)
    assert told.comes() is Reason.PASSBACK
    told.jump(1.0)
    assert told.comes() is Reason.GRANTED
    told.jump(3600.0)
    assert told.comes() is Reason.PASSBACK


def test_whoever_was_inside_before_a_door_that_never_forgave_stays_inside_until_it_does() -> None:
    inside = Memory(passages=(Passage(ANN, "in", 90.0),))
    assert Told(FORGIVING, DoorState(memory=inside)).ready().comes() is Reason.PASSBACK
    forgiven = replace(inside, forgiven=FOUR - DAY_S)
    assert Told(FORGIVING, DoorState(memory=forgiven)).ready().comes() is Reason.GRANTED


def test_without_a_time_nobody_is_forgiven() -> None:
    told = ready(REAL)
    told.jump(3 * DAY_S)
    assert told.state.memory.forgiven is None
