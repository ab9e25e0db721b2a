"""Points in, beside and far from a face, and where they went. Pure.

Points are chosen once a window and searched for in each later picture directly (Lucas and Kanade, 1981, in pyramids),
so errors do not add up; a point that does not come back to where it began is lost (Kalal et al., "Forward-Backward
Error", 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.values import Box

    Grey = NDArray[np.uint8]
    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

_TEXTURE = 6.0  # least mean squared slope in any direction: about 2 grey levels a pixel; a plain wall has below 1
_APART = 5  # pixels between points at least
_WINDOW, _LEVELS = (13, 13), 2
_RETURN = 0.7  # pixels
_MOST = {0: 12, 1: 12, 2: 12, 3: 12, 4: 6, 5: 6, 6: 6, 7: 6, 8: 6, 9: 6}


class Place(IntEnum):
    """Where a point was chosen."""

    FACE = 0
    LEFT = 1
    RIGHT = 2
    ABOVE = 3
    CLOSE_LEFT = 4
    CLOSE_RIGHT = 5
    CORNER = 6  # and 7, 8, 9: the picture's corners


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points of a picture.

    Attributes:
        at: (n, 2) float64, pixels.
        places: (n,) of `Place`.
    """

    at: Floats
    places: Places


def find_points(picture: Grey, box: Box | None = None) -> Points:
    """Return the most textured points in, beside and above a face and in the picture's corners.

    Args:
        picture: (height, width) uint8.
        box: The face, in pixels of the picture; None for the corners alone.
    """
    height, width = picture.shape
    texture = cv2.cornerMinEigenVal(picture.astype(np.float32), 5, ksize=3)
    peaks = (texture == cv2.dilate(texture, np.ones((_APART, _APART), np.uint8))) & (texture >= _TEXTURE)
    y, x = np.nonzero(peaks)
    order = np.argsort(-texture[y, x])
    at = np.stack([x[order], y[order]], axis=1).astype(np.float64)
    where = places(at[:, 0], at[:, 1], box, (width, height))
    kept = np.concatenate([np.flatnonzero(where == place)[:most] for place, most in _MOST.items()])
    return Points(at[kept], where[kept])


def places(x: Floats, y: Floats, box: Box | None, size: tuple[int, int]) -> Places:
    """Return the `Place` of each point, -1 where it is of no use: on hair, shoulders, or in between.

    Args:
        x: (n,) pixels.
        y: (n,) pixels.
        box: The face; None for none.
        size: (width, height) of the picture.
    """
    where = np.full(len(x), -1, np.int64)
    across, down = np.digitize(x / size[0], (0.2, 0.8)), np.digitize(y / size[1], (0.25, 0.75))
    corner = (across != 1) & (down != 1)
    if box is None:
        where[corner] = (int(Place.CORNER) + across // 2 + down)[corner]
        return where
    unit = max(box.width, 1.0)
    u, v = (x - box.centre[0]) / unit, (y - box.centre[1]) / unit
    corner &= (np.abs(u) > 1.0) & ((v < 0.35) | (np.abs(u) > 1.8))
    where[corner] = (int(Place.CORNER) + across // 2 + down)[corner]
    level = (v > -1.6) & (v < 0.35) & (np.abs(u) > 0.95) & (np.abs(u) < 1.9)
    close = (v > -0.7) & (v < 0.35) & (np.abs(u) > 0.65) & (np.abs(u) <= 0.95)
    where[close & (u < 0)], where[close & (u > 0)] = Place.CLOSE_LEFT, Place.CLOSE_RIGHT
    where[level & (u < 0)], where[level & (u > 0)] = Place.LEFT, Place.RIGHT
    where[(v > -1.8) & (v < -1.05) & (np.abs(u) <= 0.95)] = Place.ABOVE
    where[(np.abs(u) < 0.4) & (np.abs(v) < 0.4)] = Place.FACE
    return where


def levelled(picture: Grey) -> Grey:
    """Return a picture without its brightness and contrast, so that a change of light does not look like motion."""
    grey = picture.astype(np.float32)
    mean = cv2.blur(grey, (21, 21))
    spread = np.sqrt(np.maximum(cv2.blur(grey * grey, (21, 21)) - mean * mean, 0))
    return np.asarray(np.clip((grey - mean) * (48 / (spread + 6)) + 128, 0, 255), np.uint8)


def moves(points: Points, before: Grey, now: Grey, guess: Floats) -> Floats:
    """Return how far each point has moved: (n, 2) float64, pixels; NaN where it is lost.

    Args:
        points: As chosen.
        before: The levelled picture they were chosen in.
        now: A later one of the same size.
        guess: (n, 2) float64, where to look; NaN counts as 0.
    """
    if not len(points.at):
        return np.empty((0, 2))
    start = points.at.reshape(-1, 1, 2).astype(np.float32)
    there, seen = _searched(before, now, start, start + np.nan_to_num(guess).astype(np.float32).reshape(-1, 1, 2))
    back, again = _searched(now, before, there, start)
    good = seen & again & (np.abs(back - start).max(axis=(1, 2)) <= _RETURN)
    return np.where(good[:, None], (there - start).reshape(-1, 2), np.nan).astype(np.float64)


def _searched(
    before: Grey, now: Grey, start: NDArray[np.float32], guess: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return where points are found in another picture, (n, 1, 2), and which are."""
    there, seen, _ = cv2.calcOpticalFlowPyrLK(
        before, now, start, guess.copy(), winSize=_WINDOW, maxLevel=_LEVELS, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
    )
    return np.asarray(there, np.float32), np.asarray(seen).reshape(-1).astype(np.bool_)
