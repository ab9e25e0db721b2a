"""Drawn scenes: a wall, a head before it, and things held up to the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.values import Box
from edge.vision.liveness.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    Draw = Callable[[Picture, float, float], None]

WIDTH, HEIGHT, FACE = 640, 480, 100
CENTRE = (320.0, 200.0)


def texture(seed: int, width: int = WIDTH, height: int = HEIGHT, *, mean: float = 130, spread: float = 30) -> Picture:
    """Grey noise with features a few pixels wide."""
    noise = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 4)
    return np.asarray(np.clip(mean + spread * smooth / smooth.std(), 0, 255), np.uint8)


def paste(picture: Picture, part: Picture, x: float, y: float, *, mask: Picture | None = None) -> None:
    """Lay a part over a picture, its middle at a place given in fractions of a pixel."""
    height, width = part.shape
    left, top = max(0, int(x - width / 2) - 2), max(0, int(y - height / 2) - 2)
    under = picture[top : max(0, int(y + height / 2) + 3), left : max(0, int(x + width / 2) + 3)]
    if not under.size:
        return
    place = np.array([[1, 0, x - (width - 1) / 2 - left], [0, 1, y - (height - 1) / 2 - top]], np.float64)
    size = (under.shape[1], under.shape[0])
    full = np.full((height, width), 255, np.uint8) if mask is None else mask
    alpha = cv2.warpAffine(full, place, size).astype(np.float32) / 255
    over = cv2.warpAffine(part, place, size, borderMode=cv2.BORDER_REPLICATE)
    under[:] = np.round(under * (1 - alpha) + over * alpha).astype(np.uint8)


HEAD = texture(1, FACE, int(1.4 * FACE), mean=150, spread=35)
OVAL = cv2.ellipse(np.zeros_like(HEAD), (FACE // 2, int(0.7 * FACE)), (FACE // 2, int(0.7 * FACE)), 0, 0, 360, 255, -1)
WALL = texture(2)
PLAIN = np.full((HEIGHT, WIDTH), 140, np.uint8)

NOISE = np.random.default_rng(5).normal(0, 1.5, (7, HEIGHT, WIDTH)).astype(np.float32)
"""Of a sensor: seven pictures, in turn."""


def head(picture: Picture, x: float, y: float) -> None:
    """A person's head."""
    paste(picture, HEAD, x, y, mask=np.asarray(OVAL, np.uint8))


def phone(width: float = 2.0, *, seed: int = 3, screen: Picture | None = None) -> Draw:
    """A dark frame, face widths wide, with a head before a background of its own."""
    size = (int(2.6 * FACE), int(width * FACE))
    body = np.full(size, 25, np.uint8)
    inner = texture(seed, size[1] - 24, size[0] - 24, mean=170, spread=12) if screen is None else screen
    body[12:-12, 12:-12] = inner

    def draw(picture: Picture, x: float, y: float) -> None:
        paste(picture, body, x, y)
        head(picture, x, y)

    return draw


def sway(at: float, size: float) -> tuple[float, float]:
    """Where a hand or a body is that is not quite still."""
    return size * np.sin(2 * np.pi * 0.6 * at), size * np.sin(2 * np.pi * 0.45 * at + 1) / 2


def views(
    draw: Draw,
    *,
    size: float = 8.0,
    wall: Picture = WALL,
    fps: float = 15.0,
    seconds: float = 3.0,
    unrest: tuple[float, float] = (0.0, 0.0),
) -> Iterator[View]:
    """What a camera sees.

    Args:
        draw: Draws what moves.
        size: How far it moves, pixels.
        wall: What stands behind.
        fps: Frames a second.
        seconds: How long.
        unrest: How far the camera moves, pixels, and how much the light changes, as a share.
    """
    camera, light = unrest
    for number in range(round(fps * seconds)):
        at = number / fps
        dx, dy = sway(at, size)
        grey = wall.copy()
        x, y = CENTRE[0] + dx, CENTRE[1] + dy
        draw(grey, x, y)
        if camera:
            u, v = sway(at + 0.4, camera)
            shift = np.array([[1, 0, u], [0, 1, v]], np.float64)
            grey = np.asarray(cv2.warpAffine(grey, shift, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT), np.uint8)
            x, y = x + u, y + v
        gain = np.float32(1 + light * np.sin(2 * np.pi * 0.8 * at))
        grey = np.clip(grey * gain + NOISE[number % len(NOISE)], 0, 255).astype(np.uint8)
        yield view(grey, at, number, Box(x - FACE / 2, y - FACE / 2, x + FACE / 2, y + FACE / 2))


def nobody(wall: Picture = WALL, *, unrest: float = 0.0) -> list[View]:
    """What a camera sees for two seconds before anybody comes.

    Args:
        wall: What stands there.
        unrest: How far the camera moves, pixels.
    """
    free = [one.grey for one in views(lambda *_: None, wall=wall, fps=5.0, seconds=2.2, unrest=(unrest, 0.0))]
    return [view(grey, number / 5 - 3, number, None) for number, grey in enumerate(free)]


def view(grey: Picture, at: float, number: int, box: Box | None, track: int | None = 1) -> View:
    """A frame, and the face in it."""
    picture = cv2.merge([grey, grey, grey])
    shown = int(box is not None)
    return View(np.asarray(picture, np.uint8), grey, 1.0, at, number, track if shown else None, box, None, shown)
