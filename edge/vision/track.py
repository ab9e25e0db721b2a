"""Follows one face from frame to frame: an uninterrupted sight of it is one track. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.config import TrackSettings
    from edge.values import Box


@dataclass(frozen=True, slots=True)
class Track:
    """The face that is being followed.

    Attributes:
        number: Counts the tracks of this run; 0 before the first.
        box: Where the face was seen last; None when nobody is followed.
        at: When that was, monotonic seconds.
        missed: How many frames since then showed no face.
    """

    number: int = 0
    box: Box | None = None
    at: float = 0.0
    missed: int = 0


def follow(track: Track, box: Box | None, at: float, settings: TrackSettings) -> Track:
    """Return the track after a frame.

    Args:
        track: Before it.
        box: The chosen face; None when the frame showed none.
        at: The frame's time, monotonic seconds.
        settings: What one track is.
    """
    late = track.box is not None and at - track.at > settings.gap_s
    if box is None:
        gone = late or track.missed + 1 > settings.missed_frames
        return replace(track, box=None if gone else track.box, missed=track.missed + 1)
    same = track.box is not None and not late and track.box.iou(box) >= settings.min_iou
    return Track(track.number if same else track.number + 1, box, at)
