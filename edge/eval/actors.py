"""Heads that are only reckoned: people who answer a challenge, and films that do not hear it. A model, no measurement.

A movement follows the smoothest way between two poses, 10 s^3 - 15 s^4 + 6 s^5 (Flash and Hogan, 1985). What the mesh
adds is a noise of each frame, as measured on clips, and a slow sway; it believes a little less than the head turns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from edge.access.challenge import Glimpse, Pose, draw
from edge.values import Move

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

T = TypeVar("T")

BELIEVED = 0.9
"""The share of a turn that the mesh reports with 30 pixels between the eyes, against 40 and more."""

_SWAY_DEG, _SWAY_S = 1.0, 1.0
_SIGMA = 1.4826 / math.sqrt(6)
"""From the median size of a second difference to the standard deviation of what each frame adds by itself."""


class Noise(Struct, frozen=True):
    """What each frame adds to a pose by itself, as standard deviations.

    Attributes:
        yaw_deg: Of the turn, degrees.
        pitch_deg: Of the tilt, degrees.
        size: Of the logarithm of the distance between the eyes.
    """

    yaw_deg: float
    pitch_deg: float
    size: float


class Actor(Protocol):
    """Whoever is before the camera."""

    def look(self, at: float, asked: Move | None) -> Pose | None:
        """Return the pose at a moment, later than the last; None where it is not seen.

        Args:
            at: Seconds.
            asked: What is asked for at that moment.
        """


@dataclass(frozen=True, slots=True)
class Lots:
    """Draws of chance, for people and for challenges."""

    random: np.random.Generator

    def choice(self, seq: Sequence[T], /) -> T:
        """Return one of several, all equally likely."""
        return seq[int(self.random.integers(len(seq)))]

    def between(self, low: float, high: float) -> float:
        """Return a number between two."""
        return float(self.random.uniform(low, high))


class Head:
    """A head that goes from pose to pose, seen through the noise of the mesh."""

    def __init__(self, straight: Pose, noise: Noise, lots: Lots, missed: float = 0.03) -> None:
        """Begin by looking straight.

        Args:
            straight: How it does.
            noise: What each frame adds.
            lots: Chance.
            missed: The share of frames in which the face is not found.
        """
        self._was = self._goal = straight
        self._begins, self._lasts = 0.0, 1.0
        self._noise, self._lots, self._missed = noise, lots, missed
        self._sway, self._seen = (0.0, 0.0), 0.0

    def go(self, goal: Pose, begins: float, lasts: float) -> None:
        """Begin a movement, from wherever the head is then."""
        self._was = self._at(begins)
        self._goal, self._begins, self._lasts = goal, begins, lasts

    def seen(self, at: float) -> Pose | None:
        """Return what the mesh says at a moment."""
        random, pose = self._lots.random, self._at(at)
        kept = math.exp(-max(at - self._seen, 0.0) / _SWAY_S)
        drift = _SWAY_DEG * math.sqrt(1 - kept**2) * random.standard_normal(2)
        self._sway = kept * self._sway[0] + float(drift[0]), kept * self._sway[1] + float(drift[1])
        self._seen = at
        yaw, pitch, size = random.standard_normal(3).tolist()
        if random.random() < self._missed:
            return None
        return Pose(
            pose.yaw_deg + self._sway[0] + self._noise.yaw_deg * yaw,
            pose.pitch_deg + self._sway[1] + self._noise.pitch_deg * pitch,
            pose.eyes_px * math.exp(self._noise.size * size),
        )

    def _at(self, at: float) -> Pose:
        share = min(1.0, max(0.0, (at - self._begins) / self._lasts))
        gone = share**3 * (10 - 15 * share + 6 * share**2)
        return Pose(
            self._was.yaw_deg + gone * (self._goal.yaw_deg - self._was.yaw_deg),
            self._was.pitch_deg + gone * (self._goal.pitch_deg - self._was.pitch_deg),
            self._was.eyes_px * (self._goal.eyes_px / self._was.eyes_px) ** gone,
        )


def gesture(move: Move, straight: Pose, lots: Lots) -> Pose:
    """Return where a movement goes to, as the mesh believes it: turns of 25 to 40 degrees, tilts of 18 to 30."""
    if move in (Move.TURN_LEFT, Move.TURN_RIGHT):
        side = BELIEVED * lots.between(25, 40) * (1 if move is Move.TURN_LEFT else -1)
        return replace(straight, yaw_deg=straight.yaw_deg + side, pitch_deg=straight.pitch_deg + lots.between(-4, 4))
    if move in (Move.NOD, Move.LOOK_UP):
        tilt = BELIEVED * lots.between(18, 30) * (1 if move is Move.LOOK_UP else -1)
        return replace(straight, pitch_deg=straight.pitch_deg + tilt)
    if move is Move.COME_CLOSER:
        return replace(straight, eyes_px=straight.eyes_px * lots.between(1.3, 1.5))
    return straight


class Live:
    """Somebody who wants to pass: does what is asked for, 0.4 to 0.9 s later, in 0.4 to 0.8 s."""

    def __init__(self, lots: Lots, noise: Noise) -> None:
        self._lots = lots
        self._straight = Pose(lots.between(-8, 8), lots.between(-10, 15), 30.0)
        self._head = Head(self._straight, noise, lots)
        self._heard: Move | None = Move.LOOK_STRAIGHT
        self._back: tuple[float, float] | None = None

    def look(self, at: float, asked: Move | None) -> Pose | None:
        """Return the pose at a moment; see `Actor`."""
        if self._back is not None and at >= self._back[0]:
            self._head.go(self._straight, *self._back)
            self._back = None
        if asked is not self._heard and asked is not None:
            self._heard = asked
            self._answer(asked, at + self._lots.between(0.4, 0.9), self._lots.between(0.4, 0.8))
        return self._head.seen(at)

    def _answer(self, asked: Move, begins: float, lasts: float) -> None:
        if asked is Move.LOOK_STRAIGHT:  # who nods comes back unasked, and before that
            self._back = self._back or (begins, lasts)
            return
        goal = gesture(asked, self._straight, self._lots)
        self._head.go(goal, begins, lasts)
        if asked is Move.COME_CLOSER:
            self._straight = goal
        self._back = (begins + lasts, lasts) if asked is Move.NOD else None


class Guess:
    """A film whose operator starts each movement at the right moment, in an order made up before."""

    def __init__(self, lots: Lots, noise: Noise, moves: Sequence[Move]) -> None:
        self._live, self._moves, self._shown = Live(lots, noise), list(moves), 0
        self._heard: Move | None = Move.LOOK_STRAIGHT

    def look(self, at: float, asked: Move | None) -> Pose | None:
        """Return the pose at a moment; what is asked for is heard as the next movement of the film."""
        if asked is not self._heard and asked is not None:
            self._heard = asked
            self._shown += asked is not Move.LOOK_STRAIGHT
        moving = asked is not None and asked is not Move.LOOK_STRAIGHT
        return self._live.look(at, self._moves[self._shown - 1] if moving else asked)


class Loop:
    """A film of somebody who makes movement after movement in a random order, and looks straight in between."""

    def __init__(self, lots: Lots, noise: Noise, kinds: Sequence[str]) -> None:
        self._lots, self._straight = lots, Pose(0.0, 0.0, 30.0)
        self._head = Head(self._straight, noise, lots)
        self._moves = [move for _ in range(20) for move in draw(lots, 2, kinds)]
        self._next, self._away = lots.between(0, 2), False

    def look(self, at: float, asked: Move | None) -> Pose | None:
        """Return the pose at a moment; nothing is heard."""
        del asked
        if at >= self._next and self._moves:
            lasts = self._lots.between(0.4, 0.8)
            goal = self._straight if self._away else gesture(self._moves.pop(), self._straight, self._lots)
            self._head.go(goal, at, lasts)
            self._away = not self._away
            self._next = at + lasts + (0.0 if self._away else self._lots.between(0.4, 1.5))
        return self._head.seen(at)


class Film:
    """A clip that was shown to the camera: it runs from some moment on, and back and forth at its ends."""

    def __init__(self, track: Sequence[Glimpse], begins: float) -> None:
        self._track, self._begins = track, begins
        self._lasts = track[-1].at - track[0].at

    def look(self, at: float, asked: Move | None) -> Pose | None:
        """Return the pose at a moment; nothing is heard."""
        del asked
        place = (self._begins + at) % (2 * self._lasts) if self._lasts > 0 else 0.0
        place = min(place, 2 * self._lasts - place) + self._track[0].at
        return min(self._track, key=lambda one: abs(one.at - place)).pose


def enlarged(track: Iterable[Glimpse], yaw_deg: float, pitch_deg: float) -> tuple[Glimpse, ...]:
    """Return the track of a livelier person: turns and tilts grow until the furthest are so far from the middle."""
    track = tuple(track)
    seen = [one.pose for one in track if one.pose is not None]
    if not seen:
        return track
    yaw, pitch = median(one.yaw_deg for one in seen), median(one.pitch_deg for one in seen)
    turned = yaw_deg / max(*(abs(one.yaw_deg - yaw) for one in seen), 1.0)
    tilted = pitch_deg / max(*(abs(one.pitch_deg - pitch) for one in seen), 1.0)

    def grown(pose: Pose) -> Pose:
        return Pose(
            yaw + max(turned, 1.0) * (pose.yaw_deg - yaw),
            pitch + max(tilted, 1.0) * (pose.pitch_deg - pitch),
            pose.eyes_px,
        )

    return tuple(Glimpse(one.at, None if one.pose is None else grown(one.pose)) for one in track)


def noise_of(track: Sequence[Glimpse]) -> Noise | None:
    """Measure what each frame adds by itself, by the second differences of neighbouring frames; None of too few."""
    rows = zip(track, track[1:], track[2:], strict=False)
    threes = [(a.pose, b.pose, c.pose) for a, b, c in rows if a.pose and b.pose and c.pose]
    if len(threes) < 10:
        return None

    def spread(values: Iterable[tuple[float, float, float]]) -> float:
        return _SIGMA * median(abs(a - 2 * b + c) for a, b, c in values)

    return Noise(
        spread((a.yaw_deg, b.yaw_deg, c.yaw_deg) for a, b, c in threes),
        spread((a.pitch_deg, b.pitch_deg, c.pitch_deg) for a, b, c in threes),
        spread((math.log(a.eyes_px), math.log(b.eyes_px), math.log(c.eyes_px)) for a, b, c in threes),
    )
