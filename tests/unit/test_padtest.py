"""An installer's self-test: presentations are asked for, watched until something is decided, and counted."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from edge.app.bounds import AIM
from edge.app.padtest import PadtestReport, Plan, TrialReport, opened, policy_now, report, tally, trials
from edge.app.presentation import End, Moment
from edge.app.presenting import Stand, learn
from edge.config import Config
from edge.config.liveness import Stricter
from edge.errors import ConfigError
from edge.values import Cue, Move, Sighting, Sign
from hw.base import CameraIdentity, CameraTimeoutError, Frame, HardwareError
from hw.board import open_board
from hw.fake import FakeCamera
from tests.fakes import LineCamera
from tests.unit.builders import nobody
from tests.unit.pad_builders import policy, seen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.app.proving import Policy

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
EMPTY = np.zeros((4, 4, 3), np.uint8)


class Script:
    """Eyes that see what the story says, a frame after the other."""

    def __init__(self, sightings: Iterable[Sighting]) -> None:
        self._sightings = {one.at: one for one in sightings}
        self.parts = 0
        self.looked: list[float] = []

    def look(self, frame: Frame) -> Moment:
        self.looked.append(frame.at)
        return Moment(self._sightings[frame.at])

    def part(self) -> None:
        self.parts += 1


def a_stand(sightings: list[Sighting], judge: Policy | None = None, *extra: Exception) -> Stand:
    frames = [Frame(EMPTY, one.at, number) for number, one in enumerate(sightings)]
    identity = CameraIdentity("v4l2", "some", "/dev/video0", replayed=False)
    script: list[Frame | Exception] = [*extra, *frames]
    return Stand(LineCamera(script, identity), Script(sightings), judge or policy(recorded=False))


def made(stand: Stand, plan: Plan, starts: Iterable[float] = ()) -> list[TrialReport]:
    """The presentations; each counts from the story's next moment on."""
    moments = iter(starts)
    return list(trials(plan, stand, lambda *_: next(moments, 0.0), lambda _: None))


def test_live_people_come_first_then_each_species_as_often_as_planned() -> None:
    plan = Plan(2, {"print": 1, "replay": 2}, 5.0)
    assert plan.order == (None, None, "print", "replay", "replay")


def test_each_presentation_ends_with_what_decided_it() -> None:
    rows = [
        *seen(frames=2),
        *seen({Cue.SURROUND: 0.01}, frames=1, track=2, at=1.0),
        *seen(frames=2, track=3, at=2.0),
    ]
    stand = a_stand(rows)
    found = made(stand, Plan(1, {"print": 2}, 5.0), (0.0, 1.0, 2.0))
    assert found[2].seconds == pytest.approx(0.1)
    assert found == [
        TrialReport(1, None, End.PASSED, 0.1, None, None, ""),
        TrialReport(2, "print", End.REFUSED, 0.0, Cue.SURROUND, Sign.EDGES_MOVE, ""),
        TrialReport(3, "print", End.PASSED, found[2].seconds, None, None, ""),
    ]
    assert isinstance(stand.eyes, Script)
    assert stand.eyes.parts == 3


def test_what_the_camera_saw_before_enter_was_pressed_does_not_count() -> None:
    rows = [*seen({Cue.SURROUND: 0.01}, frames=5), *seen(frames=2, track=2, at=1.0)]
    stand = a_stand(rows)
    (found,) = made(stand, Plan(1, {}, 5.0), (0.95,))
    assert found.end is End.PASSED
    assert isinstance(stand.eyes, Script)
    assert stand.eyes.looked == [1.0, 1.1]


def test_time_counts_from_the_first_face_and_is_limited() -> None:
    late = [nobody(0.0), nobody(0.5), *seen(frames=2, at=1.0)]
    (found,) = made(a_stand(late), Plan(1, {}, 5.0))
    assert found.seconds == pytest.approx(0.1)
    (found,) = made(a_stand([*late[:2], nobody(0.8), *late[2:]]), Plan(0, {"print": 1}, 0.7))
    assert (found.end, found.why, found.seconds) == (End.NO_RESPONSE, "no face", None)


def test_a_track_that_was_lost_before_anything_was_decided_gives_way_to_the_next() -> None:
    lost = seen({Cue.SCREEN: 0.1}, frames=2), seen(frames=1, track=2, at=0.5), seen(frames=2, track=3, at=0.9)
    rows = [one for row in lost[1:] for one in row]
    (found,) = made(a_stand(rows), Plan(1, {}, 5.0))
    assert found.end is End.PASSED
    assert found.seconds == pytest.approx(0.5)
    # Who was asked for a challenge and left has not passed, whoever comes after.
    challenged = policy(recorded=False)
    challenged = replace(challenged, demand=replace(challenged.demand, draw=lambda: (Move.NOD, Move.TURN_LEFT)))
    (found,) = made(a_stand([*lost[0], *rows], challenged), Plan(1, {}, 5.0))
    assert (found.end, found.cue) == (End.CHALLENGED, Cue.SCREEN)


def test_movements_are_told_when_they_change() -> None:
    told: list[Move] = []
    judge = policy("motion", recorded=False)
    rows = [*seen(frames=20), *seen({Cue.RELIEF: 0.9}, frames=1, at=2.0)]
    (found,) = trials(Plan(1, {}, 5.0), a_stand(rows, judge), lambda *_: 0.0, told.append)
    assert found.end is End.PASSED
    assert told == [Move.TURN_A_LITTLE]


def test_nobody_who_moves_when_asked_to_is_no_response() -> None:
    (found,) = made(a_stand(seen(frames=80), policy("motion", recorded=False)), Plan(0, {"print": 1}, 20.0))
    assert (found.end, found.why) == (End.NO_RESPONSE, "no motion")


def test_a_source_that_ends_keeps_what_was_counted() -> None:
    plan = Plan(3, {}, 5.0)
    stand = a_stand(seen(frames=2))
    found = made(stand, plan)
    assert len(found) == 1
    assert not report(found, plan, Config(), stand, NOON).complete


def test_a_camera_that_hesitates_is_waited_for_and_a_silent_one_is_named() -> None:
    hiccups = [CameraTimeoutError("none came")] * 9
    (found,) = made(a_stand(seen(frames=2), None, *hiccups), Plan(1, {}, 5.0))
    assert found.end is End.PASSED
    with pytest.raises(HardwareError, match="no frame for 10 s"):
        made(a_stand(seen(frames=2), None, *hiccups, CameraTimeoutError("none came")), Plan(1, {}, 5.0))


def test_hiccups_with_frames_between_them_are_no_silence() -> None:
    rows = [nobody(0.0), *seen(frames=2, at=0.5)]
    stand = a_stand(rows)
    assert isinstance(stand.camera, LineCamera)
    stand.camera.script[1:1] = [CameraTimeoutError("none came")] * 9
    stand.camera.script[:0] = [CameraTimeoutError("none came")] * 9
    (found,) = made(stand, Plan(1, {}, 5.0))
    assert found.end is End.PASSED


def test_the_empty_scene_is_looked_at_for_as_long_as_is_asked() -> None:
    stand = a_stand([nobody(number / 10) for number in range(50)])
    learn(stand, 1.0, 2.0)
    assert isinstance(stand.eyes, Script)
    assert stand.eyes.looked == [number / 10 for number in range(10, 31)]
    assert stand.eyes.parts == 0


def test_it_opens_the_camera_and_nothing_else_even_where_the_lock_is_real() -> None:
    def never(_: object) -> Any:  # noqa: ANN401 - it gives nothing
        raise AssertionError

    camera = FakeCamera([np.full((120, 160, 3), 128, np.uint8)] * 3)
    board = replace(open_board("fake"), physical_lock=True, open_camera=lambda _: camera, open_lock=never)
    board = replace(board, open_input=never)
    with opened(Config(), board, policy_now(Config(), NOON)) as stand:
        assert made(stand, Plan(1, {}, 600.0), (time.monotonic(),)) == []
    assert camera.closed
    assert camera.captured == 4


def trial(end: End, species: str | None = None) -> TrialReport:
    return TrialReport(1, species, end, None, None, None, "")


def test_an_attack_is_an_error_when_it_passes_and_a_live_person_when_they_do_not() -> None:
    ends = [End.PASSED, End.REFUSED, End.CHALLENGED, End.NO_RESPONSE]
    every = [trial(end, species) for end in ends for species in (None, "print")]
    live, prints = tally(every, None), tally(every, "print")
    assert (live.trials, live.errors, live.no_response) == (4, 2, 1)
    assert (prints.trials, prints.errors, prints.no_response, prints.rate) == (4, 1, 1, 0.25)


def test_it_says_how_many_more_are_needed_for_the_claim() -> None:
    found = tally([trial(End.REFUSED, "print")] * 20, "print")
    assert (found.errors, found.more, AIM) == (0, 22, 0.07)
    assert found.below == pytest.approx(0.139, abs=1e-3)
    assert tally([], "print").more == 42


def test_the_report_says_what_ran_where_and_when() -> None:
    plan, stand = Plan(1, {"print": 1}, 5.0), a_stand(seen(frames=2))
    found = report([trial(End.PASSED), trial(End.REFUSED, "print")], plan, Config(), stand, NOON)
    assert (found.began, found.complete, found.replayed) == ("2026-11-20T12:00:00+00:00", True, False)
    assert found.camera == ("v4l2", "some", "/dev/video0")
    assert [one.species for one in found.tallies] == [None, "print"]
    assert [one.name for one in found.models] == [
        "blazeface-dynamic-1",
        "facemesh-dynamic-1",
        "mobilefacenet-dynamic-1",
        "passive-liveness-dynamic-1",
    ]
    assert report([], plan, Config(), stand, NOON).tallies[0].rate is None
    other = report([], plan, replace(Config(), board="fake"), stand, NOON)
    assert other.configuration != found.configuration
    assert report([], plan, Config(), stand, NOON).configuration == found.configuration
    assert msgspec.json.decode(msgspec.json.encode(found), type=PadtestReport) == found


def test_the_policy_is_that_of_the_moment_and_there_has_to_be_one() -> None:
    config = Config()
    usual = replace(config, liveness=replace(config.liveness, mode="passive"))
    assert policy_now(usual, NOON).demand.settings.mode == "passive"
    night = replace(usual, liveness=replace(usual.liveness, stricter=(Stricter(mode="challenge", since="11:00"),)))
    asked = policy_now(night, NOON)
    assert asked.demand.settings.mode == "challenge"
    assert (asked.recorded, asked.decision) == (False, config.decision)
    with pytest.raises(ConfigError, match=r"liveness\.mode is off"):
        policy_now(config.without_liveness(), NOON)
