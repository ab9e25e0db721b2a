"""Actors before a scripted camera: a head with relief made from one photograph, and what is done with photographs.

The head is the photograph displaced by the depth that the mesh lays on it, in front of a wall that stands still. It is
the tests' double of a living person; real people are measured elsewhere (`edge eval pad`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from edge.values import Move
from edge.vision.still import study
from hw.base import Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from edge.values import Landmarks
    from edge.vision.pipeline import Eyes

    Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

SIZE = (640, 480)
MIDDLE = (320, 230)
_PATCH = 320
"""Pixels of the square around its middle in which a head is drawn."""
_GROWN, _SOFT = 1.3, 5
"""How much larger than the mesh's outline a head is cut out, and how many pixels soft its edge is."""


class Pose(NamedTuple):
    """How a thing is held: turned to its left and upwards and tilted, degrees; shifted, pixels; and how large."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    right: float = 0.0
    down: float = 0.0
    size: float = 1.0

    def toward(self, goal: Pose, degrees: float) -> Pose:
        """Turn towards another pose, but not further than so many degrees."""
        way = max(abs(goal.yaw - self.yaw), abs(goal.pitch - self.pitch), 1e-9)
        share = min(degrees / way, 1.0)
        return Pose(*(was + share * (to - was) for was, to in zip(self, goal, strict=True)))


def sway(at: float, size: float = 1.0) -> Pose:
    """What a hand, or somebody who stands, does by itself; it never comes back to where it was."""
    turns = [math.sin(at * speed + start) for speed, start in ((1.9, 0.3), (2.7, 1.1), (3.1, 2.0), (1.3, 0.7))]
    return Pose(0.0, 0.0, 0.8 * size * turns[0], 3 * size * turns[1], 2 * size * turns[2], 1 + 0.01 * size * turns[3])


def wall(seed: int = 0) -> Pixels:
    """What stands still behind everybody: soft shapes, no edges."""
    rough = np.random.default_rng(seed).normal(0, 1, (SIZE[1], SIZE[0], 3)).astype(np.float32)
    soft = cv2.GaussianBlur(rough, (0, 0), 9)
    return np.asarray(np.clip(125 + 14 * soft / soft.std(), 0, 255), np.uint8)


_NOISE = np.random.default_rng(7).normal(0, 2, (2 * SIZE[1], 2 * SIZE[0], 1)).astype(np.int16).repeat(3, axis=2)


def noisy(picture: Pixels, number: int) -> Pixels:
    """A picture as the sensor gives it in frame `number`, with noise of 2 grey levels: no two are the same."""
    top, left = number * 37 % SIZE[1], number * 101 % SIZE[0]
    there = np.ascontiguousarray(_NOISE[top : top + SIZE[1], left : left + SIZE[0]])
    return np.asarray(cv2.add(picture, there, dtype=cv2.CV_8U), np.uint8)


@dataclass(frozen=True)
class Portrait:
    """A photograph brought before the camera, upright and in the middle.

    Attributes:
        picture: (480, 640, 3) uint8: the photograph, as large as it is held.
        mesh: What the mesh says of the face in it.
        middle: Of the face, pixels of the frame.
    """

    picture: Pixels
    mesh: Landmarks
    middle: tuple[int, int] = MIDDLE

    @classmethod
    def of(cls, photograph: Pixels, eyes: Eyes, width: float = 170.0, middle: tuple[int, int] = MIDDLE) -> Portrait:
        """Bring the face to a place, and to so many pixels of width."""
        face = study(photograph, eyes).face
        assert face is not None
        scale, (x, y) = width / face.box.width, face.box.centre
        move = np.array([[scale, 0, middle[0] - scale * x], [0, scale, middle[1] - scale * y]])
        held = cv2.warpAffine(photograph, move, SIZE, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        picture = np.asarray(held, np.uint8)
        (there,) = eyes.detect(picture)
        return cls(picture, eyes.mesh(picture, there), middle)

    @property
    def _corner(self) -> tuple[int, int]:
        """The left upper corner of the square in which the head is drawn."""
        return self.middle[0] - _PATCH // 2, self.middle[1] - _PATCH // 2

    @cached_property
    def places(self) -> Floats:
        """(468, 3): the mesh's points in pixels of the patch, their depth from the middle of the head."""
        centre = [*self._corner, float(self.mesh.points[:, 2].max())]
        return np.asarray(self.mesh.points - np.array(centre, np.float32), np.float32)

    @cached_property
    def _depth(self) -> Floats:
        """The mesh's depth between and beyond its points: what is near counts, and where nothing is, what is far."""
        heights, weights = np.zeros((2, _PATCH, _PATCH), np.float32)
        columns, rows = np.clip(self.places[:, :2].astype(int), 0, _PATCH - 1).T
        np.add.at(heights, (rows, columns), self.places[:, 2])
        np.add.at(weights, (rows, columns), 1)
        above, below = np.zeros((2, _PATCH, _PATCH))
        for sigma, weight in ((4, 1.0), (10, 1e-2), (30, 1e-4), (80, 1e-6)):
            above += weight * sigma**2 * cv2.GaussianBlur(heights, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
            below += weight * sigma**2 * cv2.GaussianBlur(weights, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
        return np.asarray(above / np.maximum(below, 1e-12), np.float32)

    @cached_property
    def _outline(self) -> Floats:
        """1 on the head, 0 beside it."""
        hull = np.asarray(cv2.convexHull(np.ascontiguousarray(self.places[:, :2])), np.float32).reshape(-1, 2)
        middle = hull.mean(axis=0)
        corners = ((hull - middle) * _GROWN + middle).astype(np.int32)
        filled = cv2.fillConvexPoly(np.zeros((_PATCH, _PATCH), np.uint8), corners, 255)
        return np.asarray(cv2.GaussianBlur(filled, (0, 0), _SOFT) / np.float32(255), np.float32)

    def head(self, pose: Pose, behind: Pixels, *, flat: bool = False) -> Pixels:
        """The head before a wall, turned as a solid one is; `flat`, as the cut-out photograph of it is."""
        across, down = self._sources(pose, flat=flat)
        left, top = self._corner
        columns, rows = slice(left, left + _PATCH), slice(top, top + _PATCH)
        shown = cv2.remap(self.picture[rows, columns], across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        share = cv2.remap(self._outline, across, down, cv2.INTER_LINEAR)[..., None]
        seen = behind.copy()
        seen[rows, columns] = share * shown + (1 - share) * behind[rows, columns]
        return seen

    def _sources(self, pose: Pose, *, flat: bool) -> tuple[Floats, Floats]:
        """Where in the patch each of its pixels comes from: the displacement is undone by steps."""
        middle = self.places[:, :2].mean(axis=0)
        columns, rows = np.meshgrid(*[np.arange(_PATCH, dtype=np.float32)] * 2)
        x, y = columns - middle[0], rows - middle[1]
        turn = _rotation(pose)
        away = np.zeros_like(self._depth) if flat else self._depth
        right = np.asarray(turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] * away - x, np.float32)
        under = np.asarray(turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] * away - y, np.float32)
        held = np.asarray(cv2.getRotationMatrix2D(middle.tolist(), -pose.roll, pose.size))
        held[:, 2] += np.array([pose.right, pose.down])
        back = cv2.invertAffineTransform(held)
        across0, down0 = (np.asarray(row[0] * columns + row[1] * rows + row[2], np.float32) for row in back)
        across, down = across0, down0
        for _ in range(5):
            moved = [
                cv2.remap(by, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for by in (right, under)
            ]
            across, down = across0 - moved[0], down0 - moved[1]
        return across, down

    def sheet(self, pose: Pose, behind: Pixels, size: tuple[int, int] = (300, 380)) -> Pixels:
        """The photograph as a print of so many pixels, held before a wall."""
        half = np.array(size) / 2
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
        turned = np.column_stack([corners, np.zeros(4)]) @ _rotation(pose).T
        near = 1200 / (1200 + turned[:, 2:])
        angle = math.radians(pose.roll)
        roll = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        there = turned[:, :2] * near * pose.size @ roll.T + self.middle + (pose.right, pose.down)
        here = corners + self.middle
        move = cv2.getPerspectiveTransform(here.astype(np.float32), there.astype(np.float32))
        whole = cv2.fillConvexPoly(np.zeros(SIZE[::-1], np.float32), here.astype(np.int32), 1.0)
        share = cv2.warpPerspective(whole, move, SIZE)[..., None]
        shown = cv2.warpPerspective(self.picture, move, SIZE, flags=cv2.INTER_LINEAR)
        return np.asarray(share * shown + (1 - share) * behind, np.uint8)

    def covered(self, points: Iterable[Iterable[int]], colour: tuple[int, int, int]) -> Portrait:
        """The same face with something over the given groups of the mesh's points: glasses, a mask."""
        picture = self.picture.copy()
        for group in points:
            hull = cv2.convexHull(self.mesh.points[list(group), :2].astype(np.int32))
            cv2.fillConvexPoly(picture, hull, colour)
        return replace(self, picture=picture)


def _rotation(pose: Pose) -> Floats:
    yaw, pitch = np.radians([-pose.yaw, -pose.pitch])
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    nod = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    return np.asarray(nod @ turn, np.float32)


OBEYS: dict[str, Pose] = {
    Move.TURN_LEFT: Pose(yaw=38, pitch=8),
    Move.TURN_RIGHT: Pose(yaw=-42, pitch=8),
    Move.NOD: Pose(pitch=-24),
    Move.LOOK_UP: Pose(pitch=22),
    Move.TURN_A_LITTLE: Pose(yaw=16),
}
"""How far an actor turns when asked; the mesh believes about two thirds of it, and a little nod with each turn."""


@dataclass
class Actor:
    """Somebody who does what they are asked.

    Attributes:
        answers: What they do when asked for something; else they look straight.
        reaction_s: How long they take to begin.
        speed: How fast they turn, degrees a second.
    """

    answers: Mapping[str, Pose] = field(default_factory=lambda: OBEYS)
    reaction_s: float = 0.35
    speed: float = 90.0
    _heard: list[tuple[float, str]] = field(default_factory=lambda: [(-math.inf, "")])
    _pose: Pose = field(default_factory=Pose)
    _last: float = -math.inf

    def at(self, now: float, asked: str) -> Pose:
        """How they hold their head at a moment, while something is asked of them."""
        if asked != self._heard[-1][1]:
            self._heard.append((now, asked))
        ready = [what for since, what in self._heard if now - since >= self.reaction_s]
        goal = self.answers.get(ready[-1], Pose())
        step = min(now - self._last, 0.5) * self.speed
        self._pose, self._last = self._pose.toward(goal, step), now
        return Pose(*self._pose[:2], *sway(now, 0.5)[2:])


def film(seconds: float, fps: float, draw: Callable[[float, int], Pixels], begin: float = 100.0) -> Iterator[Frame]:
    """Frames of a camera: what `draw` shows at a moment, and in which frame; each with its own sensor noise."""
    for number in range(round(seconds * fps)):
        at = begin + number / fps
        yield Frame(noisy(draw(at, number), number), at, number + 1)


def covered_eyes(portrait: Portrait) -> Portrait:
    """The face with dark glasses."""
    right = (70, 63, 105, 66, 107, 55, 193, 245, 128, 121, 120, 119, 118, 117, 111, 35, 124, 46)
    left = (300, 293, 334, 296, 336, 285, 417, 465, 357, 350, 349, 348, 347, 346, 340, 265, 353, 276)
    return portrait.covered((right, left, (193, 417, 168, 6)), (20, 18, 18))


def covered_mouth(portrait: Portrait) -> Portrait:
    """The face with a mask over mouth and nose."""
    upper = (6, 197, 195, 5, 4, 118, 117, 123, 147, 213, 347, 346, 352, 376, 433)
    lower = (132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361)
    return portrait.covered(((*upper, *lower),), (220, 205, 190))
