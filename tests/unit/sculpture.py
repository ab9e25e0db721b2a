"""Heads and sheets with a random texture, moved before a camera: tiny builders for the cue of relief.

Lengths are in eye distances; x goes right, y down, z away from the camera; the middle of the face is the origin.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from edge.values import Box, Landmarks
from edge.vision.landmarks import _LEFT_EYE, _RIGHT_EYE
from edge.vision.liveness.parallax import _FACE
from edge.vision.liveness.relief import Relief, look
from edge.vision.liveness.view import view_of
from hw.base import Frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edge.values import Finding
    from edge.vision.liveness.view import View

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

DISTANCE = 9.0
"""Of the camera, in eye distances: some 55 cm."""
_TEXELS = 100
"""Of the texture in one eye distance."""


class Pose(NamedTuple):
    """Where something is and how it is turned; degrees and eye distances. `jaw` is how far it is opened."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    right: float = 0.0
    nearer: float = 0.0
    jaw: float = 0.0

    def matrix(self) -> Floats:
        yaw, pitch, roll = np.radians([-self.yaw, -self.pitch, self.roll])
        turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
        nod = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
        tilt = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
        return np.asarray(tilt @ nod @ turn)


@dataclass(frozen=True, slots=True)
class Thing:
    """A surface with a face painted on it.

    Attributes:
        solid: Whether it has a face's relief.
        bend: Curvature of the sheet around a line down, or across.
        across: Whether the bend is the other way.
        believed: How much of its turn the mesh sees.
    """

    solid: bool
    bend: float = 0.0
    across: bool = False
    believed: float = 1.0

    def surface(self, x: Floats, y: Floats) -> Floats:
        if self.solid:
            return relief(x, y)
        return self.bend * (y if self.across else x) ** 2 / 2


HEAD = Thing(solid=True)
SHEET = Thing(solid=False, believed=0.3)


def relief(x: Floats, y: Floats) -> Floats:
    """A face: a dome with eye sockets and a nose."""
    nose = 0.45 * np.exp(-((x / 0.2) ** 2) - ((y - 0.25) / 0.35) ** 2)
    sockets = sum(0.1 * np.exp(-(((x - side) / 0.25) ** 2) - ((y + 0.35) / 0.2) ** 2) for side in (-0.5, 0.5))
    return np.asarray(0.25 * x**2 + 0.1 * y**2 - nose + sockets)


def places() -> Floats:
    """(468, 2): where the mesh's points lie on the face; only those that the cue reads have their right place."""
    found = np.zeros((468, 2))
    number = np.arange(len(_FACE)) + 0.5
    radius, angle = np.sqrt(number / len(_FACE)), number * 2.399963
    found[_FACE] = np.stack([0.9 * radius * np.cos(angle), 1.1 * radius * np.sin(angle)], axis=1)
    around = np.arange(16) * np.pi / 8
    for side, eye in ((-0.5, _RIGHT_EYE), (0.5, _LEFT_EYE)):
        found[eye] = np.stack([side + 0.15 * np.cos(around), -0.35 + 0.05 * np.sin(around)], axis=1)
    found[10], found[152] = (0.0, -1.2), (0.0, 1.3)
    return found


@dataclass(frozen=True, slots=True)
class Studio:
    """A camera.

    Attributes:
        eyes: Pixels between the eyes of somebody who looks straight at it.
        size: (width, height) of its pictures.
        fps: Frames a second.
        seed: Of the texture and the camera's noise.
        noise: Grey levels.
        flicker: Of the light, as a share of it.
        texture: What is painted on things; see `painted`.
    """

    eyes: float = 56.0
    size: tuple[int, int] = (240, 220)
    fps: float = 15.0
    seed: int = 1
    noise: float = 2.0
    flicker: float = 0.0
    texture: Floats = field(default_factory=lambda: np.empty(0))

    def painted(self) -> Studio:
        generator = np.random.default_rng(self.seed)
        fine = cv2.GaussianBlur(generator.normal(0, 1, (4 * _TEXELS, 4 * _TEXELS)), (0, 0), 4)
        coarse = cv2.GaussianBlur(generator.normal(0, 1, (4 * _TEXELS, 4 * _TEXELS)), (0, 0), 14)
        paint = np.clip(120 + 28 * fine / fine.std() + 22 * coarse / coarse.std(), 0, 255)
        return replace(self, texture=np.asarray(paint, np.float64))

    def project(self, thing: Thing, pose: Pose, x: Floats, y: Floats) -> Floats:
        """(…, 2) pixels."""
        opened = y + pose.jaw * np.maximum(y - 0.5, 0)
        spots = np.stack([x, opened, thing.surface(x, y)], axis=-1) @ pose.matrix().T
        depth = spots[..., 2] + DISTANCE - pose.nearer
        spots[..., 0] += pose.right
        return np.asarray(spots[..., :2] * (self.eyes * DISTANCE / depth)[..., None] + np.array(self.size) / 2)

    def mesh(self, thing: Thing, pose: Pose) -> Landmarks:
        """What a mesh that believes part of the turn would say: it lays a head's relief on everything."""
        x, y = places().T
        seen = self.project(thing, pose, x, y)
        turned = Pose(pose.yaw * thing.believed, pose.pitch * thing.believed, pose.roll)
        depth = (np.stack([x, y, relief(x, y)], axis=1) @ turned.matrix().T)[:, 2] * self.eyes
        if thing.believed != 1:  # the pose is read from places too: they are those of the believed turn
            believed = self.project(HEAD, turned._replace(right=pose.right, nearer=pose.nearer), x, y)
            others = np.setdiff1d(np.arange(468), _FACE)
            seen[others] = believed[others]
        return Landmarks(np.column_stack([seen, depth]).astype(np.float32), 1.0)

    def picture(self, thing: Thing, pose: Pose, number: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        rows, columns = np.mgrid[0 : self.size[1], 0 : self.size[0]].astype(np.float64)
        wanted = np.stack([columns, rows], axis=-1)
        near = DISTANCE / (DISTANCE - pose.nearer)
        middle = np.array(self.size) / 2 + [self.eyes * near * pose.right, 0]
        # Where on the surface a pixel looks: the projection is undone by steps, each as on a plane that is tilted.
        inverse = np.linalg.inv(pose.matrix()[:2, :2]) / self.eyes / near
        spots = (wanted - middle) @ inverse.T
        for _ in range(8):
            spots += (wanted - self.project(thing, pose, spots[..., 0], spots[..., 1])) @ inverse.T * 0.9
            spots = np.clip(spots, -1.9, 1.9)
        texels = (spots * _TEXELS + 2 * _TEXELS).astype(np.float32)
        right, down = (np.ascontiguousarray(texels[..., axis]) for axis in (0, 1))
        shade = cv2.remap(self.texture.astype(np.float32), right, down, cv2.INTER_LINEAR)
        generator = np.random.default_rng([self.seed, number])
        bright = 1 + self.flicker * np.sin(2.1 * number)
        seen = np.clip(shade * bright + generator.normal(0, self.noise, shade.shape), 0, 255).astype(np.uint8)
        return np.asarray(cv2.cvtColor(seen, cv2.COLOR_GRAY2BGR), np.uint8)

    def view(self, thing: Thing, pose: Pose, number: int = 0, at: float | None = None) -> View:
        """One frame of it, with the mesh laid."""
        mesh = self.mesh(thing, pose)
        low, high = mesh.points[:, :2].min(axis=0).tolist(), mesh.points[:, :2].max(axis=0).tolist()
        when = number / self.fps if at is None else at
        view = view_of(Frame(self.picture(thing, pose, number), when, number))
        return replace(view, track=1, box=Box(*low, *high), mesh=mesh, faces=1)

    def film(self, thing: Thing, poses: Iterable[Pose]) -> list[View]:
        return [self.view(thing, pose, number) for number, pose in enumerate(poses)]


def turning(frames: int, yaw: float = 0.0, pitch: float = 0.0, **rest: float) -> list[Pose]:
    """An even turn to the person's left and upwards, the half of it to the other side first."""
    return [Pose(share * yaw, share * pitch, **rest) for share in np.linspace(-0.5, 0.5, frames).tolist()]


def findings(views: Iterable[View], state: Relief | None = None) -> Iterator[Finding]:
    """What the cue says after each frame."""
    state = state or Relief()
    for view in views:
        state, finding = look(state, view)
        yield finding


def scores(views: Iterable[View]) -> list[float]:
    """The scores that were given."""
    return [one.score for one in findings(views) if one.score is not None]
