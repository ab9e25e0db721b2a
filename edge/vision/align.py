"""Brings a face to the place, size and upright pose that the embedder was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 112
"""Pixels of an aligned face's side."""

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
    """Return the aligned face, (112, 112, 3) uint8, BGR.

    Args:
        picture: (height, width, 3) uint8, BGR.
        five: (5, 2) float32 in pixels of the picture, as `edge.vision.landmarks.five_points` gives them.
    """
    return np.asarray(
        cv2.warpAffine(picture, similarity(five, TEMPLATE), (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.uint8
    )
