"""Runs a model on made-up pictures: a sound one gives finite numbers that follow the picture (S8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge.errors import ModelError
from edge.vision.infer import Model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.vision.bundle import Bundle
    from edge.vision.manifest import Manifest

COLLAPSED = 0.999
"""Two pictures that have nothing in common must not be more alike than this."""


def faults_when_run(bundle: Bundle) -> list[str]:
    """Say what is wrong with a model's outputs on two pictures without a face; empty when nothing is.

    Args:
        bundle: A bundle that was read and whose hashes agree.
    """
    try:
        model = Model(bundle)
        first, second = (model.look(picture) for picture in pictures(*model.size))
    except ModelError as error:
        return [str(error)]
    return judge(bundle.manifest, first, second)


def judge(manifest: Manifest, first: list[NDArray[np.float32]], second: list[NDArray[np.float32]]) -> list[str]:
    """Say what is wrong with a model's outputs on two pictures that have nothing in common.

    Args:
        manifest: Of the model.
        first: Its outputs on one picture.
        second: Its outputs on the other.
    """
    faults = []
    for output, one, other in zip(manifest.output, first, second, strict=True):
        if not (np.isfinite(one).all() and np.isfinite(other).all()):
            faults.append(f"{manifest.name}: output `{output.name}` is not finite")
        elif np.array_equal(one, other):
            faults.append(f"{manifest.name}: output `{output.name}` is the same whatever the picture")
        elif manifest.role == "embedder" and likeness(one, other) > COLLAPSED:
            faults.append(f"{manifest.name}: two different pictures have a similarity of {likeness(one, other):.4f}")
    return faults


def pictures(width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Make a slope of grey and a field of coloured noise, (height, width, 3) uint8 each, always the same."""
    slope = np.linspace(0, 255, width * height).reshape(height, width, 1)
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3))
    return np.repeat(slope, 3, axis=2).astype(np.uint8), noise.astype(np.uint8)


def likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the cosine of two outputs; 1 if either has no direction."""
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float((one * other).sum()) / length if length > 0 else 1.0
