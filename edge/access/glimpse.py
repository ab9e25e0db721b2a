"""What one frame gives a challenge, and what several of them say of a head. Pure: values in, values out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, log
from statistics import median
from typing import TYPE_CHECKING

from edge.values import Flaw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.config.challenge import ChallengeSettings
    from edge.values import Sighting

_UNSEEN = frozenset({Flaw.NOT_A_FACE, Flaw.CUT_OFF, Flaw.TOO_DARK, Flaw.TOO_BRIGHT})
"""Flaws with which the pose means nothing. Who turns is turned away and blurred: those are no gaps."""

_STILL_SIZE = 0.08
"""How much the logarithm of the size may vary while somebody stands still."""

_JOLT_DEG, _JOLT_SIZE, _MAX_ZOOM_S = 8.0, 0.12, 1.5
"""What the mesh moves by itself between two frames, and the fastest change of the size's logarithm in a second."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a head looks, and how large it is; the measures are those of `edge.values.Quality`.

    Attributes:
        yaw_deg: Turn to the person's left, degrees.
        pitch_deg: Turn upwards, degrees.
        eyes_px: Distance between the eyes as if the head were not turned, pixels.
    """

    yaw_deg: float
    pitch_deg: float
    eyes_px: float

    @property
    def sound(self) -> bool:
        """Whether it can be reckoned with."""
        return isfinite(self.yaw_deg) and isfinite(self.pitch_deg) and isfinite(self.eyes_px) and self.eyes_px > 0


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What one frame gives a challenge.

    Attributes:
        at: Monotonic seconds of its exposure.
        pose: Where the head looked; None where it could not be judged.
    """

    at: float
    pose: Pose | None

    @classmethod
    def of(cls, sighting: Sighting) -> Glimpse:
        """Return what a sighting gives; a face that the mesh was not laid over has no pose."""
        quality = sighting.quality
        if quality is None or not quality.head_size > 0 or _UNSEEN.intersection(quality.flaws):
            return cls(sighting.at, None)
        pose = Pose(quality.yaw_deg, quality.pitch_deg, quality.inter_eye_px)
        return cls(sighting.at, pose if pose.sound else None)


@dataclass(frozen=True, slots=True)
class Moment:
    """A pose and when it was.

    Attributes:
        at: Monotonic seconds.
        pose: Where the head looked.
    """

    at: float
    pose: Pose


def reachable(was: Moment, seen: Moment, settings: ChallengeSettings) -> bool:
    """Whether a head could get from one pose to another in the time between."""
    passed = seen.at - was.at
    slack = _JOLT_DEG + settings.max_speed_deg_s * passed
    turned = abs(seen.pose.yaw_deg - was.pose.yaw_deg)
    tilted = abs(seen.pose.pitch_deg - was.pose.pitch_deg)
    grown = abs(log(seen.pose.eyes_px / was.pose.eyes_px))
    return turned <= slack and tilted <= slack and grown <= _JOLT_SIZE + _MAX_ZOOM_S * passed


def apart(one: Pose, other: Pose) -> float:
    """Return how different two poses are, degrees; a size that grows by a hundredth counts as half a degree."""
    size = 50 * log(one.eyes_px / other.eyes_px)
    return max(abs(one.yaw_deg - other.yaw_deg), abs(one.pitch_deg - other.pitch_deg), abs(size))


def neutral(pose: Pose, anchor: Pose | None, settings: ChallengeSettings) -> bool:
    """Whether somebody looks straight: as they did at first, or before that roughly at the camera."""
    if anchor is None:
        return abs(pose.yaw_deg) <= settings.max_yaw_deg and abs(pose.pitch_deg) <= settings.max_pitch_deg
    turned, tilted = pose.yaw_deg - anchor.yaw_deg, pose.pitch_deg - anchor.pitch_deg
    return abs(turned) <= settings.neutral_deg and abs(tilted) <= settings.neutral_deg


def still(held: Sequence[Moment], settings: ChallengeSettings) -> bool:
    """Whether frames show a head that does not move, without a gap."""
    yaws, pitches = [one.pose.yaw_deg for one in held], [one.pose.pitch_deg for one in held]
    sizes = [log(one.pose.eyes_px) for one in held]
    turned = max(max(yaws) - min(yaws), max(pitches) - min(pitches)) <= settings.still_deg
    followed = all(later.at - earlier.at <= settings.gap_s for earlier, later in pairwise(held))
    return turned and followed and max(sizes) - min(sizes) <= _STILL_SIZE


def middle(held: Sequence[Moment]) -> Pose:
    """Return the median of some poses, each measure by itself."""
    return Pose(
        median(one.pose.yaw_deg for one in held),
        median(one.pose.pitch_deg for one in held),
        median(one.pose.eyes_px for one in held),
    )
