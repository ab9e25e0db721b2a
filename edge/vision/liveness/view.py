"""What one frame offers the liveness cues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.values import Box, Landmarks
    from hw.base import Frame

_WIDTH = 640
"""The cues' pictures are at most so wide: what they measure does not get better with more pixels, only slower."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One frame, and what was found in it.

    Attributes:
        picture: (height, width, 3) uint8, BGR.
        grey: (h, w) uint8, the whole picture at most 640 wide.
        scale: Pixels of `grey` for one of `picture`.
        at: Monotonic seconds of the frame's exposure.
        sequence: The frame's number.
        track: The number of the followed track; None when nobody is followed.
        box: The followed face in pixels of `picture`; None when it is not there.
        mesh: Its mesh in pixels of `picture`; None where none was laid.
        faces: How many faces are in the zone.
        clear: Whether the face is seen well enough to be compared with others.
    """

    picture: NDArray[np.uint8]
    grey: NDArray[np.uint8]
    scale: float
    at: float
    sequence: int
    track: int | None = None
    box: Box | None = None
    mesh: Landmarks | None = None
    faces: int = 0
    clear: bool = True


def view_of(frame: Frame) -> View:
    """Return a frame's view, with nobody in it yet."""
    height, width = frame.pixels.shape[:2]
    scale = min(1.0, _WIDTH / width)
    small = frame.pixels
    if scale < 1:
        size = (_WIDTH, max(1, round(height * scale)))
        small = np.asarray(cv2.resize(frame.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
    return View(frame.pixels, grey, scale, frame.at, frame.sequence)
