"""Where a flat or bent surface lands in a picture: a pinhole camera, lengths in eye distances of the person shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Map = NDArray[np.float32]
    Span = tuple[int, int, int, int]

_FLAT = 1e-5
_MISSED = 1e4


def rotation(turn: NDArray[np.float64]) -> Matrix:
    """Return the (3, 3) rotation of yaw, pitch and roll in radians; roll comes first."""
    (sy, sp, sr), (cy, cp, cr) = np.sin(turn), np.cos(turn)
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(yaw @ pitch @ roll, np.float64)


def homography(
    turn: NDArray[np.float64], place: NDArray[np.float64], focal: float, centre: tuple[float, float]
) -> Matrix:
    """Return the (3, 3) map from a plane's points, in eye distances, to pixels.

    Args:
        turn: Yaw, pitch and roll in radians.
        place: Where the plane's origin is, in eye distances before the camera.
        focal: The focal length in pixels.
        centre: The optical axis in pixels.
    """
    camera = np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]])
    spun = rotation(turn)
    found = camera @ np.column_stack([spun[:, 0], spun[:, 1], place])
    return np.asarray(found / found[2, 2], np.float64)


def unrolled(
    to_picture: Matrix, turn: NDArray[np.float64], place: NDArray[np.float64], bend: float, span: Span
) -> tuple[Map, Map]:
    """Return what point of a bent sheet each pixel of a box sees, in eye distances along the sheet.

    The sheet is a cylinder that touches its plane along the vertical line through the origin. Each pixel's ray is cut
    with it: in the sheet's own axes a (x² + z²) = 2 z for a bend a, which stays exact as the bend goes to nothing.

    Args:
        to_picture: The map from the plane that the sheet touches to pixels.
        turn: The plane's yaw, pitch and roll in radians.
        place: Where the plane's origin is.
        bend: One over the cylinder's radius, 1 / eye distance; positive bends away from the camera.
        span: left, top, right, bottom in pixels.

    Returns:
        x and y, each (bottom - top, right - left); far away where the ray misses.
    """
    px, py = plane(to_picture, span)
    if abs(bend) < _FLAT:
        return px, py
    eye = -(rotation(turn).T @ place).astype(np.float32)  # the camera, seen from the sheet
    dx, dy, dz = px - eye[0], py - eye[1], -eye[2]
    a = bend * (dx * dx + dz * dz)
    b = bend * (eye[0] * dx + eye[2] * dz) - dz
    c = bend * (eye[0] * eye[0] + eye[2] * eye[2]) - 2 * eye[2]
    root = b * b - a * c
    side = np.sqrt(np.maximum(root, 0))
    with np.errstate(divide="ignore", invalid="ignore"):  # each form is exact where the other one is not
        along = np.where(b > 0, (-b - side) / a, c / (side - b))
    cx, cz = eye[0] + along * dx, eye[2] + along * dz
    arc = np.arctan2(bend * cx, 1 - bend * cz) / bend
    arc[root < 0] = _MISSED
    return arc, np.asarray(eye[1] + along * dy, np.float32)


def plane(to_picture: Matrix, span: Span) -> tuple[Map, Map]:
    """Return what point of a plane each pixel of a box sees.

    Args:
        to_picture: The map from the plane to pixels.
        span: left, top, right, bottom in pixels.

    Returns:
        x and y, each (bottom - top, right - left).
    """
    h = inverse(to_picture).astype(np.float32)
    x = np.arange(span[0], span[2], dtype=np.float32)[None, :]
    y = np.arange(span[1], span[3], dtype=np.float32)[:, None]
    w = 1 / (h[2, 0] * x + (h[2, 1] * y + h[2, 2]))
    return (h[0, 0] * x + (h[0, 1] * y + h[0, 2])) * w, (h[1, 0] * x + (h[1, 1] * y + h[1, 2])) * w


def inverse(matrix: Matrix) -> Matrix:
    """Return the map back."""
    found = np.linalg.inv(matrix)
    return np.asarray(found / found[2, 2], np.float64)


def box_of(matrix: Matrix, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of where a picture of (width, height) pixels lands."""
    corners = np.array([[0, 0, 1], [size[0], 0, 1], [0, size[1], 1], [*size, 1]]) @ matrix.T
    there = corners[:, :2] / corners[:, 2:]
    (left, top), (right, bottom) = there.min(axis=0).tolist(), there.max(axis=0).tolist()
    return left, top, right, bottom


def warped(
    picture: NDArray[Any],
    to_picture: Matrix,
    span: Span,
    how: tuple[int, int] = (cv2.INTER_CUBIC, cv2.BORDER_REFLECT_101),
) -> NDArray[Any]:
    """Return a box of what a plane picture looks like from elsewhere.

    Args:
        picture: (h, w, …).
        to_picture: The map from its pixels to the new ones.
        span: left, top, right, bottom of the box.
        how: OpenCV's interpolation and border.
    """
    shift = np.array([[1.0, 0, -span[0]], [0, 1, -span[1]], [0, 0, 1]])
    size = span[2] - span[0], span[3] - span[1]
    return np.asarray(cv2.warpPerspective(picture, shift @ to_picture, size, flags=how[0], borderMode=how[1]))
