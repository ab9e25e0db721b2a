"""The room behind the artefact: a photograph, or one that is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.eval.attacks.light import to_light

if TYPE_CHECKING:
    from edge.eval.attacks.light import Light, Pixels

_THINGS = (4, 10)


def from_picture(picture: Pixels, size: tuple[int, int]) -> Light:
    """Return the light of a photograph, cut to fill a picture.

    Args:
        picture: (height, width, 3) uint8, BGR.
        size: (width, height) of the picture in pixels.
    """
    scale = max(size[0] / picture.shape[1], size[1] / picture.shape[0])
    shape = max(size[0], round(picture.shape[1] * scale)), max(size[1], round(picture.shape[0] * scale))
    large = cv2.resize(picture, shape, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    left, top = (shape[0] - size[0]) // 2, (shape[1] - size[1]) // 2
    return to_light(np.asarray(large[top : top + size[1], left : left + size[0]], np.uint8))


def made(size: tuple[int, int], rng: np.random.Generator) -> Light:
    """Return the light of a made room: a shaded wall with texture, a floor line, and things with straight edges.

    Args:
        size: (width, height) of the picture in pixels.
        rng: The draws.
    """
    width, height = size
    across, down = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    tilt = rng.uniform(-0.4, 0.4, 2)
    shade = np.exp(tilt[0] * across[None, :] + tilt[1] * down[:, None]).astype(np.float32)
    room = shade[..., None] * (rng.uniform(0.15, 0.6) * rng.uniform(0.85, 1.15, 3)).astype(np.float32)
    for _ in range(int(rng.integers(*_THINGS))):
        _put(room, rng)
    for cells in (5, 20, 80):
        room *= np.exp(_texture(size, cells, rng.uniform(0.0, 0.08), rng))[..., None]
    return np.asarray(cv2.GaussianBlur(room, (0, 0), rng.uniform(0.5, 2.5)), np.float32)


def _put(room: Light, rng: np.random.Generator) -> None:
    """Put a cupboard, a door frame, a picture or the like somewhere, sometimes with a handle or shelves."""
    height, width = room.shape[:2]
    w, h = int(width * rng.uniform(0.05, 0.35)), int(height * rng.uniform(0.1, 0.9))
    x, y = int(rng.integers(-w // 2, width - w // 2)), int(rng.integers(-h // 2, height - h // 2))
    bright, strong = rng.uniform(0.03, 0.7), rng.uniform(0.0, 0.15) if rng.random() < 0.7 else 0.5
    colour = tuple(float(bright * np.exp(strong * one)) for one in rng.standard_normal(3))
    cv2.rectangle(room, (x, y), (x + w, y + h), colour, -1)
    for _ in range(int(rng.integers(0, 4))):
        level = int(rng.integers(y, y + h + 1))
        cv2.line(room, (x, level), (x + w, level), tuple(0.5 * one for one in colour), int(rng.integers(1, 5)))


def _texture(size: tuple[int, int], cells: int, spread: float, rng: np.random.Generator) -> Light:
    coarse = rng.standard_normal((cells, cells), np.float32) * np.float32(spread)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)
