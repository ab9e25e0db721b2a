"""Whether what surrounds a face moves with it: the evidence of one window of time. Pure.

Pixels here are those of the working picture, 320 on its longer side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from edge.vision.liveness.edges import Edges, Side, find_edges, shifts
from edge.vision.liveness.points import Place, Points, find_points, levelled, moves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.values import Box

    Grey = NDArray[np.uint8]
    Floats = NDArray[np.float64]

EDGE_MOVED = 0.8
"""Pixels from which an edge has moved: the edges of a still scene tremble by less than 0.1."""
RING_MOVED = 1.5
"""Pixels from which points have moved as one: those of a still scene tremble by a quarter."""
FACE_MOVED = 1.5
"""Pixels from which a face has moved."""

_STILL = 0.5  # pixels up to which points and edges stand still
_RING, _SIDE, _CORNERS, _NEAR = 8, 3, 5, 4  # least points: of the ring, of a side, of the corners, beside the head
_SHARE = 0.6  # of the points that must move as one, or stand still
_PASSES = 0.5  # of the corners' motion, by which something near may move against them
_ALIKE, _LOOSE = 0.6, 0.75  # of a movement: how far edges may differ; how far the face's own may


class Scene(Enum):
    """What the rest of the picture does."""

    UNKNOWN = auto()
    BELIEVED = auto()  # to stand still, as the camera did; it cannot be seen now, and may have been pushed
    STILL = auto()
    MOVES = auto()


class Frame(NamedTuple):
    """Edges around a face that move as one.

    Attributes:
        sure: Whether there are enough of them, or the face goes with them.
        size: How far, pixels; 0 where there are none.
        way: (x, y) where to, as far as the edges show it.
    """

    sure: bool = False
    size: float = 0.0
    way: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Moment:
    """What one picture of a window shows.

    Attributes:
        scene: What the rest of the picture does.
        face: How far the face has moved, pixels; 0 where that is not known.
        frame: The edges that have moved.
        ring: How far the points beside and above the face have moved as one; 0 where they have not.
        view: How far the whole view has moved as one; 0 where it has not, and where the camera may move.
        free: Whether what is close beside the head stands still.
    """

    scene: Scene
    face: float
    frame: Frame
    ring: float
    view: float
    free: bool


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A stretch of time over which motion is measured from its first picture.

    Attributes:
        at: When it began, monotonic seconds.
        picture: (height, width) uint8, its first picture, levelled.
        points: Chosen there.
        edges: Found there.
        moved: (n, 2) float64: where the points are by the last picture; NaN where lost.
        shifted: (m,) float64: where the edges are by the last picture; NaN where lost.
        moments: What the later pictures showed.
    """

    at: float
    picture: Grey
    points: Points
    edges: Edges
    moved: Floats
    shifted: Floats
    moments: tuple[Moment, ...] = ()

    @property
    def framed(self) -> bool:
        """Whether edges stand on both sides of the face and above it."""
        return len(set(self.edges.sides.tolist())) == len(Side)


def begin(picture: Grey, box: Box, at: float) -> Window:
    """Return a window that begins with a picture.

    Args:
        picture: (height, width) uint8.
        box: The face in it.
        at: Its time, monotonic seconds.
    """
    points, edges = find_points(picture, box), find_edges(picture, box)
    moved, shifted = np.zeros((len(points.at), 2)), np.zeros(len(edges.sides))
    return Window(at, levelled(picture), points, edges, moved, shifted)


def watch(window: Window, picture: Grey, *, stands: bool) -> Window:
    """Return the window with what a later picture of the same size shows.

    Args:
        window: So far.
        picture: (height, width) uint8.
        stands: Whether the camera is known to stand still; if not, motion is measured against the corners', and what
            has moved by no more than a part of theirs has not moved: nearer things pass by faster than far ones.
    """
    moved = moves(window.points, window.picture, levelled(picture), window.moved)
    shifted = shifts(window.edges, picture, window.shifted)
    free, slid, went, scene = moved, shifted, 0.0, Scene.BELIEVED if stands else Scene.UNKNOWN
    view = camera(moved, window.points)
    if view is not None:
        corners = window.points.at[window.points.places >= Place.CORNER]
        went = float(np.median(np.hypot(*flow(view, corners).T)))
        scene = Scene.MOVES if stands and went > _STILL else Scene.STILL
        if not stands:
            free = np.asarray(moved - flow(view, window.points.at))
            slid = shifted - (window.edges.normals * flow(view, window.edges.ends.mean(axis=1))).sum(axis=1)
    face = middle(free[window.points.places == Place.FACE])
    frame = carried(slid, window.edges, face, EDGE_MOVED if stands else max(EDGE_MOVED, _PASSES * went))
    if scene in (Scene.UNKNOWN, Scene.BELIEVED) and frame.size and stays(free, slid, window, frame):
        scene = Scene.STILL
    moment = Moment(
        scene=scene,
        face=0.0 if face is None else float(np.hypot(*face)),
        frame=frame,
        ring=around(free, window.points, face, RING_MOVED if stands else max(2 * RING_MOVED, went)),
        view=went if scene is Scene.MOVES and went >= RING_MOVED else 0.0,
        free=apart(free, slid, window.points.places),
    )
    return replace(window, moved=moved, shifted=shifted, moments=(*window.moments, moment))


def camera(moved: Floats, points: Points) -> Floats | None:
    """Return how the corners of the picture have moved as one: (2, 3), a map of places; None where that cannot be said.

    Two corners may move alike; only from three on they may turn and grow as well, since any two do that.

    Args:
        moved: (n, 2) float64.
        points: Where they were chosen.
    """
    seen = ~np.isnan(moved[:, 0]) & (points.places >= Place.CORNER)
    went, start, where = moved[seen], points.at[seen], points.places[seen]
    if len(went) < _CORNERS or len(set(where.tolist())) < 2:
        return None
    centre = np.median(went, axis=0)
    for shift in (np.zeros(2), centre):
        near = np.hypot(*(went - shift).T) <= max(_STILL, 0.2 * float(np.hypot(*shift)))
        if near.mean() >= _SHARE and len(set(where[near].tolist())) >= 2:
            return np.column_stack([np.eye(2), shift])
    if len(set(where.tolist())) < 3:
        return None
    loose = max(1.0, 0.25 * float(np.hypot(*centre)))  # a tilted sheet does not quite move so
    found, one = cv2.estimateAffinePartial2D(start, start + went, ransacReprojThreshold=loose, maxIters=100)
    same = np.zeros(len(went), bool) if found is None else one.reshape(-1).astype(bool)
    return np.asarray(found) if same.mean() >= _SHARE and len(set(where[same].tolist())) >= 3 else None


def flow(view: Floats, at: Floats) -> Floats:
    """Return how far a map of places moves them: (n, 2).

    Args:
        view: (2, 3), as `camera` gives it.
        at: (n, 2) pixels.
    """
    return np.asarray(at @ view[:, :2].T + view[:, 2] - at)


def middle(moved: Floats) -> Floats | None:
    """Return the median motion of points that are not lost: (2,); None for too few."""
    seen = moved[~np.isnan(moved[:, 0])]
    return np.asarray(np.median(seen, axis=0)) if len(seen) >= _SIDE else None


def stays(moved: Floats, shifted: Floats, window: Window, frame: Frame) -> bool:
    """Whether something outside the face stands still while the edges around it move: then the camera does too."""
    way = np.array(frame.way)
    limit = min(_STILL, 0.35 * frame.size)
    aside = window.points.places != Place.FACE
    still = aside & (np.hypot(*moved.T) <= limit)
    if still.sum() >= _CORNERS and len(set(window.points.places[still].tolist())) >= 2:
        return True
    crossed = np.abs(window.edges.normals @ way) >= 2 * limit
    return bool((crossed & (np.abs(shifted) <= limit)).any())


def apart(moved: Floats, shifted: Floats, places: NDArray[np.int64]) -> bool:
    """Whether what is close beside the head on both sides, and all that is known around it, stands still."""
    close = [moved[(places == side) & ~np.isnan(moved[:, 0])] for side in (Place.CLOSE_LEFT, Place.CLOSE_RIGHT)]
    beside = np.concatenate(close)
    if len(beside) < _NEAR or min(map(len, close)) < 1 or (np.abs(shifted) > _STILL).any():
        return False
    return bool((np.hypot(*beside.T) <= _STILL).mean() >= 0.8)


def around(moved: Floats, points: Points, face: Floats | None, least: float) -> float:
    """Return how far the ring of points around the face has moved as one, pixels; 0 where it has not.

    Args:
        moved: (n, 2) float64.
        points: Where they were chosen.
        face: (2,) how far the face has moved; None where that is not known.
        least: From how many pixels on it has moved.
    """
    mine = ~np.isnan(moved[:, 0]) & (points.places >= Place.LEFT) & (points.places <= Place.ABOVE)
    sides = points.places[mine]
    counted = [side for side in (Place.LEFT, Place.RIGHT, Place.ABOVE) if (sides == side).sum() >= _SIDE]
    if mine.sum() < _RING or len(counted) < 2:
        return 0.0
    went, start = moved[mine], points.at[mine]
    if float((np.hypot(*went.T) >= least).mean()) < _SHARE:
        return 0.0
    found, one = cv2.estimateAffinePartial2D(start, start + went, ransacReprojThreshold=0.8, maxIters=100)
    same = np.zeros(len(went), bool) if found is None else one.reshape(-1).astype(bool)
    if not same.any():
        return 0.0
    way = np.median(went[same], axis=0)
    size = float(np.hypot(*way))
    together = same.mean() >= _SHARE and sum(same[sides == side].mean() >= 0.5 for side in counted) >= 2
    return size if together and size >= least and follows(way, face) else 0.0


def follows(way: Floats, face: Floats | None) -> bool:
    """Whether the face may be carried by what moved so: it has moved alike, and a little by itself."""
    return face is not None and float(np.hypot(*(face - way))) <= _LOOSE * float(np.hypot(*way))


def carried(shifted: Floats, edges: Edges, face: Floats | None, least: float) -> Frame:
    """Return the edges around the face that have moved as one.

    Args:
        shifted: (n,) float64, across themselves; NaN where lost.
        edges: Where they were found.
        face: (2,) how far the face has moved; None where that is not known.
        least: From how many pixels on an edge has moved.
    """
    went = np.abs(np.nan_to_num(shifted)) >= least
    left, right, top = (np.flatnonzero(went & (edges.sides == side)) for side in Side)
    best = Frame()
    for first, second in [(one, other) for one in left for other in right]:
        one, other = float(shifted[first]), float(shifted[second])
        if abs(one - other) <= _ALIKE * max(abs(one), abs(other)):
            across = edges.normals[first]
            way = across * (one + other) / 2
            sure = len(top) > 0 or min(len(left), len(right)) > 1
            sure = sure or (face is not None and follows(way, across * float(across @ face)))
            best = max(best, Frame(sure, min(abs(one), abs(other)), (float(way[0]), float(way[1]))))
    for first, second in [(one, above) for one in (*left, *right) for above in top]:
        pair = [first, second]
        way = np.asarray(np.linalg.solve(edges.normals[pair], shifted[pair]), np.float64)
        size = float(np.abs(shifted[pair]).min())
        best = max(best, Frame(follows(way, face), size, (float(way[0]), float(way[1]))))
    return best
