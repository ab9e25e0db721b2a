"""How a screen or a print shows a picture, and what the camera's pixels make of a screen's pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.eval.attacks.light import LIGHTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.eval.attacks.light import Light

_STRIPE, _ROW = 0.28, 0.8
"""How much of a pixel a coloured stripe fills across, and its height down."""
_HARMONICS = np.array([(k, n) for k in range(6) for n in range(-3, 4) if k or n > 0])
"""The waves that a screen's stripes are made of: how often across and down a pixel; their opposites are the same."""
_FAINT = 1e-3
"""Waves weaker than this are left out."""


class Screen(Struct, frozen=True):
    """A screen.

    Attributes:
        pitch: Its pixels for an eye distance of the person shown.
        glow: The light of white on it, where the room's white paper gives 1.
        gamma: By what power of a standard screen's light it shows a picture.
        tint: What it does to blue and red; green is 1.
        black: The light of black on it.
        reflects: The room's light that the glass throws back everywhere.
        banding: How deep the dark bands of its refresh are, 0 to 1.
        bands: How many there are over the height of the picture.
        band_hz: How fast they wander, in bands a second.
    """

    pitch: float
    glow: float = 1.0
    gamma: float = 1.0
    tint: tuple[float, float] = (1.0, 1.0)
    black: float = 0.002
    reflects: float = 0.01
    banding: float = 0.0
    bands: float = 1.0
    band_hz: float = 0.0


class Paper(Struct, frozen=True):
    """A print.

    Attributes:
        white: The reflectance of the white of the picture: blue, green, red.
        black: That of its black.
        contrast: By what power of the picture's light it reflects.
    """

    white: tuple[float, float, float] = (0.8, 0.8, 0.8)
    black: float = 0.04
    contrast: float = 1.0


class Glare(Struct, frozen=True):
    """A lamp mirrored in glass or glossy paper; its place wanders as the surface turns.

    Attributes:
        strength: Its light at the middle.
        size: Its standard deviation in eye distances.
        place: Where it is while the surface faces the camera, in eye distances.
    """

    strength: float = 0.0
    size: float = 0.3
    place: tuple[float, float] = (0.0, 0.0)


def printed(paper: Paper) -> Light:
    """Return what a print reflects of the room's light: a table for `edge.eval.attacks.light.toned`."""
    tones = LIGHTS[:, None] ** paper.contrast
    return np.asarray(tones * (np.array(paper.white) - paper.black) + paper.black, np.float32)


def emitted(screen: Screen) -> Light:
    """Return what a screen emits and reflects, its pixels not yet seen: a table for `edge.eval.attacks.light.toned`."""
    white = screen.glow * np.array([screen.tint[0], 1.0, screen.tint[1]])
    return np.asarray(LIGHTS[:, None] ** screen.gamma * white + (screen.black + screen.reflects), np.float32)


def bands(screen: Screen, rows: NDArray[np.float32], at: float) -> NDArray[np.float32]:
    """Return by what the screen's light is dimmed in each row of the camera's picture.

    Args:
        screen: The screen.
        rows: (n,) from 0 at the top of the picture to 1 at its bottom.
        at: Seconds.
    """
    phase = 2 * np.pi * (screen.bands * rows + screen.band_hz * at)
    return np.asarray(1 - screen.banding * (0.5 + 0.5 * np.cos(phase)), np.float32)


def moire(x: Light, y: Light, aperture: float, blur_px: float) -> Light | None:
    """Return by what each pixel of the camera sees a white screen's light multiplied, about a mean of 1.

    A screen is a grid of red, green and blue stripes: a sum of plane waves. The camera's lens and each of its pixels
    average every wave over the area they gather light from, and the wave is then sampled: what is left of a wave finer
    than the camera's pixels comes back as a coarse one. The average is exact for a locally affine view; the waves'
    lengths are taken in the middle of the box.

    Args:
        x: (h, w) float32, in pixels of the screen: what each pixel of the camera looks at.
        y: The same.
        aperture: How much of a pixel's pitch gathers light on each side.
        blur_px: The lens's blur as a standard deviation in pixels of the camera.

    Returns:
        (h, w, 3) float32; None where no wave is left.
    """
    steps = _steps(x, y)
    found = None
    waves = _HARMONICS @ steps  # (n, 2), cycles for a pixel of the camera, to the right and down
    stripes = 2 * np.sinc(_HARMONICS * [_STRIPE, _ROW]).prod(axis=1)
    lens = np.sinc(aperture * waves).prod(axis=1) * np.exp(-2 * (np.pi * blur_px) ** 2 * (waves**2).sum(axis=1))
    strengths = stripes * lens
    for wave in np.flatnonzero(np.abs(strengths) >= _FAINT):
        across, down = _HARMONICS[wave].tolist()
        strength = strengths[wave]
        turns = across * x + down * y
        turns -= np.floor(turns)
        phase = np.float32(2 * np.pi) * turns
        cosine, sine = np.float32(strength) * np.cos(phase), np.float32(strength) * np.sin(phase)
        found = np.ones((*x.shape, 3), np.float32) if found is None else found
        for colour in range(3):
            offset = 2 * np.pi * across * (1 - colour) / 3  # red is left of green, and blue right of it
            found[..., colour] += np.float32(np.cos(offset)) * cosine + np.float32(np.sin(offset)) * sine
    return found


def _steps(x: Light, y: Light) -> NDArray[np.float64]:
    """Return the (2, 2) change of x (first row) and y for a pixel to the right (first column) and down."""
    row, column = x.shape[0] // 2, x.shape[1] // 2
    row, column = max(1, row), max(1, column)
    return np.array(
        [[part[row, column] - part[row, column - 1], part[row, column] - part[row - 1, column]] for part in (x, y)],
        np.float64,
    )
