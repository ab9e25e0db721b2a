"""Between the numbers in a picture and the light they stand for (IEC 61966-2-1, sRGB)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Light = NDArray[np.float32]

WEIGHTS = np.array([0.0722, 0.7152, 0.2126])
"""What blue, green and red light add to luminance."""
_STEPS = 8191


def _linear(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


LIGHTS = _linear(np.arange(256) / 255)
"""The light of each number, (256,) float64."""
_TO_LIGHT = LIGHTS.astype(np.float32)
_TO_PIXELS = np.round(_encoded(np.arange(_STEPS + 1) / _STEPS) * 255).astype(np.uint8)


def to_light(pixels: Pixels) -> Light:
    """Return the light of pixels, 0 to 1, in the same shape."""
    return np.asarray(cv2.LUT(pixels, _TO_LIGHT), np.float32)


def toned(pixels: Pixels, tones: Light) -> Light:
    """Return the light of pixels, (h, w, 3), where a number of each colour stands for that of a (256, 3) table."""
    return np.asarray(cv2.LUT(pixels, tones[None]), np.float32)


def to_pixels(light: Light) -> Pixels:
    """Return the pixels that show light; what is brighter than 1 is clipped. The light is used up."""
    np.multiply(light, _STEPS, out=light)
    np.add(light, 0.5, out=light)
    np.clip(light, 0, _STEPS, out=light)
    return np.take(_TO_PIXELS, light.astype(np.uint16))
