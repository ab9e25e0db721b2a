"""The camera that photographs the artefact anew, and the live person of the control alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from msgspec import Struct

from edge.eval.attacks.light import WEIGHTS, to_pixels

if TYPE_CHECKING:
    from edge.eval.attacks.light import Light, Pixels

_SHARPEST = 0.05
_MIDDLE = 0.18
"""What an automatic exposure makes of the average of a scene."""


class Camera(Struct, frozen=True):
    """One camera, and how it was set.

    Attributes:
        focal: The focal length in widths of the picture.
        psf_px: The lens: standard deviation of its point spread in pixels.
        defocus_px: Further blur, since the artefact is not quite in focus; standard deviation in pixels.
        aperture: How much of a pixel's pitch gathers light on each side; a sensor that skips lines has little.
        exposure_ev: How much brighter than the automatic exposure, in stops.
        white: What the white balance does to blue and red; green is 1.
        shot: The variance of the noise for light of 1.
        read: The standard deviation of the noise in the dark.
        chroma: Coloured noise for grey noise of 1.
        jpeg: The quality at which the camera compresses each frame; 0 for not at all.
    """

    focal: float = 0.9
    psf_px: float = 0.4
    defocus_px: float = 0.0
    aperture: float = 1.0
    exposure_ev: float = 0.0
    white: tuple[float, float] = (1.0, 1.0)
    shot: float = 2e-4
    read: float = 2e-3
    chroma: float = 0.5
    jpeg: int = 90

    @property
    def blur_px(self) -> float:
        """The whole blur, as a standard deviation in pixels."""
        return float(np.hypot(self.psf_px, self.defocus_px))


def gain(scene: Light, camera: Camera) -> float:
    """Return what the exposure makes of light of 1, weighing the middle of the scene double.

    Args:
        scene: (height, width, 3) float32.
        camera: How it was set.
    """
    height, width = scene.shape[:2]
    inner = scene[height // 4 : height - height // 4, width // 4 : width - width // 4]
    mean = (
        float(scene.mean(axis=(0, 1), dtype=np.float64) @ WEIGHTS)
        + float(inner.mean(axis=(0, 1), dtype=np.float64) @ WEIGHTS)
    ) / 2
    return float(_MIDDLE / max(mean, 1e-3) * 2**camera.exposure_ev)


def expose(scene: Light, camera: Camera, exposed: float, rng: np.random.Generator) -> Pixels:
    """Photograph a scene: blur, exposure, fresh noise, eight bits, compression.

    Args:
        scene: (height, width, 3) float32, linear BGR.
        camera: The camera.
        exposed: What it makes of light of 1 (see `gain`).
        rng: Draws the noise of this frame.
    """
    seen = np.asarray(cv2.GaussianBlur(scene, (0, 0), max(camera.blur_px, _SHARPEST)), np.float32)
    seen *= np.array([exposed * camera.white[0], exposed, exposed * camera.white[1]], np.float32)
    add_noise(seen, camera, rng)
    pixels = to_pixels(seen)
    if not camera.jpeg:
        return pixels
    packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, camera.jpeg])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def add_noise(seen: Light, camera: Camera, rng: np.random.Generator) -> None:
    """Add a sensor's noise in place: photons and electronics at each pixel, and coarser coloured noise."""
    height, width = seen.shape[:2]
    spread = np.sqrt(np.maximum(seen[..., 1], 0) * np.float32(camera.shot) + np.float32(camera.read**2))
    grey = rng.standard_normal((height, width), np.float32)
    coarse = rng.standard_normal((2, (height + 1) // 2, (width + 1) // 2), np.float32) * np.float32(2 * camera.chroma)
    blue, red = (grey + cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in coarse)
    seen += cv2.merge([blue * spread, grey * spread, red * spread])
