"""How far a face's relief moved against itself between two frames: a turning head shows it, a sheet cannot. Pure.

The points of a rigid head that turns by a small angle move, against those at another depth, by that depth times the
angle (Longuet-Higgins and Prazdny, "The Interpretation of a Moving Retinal Image", 1980). What a flat or gently bent
sheet does in front of a camera is smooth: a homography is a quadratic polynomial of the place up to terms too small
to be seen on a face, and a bend is within a cubic one. So the movement of the face's points is explained by cubic
polynomials and by the mesh's relief times an angle, and the angle is the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from edge.vision.landmarks import five_points, turn

if TYPE_CHECKING:
    from edge.values import Landmarks
    from edge.vision.liveness.view import View

    Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    Chosen = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

_SIDE, _EYES = 160, 64.0
"""Pixels of the square patch that a face is brought to, and between its eyes there."""
_SMALL = 40.0
"""Pixels between the eyes below which the full picture shows more than the small one."""
_LEAST = 12.0
"""Pixels between the eyes below which a face shows no relief."""
_PRESENCE = 0.5
_FOLLOWED = 40
"""So many points must have been followed: the polynomials alone have ten unknowns for each direction."""
_WINDOW = (17, 17)
_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.02)
_MISS = 0.7
"""Pixels of the patch by which a point that is followed there and back may miss."""
_AROUND, _CONTRAST, _NOISE = (21, 21), 45.0, 6.0
"""Every spot is brought to one brightness and contrast within so many pixels; what is fainter than noise stays so."""
_ROUNDS = 4
_FACE = np.array(
    [
        [1, 5, 6, 8, 9],
        [32, 35, 36, 45, 47],
        [49, 50, 53, 55, 66],
        [69, 70, 100, 101, 104],
        [105, 107, 108, 111, 114],
        [117, 118, 142, 151, 156],
        [168, 187, 189, 194, 195],
        [196, 198, 199, 200, 201],
        [203, 205, 206, 207, 208],
        [210, 211, 221, 222, 223],
        [224, 228, 229, 230, 231],
        [232, 236, 239, 240, 245],
        [247, 261, 262, 266, 275],
        [276, 277, 278, 280, 282],
        [285, 293, 296, 299, 327],
        [330, 333, 336, 337, 340],
        [343, 346, 347, 349, 351],
        [355, 359, 360, 363, 371],
        [372, 383, 411, 416, 417],
        [418, 419, 421, 423, 425],
        [426, 427, 428, 430, 431],
        [441, 442, 443, 444, 449],
        [450, 452, 456, 459, 464],
    ]
).ravel()
"""115 points of the mesh, the nose's tip first, none on what moves by itself: mouth and cheeks beside it, eyelids,
outline. Somebody who talks moves them, and who wears a photograph with the mouth cut out shows their own there."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A face that later ones are compared with.

    Attributes:
        at: When it was seen, s.
        patch: (160, 160) uint8: the face, its eyes level and 64 pixels apart, of one brightness and contrast.
        points: (115, 2) float32: the followed points in the patch, pixels.
        inside: (115,) bool: which of them the picture showed.
        terms: (115, 10) float64: the cubic polynomial's terms at the points.
        depth: (115,) float64: the relief there in eye distances, smaller towards the camera.
        turned: (yaw, pitch) that the mesh believed, degrees.
    """

    at: float
    patch: Pixels
    points: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    inside: Chosen
    terms: Floats
    depth: Floats
    turned: tuple[float, float]


class Pair(NamedTuple):
    """What two frames of a face say.

    Attributes:
        at: When the later one was seen, s.
        along: The turn that the relief shows, in the direction in which the mesh believes one, degrees.
        across: And at right angles to it, 0 or more.
        error: Standard error of both, degrees.
        believed: The turn that the mesh believes, degrees, 0 or more.
        squeezed: The least turn that a plane needs for the change of the face's proportions, degrees: a plane that
            is tilted by up to 45 degrees loses at most one part in 57 with each.
        eyes: Pixels between the eyes in the later picture.
    """

    at: float
    along: float
    across: float
    error: float
    believed: float
    squeezed: float
    eyes: float


def usable(view: View) -> bool:
    """Return whether a frame shows a face large and sure enough."""
    mesh = view.mesh
    return (
        mesh is not None
        and mesh.presence >= _PRESENCE
        and bool(np.isfinite(mesh.points).all())
        and _eyes(mesh)[1] >= _LEAST
    )


def reference(view: View, mesh: Landmarks) -> Reference:
    """Return a frame's face to compare later ones with.

    Args:
        view: A usable frame.
        mesh: Its mesh.
    """
    along, length = _eyes(mesh)
    cos, sin = along / length
    rotation = _EYES / length * np.array([[cos, sin], [-sin, cos]])
    middle = mesh.points[:, :2].mean(axis=0, dtype=np.float64)
    to_patch = np.hstack([rotation, (_SIDE / 2 - rotation @ middle)[:, None]])
    points = mesh.points[_FACE, :2] @ rotation.T + to_patch[:, 2]
    x, y = ((points - _SIDE / 2) / _EYES).T
    terms = np.stack([x**i * y**j for i in range(4) for j in range(4 - i)], axis=1)
    return Reference(
        view.at,
        _patch(view, mesh, to_patch),
        points.astype(np.float32),
        _inside(view, mesh),
        terms,
        mesh.points[_FACE, 2] / length,
        turn(mesh),
    )


def believed(first: Reference, turned: tuple[float, float]) -> tuple[float, float]:
    """Return the movement of the nose that a turn since a reference means: (right, down), degrees.

    Args:
        first: The face before.
        turned: (yaw, pitch) that the mesh believes now, degrees.
    """
    yaw, pitch = turned
    return yaw - first.turned[0], first.turned[1] - pitch


def compare(first: Reference, view: View, mesh: Landmarks) -> Pair | None:
    """Return what a later frame says of a face; None where too few of its points could be followed.

    Args:
        first: The face before.
        view: A usable frame.
        mesh: Its mesh.
    """
    to_patch = _similarity(mesh.points[_FACE, :2].astype(np.float64), first.points.astype(np.float64))
    if to_patch is None:
        return None
    moves, good = _follow(first, _patch(view, mesh, to_patch))
    good &= first.inside & _inside(view, mesh)
    if np.count_nonzero(good) < _FOLLOWED:
        return None
    toward, error, squeezed = _fit(first, moves, good)
    nose = np.array(believed(first, turn(mesh)))
    size = float(np.hypot(*nose))
    # Depth is smaller towards the camera, so the nose goes against the angle that belongs to the depth.
    along = float(-toward @ nose / size) if size > 0 else 0.0
    across = float(np.sqrt(max(float(toward @ toward) - along**2, 0.0)))
    return Pair(view.at, along, across, error, size, squeezed, _eyes(mesh)[1])


def _eyes(mesh: Landmarks) -> tuple[Floats, float]:
    """Return the line from the right to the left eye, and its length."""
    right, left = five_points(mesh)[:2].astype(np.float64)
    return left - right, float(np.hypot(*(left - right)))


def _inside(view: View, mesh: Landmarks) -> Chosen:
    """Return which of the followed points the picture shows."""
    height, width = view.picture.shape[:2]
    return np.asarray(((mesh.points[_FACE, :2] >= 0) & (mesh.points[_FACE, :2] < (width, height))).all(axis=1))


def _patch(view: View, mesh: Landmarks, to_patch: Floats) -> Pixels:
    """Return the face brought to the patch, of one brightness and contrast everywhere: light moves no point."""
    if view.scale < 1 and view.scale * _eyes(mesh)[1] < _SMALL:
        colours = cv2.warpAffine(view.picture, to_patch, (_SIDE, _SIDE), borderMode=cv2.BORDER_REPLICATE)
        grey = cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY)
    else:
        scaled = np.hstack([to_patch[:, :2] / view.scale, to_patch[:, 2:]])
        grey = cv2.warpAffine(view.grey, scaled, (_SIDE, _SIDE), borderMode=cv2.BORDER_REPLICATE)
    levels = grey.astype(np.float32)
    mean = cv2.blur(levels, _AROUND)
    spread = np.sqrt(np.maximum(cv2.blur(levels * levels, _AROUND) - mean * mean, 0) + _NOISE**2)
    return np.asarray(np.clip((levels - mean) * (_CONTRAST / spread) + 128, 0, 255), np.uint8)


def _similarity(points: Floats, to: Floats) -> Floats | None:
    """Return the (2, 3) shift, turn and scale that takes points to others, by least squares; None where none does."""
    middle, target = points.mean(axis=0), to.mean(axis=0)
    x, y = (points - middle).T
    u, v = (to - target).T
    size = float(x @ x + y @ y)
    if not size > 0:
        return None
    cos, sin = float(x @ u + y @ v) / size, float(x @ v - y @ u) / size
    rotation = np.array([[cos, -sin], [sin, cos]])
    return np.hstack([rotation, (target - rotation @ middle)[:, None]])


def _follow(first: Reference, patch: Pixels) -> tuple[Floats, Chosen]:
    """Return how far each point moved in eye distances, and which were found; Lucas and Kanade, there and back."""
    found, there, _ = cv2.calcOpticalFlowPyrLK(
        first.patch, patch, first.points, first.points.copy(), winSize=_WINDOW, maxLevel=1, criteria=_STOP
    )
    again, back, _ = cv2.calcOpticalFlowPyrLK(
        patch, first.patch, found, found.copy(), winSize=_WINDOW, maxLevel=1, criteria=_STOP
    )
    miss = np.hypot(*(again - first.points).T)
    good = (there.ravel() > 0) & (back.ravel() > 0) & (miss < _MISS)
    return (found - first.points).astype(np.float64) / _EYES, np.asarray(good)


def _fit(first: Reference, moves: Floats, good: Chosen) -> tuple[Floats, float, float]:
    """Return the angles that the relief shows, right and down; their standard error; and `Pair.squeezed`; degrees.

    Iteratively reweighted least squares with Huber's weights: a point that moves by itself counts little.
    """
    weights = good.astype(np.float64)
    both = np.column_stack([first.depth, moves])
    left = depth = angles = np.empty(0)
    for _ in range(_ROUNDS):
        weighted = first.terms * weights[:, None]
        squares = weighted.T @ first.terms + 1e-9 * np.eye(first.terms.shape[1])
        rest = both - first.terms @ np.linalg.solve(squares, weighted.T @ both)
        depth = rest[:, 0]
        angles = (weights * depth) @ rest[:, 1:] / max(float(weights @ depth**2), 1e-9)
        left = rest[:, 1:] - depth[:, None] * angles
        size = np.hypot(*left.T)
        usual = float(np.median(size[good])) / 1.18 + 1e-6
        weights = good * np.minimum(1.0, 2 * usual / np.maximum(size, 1e-9))
    free = max(float(weights.sum()) - first.terms.shape[1], 1.0)
    variance = float((weights[:, None] * left**2).sum()) / 2 / free
    error = np.sqrt(variance / max(float(weights @ depth**2), 1e-9))
    return np.degrees(angles), float(np.degrees(error)), _squeezed(first, moves, weights)


def _squeezed(first: Reference, moves: Floats, weights: Floats) -> float:
    """Return by how much the face became narrower in one direction than in the other, as degrees of a plane's turn.

    It is the least of the whole face and of what lies above the nose's tip: an opened mouth squeezes only the former.
    """
    above = first.points[:, 1] < first.points[0, 1]
    least = np.inf
    for part in (weights, weights * above):
        lines = np.column_stack([np.ones(len(moves)), first.points / _EYES]) * part[:, None]
        linear = np.linalg.lstsq(lines, moves * part[:, None], rcond=None)[0][1:].T + np.eye(2)
        wide, narrow = np.linalg.svd(linear, compute_uv=False)
        least = min(least, 1 - narrow / wide if wide > 0 else 0.0)
    return float(np.degrees(least))
