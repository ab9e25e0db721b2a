"""Brings a face to the place, size and upright pose that the embedder was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 112
"""Pixels of an aligned face's side."""

NAME = "arcface112"
"""What this alignment is called: how the preprocessing of every model begins that looks at a face aligned like this."""

_SKIPS = 0.75
"""The scale under which a linear warp skips pixels."""

_ROOM = 4
"""Pixels of the chip around what it shows: each halving may drop a row, and the warp reads its neighbours."""

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float64
)
"""Where the five points belong in the aligned face (Deng et al., "ArcFace", 2019)."""


def similarity(source: NDArray[np.float32], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (2, 3) turn, scale and shift that brings `source` nearest to `target`, both (n, 2).

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns" (1991), equation 39;
    in the plane, and without reflection, it is one division of complex numbers.
    """
    z, w = source.astype(np.float64) @ (1, 1j), target @ np.array([1, 1j])
    z_mean, w_mean = z.mean(), w.mean()
    spread = np.vdot(z - z_mean, z - z_mean).real
    factor = np.vdot(z - z_mean, w - w_mean) / max(spread, 1e-12)
    shift = w_mean - factor * z_mean
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def align(picture: NDArray[np.uint8], five: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the aligned face, (112, 112, 3) uint8, BGR; a black one where a point is not a number.

    Args:
        picture: (height, width, 3) uint8, BGR.
        five: (5, 2) float32 in pixels of the picture, as `edge.vision.landmarks.five_points` gives them.
    """
    if not np.isfinite(five).all():
        return np.zeros((SIDE, SIDE, 3), np.uint8)
    part, to_chip = halved(picture, similarity(five, TEMPLATE))
    return np.asarray(cv2.warpAffine(part, to_chip, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.uint8)


def halved(picture: NDArray[np.uint8], to_chip: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the part of a picture that a chip shows, so small that the warp skips no pixel, and the map from it.

    A linear warp that shrinks reads four pixels and skips the others: the sensor's noise stays, where a mean would
    take it away (Williams, "Pyramidal parametrics", 1983).

    Args:
        picture: (height, width, 3) uint8, BGR.
        to_chip: (2, 3), from the picture to the chip.
    """
    scale = float(np.hypot(to_chip[0, 0], to_chip[1, 0]))
    if not scale < _SKIPS:
        return picture, to_chip
    (left, top), (right, bottom) = _shown(picture, to_chip)
    part, to_chip = picture[top:bottom, left:right], to_chip.copy()
    to_chip[:, 2] += to_chip[:, :2] @ (left, top)
    while scale < _SKIPS and min(part.shape[:2]) >= 4:
        height, width = part.shape[0] // 2, part.shape[1] // 2
        even = part[: 2 * height, : 2 * width]
        part = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        to_chip[:, 2] += to_chip[:, :2] @ (0.5, 0.5)  # pixel i of the half lies between 2i and 2i + 1
        to_chip[:, :2] *= 2
        scale *= 2
    return part, to_chip


def _shown(picture: NDArray[np.uint8], to_chip: NDArray[np.float64]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the corners (x, y) of the part that the chip shows, with a little room, inside the picture."""
    back = cv2.invertAffineTransform(to_chip)
    chip = np.array([(x, y) for x in (-_ROOM, SIDE + _ROOM) for y in (-_ROOM, SIDE + _ROOM)], np.float64)
    corners = chip @ back[:, :2].T + back[:, 2]
    size = np.array(picture.shape[1::-1])
    low = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, size - 1)
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int), low + 1, size)
    return (int(low[0]), int(low[1])), (int(high[0]), int(high[1]))
