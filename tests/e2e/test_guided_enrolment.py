"""A guided enrolment before the real models: people who do what they are told, photographs, two people, a clip."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import msgspec
import numpy as np
import pytest

from edge.app.curves import curve
from edge.app.demands import demand
from edge.app.eyes import bundle
from edge.app.guiding import Booth, Sitting, sit
from edge.app.people_live import LiveEnrolment
from edge.app.proving import Policy
from edge.config import Config, LivenessSettings
from edge.people.guide import AIMS, GuideRules
from edge.values import WORDS
from edge.values.guidance import HINTS, Aim, GuideEnd, Hint, Light
from hw.fake import FakeCamera
from tests.acting import Actor, Pose, film, sway
from tests.e2e.commands import AGREED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from hw.base import Frame
    from tests.acting import Pixels, Portrait
    from tests.e2e.conftest import Typed
    from tests.staging import Cast

SAID = {words: str(hint) for hint, words in HINTS.items()} | {words: str(move) for move, words in WORDS.items()}
OBEYS: dict[str, Pose] = {
    Hint.TURN_LEFT: Pose(yaw=30, pitch=4),
    Hint.TURN_RIGHT: Pose(yaw=-32, pitch=4),
    Hint.LOOK_UP: Pose(pitch=17),
    Hint.LOOK_DOWN: Pose(pitch=-18),
}
"""How somebody turns who is told to; the mesh believes about two thirds of it."""


class Obedient(Actor):
    """Turns until told to hold still, and stays so until something else is asked."""

    def at(self, now: float, asked: str) -> Pose:
        if asked in (Hint.HOLD_STILL, ""):
            asked = self._heard[-1][1]
        return super().at(now, asked)


def booth(cast: Cast, frames: Iterable[Frame], **liveness: Any) -> Booth:  # noqa: ANN401 - any setting
    config = Config(liveness=replace(LivenessSettings(), **liveness))
    measured = curve(bundle(config.models.embedder, "embedder", trusted=True))
    eyes = replace(cast.door.eyes, track=replace(cast.door.eyes.track, spare_s=0.0))
    policy = Policy(demand(config), config.decision, recorded=False)
    return Booth(FakeCamera(frames), eyes, policy, GuideRules(same=measured.resolve(1e-3)))


def seated(
    cast: Cast, draw: Callable[[float, Pose], Pixels], seconds: float = 25, *, still: bool = False, **liveness: str
) -> Sitting:
    """Sit somebody down who does what they are told; `still` whoever does not."""
    heard, actor = [""], Obedient(answers={} if still else OBEYS)

    def tell(sitting: Sitting) -> None:
        heard[0] = SAID.get(sitting.words, heard[0])

    frames = film(seconds, 10, lambda at, _: draw(at, actor.at(at, heard[0])))
    return sit(booth(cast, frames, **liveness), tell)


@pytest.mark.pictures
def test_whoever_does_what_they_are_told_is_captured_in_five_poses(cast: Cast) -> None:
    sat = seated(cast, lambda _, pose: cast.bo.head(pose, cast.wall))
    assert (sat.end, sat.alive) == (GuideEnd.CAPTURED, True)
    assert [one.aim for one in sat.captures] == list(AIMS)
    assert {one.track for one in sat.captures} == {sat.track}
    turned = {one.aim: (one.quality.yaw_deg, one.quality.pitch_deg) for one in sat.captures}
    assert turned[Aim.LEFT][0] > 12 > -12 > turned[Aim.RIGHT][0]
    assert turned[Aim.UP][1] > turned[Aim.CENTRE][1] + 7 > turned[Aim.CENTRE][1] - 7 > turned[Aim.DOWN][1]
    assert sat.seconds < 15


@pytest.mark.pictures
@pytest.mark.long
def test_a_cut_out_photograph_is_not_enrolled(cast: Cast) -> None:
    sat = seated(cast, lambda _, pose: cast.bo.head(pose._replace(yaw=0.7 * pose.yaw), cast.wall, flat=True))
    assert sat.captures == ()
    assert sat.end is not GuideEnd.CAPTURED or not sat.alive
    held = seated(cast, lambda at, _: cast.bo.head(sway(at, 3), cast.wall, flat=True), seconds=70, still=True)
    assert (held.captures, held.alive) == ((), False)


@pytest.mark.pictures
@pytest.mark.long
def test_s4_another_person_in_between_begins_everything_anew(cast: Cast) -> None:
    def two(at: float, pose: Pose) -> Pixels:
        who: Portrait = cast.bo if at >= 103.0 else cast.joe
        return who.head(pose, cast.wall)

    sat = seated(cast, two)
    assert (sat.end, sat.guide.restarts >= 1) == (GuideEnd.CAPTURED, True)
    assert {one.track for one in sat.captures} == {sat.track}
    assert min(one.at for one in sat.captures) > 103.0


@pytest.mark.pictures
@pytest.mark.long
def test_side_light_is_measured_and_another_capture_asked_for(cast: Cast) -> None:
    across = np.arange(640, dtype=np.float32)[None, :, None]
    shade = 0.3 + 0.8 / (1 + np.exp((320 - across) / 12))
    told: list[str] = []

    def lit(pose: Pose) -> Pixels:
        picture = cast.bo.head(pose, cast.wall)
        return picture if told else np.asarray(np.clip(picture * shade, 0, 255), np.uint8)

    heard, actor = [""], Obedient(answers=OBEYS)

    def tell(sitting: Sitting) -> None:
        heard[0] = SAID.get(sitting.words, heard[0])
        if sitting.words == HINTS[Hint.CHANGE_LIGHT]:
            told.append(sitting.words)

    frames = film(30, 10, lambda at, _: lit(actor.at(at, heard[0])))
    sat = sit(booth(cast, frames), tell)
    assert Light.SIDE in sat.captures[0].light
    assert (sat.end, sat.captures[-1].aim, sat.guide.light) == (GuideEnd.CAPTURED, Aim.RELIT, frozenset())


@pytest.mark.pictures
@pytest.mark.long
def test_where_the_policy_asks_for_a_challenge_whoever_meets_it_is_enrolled(cast: Cast) -> None:
    answers = {**{str(hint): pose for hint, pose in OBEYS.items()}, **{str(k): v for k, v in Actor().answers.items()}}
    heard, actor = [""], Actor(answers=answers)
    said = {words: str(move) for move, words in WORDS.items()}

    def tell(sitting: Sitting) -> None:
        heard[0] = said.get(sitting.words, SAID.get(sitting.words, ""))

    def posed(at: float) -> Pose:
        return actor.at(at, heard[0])

    frames = film(60, 10, lambda at, _: cast.bo.head(posed(at), cast.wall))
    sat = sit(booth(cast, frames, mode="challenge"), tell)
    assert sat.hearing.proof.challenge is not None
    assert (sat.alive, len(sat.guide.captures) >= 1) == (True, True)
    refused = seated(cast, lambda _, pose: cast.bo.head(pose, cast.wall), still=True, mode="challenge")
    assert (refused.end, refused.captures) == (GuideEnd.NOT_LIVE, ())


def clip(file: Path, cast: Cast, poses: Iterable[tuple[Pose, float]], fps: int = 10) -> Path:
    """Film somebody into a file, who holds each pose for some seconds."""
    video = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), fps, (640, 480))
    pose, number = Pose(), 0
    for goal, seconds in poses:
        for _ in range(round(seconds * fps)):
            pose, number = pose.toward(goal, 90 / fps), number + 1
            video.write(cast.bo.head(Pose(*pose[:2], *sway(number / fps, 0.5)[2:]), cast.wall))
    video.release()
    return file


@pytest.mark.pictures
@pytest.mark.long
def test_a_recorded_clip_is_enrolled_from_end_to_end_and_its_person_not_twice(
    cast: Cast, tmp_path: Path, typed: Typed
) -> None:
    poses = [(Pose(), 3.0), *((OBEYS[hint], 5.0) for hint in OBEYS), (Pose(), 1.0)]
    film_of_five = clip(tmp_path / "five.avi", cast, poses)
    config = tmp_path / "slow.toml"
    config.write_text("[camera]\npaced = true\nfps = 10.0\n")
    here = ("--data", tmp_path / "data", "--config", config, "--source", film_of_five, "--name", "Bo", *AGREED)
    done = typed("enrol", "--live", "--id", "bo", "--json", *here)
    report = msgspec.json.decode(done.out, type=LiveEnrolment)
    assert (done.code, report.stored, report.replayed, report.liveness) == (0, True, True, "motion")
    assert [one.pose for one in report.captures if one.accepted][:3] == ["centre", "left", "right"]
    assert "> Turn your head a little to your left." in done.err
    again = typed("enrol", "--live", "--id", "eve", *here)
    assert (again.code, "enrolled already under another id" in again.err) == (7, True)
    straight = clip(tmp_path / "straight.avi", cast, [(Pose(), 3.0)])
    nobody = typed("enrol", "--live", "--id", "joe", "--json", *here, "--source", straight)
    report = msgspec.json.decode(nobody.out, type=LiveEnrolment)
    assert (nobody.code, report.stored, report.end) == (7, False, GuideEnd.SOURCE_ENDED)
    assert [one.reason for one in report.captures] == ["source-ended"]


def test_without_consent_or_a_camera_nobody_has_to_pose(tmp_path: Path, typed: Typed) -> None:
    here = ("enrol", "--live", "--data", tmp_path / "data", "--id", "bo", "--name", "Bo")
    done = typed(*here, "--source", tmp_path / "none.avi")
    assert (done.code, "without their consent" in done.fault) == (7, True)
    done = typed(*here, *AGREED, "--source", tmp_path / "none.avi")
    assert (done.code, "stop it first" in done.fault) == (11, True)
    assert (typed(*here, *AGREED, "--manifest", "x.csv").code, typed(*here, *AGREED, "x.jpg").code) == (2, 2)
