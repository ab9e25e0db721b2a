"""Photographs, copies and bad pictures before the real models: each is refused by name, and none opens the door.

The living person here is a photograph displaced by the depth of its own mesh (`tests.acting`): it shows that the whole
chain lets somebody in who moves as a solid head does, and nothing about people.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.values import Move, Reason, Sign
from hw.base import Frame
from tests.acting import Pose, noisy, sway
from tests.staging import KNOWN, enrolled, looking_round, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from edge.vision.pipeline import Eyes
    from tests.acting import Pixels
    from tests.staging import Cast

pytestmark = pytest.mark.pictures

REFUSED = "refused"


# --- a living person


def test_somebody_who_looks_around_is_let_in_at_once_and_asked_for_nothing(cast: Cast) -> None:
    night = cast.door.watches(cast.turning(1.5))
    assert night.outcomes == [(Reason.GRANTED, None)]
    assert night.decided[0].at - 100 <= 0.6
    assert night.codes == ["granted"]
    assert [person for person, _ in night.door.identified] == [KNOWN]


def test_somebody_who_stands_still_is_asked_to_turn_a_little_and_let_in_when_they_do(cast: Cast) -> None:
    night = cast.door.watches(cast.alive(2))
    assert night.codes == ["turn-a-little", "granted"]
    assert night.decided[0].at - 100 <= 1.5


@pytest.mark.parametrize("who", ["photograph", "person"])
def test_what_is_asked_does_not_tell_whether_somebody_is_enrolled(
    who: str, cast: Cast, photographs: Mapping[str, Pixels], eyes: Eyes
) -> None:
    script = cast.cut_out() if who == "photograph" else cast.alive(2)
    door = cast.door.asking(motion_s=2.0)
    known = door.watches(script, decisions=1)
    unknown = replace(door, gallery=enrolled([photographs["astronaut"]], eyes)).watches(script, decisions=1)
    before = known.told[:-1]
    assert before == unknown.told[: len(before)]
    assert (known.opened, unknown.opened) == (who == "person", False)
    assert unknown.codes == ["turn-a-little", REFUSED]
    if who == "photograph":
        assert known.told == unknown.told, "nor does the moment of the answer"


def test_a_stranger_who_is_alive_stays_outside(cast: Cast) -> None:
    assert cast.door.watches(cast.alive(2, who=cast.joe), decisions=1).refused(Reason.UNKNOWN)


# --- photographs


def test_a_print_that_is_moved_by_hand_is_given_away_by_its_edges(cast: Cast) -> None:
    night = cast.door.watches(shown(lambda at: cast.bo.sheet(sway(at, 3), cast.wall)), decisions=1)
    assert night.refused(Reason.NOT_LIVE, Sign.EDGES_MOVE)


@pytest.mark.parametrize("kind", ["cut-out", "print"])
def test_a_photograph_that_is_turned_is_given_away_by_its_flatness(kind: str, cast: Cast) -> None:
    def draw(at: float) -> Pixels:
        pose = looking_round(at, 30)
        return cast.bo.sheet(pose, cast.wall) if kind == "print" else cast.bo.head(pose, cast.wall, flat=True)

    night = cast.door.watches(shown(draw), decisions=1)
    assert night.refused(Reason.NOT_LIVE, Sign.FLAT)
    assert night.decided[0].verdict.person == KNOWN.id, "it counts against whom it shows"


def test_no_motion_a_photograph_that_does_not_turn_is_asked_to_and_refused(cast: Cast) -> None:
    night = cast.door.watches(cast.cut_out(fps=5))
    assert night.refused(Reason.NO_MOTION)
    assert 5 < night.decided[0].at - 100 < 6
    assert night.codes == [Move.TURN_A_LITTLE, REFUSED]


def test_a_photograph_on_a_stand_is_suspected_and_answers_no_challenge(cast: Cast) -> None:
    """The sensor's noise is new in every frame: only the face stands still."""
    night = cast.door.watches(shown(lambda _: cast.bo.head(Pose(), cast.wall, flat=True)), decisions=1)
    assert night.refused(Reason.NOT_LIVE, Sign.NO_MOVE)
    assert night.codes[:2] == [Move.TURN_A_LITTLE, Move.LOOK_STRAIGHT]
    assert night.codes[3:] == [REFUSED]
    assert night.state.attempt is not None
    assert (suspicion := night.state.attempt.proof.suspicion) is not None
    assert suspicion.sign is Sign.FROZEN


@pytest.mark.parametrize("mode", ["passive", "challenge"])
def test_s4_no_mode_lets_a_print_in_whose_edges_move(mode: str, cast: Cast) -> None:
    script = shown(lambda at: cast.bo.sheet(sway(at, 8), cast.wall))
    door = cast.door.asking(mode=mode, passive_frames=20)
    assert door.watches(script, decisions=1).refused(Reason.NOT_LIVE, Sign.EDGES_MOVE)


# --- copies and times


def test_one_picture_again_and_again_is_frozen(cast: Cast) -> None:
    picture = noisy(cast.bo.head(Pose(), cast.wall), 1)
    night = cast.door.watches(lambda _: (Frame(picture, 100 + 0.1 * n, n + 1) for n in range(30)), decisions=1)
    assert night.refused(Reason.NOT_LIVE, Sign.FROZEN)


def test_twenty_pictures_of_somebody_who_stands_there_come_back_and_are_a_loop(cast: Cast) -> None:
    pictures = [noisy(cast.bo.head(sway(n / 10), cast.wall), n) for n in range(20)]
    night = cast.door.watches(lambda _: (Frame(pictures[n % 20], 100 + 0.1 * n, n + 1) for n in range(60)), decisions=1)
    assert night.refused(Reason.NOT_LIVE, Sign.LOOPED)


def test_times_that_go_back_are_no_camera_s_even_before_somebody_alive(cast: Cast) -> None:
    frames = [replace(one, at=one.at - 0.35 * (n % 4 == 3)) for n, one in enumerate(cast.turning(2)(str))]
    night = cast.door.watches(lambda _: frames)
    assert not night.opened
    assert set(night.outcomes) == {(Reason.NO_MOTION, None), (Reason.NOT_LIVE, Sign.OUT_OF_TIME)}


def doubled(frames: Iterable[Frame]) -> Iterable[Frame]:
    """Every picture twice, as a camera gives it that is asked more often than it has one."""
    return (replace(one, at=one.at + 0.05 * n, sequence=2 * one.sequence + n) for one in frames for n in (0, 1))


def dropped(frames: Iterable[Frame]) -> Iterable[Frame]:
    """Half of the frames are lost."""
    chance = random.Random(3)  # noqa: S311 - a story, no secret
    return (one for one in frames if chance.random() < 0.5)


BAD_CAMERAS: dict[str, tuple[float, Callable[[Iterable[Frame]], Iterable[Frame]]]] = {
    "five frames a second": (5, iter),
    "every frame twice": (10, doubled),
    "half of them lost": (12, dropped),
}


@pytest.mark.parametrize("camera", BAD_CAMERAS)
def test_a_bad_camera_lets_no_photograph_in_and_keeps_no_living_person_out(camera: str, cast: Cast) -> None:
    fps, spoilt = BAD_CAMERAS[camera]
    door = cast.door.asking(motion_s=2.0)
    assert door.watches(lambda heard: spoilt(cast.cut_out(4, fps)(heard)), decisions=1).refused(Reason.NO_MOTION)
    night = door.watches(lambda heard: spoilt(cast.turning(1.5, fps)(heard)), decisions=1)
    assert night.outcomes == [(Reason.GRANTED, None)]
