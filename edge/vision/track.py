"""Follows one face from frame to frame: an uninterrupted sight of one person is one track. Pure.

Three things keep a track, and in doubt a new one begins (S4):

- place: the face overlaps where it was, or where its motion has brought it;
- the others: a face that stands where somebody else stood is that somebody;
- likeness: each time the face is compared, its embedding must resemble the one before. Place may so be generous:
  whoever slips into it inherits nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from edge.values import Box, Face

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.config import TrackSettings

_REMEMBERED = 10
"""Of how many frames the best score is what a frame is measured by."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The face that is being followed.

    Attributes:
        number: Counts the tracks of this run; 0 before the first.
        face: The face where it was seen last; None when nobody is followed.
        at: When that was, monotonic seconds.
        missed: How many frames since then did not show it.
        speed: How it moved, pixels per second to the right and downwards.
        others: The other faces of the last frame that showed any.
        vector: (dimensions,) float32 of unit length: its last embedding; None before the first.
        compared: How many embeddings were made of it.
        compared_at: When the last one was, monotonic seconds.
        scores: The quality scores of its last frames that could be judged.
    """

    number: int = 0
    face: Face | None = None
    at: float = 0.0
    missed: int = 0
    speed: tuple[float, float] = (0.0, 0.0)
    others: tuple[Face, ...] = ()
    vector: NDArray[np.float32] | None = None
    compared: int = 0
    compared_at: float = -inf
    scores: tuple[float, ...] = ()

    @property
    def box(self) -> Box | None:
        """Where the face was seen last; None when nobody is followed."""
        return None if self.face is None else self.face.box


def find_again(track: Track, faces: Sequence[Face], at: float, settings: TrackSettings) -> Face | None:
    """Return which of a frame's faces is the followed one; None when it is not there.

    Args:
        track: Before the frame.
        faces: The frame's.
        at: The frame's time, monotonic seconds.
        settings: What one track is.
    """
    if track.face is None or not at - track.at <= settings.gap_s:
        return None
    later = at - track.at
    places = (track.face, _moved(track.face, track.speed[0] * later, track.speed[1] * later))
    found, nearest = None, inf
    for face in faces:
        if not any(place.box.iou(face.box) >= settings.min_iou for place in places):
            continue
        distance = min(apart(place, face) for place in places)
        if distance < nearest and not any(apart(other, face) < distance for other in track.others):
            found, nearest = face, distance
    return found


def is_bystander(track: Track, face: Face, at: float, settings: TrackSettings) -> bool:
    """Whether the followed face may only be hidden for a moment, and this one was seen beside it."""
    if track.face is None or not at - track.at <= settings.gap_s or track.missed + 1 > settings.missed_frames:
        return False
    return any(other.box.iou(face.box) >= settings.min_iou for other in track.others)


def follow(track: Track, face: Face, others: Sequence[Face], at: float, *, same: bool) -> Track:
    """Return the track after a frame that shows a face.

    Args:
        track: Before it.
        face: The face that is looked at.
        others: The other faces of the frame.
        at: The frame's time, monotonic seconds.
        same: Whether the face is the followed one; else a new track begins.
    """
    if not same or track.face is None:
        return Track(track.number + 1, face, at, others=tuple(others))
    (x, y), (old_x, old_y), later = face.box.centre, track.face.box.centre, at - track.at
    speed = ((x - old_x) / later, (y - old_y) / later) if later > 0 else (0.0, 0.0)
    return replace(track, face=face, at=at, missed=0, speed=speed, others=tuple(others))


def miss(track: Track, others: Sequence[Face], at: float, settings: TrackSettings) -> Track:
    """Return the track after a frame that did not show the followed face.

    Args:
        track: Before it.
        others: The faces that it showed.
        at: The frame's time, monotonic seconds.
        settings: What one track is.
    """
    gone = not at - track.at <= settings.gap_s or track.missed + 1 > settings.missed_frames
    face = None if gone else track.face
    return replace(track, face=face, missed=track.missed + 1, others=tuple(others) or track.others)


def worth_comparing(track: Track, score: float, at: float, settings: TrackSettings) -> bool:
    """Whether a frame that can be judged is worth one of the few comparisons that a track has.

    The first frames always are, so that nobody who is well seen waits; then those that come near the best of the last
    frames, and any frame when none has been compared for a while.

    Args:
        track: Before the frame's score is remembered.
        score: The frame's quality score.
        at: The frame's time, monotonic seconds.
        settings: What one track is.
    """
    if track.compared < settings.first_frames or not at - track.compared_at < settings.spare_s:
        return True
    return score >= max(track.scores, default=0.0) - settings.spare_points


def remembered(track: Track, score: float) -> Track:
    """Return the track with the score of one more frame that could be judged."""
    return replace(track, scores=(*track.scores, score)[-_REMEMBERED:])


def compared(track: Track, vector: NDArray[np.float32], at: float, likeness: float) -> Track:
    """Return the track after its face was embedded; a new one if the face is not like the one before (S4).

    Args:
        track: Which the frame belongs to by its place.
        vector: (dimensions,) float32 of unit length.
        at: The frame's time, monotonic seconds.
        likeness: The least cosine similarity to the last embedding.
    """
    if track.vector is not None and not float(np.dot(track.vector, vector)) >= likeness:
        track = Track(track.number + 1, track.face, track.at, others=track.others)
    return replace(track, vector=vector, compared=track.compared + 1, compared_at=at)


def apart(one: Face, other: Face) -> float:
    """Return how far two faces' eyes, noses and mouths are apart, in sides of their boxes; not a number if unknown."""
    side = max(one.box.width, one.box.height, other.box.width, other.box.height)
    steps = np.linalg.norm(one.keypoints[:4] - other.keypoints[:4], axis=1)
    return float(steps.mean()) / side if side > 0 else inf


def _moved(face: Face, x: float, y: float) -> Face:
    box = face.box
    shifted = Box(box.left + x, box.top + y, box.right + x, box.bottom + y)
    return replace(face, box=shifted, keypoints=face.keypoints + np.array([x, y], np.float32))
