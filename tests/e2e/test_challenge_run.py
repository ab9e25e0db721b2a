"""An active challenge acted out before the real models, at the configured limits: who answers, and who does not.

The actor reads what the terminal asks and turns a head with relief (`tests.acting`); the mesh believes some 20 to 25
degrees of it, as the challenge asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import pytest

from edge.config import Config
from edge.values import Move, Reason, Sign
from tests.acting import OBEYS, Actor, Pose, film
from tests.staging import KNOWN, enrolled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from edge.vision.pipeline import Eyes
    from hw.base import Frame
    from tests.acting import Pixels
    from tests.staging import Cast, Door, Heard, Script

pytestmark = pytest.mark.pictures

T = TypeVar("T")
LEFT, RIGHT, NOD, UP, STRAIGHT = Move.TURN_LEFT, Move.TURN_RIGHT, Move.NOD, Move.LOOK_UP, Move.LOOK_STRAIGHT
REFUSED = "refused"


@dataclass(frozen=True)
class Draws:
    """Chance that draws what the story says, if it could be drawn."""

    moves: tuple[Move, ...]

    def choice(self, seq: Sequence[T], /) -> T:
        return next(one for one in seq if one == self.moves)


def asking(cast: Cast, *moves: Move) -> Door:
    return replace(cast.door.asking(mode="challenge"), chooser=Draws(moves))


@pytest.mark.parametrize(
    ("moves", "fps"),
    [
        pytest.param((LEFT, NOD), 10, marks=pytest.mark.long),
        pytest.param((UP, RIGHT), 10, marks=pytest.mark.long),
        pytest.param((RIGHT, LEFT), 10, marks=pytest.mark.long),
        ((LEFT, UP), 5),
    ],
)
def test_the_enrolled_person_who_does_what_is_asked_is_let_in(moves: tuple[Move, Move], fps: float, cast: Cast) -> None:
    night = asking(cast, *moves).watches(cast.alive(6, fps), decisions=1)
    assert night.outcomes == [(Reason.GRANTED, None)]
    assert night.codes == [STRAIGHT, moves[0], STRAIGHT, moves[1], "granted"]
    assert night.decided[0].at - 100 < 5
    assert [person for person, _ in night.door.identified] == [KNOWN]


@pytest.mark.long
def test_whatever_the_system_s_own_chance_draws_can_be_answered(cast: Cast) -> None:
    night = cast.door.asking(mode="challenge").watches(cast.alive(7), decisions=1)
    assert night.outcomes == [(Reason.GRANTED, None)]
    drawn = [code for code in night.codes if code not in {STRAIGHT, "granted"}]
    assert len(drawn) == 2
    assert {LEFT, RIGHT} & set(drawn)


@pytest.mark.long
def test_a_stranger_is_asked_the_same_and_hears_no_sooner(
    cast: Cast, photographs: Mapping[str, Pixels], eyes: Eyes
) -> None:
    door = asking(cast, LEFT, NOD)
    known = door.watches(cast.alive(6), decisions=1)
    nobody = replace(door, gallery=enrolled([photographs["astronaut"]], eyes))
    unknown = nobody.watches(cast.alive(6), decisions=1)
    assert known.told[:-1] == unknown.told[:-1]
    assert known.told[-1][0] == unknown.told[-1][0]
    assert unknown.refused(Reason.UNKNOWN)
    assert known.opened


# --- wrong answers


@pytest.mark.parametrize(
    ("does", "reaction_s", "sign"),
    [
        ({LEFT: OBEYS[RIGHT]}, 0.35, Sign.WRONG_MOVE),
        ({LEFT: OBEYS[UP]}, 0.35, Sign.WRONG_MOVE),
        pytest.param({}, 0.35, Sign.NO_MOVE, marks=pytest.mark.long),
        pytest.param({LEFT: Pose(yaw=12)}, 0.35, Sign.NO_MOVE, marks=pytest.mark.long),
        ({LEFT: OBEYS[LEFT]}, 0.0, Sign.TOO_SOON),
        pytest.param({**OBEYS, NOD: OBEYS[LEFT]}, 0.35, Sign.WRONG_MOVE, marks=pytest.mark.long),
    ],
    ids=["the other side", "upwards", "nothing", "too little", "at once", "the first again"],
)
def test_whoever_does_something_else_is_refused(
    does: Mapping[str, Pose], reaction_s: float, sign: Sign, cast: Cast
) -> None:
    speed = 90.0 if reaction_s else 250.0
    script = cast.alive(6, answers=does, reaction_s=reaction_s, speed=speed)
    night = asking(cast, LEFT, NOD).watches(script, decisions=1)
    assert night.refused(Reason.NOT_LIVE, sign)
    assert night.codes[-1] == REFUSED


def test_a_film_that_was_made_before_shows_another_movement_or_the_right_one_too_soon(cast: Cast) -> None:
    """The movements of another draw, each in good time."""

    def script(heard: Heard) -> Iterable[Frame]:
        del heard
        actor, plan = Actor(), [(101.5, RIGHT), (103.0, ""), (104.0, NOD), (105.0, "")]

        def asked(at: float) -> str:
            return next((move for since, move in reversed(plan) if at >= since), "")

        return film(6, 10, lambda at, _: cast.bo.head(actor.at(at, asked(at)), cast.wall))

    night = asking(cast, LEFT, NOD).watches(script, decisions=1)
    assert night.refused(Reason.NOT_LIVE, Sign.WRONG_MOVE)


@pytest.mark.parametrize("first", [LEFT, pytest.param(NOD, marks=pytest.mark.long)])
@pytest.mark.parametrize("times", [1.0, pytest.param(1.6, marks=pytest.mark.long)])
def test_a_photograph_that_is_turned_as_asked_does_not_pass(first: Move, times: float, cast: Cast) -> None:
    answers = {move: Pose(times * pose.yaw, times * pose.pitch) for move, pose in OBEYS.items()}

    def script(heard: Heard) -> Iterable[Frame]:
        actor = Actor(answers)
        return film(6, 10, lambda at, _: cast.bo.head(actor.at(at, heard()), cast.wall, flat=True))

    night = asking(cast, first, NOD if first is LEFT else LEFT).watches(script, decisions=1)
    assert night.outcomes[0] in {(Reason.NOT_LIVE, Sign.FLAT), (Reason.NOT_LIVE, Sign.WRONG_MOVE)}
    assert not night.opened


# --- leaving, and others in the way


def leaves(cast: Cast, when: Move) -> Script:
    """Somebody who is gone as soon as they have heard a movement."""

    def script(heard: Heard) -> Iterable[Frame]:
        actor = Actor()
        gone: list[float] = []

        def draw(at: float, _: int) -> Pixels:
            gone.extend([at] if heard() == when else [])
            return cast.wall if gone else cast.bo.head(actor.at(at, heard()), cast.wall)

        return film(3, 10, draw)

    return script


@pytest.mark.long
def test_s4_whoever_leaves_when_they_have_heard_what_was_drawn_has_failed_and_is_locked_out(cast: Cast) -> None:
    door = asking(cast, LEFT, NOD)
    door = replace(door, config=replace(door.config, decision=replace(Config().decision, lockout_failures=2)))
    state = None
    for _ in range(2):
        night = door.watches(leaves(cast, LEFT), state)
        assert night.refused(Reason.NOT_LIVE, Sign.FACE_LOST)
        assert night.codes == [STRAIGHT, LEFT, REFUSED]
        state = night.state

    def later(heard: Heard) -> Iterable[Frame]:
        return (replace(one, at=one.at + 60) for one in cast.alive(6)(heard))

    night = door.watches(later, state, decisions=1)
    assert night.refused(Reason.LOCKED_OUT)
    assert night.codes == [STRAIGHT, LEFT, STRAIGHT, NOD, REFUSED], "as a stranger hears it"


def test_whoever_leaves_before_anything_was_drawn_to_them_is_a_passer_by_to_the_lock_out(cast: Cast) -> None:
    night = asking(cast, LEFT, NOD).watches(leaves(cast, STRAIGHT))
    assert not night.opened
    assert night.state.lockouts.counts == ()


@pytest.mark.long
def test_s4_somebody_else_cannot_answer_for_the_photograph(cast: Cast) -> None:
    """The photograph looks straight; when the movement is asked for, a living stranger steps in and makes it."""

    def script(heard: Heard) -> Iterable[Frame]:
        actor = Actor()
        stepped_in: list[float] = []

        def draw(at: float, _: int) -> Pixels:
            stepped_in.extend([at] if heard() == LEFT else [])
            pose = actor.at(at, heard())
            return cast.joe.head(pose, cast.wall) if stepped_in else cast.bo.head(pose, cast.wall, flat=True)

        return film(8, 10, draw)

    night = asking(cast, LEFT, NOD).watches(script)
    assert not night.opened
    assert night.outcomes[0] == (Reason.NOT_LIVE, Sign.FACE_LOST)


# --- suspicion leads to a challenge


def test_s4_somebody_whom_the_network_doubts_is_challenged_and_let_in_when_they_answer(cast: Cast) -> None:
    """The network is a fake that doubts everybody, though not enough to deny."""
    door = replace(cast.door, eyes=replace(cast.door.eyes, liveness=lambda *_: 0.3), chooser=Draws((LEFT, NOD)))
    night = door.watches(cast.alive(6), decisions=1)
    assert night.outcomes == [(Reason.GRANTED, None)]
    assert night.codes == [STRAIGHT, LEFT, STRAIGHT, NOD, "granted"]
    assert door.watches(cast.alive(4, answers={}), decisions=1).refused(Reason.NOT_LIVE, Sign.NO_MOVE)


def test_where_suspicion_refuses_nobody_is_asked(cast: Cast) -> None:
    door = replace(cast.door, eyes=replace(cast.door.eyes, liveness=lambda *_: 0.3)).asking(on_suspicion="refuse")
    night = door.watches(cast.alive(2), decisions=1)
    assert night.refused(Reason.NOT_LIVE, Sign.NETWORK_DOUBTS)
    assert night.codes == [REFUSED]
