"""Measures a face in the terms of ISO/IEC 29794-5: its shape from the mesh, its light from the aligned face. Pure.

The geometry follows OFIQ, the standard's reference implementation. Sharpness and compression are learned models
there; here sharpness is one filter, and compression is not measured. What covers a face is `edge.vision.covering`. Open
eyes and a closed mouth are not measured: the mesh draws them where it expects them, and does not follow a lid or a lip
that ofiq-syngen moves.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from edge.vision.align import SIDE
from edge.vision.landmarks import five_points, turn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.values import Box, Landmarks

_CHIN = 152
_MAX_YAW_DEG = 60.0
"""Beyond it the distance between the eyes is not stretched further: the mesh is not to be believed there."""

_LEVELS = np.arange(256, dtype=np.float64)
_NEARLY_BLACK, _NEARLY_WHITE = 25, 247
_CHEEKS = (slice(66, 84), slice(28, 46)), (slice(66, 84), slice(66, 84))
_Y, _X = np.ogrid[:SIDE, :SIDE]
_OVAL = np.asarray(255 * (((_X - 55.5) / 42) ** 2 + ((_Y - 66) / 54) ** 2 <= 1), np.uint8)
"""The face inside an aligned picture: what is behind the head says nothing of the light on it."""


class Shape(NamedTuple):
    """What the mesh shows; the fields are those of `edge.values.Quality`."""

    inter_eye_px: float
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    head_size: float = 0.0
    leftward_crop: float = 0.0
    rightward_crop: float = 0.0
    margin_above: float = 0.0
    margin_below: float = 0.0


class Light(NamedTuple):
    """What the aligned face shows; the fields are those of `edge.values.Quality`."""

    sharpness: float
    luminance_mean: float
    luminance_variance: float
    under_exposed: float
    over_exposed: float
    dynamic_range: float
    illumination_uniformity: float


def shape(mesh: Landmarks, size: tuple[int, int]) -> Shape:
    """Read a face's pose, size and place.

    Args:
        mesh: In pixels of the picture.
        size: (width, height) of the picture.
    """
    (right_x, right_y), (left_x, left_y) = five_points(mesh)[:2].tolist()
    x, y = (right_x + left_x) / 2, (right_y + left_y) / 2
    chin_x, chin_y, _ = mesh.points[_CHIN].tolist()
    eyes, chin = math.hypot(left_x - right_x, left_y - right_y), math.hypot(chin_x - x, chin_y - y)
    yaw, pitch = turn(mesh)
    eyes /= math.cos(math.radians(min(abs(yaw), _MAX_YAW_DEG)))
    return Shape(
        inter_eye_px=eyes,
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=math.degrees(math.atan2(left_y - right_y, left_x - right_x)),
        head_size=chin / size[1],
        leftward_crop=_ratio(min(right_x, left_x), eyes),
        rightward_crop=_ratio(size[0] - max(right_x, left_x), eyes),
        margin_above=_ratio(y, chin),
        margin_below=_ratio(size[1] - y, chin),
    )


def light(chip: NDArray[np.uint8]) -> Light:
    """Measure the light on a face.

    Args:
        chip: (112, 112, 3) uint8, BGR, the aligned face.
    """
    grey = np.asarray(cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY), np.uint8)
    # Smoothed first, so that a camera's noise in the dark does not pass for sharpness.
    edges = cv2.Laplacian(cv2.GaussianBlur(grey, (5, 5), 1.0), cv2.CV_16S)
    share = _histogram(grey, 256, _OVAL)
    mean = float(share @ _LEVELS)
    seen = share[share > 0]
    right, left = (_histogram(np.ascontiguousarray(grey[cheek]), 16) for cheek in _CHEEKS)
    return Light(
        sharpness=2 * float(cv2.meanStdDev(edges)[1].item()) ** 2,
        luminance_mean=mean,
        luminance_variance=float(share @ (_LEVELS - mean) ** 2),
        under_exposed=float(share[: _NEARLY_BLACK + 1].sum()),
        over_exposed=float(share[_NEARLY_WHITE:].sum()),
        dynamic_range=max(0.0, -float(seen @ np.log2(seen))),
        illumination_uniformity=float(np.minimum(right, left).sum()),
    )


def surround(picture: NDArray[np.uint8], box: Box) -> float:
    """Return the mean grey level of a picture around a face; a face that fills it is its own surround.

    Args:
        picture: (height, width, 3) uint8, BGR.
        box: Of the face, in pixels.
    """
    grey = np.asarray(cv2.cvtColor(picture[::4, ::4], cv2.COLOR_BGR2GRAY), np.uint8)
    outside = np.full(grey.shape, 255, np.uint8)
    left, top, right, bottom = (max(0, int(side / 4)) for side in (box.left, box.top, box.right, box.bottom))
    outside[top : bottom + 1, left : right + 1] = 0
    return float(cv2.mean(grey, outside if outside.any() else None)[0])


def _histogram(grey: NDArray[np.uint8], bins: int, mask: NDArray[np.uint8] | None = None) -> NDArray[np.float64]:
    counts = cv2.calcHist([grey], [0], mask, [bins], [0, 256]).ravel().astype(np.float64)
    return np.asarray(counts / counts.sum(), np.float64)


def _ratio(length: float, unit: float) -> float:
    return length / unit if unit else 0.0
