"""Asks for movements drawn at random, and judges whether they came. Pure: values in, values out; no clock, no I/O.

A flat photograph hardly seems to turn, and a film made earlier does not know what is asked. What this does not stop is
somebody who has a film, or a face drawn live, of each movement and plays the right one when asked.

Each movement begins from looking straight and still, after it was asked for, and comes before any other. How far a
head has moved is given in shares of what is asked for, measured from where it looked straight just before. What is
missing or not a number is a gap, and a gap never passes (S3). All frames are of one track (S4).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise, product
from math import inf, isfinite, log, nan
from typing import TYPE_CHECKING, Protocol, TypeVar

from edge.access.glimpse import Glimpse, Moment, Pose, apart, middle, neutral, reachable, still
from edge.errors import ConfigError
from edge.values import Move, Sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge.config.challenge import ChallengeSettings

__all__ = ["Challenge", "Chooser", "Glimpse", "Pose", "Standing", "begin", "draw", "sequences", "step"]

T = TypeVar("T")

_BEGUN = 0.5
"""From this share of any movement on, a head is moving."""

_STILL_FRAMES = 3
_TURNS = frozenset({Move.TURN_LEFT, Move.TURN_RIGHT})


class Chooser(Protocol):
    """Chooses at random, as `random.SystemRandom` does."""

    def choice(self, seq: Sequence[T], /) -> T:
        """Return one of several, all equally likely."""


class Standing(StrEnum):
    """How far a challenge has come."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Challenge:
    """How far somebody has come with what was asked.

    Attributes:
        moves: What is asked for, in this order.
        began: Monotonic seconds of its beginning.
        done: How many movements have been shown.
        prompted: Monotonic seconds at which the next was asked for; None while the person is to look straight.
        straight: Monotonic seconds since which they are to.
        far: Whether the last face was too small to be judged.
        held: The last frames, oldest first, if they look straight and still.
        anchor: How the person looked straight at first; None before.
        base: How they looked straight just before the movement.
        told_at: Monotonic seconds at which a movement was asked for last; minus infinity before.
        clock: Monotonic seconds of the last frame, or of the beginning.
        last: The last frame that was believed.
        stray: The frame after it, if it was too far away from it.
        standing: Whether it is over, and how.
        sign: Why it was failed.
        ended: Monotonic seconds of its end; not a number before.
    """

    moves: tuple[Move, ...]
    began: float
    done: int = 0
    prompted: float | None = None
    straight: float = inf
    far: bool = False
    held: tuple[Moment, ...] = ()
    anchor: Pose | None = None
    base: Pose | None = None
    told_at: float = -inf
    clock: float = nan
    last: Moment | None = None
    stray: Moment | None = None
    standing: Standing = Standing.RUNNING
    sign: Sign | None = None
    ended: float = nan

    @property
    def asked(self) -> Move | None:
        """What to ask of the person now; None when it is over."""
        if self.standing is not Standing.RUNNING:
            return None
        if self.prompted is not None:
            return self.moves[self.done]
        return Move.COME_CLOSER if self.far else Move.LOOK_STRAIGHT


def draw(chooser: Chooser, count: int, kinds: Iterable[str]) -> tuple[Move, ...]:
    """Draw movements at random; all `sequences` are equally likely.

    Args:
        chooser: Where chance comes from.
        count: How many.
        kinds: The codes of the movements to draw from.

    Raises:
        ConfigError: There is nothing to choose from.
    """
    return chooser.choice(sequences(count, kinds))


def sequences(count: int, kinds: Iterable[str]) -> list[tuple[Move, ...]]:
    """Return what can be drawn: no two equal movements in a row and, of two and more, at least one turn.

    A film with movements at the right moments, but prepared without knowing, shows the right ones with a chance of one
    in so many: with the default four kinds 10 of two movements, 34 of three.

    Args:
        count: How many movements.
        kinds: The codes of those to draw from.

    Raises:
        ConfigError: There is nothing to choose from.
    """
    names = tuple(dict.fromkeys(Move(kind) for kind in kinds))
    found = [one for one in product(names, repeat=count) if all(move is not after for move, after in pairwise(one))]
    if count > 1:  # a photograph that is tilted far enough can seem to nod, and can be brought closer
        found = [one for one in found if _TURNS.intersection(one)]
    if count < 1 or len(found) < 2:
        raise ConfigError("a challenge needs two different movements to draw from, one of them a turn: name more moves")
    return found


def begin(moves: tuple[Move, ...], at: float) -> Challenge:
    """Begin a challenge.

    Args:
        moves: What to ask for; of nothing nothing comes, and it is failed at once.
        at: Monotonic seconds; frames up to then say nothing. What is not a time fails it, too.
    """
    fresh = Challenge(moves, at, clock=at)
    return fresh if moves and isfinite(at) else _fail(fresh, Sign.NO_MOVE)


def step(challenge: Challenge, glimpse: Glimpse, settings: ChallengeSettings) -> Challenge:
    """Take one frame into account.

    Args:
        challenge: How far it had come.
        glimpse: What the frame showed; one that is not later than the last says nothing.
        settings: How it is judged.
    """
    if challenge.standing is not Standing.RUNNING or not glimpse.at > challenge.clock:
        return challenge
    challenge = replace(challenge, clock=glimpse.at)
    missed = _missed(challenge, settings)
    if missed is not None:
        return _fail(challenge, missed)
    if glimpse.pose is None or not glimpse.pose.sound:
        return challenge
    return _judge(challenge, Moment(glimpse.at, glimpse.pose), settings)


def _judge(challenge: Challenge, seen: Moment, settings: ChallengeSettings) -> Challenge:
    """Judge a frame with a face; one that a head cannot have got to is a wild one, or the first after a cut."""
    if challenge.last is None or _credible(challenge, challenge.last, seen, settings):
        challenge = replace(challenge, last=seen, stray=None)
        return (_straighten if challenge.prompted is None else _move)(challenge, seen, settings)
    if challenge.anchor is None:
        return replace(challenge, last=seen, held=())
    if _stands(challenge, challenge.last, seen):
        return _fail(challenge, Sign.TOO_FAST)
    return replace(challenge, stray=seen, held=())


def _missed(challenge: Challenge, settings: ChallengeSettings) -> Sign | None:
    """Return what has run out by now; every limit is written so that what is not a number breaks it (S3)."""
    now, last = challenge.clock, challenge.last
    if not now - challenge.began <= settings.total_s:
        return Sign.NO_MOVE
    if challenge.anchor is None:
        return None
    if last is None or not now - last.at <= settings.gap_s:
        return Sign.FACE_LOST
    since, limit = challenge.straight, settings.return_s
    if challenge.prompted is not None:
        since, limit = challenge.prompted, settings.step_s
    return None if now - since <= limit else Sign.NO_MOVE


def _credible(challenge: Challenge, last: Moment, seen: Moment, settings: ChallengeSettings) -> bool:
    """Whether a head could get there since the last frame, and does not stay where it could not get to."""
    return reachable(last, seen, settings) and not _stands(challenge, last, seen)


def _stands(challenge: Challenge, last: Moment, seen: Moment) -> bool:
    """Whether a frame is nearer to one that jumped than to the one before: a single wild frame is passed over."""
    stray = challenge.stray
    return stray is not None and apart(seen.pose, stray.pose) < apart(seen.pose, last.pose)


def _move(challenge: Challenge, seen: Moment, settings: ChallengeSettings) -> Challenge:
    """Judge a frame after a movement was asked for."""
    right, wrong = _shares(challenge, seen.pose, challenge.moves[challenge.done], settings)
    prompted = seen.at if challenge.prompted is None else challenge.prompted
    if max(right, wrong) >= _BEGUN and not seen.at - prompted >= settings.reaction_s:
        return _fail(challenge, Sign.TOO_SOON)
    if wrong >= settings.wrong_share and wrong > right:
        return _fail(challenge, Sign.WRONG_MOVE)
    if not right >= 1:
        return challenge
    challenge = replace(challenge, done=challenge.done + 1, prompted=None, straight=seen.at)
    if challenge.done < len(challenge.moves):
        return challenge
    return replace(challenge, standing=Standing.PASSED, ended=challenge.clock)


def _straighten(challenge: Challenge, seen: Moment, settings: ChallengeSettings) -> Challenge:
    """Judge a frame of somebody who is to look straight; ask for the next movement when they do."""
    if challenge.done:
        right, wrong = _shares(challenge, seen.pose, challenge.moves[challenge.done - 1], settings)
        if wrong >= 1 and wrong > right:
            return _fail(challenge, Sign.WRONG_MOVE)
    far = not seen.pose.eyes_px >= settings.min_eyes_px
    if far or not neutral(seen.pose, challenge.anchor, settings):
        return replace(challenge, far=far, held=())
    held = (*challenge.held, seen)
    while not still(held, settings):
        held = held[1:]
    if len(held) < _STILL_FRAMES or not seen.at - held[0].at >= settings.neutral_s:
        return replace(challenge, far=False, held=held)
    base = middle(held)
    return replace(
        challenge, far=False, held=(), anchor=challenge.anchor or base, base=base, prompted=seen.at, told_at=seen.at
    )


def _shares(challenge: Challenge, pose: Pose, asked: Move, settings: ChallengeSettings) -> tuple[float, float]:
    """Return how much of the movement that is asked for is shown, and the most of any other; 1 is enough."""
    base = challenge.base or pose
    left = (pose.yaw_deg - base.yaw_deg) / settings.turn_deg
    down = (base.pitch_deg - pose.pitch_deg) / settings.nod_deg
    near = log(pose.eyes_px / base.eyes_px) / log(settings.closer_ratio)
    shown = {
        Move.TURN_LEFT: left,
        Move.TURN_RIGHT: -left,
        Move.NOD: down,
        Move.LOOK_UP: -down,
        Move.COME_CLOSER: near,
    }
    others = [share for move, share in shown.items() if move is not asked]
    return shown.get(asked, -inf), max(*others, -near)


def _fail(challenge: Challenge, sign: Sign) -> Challenge:
    return replace(challenge, standing=Standing.FAILED, sign=sign, ended=challenge.clock)
