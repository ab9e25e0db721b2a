"""Faces, pictures and parts as they should not be, before the real models: refused by name, and never a pass."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.app.places import places
from edge.app.terminal import run_terminal
from edge.config import Config
from edge.errors import UnsafeError
from edge.values import Flaw, Move, Reason, Sign, request
from hw.base import Board, CameraIdentity
from hw.fake import FakeCamera, FakeInput, FakeLock, FakePrompt
from tests.acting import Portrait, Pose, covered_eyes, covered_mouth, sway
from tests.fakes import WritingDoor
from tests.staging import looking_round, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from edge.link.ports import DoorLine
    from edge.vision.pipeline import Eyes
    from hw.base import Frame
    from tests.acting import Pixels
    from tests.staging import Cast, Heard, Script

pytestmark = pytest.mark.pictures

REFUSED = "refused"


# --- several faces, and none


def beside(left: Callable[[float, Pixels], Pixels], right: Callable[[float, Pixels], Pixels], wall: Pixels) -> Script:
    return shown(lambda at: right(at, left(at, wall)))


def test_two_faces_are_refused_where_one_is_allowed(cast: Cast, photographs: Mapping[str, Pixels], eyes: Eyes) -> None:
    bo, joe = both(photographs, eyes, 150, 150)
    door = replace(cast.door, config=replace(Config(), decision=replace(Config().decision, max_faces=1)))
    script = beside(
        lambda at, wall: bo.head(looking_round(at), wall), lambda at, wall: joe.head(looking_round(at), wall), cast.wall
    )
    assert door.watches(script, decisions=1).refused(Reason.TOO_MANY_FACES)


@pytest.mark.parametrize(("widths", "reason"), [((150, 150), Reason.UNKNOWN), ((170, 120), Reason.NO_MOTION)])
def test_s4_a_stranger_s_living_head_proves_nothing_for_the_photograph_beside_it(
    widths: tuple[int, int], reason: Reason, cast: Cast, photographs: Mapping[str, Pixels], eyes: Eyes
) -> None:
    bo, joe = both(photographs, eyes, *widths)
    script = beside(
        lambda at, wall: bo.head(sway(at, 3), wall, flat=True),
        lambda at, wall: joe.head(looking_round(at), wall),
        cast.wall,
    )
    assert cast.door.asking(motion_s=2.0).watches(script, decisions=1).refused(reason)


def both(photographs: Mapping[str, Pixels], eyes: Eyes, *widths: float) -> tuple[Portrait, Portrait]:
    """Barack's photograph on the left, and the stranger on the right."""
    return (
        Portrait.of(photographs["obama"], eyes, widths[0], (165, 230)),
        Portrait.of(photographs["biden"], eyes, widths[1], (475, 230)),
    )


def test_four_faces_are_too_many(cast: Cast, photographs: Mapping[str, Pixels], eyes: Eyes) -> None:
    places = [(160, 160), (480, 160), (160, 319), (480, 319)]
    crowd = [Portrait.of(photographs["obama"], eyes, 110, place) for place in places]
    wall = cast.wall
    for one in crowd[1:]:
        wall = one.head(Pose(size=0.8), wall)
    script = shown(lambda at: crowd[0].head(looking_round(at)._replace(size=0.8), wall), 4, 5)
    assert cast.door.watches(script, decisions=1).refused(Reason.TOO_MANY_FACES)


def test_a_face_that_leaves_before_it_moved_was_refused(cast: Cast) -> None:
    script = shown(lambda at: cast.bo.head(sway(at, 3), cast.wall, flat=True) if at < 101.5 else cast.wall, 3)
    night = cast.door.watches(script)
    assert night.refused(Reason.NO_MOTION)
    assert night.codes == [Move.TURN_A_LITTLE, REFUSED]


# --- bad pictures of a living person


def darker(picture: Pixels) -> Pixels:
    return np.asarray(picture * 0.08, np.uint8)


def saturated(picture: Pixels) -> Pixels:
    return np.asarray(np.minimum(picture.astype(np.int16) + 150, 255), np.uint8)


def blurred(picture: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 6), np.uint8)


@pytest.mark.parametrize(
    ("spoilt", "flaw"), [(darker, Flaw.TOO_DARK), (saturated, Flaw.TOO_BRIGHT), (blurred, Flaw.BLURRED)]
)
def test_somebody_who_cannot_be_seen_well_is_told_so_and_not_let_in(
    spoilt: Callable[[Pixels], Pixels], flaw: Flaw, cast: Cast
) -> None:
    night = cast.door.watches(shown(lambda at: spoilt(cast.bo.head(looking_round(at), cast.wall)), 4, 5))
    assert night.refused(Reason.POOR_VIEW)
    assert flaw in night.decided[0].verdict.flaws


def test_somebody_far_away_is_told_to_come_closer(cast: Cast) -> None:
    script = shown(lambda at: cast.bo.head(looking_round(at)._replace(size=0.33), cast.wall), 2)
    night = cast.door.watches(script, decisions=1)
    assert night.refused(Reason.POOR_VIEW)
    assert night.decided[0].verdict.flaws == (Flaw.TOO_FAR,)


COVERS = [covered_eyes, covered_mouth]


@pytest.mark.parametrize("cover", COVERS)
def test_a_person_with_dark_glasses_or_a_mask_is_told_to_take_them_off_and_not_let_in(
    cover: Callable[[Portrait], Portrait], cast: Cast
) -> None:
    night = cast.door.watches(cast.alive(4, who=cover(cast.bo)))
    assert night.refused(Reason.POOR_VIEW)
    verdict = night.decided[0].verdict
    assert verdict.flaws == (Flaw.COVERED,)
    assert request(verdict.reason, verdict.flaws) == "Take off what covers your face."


@pytest.mark.parametrize("cover", COVERS)
@pytest.mark.parametrize("who", ["photograph", "stranger"])
def test_s4_a_cover_brings_neither_a_photograph_nor_a_stranger_further(
    who: str, cover: Callable[[Portrait], Portrait], cast: Cast
) -> None:
    script = cast.cut_out(fps=5, who=cover(cast.bo)) if who == "photograph" else cast.alive(4, who=cover(cast.joe))
    night = cast.door.watches(script, decisions=1)
    assert night.refused(Reason.POOR_VIEW)
    assert Flaw.COVERED in night.decided[0].verdict.flaws


# --- faults


@pytest.mark.parametrize(("score", "on_suspicion"), [(math.nan, "challenge"), (0.0, "refuse")])
def test_s3_a_network_that_gives_no_number_denies_and_so_may_one_that_says_no(
    score: float, on_suspicion: str, cast: Cast
) -> None:
    door = replace(cast.door, eyes=replace(cast.door.eyes, liveness=lambda *_: score))
    night = door.asking(on_suspicion=on_suspicion).watches(cast.turning(1), decisions=1)
    assert night.refused(Reason.NOT_LIVE, Sign.NETWORK_DOUBTS)
    assert night.codes == [REFUSED]


def board(script: Script, prompt: FakePrompt, identity: CameraIdentity, *, real: bool) -> Board:
    """A board whose settings do not give the camera away."""

    def heard() -> str:
        return prompt.history[-1][2] if prompt.history else ""

    return Board(
        "fake",
        real,
        lambda _: FakeCamera(script(heard), identity=identity),
        FakeLock,
        FakeInput,
        lambda: prompt,
        lambda _: False,
    )


VIRTUAL = CameraIdentity("v4l2/uvcvideo", "OBS Virtual Camera", "/dev/video9", replayed=True)


def test_s11_a_virtual_camera_is_never_asked_for_a_picture_where_the_lock_is_real(cast: Cast, data: Path) -> None:
    captured: list[Heard] = []

    def script(heard: Heard) -> Iterable[Frame]:
        captured.append(heard)
        yield from cast.turning(1)(heard)

    real = board(script, FakePrompt(), VIRTUAL, real=True)
    port = WritingDoor()
    with pytest.raises(UnsafeError, match="/dev/video9 is a replay or a virtual camera"):
        run_terminal(Config(), real, places(data), lambda *_: None, lambda *_: port)
    assert (captured, port.identified, port.reported) == ([], [], [])


@pytest.mark.parametrize("who", ["person", "photograph"])
def test_the_terminal_as_it_is_put_together_lets_the_person_in_and_not_the_photograph(
    who: str, cast: Cast, data: Path
) -> None:
    script = (
        cast.turning(1)
        if who == "person"
        else shown(lambda at: cast.bo.head(looking_round(at, 30), cast.wall, flat=True), 1)
    )
    prompt, port, greeted = FakePrompt(), WritingDoor(), []

    def dial(*words: object) -> DoorLine:
        greeted.append(words[0])
        return port

    toy = board(script, prompt, VIRTUAL, real=False)
    assert run_terminal(Config(), toy, places(data), lambda *_: None, dial) == 10
    assert [person.id for person, _ in port.identified] == (["bo"] if who == "person" else [])
    assert [verdict.sign for verdict, _ in port.reported] == ([] if who == "person" else [Sign.FLAT])
    assert [code for *_, code, _ in prompt.history if code] == (["granted"] if who == "person" else [REFUSED])
    assert "is a replay" in str(greeted[0])
