"""Follows one face from frame to frame: an uninterrupted sight of one person is one track. Pure.

Three things keep a track, and in doubt a new one begins (S4):

- place: the face overlaps where it was, or where its motion has brought it;
- the others: a face that stands where somebody else stood is that somebody;
- likeness: each time the face is compared, its embedding must resemble the one before, and the best view of the track:
  resembling only the one before, two people are joined by views of them half covered. Place may so be generous.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot, inf
from typing import TYPE_CHECKING

import numpy as np

from edge.values import Box, Face

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.config import TrackSettings

_FASTEST = 20.0
"""How many sides of its box a face moves in a second at most: about 3 m/s, since detections tremble."""

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
        best: The embedding of its best view, and that view's score; None before the first.
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
    best: tuple[NDArray[np.float32], float] | None = None
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
    if track.face is None or not _unbroken(track, at, settings):
        return None
    later = at - track.at
    places = (track.face, _moved(track.face, track.speed[0] * later, track.speed[1] * later))
    found, nearest = None, inf
    for face in faces:
        if not any(place.box.iou(face.box) >= settings.min_iou for place in places):
            continue
        distance = min(apart(place, face) for place in places)
        if distance < nearest and all(apart(other, face) >= distance for other in track.others):
            found, nearest = face, distance
    return found


def is_bystander(track: Track, face: Face, at: float, settings: TrackSettings) -> bool:
    """Whether the followed face may only be hidden for a moment, and this one was seen beside it."""
    if track.face is None or not _unbroken(track, at, settings) or track.missed + 1 > settings.missed_frames:
        return False
    return was_beside(track, face, settings)


def was_beside(track: Track, face: Face, settings: TrackSettings) -> bool:
    """Whether a face was seen beside the followed one in the last frame that showed any others."""
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
    return replace(
        track, face=face, at=at, missed=0, speed=_speed(track.face, face, at - track.at), others=tuple(others)
    )


def miss(track: Track, others: Sequence[Face], at: float, settings: TrackSettings) -> Track:
    """Return the track after a frame that did not show the followed face.

    Args:
        track: Before it.
        others: The faces that it showed.
        at: The frame's time, monotonic seconds.
        settings: What one track is.
    """
    gone = not _unbroken(track, at, settings) or track.missed + 1 > settings.missed_frames
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


def compared(track: Track, vector: NDArray[np.float32], score: float, at: float, likeness: float) -> Track:
    """Return the track after its face was embedded; a new one if the face is not like its earlier sights (S4).

    Args:
        track: Which the frame belongs to by its place.
        vector: (dimensions,) float32 of unit length.
        score: The frame's quality score.
        at: The frame's time, monotonic seconds.
        likeness: The least cosine similarity to the last embedding and to that of the best view.
    """
    earlier = [one for one in (track.vector, track.best[0] if track.best else None) if one is not None]
    if not all(float(np.dot(one, vector)) >= likeness for one in earlier):
        track = Track(track.number + 1, track.face, track.at, others=track.others)
    best = (vector, score) if track.best is None or score > track.best[1] else track.best
    return replace(track, vector=vector, best=best, compared=track.compared + 1, compared_at=at)


def apart(one: Face, other: Face) -> float:
    """Return how far two faces' eyes, noses and mouths are apart, in sides of their boxes; not a number if unknown."""
    side = max(one.box.width, one.box.height, other.box.width, other.box.height)
    steps = np.linalg.norm(one.keypoints[:4] - other.keypoints[:4], axis=1)
    return float(steps.mean()) / side if side > 0 else inf


def _unbroken(track: Track, at: float, settings: TrackSettings) -> bool:
    """Whether a frame follows the last sight soon enough; one that goes back in time does not (S3)."""
    return 0 <= at - track.at <= settings.gap_s


def _speed(old: Face, new: Face, later: float) -> tuple[float, float]:
    x, y = (now - then for now, then in zip(new.box.centre, old.box.centre, strict=True))
    far = hypot(x, y)
    if not (later > 0 and far > 0):
        return 0.0, 0.0
    pace = min(far / later, _FASTEST * max(old.box.width, old.box.height))
    return pace * x / far, pace * y / far


def _moved(face: Face, x: float, y: float) -> Face:
    box = face.box
    shifted = Box(box.left + x, box.top + y, box.right + x, box.bottom + y)
    return replace(face, box=shifted, keypoints=face.keypoints + np.array([x, y], np.float32))
