"""Heads that move as told: tiny builders for challenges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edge.access.challenge import Challenge, Glimpse, Pose, Standing, begin, step
from edge.config.challenge import ChallengeSettings
from edge.values import Move

if TYPE_CHECKING:
    from collections.abc import Sequence

SETTINGS = ChallengeSettings()
STRAIGHT = Pose(2.0, -4.0, 60.0)
LEFT, RIGHT, NOD, UP, CLOSER = Move.TURN_LEFT, Move.TURN_RIGHT, Move.NOD, Move.LOOK_UP, Move.COME_CLOSER
BOTH = (LEFT, NOD)


def toward(move: Move, share: float, base: Pose = STRAIGHT) -> Pose:
    """A head that has gone so far, as a share of what is asked for."""
    side = {LEFT: SETTINGS.turn_deg, RIGHT: -SETTINGS.turn_deg}.get(move, 0.0)
    down = {NOD: SETTINGS.nod_deg, UP: -SETTINGS.nod_deg}.get(move, 0.0)
    near = SETTINGS.closer_ratio**share if move is CLOSER else 1.0
    return Pose(base.yaw_deg + share * side, base.pitch_deg - share * down, base.eyes_px * near)


class Person:
    """Somebody before the camera; each call is what they do next."""

    def __init__(
        self, moves: Sequence[Move] = BOTH, fps: float = 15.0, settings: ChallengeSettings = SETTINGS, at: float = 0.0
    ) -> None:
        self.settings, self.fps, self.at = settings, fps, at
        self.challenge = begin(tuple(moves), at)
        self.pose = self.straight = STRAIGHT

    def shows(self, pose: Pose | None, frames: int = 1) -> Person:
        for _ in range(frames):
            self.at += 1 / self.fps
            self.challenge = step(self.challenge, Glimpse(self.at, pose), self.settings)
        self.pose = pose or self.pose
        return self

    def waits(self, seconds: float, pose: Pose | None = None) -> Person:
        return self.shows(pose or self.pose, max(1, round(seconds * self.fps)))

    def is_lost(self, seconds: float) -> Person:
        return self.shows(None, max(1, round(seconds * self.fps)))

    def goes(self, pose: Pose, seconds: float = 0.5) -> Person:
        """Move there evenly."""
        was, frames = self.pose, max(1, round(seconds * self.fps))
        for number in range(1, frames + 1):
            self.shows(between(was, pose, number / frames))
        return self

    def looks_straight(self) -> Person:
        """Until something is asked for, a second at most."""
        for _ in range(round(self.fps)):
            if self.challenge.prompted is not None or self.challenge.standing is not Standing.RUNNING:
                break
            self.shows(self.straight)
        return self

    def answers(self, move: Move | None = None, share: float = 1.3, reaction_s: float = 0.5) -> Person:
        """Look straight until asked, wait, make the movement that is asked for (or another), and come back.

        Whoever has come closer stays there.
        """
        self.looks_straight().waits(reaction_s)
        asked = move or self.challenge.asked
        if asked is None:
            return self
        goal = toward(asked, share, self.straight)
        self.straight = goal if asked is CLOSER else self.straight
        return self.goes(goal).goes(self.straight)


def between(one: Pose, other: Pose, share: float) -> Pose:
    return Pose(
        one.yaw_deg + share * (other.yaw_deg - one.yaw_deg),
        one.pitch_deg + share * (other.pitch_deg - one.pitch_deg),
        one.eyes_px + share * (other.eyes_px - one.eyes_px),
    )


def settings(**changes: float) -> ChallengeSettings:
    return replace(SETTINGS, **changes)  # type: ignore[arg-type]  # any limit


def outcome(challenge: Challenge) -> tuple[str, str | None]:
    return challenge.standing.value, challenge.sign
