"""Puts an artefact before a room, in light: what a frame's camera has to photograph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.eval.attacks.geometry import box_of, inverse, plane, rotation, unrolled, warped
from edge.eval.attacks.light import toned
from edge.eval.attacks.screen import bands, moire

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from edge.eval.attacks.geometry import Map, Matrix, Span
    from edge.eval.attacks.light import Light
    from edge.eval.attacks.recipe import Recipe
    from edge.eval.attacks.screen import Screen
    from edge.eval.attacks.surface import Drawn

_MIRRORED = 2.0
"""A mirror that turns by an angle turns what it shows by twice as much."""
_FAINT = 1e-3
"""Of a mirrored lamp's strength: beyond it is not drawn."""
_DARKEST = 0.1
"""Of a surface that is turned away from the lamp: the rest of the room lights it."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """How a surface is seen in one frame.

    Attributes:
        turn: (3,) its yaw, pitch and roll in radians.
        place: (3,) where its origin is, in eye distances before the camera.
        to_picture: (3, 3) from its points, in eye distances, to pixels.
        bend: One over its radius in eye distances; 0 while it is flat.
        at: Seconds.
    """

    turn: NDArray[np.float64]
    place: NDArray[np.float64]
    to_picture: Matrix
    bend: float
    at: float


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A picture that lies on a surface.

    Attributes:
        pixels: (h, w, …): the person, a border, a mask.
        from_eyes: (3, 3) from eye distances to its pixels.
        ends: Whether there is nothing beyond its edges; else it goes on mirrored.
    """

    pixels: NDArray[Any]
    from_eyes: Matrix
    ends: bool


def put(scene: Light, recipe: Recipe, view: View, person: tuple[Shown, Light], drawn: Drawn | None) -> None:
    """Put the artefact before the scene, in place.

    Args:
        scene: (height, width, 3) float32, linear BGR.
        recipe: What the artefact is made of.
        view: How it is seen.
        person: Who is on it, and the (256, 3) light that the numbers of this picture stand for there.
        drawn: Its edges; None where they are out of sight.
    """
    shown, tones = person
    span = _span(drawn, view, recipe.size)
    if span is None:
        return
    maps = unrolled(view.to_picture, view.turn, view.place, view.bend, span) if view.bend else None
    light = toned(_seen(shown, view, span, maps), tones)
    lit = _lit(recipe, view, maps)
    if recipe.screen is not None:
        _modulate(light, recipe, recipe.screen, view, span)
    else:
        light *= lit
    _shine(light, recipe, view, span)
    part = scene[span[1] : span[3], span[0] : span[2]]
    if drawn is None:
        np.copyto(part, light)
        return
    to_drawn = inverse(drawn.to_eyes)
    mask = _seen(Shown(drawn.shown, to_drawn, ends=True), view, span, maps)
    over = _seen(Shown(drawn.over, to_drawn, ends=True), view, span, maps)
    clear = 1 - over[..., 3]
    edges = np.asarray(cv2.cvtColor(over, cv2.COLOR_BGRA2BGR), np.float32)
    edges *= lit
    light *= cv2.merge([mask * clear] * 3)
    part *= cv2.merge([(1 - mask) * clear] * 3)
    part += light
    part += edges


def _span(drawn: Drawn | None, view: View, size: tuple[int, int]) -> Span | None:
    """Return the box of the picture that the artefact may touch; None where it is out of sight."""
    if drawn is None:
        return 0, 0, *size
    height, width = drawn.shown.shape
    box = box_of(view.to_picture @ drawn.to_eyes, (width, height))
    # A bent sheet's edges leave their plane towards the camera or away from it.
    pad = 2 + (0.15 * max(box[2] - box[0], box[3] - box[1]) if view.bend else 0)
    left, top = (max(0, int(np.floor(low - pad))) for low in box[:2])
    right, bottom = (min(most, int(np.ceil(high + pad))) for high, most in zip(box[2:], size, strict=True))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _seen(shown: Shown, view: View, span: Span, maps: tuple[Map, Map] | None) -> NDArray[Any]:
    """Return a picture on the surface as the camera sees it."""
    how = cv2.INTER_LINEAR if shown.ends else cv2.INTER_CUBIC
    border = cv2.BORDER_CONSTANT if shown.ends else cv2.BORDER_REFLECT_101
    if maps is None:
        return warped(shown.pixels, view.to_picture @ inverse(shown.from_eyes), span, (how, border))
    f = shown.from_eyes.astype(np.float32)
    return np.asarray(
        cv2.remap(shown.pixels, f[0, 0] * maps[0] + f[0, 2], f[1, 1] * maps[1] + f[1, 2], how, borderMode=border)
    )


def _lit(recipe: Recipe, view: View, maps: tuple[Map, Map] | None) -> Light:
    """Return how much more light falls on the surface than while it faced the camera (Lambert's cosine law)."""
    lamp = rotation(view.turn).T @ np.array([*recipe.lamp, -1.0])  # its direction, seen from the surface
    if maps is None:
        return np.full(1, max(-lamp[2], _DARKEST), np.float32)
    angle = np.clip(np.float32(view.bend) * maps[0], -1.4, 1.4)
    found = np.float32(lamp[0]) * np.sin(angle) - np.float32(lamp[2]) * np.cos(angle)
    return np.asarray(np.maximum(found, _DARKEST)[..., None], np.float32)


def _modulate(light: Light, recipe: Recipe, screen: Screen, view: View, span: Span) -> None:
    """Put the screen's pixels and its refresh into its light, in place."""
    x, y = (np.float32(screen.pitch) * one for one in plane(view.to_picture, span))
    found = moire(x, y, recipe.camera.aperture, recipe.camera.blur_px)
    if found is not None:
        light *= found
    if screen.banding:
        rows = np.arange(span[1], span[3], dtype=np.float32) / recipe.size[1]
        light *= bands(screen, np.asarray(rows, np.float32), view.at)[:, None, None]


def _shine(light: Light, recipe: Recipe, view: View, span: Span) -> None:
    """Add the mirrored lamp, in place."""
    glare = recipe.glare
    if not glare.strength:
        return
    normal = rotation(view.turn)[:, 2]
    offset = _MIRRORED * view.place[2] * normal[:2] / max(normal[2], 0.3)
    middle = view.to_picture @ [glare.place[0] + offset[0], glare.place[1] + offset[1], 1.0]
    spread = glare.size * recipe.eyes_px
    across, down = (
        np.exp(
            -0.5 * ((np.arange(*ends, dtype=np.float32) - np.float32(middle[i] / middle[2])) / np.float32(spread)) ** 2
        )
        for i, ends in enumerate(((span[0], span[2]), (span[1], span[3])))
    )
    rows, columns = np.flatnonzero(down > _FAINT), np.flatnonzero(across > _FAINT)
    if len(rows) and len(columns):
        patch = light[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        patch += np.float32(glare.strength) * (down[rows, None] * across[columns])[..., None]
