"""Runs a model on three drawn faces: a sound one gives finite numbers that follow the picture (S8).

The faces are drawn here, so they are nobody's. They are unlike enough that the sound embedders of this terminal see
likenesses of 0.34 to 0.68 in their pairs; one that is broken sees nearly one face in all pictures.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from edge.errors import ModelError
from edge.vision.infer import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.vision.bundle import Bundle
    from edge.vision.manifest import Manifest

    Ellipse = tuple[float, float, float, float, tuple[int, int, int]]

COLLAPSED = 0.9
"""Embeddings of two different faces must not be more alike than this; a threshold lies at half of it."""

_ROUNDING = 1e-3
"""Outputs that differ by a smaller part of themselves are the same, whatever the picture."""

_SIDE = 112
_ALL = (0.5, 0.5, 9.0, 9.0)
_EYES = (0.342, 0.656)
_FACES: tuple[tuple[Ellipse, ...], ...] = (
    (
        (*_ALL, (40, 40, 40)),
        (0.50, 0.42, 0.50, 0.62, (20, 20, 30)),
        (0.50, 0.50, 0.42, 0.55, (120, 150, 210)),
        (0.50, -0.05, 0.60, 0.25, (20, 20, 30)),
        *((eye, 0.46, 0.060, 0.030, (235, 235, 235)) for eye in _EYES),
        *((eye, 0.46, 0.027, 0.027, (30, 50, 70)) for eye in _EYES),
        *((eye, 0.36, 0.100, 0.015, (20, 20, 30)) for eye in _EYES),
        (0.50, 0.60, 0.05, 0.10, (90, 112, 157)),
        (0.50, 0.82, 0.14, 0.03, (60, 60, 170)),
    ),
    (
        (*_ALL, (200, 180, 160)),
        (0.50, 0.60, 0.36, 0.65, (60, 80, 120)),
        *((eye, 0.46, 0.050, 0.025, (235, 235, 235)) for eye in _EYES),
        *((eye, 0.46, 0.022, 0.022, (10, 10, 10)) for eye in _EYES),
        *((eye, 0.39, 0.100, 0.030, (10, 10, 10)) for eye in _EYES),
        (0.50, 0.60, 0.09, 0.10, (45, 60, 90)),
        (0.50, 0.82, 0.20, 0.05, (40, 40, 90)),
    ),
    (
        (*_ALL, (90, 60, 40)),
        (0.50, 0.42, 0.50, 0.62, (200, 200, 200)),
        (0.50, 0.55, 0.42, 0.60, (130, 160, 220)),
        (0.50, -0.05, 0.60, 0.20, (200, 200, 200)),
        *((eye, 0.46, 0.060, 0.030, (235, 235, 235)) for eye in _EYES),
        *((eye, 0.46, 0.027, 0.027, (90, 60, 30)) for eye in _EYES),
        *((eye, 0.36, 0.100, 0.020, (190, 190, 190)) for eye in _EYES),
        (0.50, 0.60, 0.05, 0.10, (97, 120, 165)),
        (0.50, 1.05, 0.40, 0.30, (200, 200, 200)),
        (0.50, 0.84, 0.12, 0.025, (80, 80, 170)),
    ),
)
"""Each face as ellipses one over the other: middle and half axes in parts of the picture's sides, colour in BGR."""


def require_sound(model: Model) -> None:
    """Refuse a model that has collapsed; three pictures' time, a few milliseconds.

    Raises:
        ModelError: It has; the message names every fault.
    """
    faults = faults_of(model)
    if faults:
        raise ModelError(f"{model.bundle.folder}: " + "; ".join(faults) + "; build or install the bundle again")


def faults_when_run(bundle: Bundle) -> list[str]:
    """Say what is wrong with a model's outputs on the drawn faces; empty when nothing is.

    Args:
        bundle: A bundle that was read and whose hashes agree.
    """
    try:
        return faults_of(Model(bundle))
    except ModelError as error:
        return [str(error)]


def faults_of(model: Model) -> list[str]:
    """Say what is wrong with the outputs of a model that is ready to run; empty when nothing is."""
    return judge(model.bundle.manifest, [model.look(picture) for picture in pictures(*model.size)])


class Fault(NamedTuple):
    """What is wrong with an output.

    Attributes:
        kind: A stable word.
        words: The same in a sentence.
    """

    kind: Literal["finite", "zero", "constant", "collapsed"]
    words: str


def judge(manifest: Manifest, looks: Sequence[Sequence[NDArray[np.float32]]]) -> list[str]:
    """Say what is wrong with a model's outputs on pictures of different faces; the arguments are as for `found`."""
    return [fault.words for fault in found(manifest, looks)]


def found(manifest: Manifest, looks: Sequence[Sequence[NDArray[np.float32]]]) -> list[Fault]:
    """Find what is wrong with a model's outputs on pictures of different faces.

    Args:
        manifest: Of the model.
        looks: For each picture, the outputs.
    """
    faults = []
    for place, output in enumerate(manifest.output):
        seen = [look[place] for look in looks]
        named = f"{manifest.name}: output `{output.name}`"
        if not all(np.isfinite(one).all() for one in seen):
            faults.append(Fault("finite", f"{named} is not finite"))
        elif not all(one.any() for one in seen):
            faults.append(Fault("zero", f"{named} is nothing but zeros"))
        elif any(alike(one, other) for one, other in combinations(seen, 2)):
            faults.append(Fault("constant", f"{named} is the same whatever the picture"))
        elif manifest.role == "embedder":
            worst = max(likeness(one, other) for one, other in combinations(seen, 2))
            if worst > COLLAPSED:
                told = f"{manifest.name}: two different faces have a similarity of {worst:.4f}"
                faults.append(Fault("collapsed", told))
    return faults


def pictures(width: int, height: int) -> list[NDArray[np.uint8]]:
    """Give three drawn faces, (height, width, 3) uint8 BGR each, where alignment would put them; always the same."""
    rows, columns = np.arange(height) * _SIDE // height, np.arange(width) * _SIDE // width
    return [face[rows][:, columns] for face in _drawn()]


@cache
def _drawn() -> list[NDArray[np.uint8]]:
    down, across = (np.mgrid[0:_SIDE, 0:_SIDE] + 0.5) / _SIDE
    drawn = []
    for face in _FACES:
        picture = np.empty((_SIDE, _SIDE, 3), np.uint8)
        for x, y, half_width, half_height, colour in face:
            picture[((across - x) / half_width) ** 2 + ((down - y) / half_height) ** 2 <= 1] = colour
        drawn.append(picture)
    return drawn


def alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Whether two outputs differ by no more than rounding does."""
    reach = max(float(np.abs(one).max()), float(np.abs(other).max()))
    return float(np.abs(one - other).max()) <= _ROUNDING * reach


def likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the cosine of two outputs; 1 if either has no direction."""
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float((one * other).sum()) / length if length > 0 else 1.0
