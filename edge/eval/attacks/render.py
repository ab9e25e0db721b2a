"""Photographs attacks and controls, frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.eval.attacks.camera import expose, gain
from edge.eval.attacks.geometry import homography, warped
from edge.eval.attacks.light import to_light
from edge.eval.attacks.motion import poses, wander
from edge.eval.attacks.recipe import stream
from edge.eval.attacks.scene import Shown, View, put
from edge.eval.attacks.screen import Screen, emitted, printed
from edge.eval.attacks.sources import distance, to_source
from edge.eval.attacks.species import FILLING, INJECTED
from edge.eval.attacks.surface import draw

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from edge.eval.attacks.geometry import Matrix
    from edge.eval.attacks.light import Light, Pixels
    from edge.eval.attacks.recipe import Recipe
    from edge.eval.attacks.sources import Source

_DETAIL = 1.25
"""Borders are drawn with so many times the pixels they are seen with, and no picture is finer."""
_REACH = 0.75
"""How far an arm is drawn, in the picture's longer sides."""
_NEAREST = 0.4
"""An artefact comes no nearer than this share of its distance at rest."""


def render(recipe: Recipe, source: Source, frames: Sequence[Pixels], room: Light) -> Iterator[Pixels]:
    """Yield the frames of a clip, (height, width, 3) uint8, BGR.

    Args:
        recipe: What it is made of.
        source: What is shown.
        frames: The source's, each (h, w, 3) uint8, BGR.
        room: (height, width, 3) float32, the light of what is behind; only attacks with an artefact look at it.
    """
    order = shown(recipe, len(frames))
    masked = recipe.paper is not None or recipe.screen is not None
    scenes = _artefact(recipe, source, frames, room) if masked else _person(recipe, source, frames)
    noise, exposed = stream(recipe.seed, recipe.clip, "noise"), 0.0
    fed: dict[int, Pixels] = {}
    for number, scene in zip(order, scenes, strict=True):
        if recipe.species not in INJECTED or number not in fed:
            exposed = exposed or gain(scene, recipe.camera)
            fed = fed if recipe.species in INJECTED else {}
            fed[number] = expose(scene, recipe.camera, exposed, noise)
        yield fed[number].copy()


def shown(recipe: Recipe, count: int) -> list[int]:
    """Return which of a source's `count` frames each frame shows; a clip that ends early stays on its last frame."""
    numbers = np.arange(recipe.frames)
    if recipe.period:
        numbers = numbers % recipe.period
    return [int(number) for number in np.minimum(recipe.start + numbers, count - 1)]


def views(recipe: Recipe, place: tuple[float, float]) -> list[View]:
    """Return how the artefact is seen in each frame.

    Args:
        recipe: How it is held.
        place: Where the middle of the eyes is at rest, in widths and heights of the picture.
    """
    times = np.arange(recipe.frames) / recipe.fps
    rng = stream(recipe.seed, recipe.clip, "motion")
    moved = poses(recipe.handling, times, rng)
    bends = recipe.bend * (0.5 + 0.5 * wander(times, rng))
    width, height = recipe.size
    focal = recipe.camera.focal * width
    middle = np.array(place) - 0.5
    rest = np.array([middle[0] * width, middle[1] * height, focal]) / recipe.eyes_px
    found = []
    for turn, shift, bend, at in zip(moved.turn, moved.shift, bends.tolist(), times.tolist(), strict=True):
        there = rest + shift / recipe.eye_mm
        there[2] = max(there[2], _NEAREST * rest[2])
        found.append(View(turn, there, homography(turn, there, focal, (width / 2, height / 2)), bend, at))
    return found


def _artefact(recipe: Recipe, source: Source, frames: Sequence[Pixels], room: Light) -> Iterator[Light]:
    """Yield the light of each frame: the person on the artefact before the room."""
    outline, rng = recipe.outline, stream(recipe.seed, recipe.clip, "artefact")
    reach = _REACH * max(recipe.size) / recipe.eyes_px
    drawn = draw(outline, _DETAIL * recipe.eyes_px, rng, reach) if outline else None
    eyes = source.eyes[recipe.start] if recipe.paper else source.middle
    tones = printed(recipe.paper) if recipe.paper else emitted(recipe.screen or Screen(1.0))
    place = recipe.place
    if recipe.species in FILLING:  # at rest the whole picture is filled without going on beyond the source
        there = nearer(recipe, eyes, source.size)
        middle = there[:2, :2] @ eyes.mean(axis=0) + there[:2, 2]
        place = middle[0] / recipe.size[0], middle[1] / recipe.size[1]
    for view, number in zip(views(recipe, place), shown(recipe, len(frames)), strict=True):
        scene = room.copy()
        put(scene, recipe, view, (_fitted(frames[number], eyes, recipe.eyes_px), tones), drawn)
        yield scene


def _fitted(picture: Pixels, eyes: NDArray[np.float64], eyes_px: float) -> Shown:
    """Return a picture of the person no finer than it will be seen."""
    shrink = _DETAIL * eyes_px / distance(eyes)
    if shrink > 1 / _DETAIL:
        return Shown(picture, to_source(eyes), ends=False)
    size = max(1, round(picture.shape[1] * shrink)), max(1, round(picture.shape[0] * shrink))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Shown(small, to_source(eyes * [size[0] / picture.shape[1], size[1] / picture.shape[0]]), ends=False)


def _person(recipe: Recipe, source: Source, frames: Sequence[Pixels]) -> Iterator[Light]:
    """Yield the light of each frame: the person as if the camera were nearer."""
    there = nearer(recipe, source.middle, source.size)
    for number in shown(recipe, len(frames)):
        yield to_light(np.asarray(warped(frames[number], there, (0, 0, *recipe.size)), np.uint8))


def nearer(recipe: Recipe, eyes: NDArray[np.float64], size: tuple[int, int]) -> Matrix:
    """Return the (3, 3) map from a clip's pixels to those of a camera that is nearer; no edge of the clip is seen.

    Args:
        recipe: Says how near.
        eyes: (2, 2) pixels of the two in the clip.
        size: (width, height) of the clip in pixels.
    """
    least = max(made / own for made, own in zip(recipe.size, size, strict=True))
    scale = max(recipe.eyes_px / distance(eyes), least)
    corner = np.array(recipe.place) * recipe.size - scale * eyes.mean(axis=0)
    corner = np.clip(corner, np.array(recipe.size) - scale * np.array(size), 0)
    return np.array([[scale, 0, corner[0]], [0, scale, corner[1]], [0, 0, 1]])
