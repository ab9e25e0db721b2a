"""What the artefacts show: clips and stills of people, and where their eyes are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from edge.app.eyes import load_model
from edge.app.model_set import configured
from edge.errors import PictureError
from edge.eval.clips import Clip, play
from edge.vision.detect import Detector
from edge.vision.landmarks import Landmarker, five_points
from edge.vision.picture import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.config import Config

    Pixels = NDArray[np.uint8]

_EVERY = 5
"""Eyes are looked for in each so-many-th frame."""
_PRESENCE = 0.5
_FPS = 30.0
"""For a clip of one frame."""


class FindsEyes(Protocol):
    """Finds a person's eyes."""

    def __call__(self, picture: Pixels) -> NDArray[np.float64] | None:
        """Return the (2, 2) pixels of the right and the left eye of the largest face; None without one."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Somebody's clip or photograph.

    Attributes:
        file: Where it is.
        person: Who it shows.
        fps: Frames a second; 0 of a photograph.
        count: How many frames it has.
        size: (width, height) of each in pixels.
        eyes: Of the frames in which they were looked for and found: the frame's number, and (2, 2) the eyes' pixels.
    """

    file: Path
    person: str
    fps: float
    count: int
    size: tuple[int, int]
    eyes: dict[int, NDArray[np.float64]]

    @property
    def still(self) -> bool:
        """Whether it is a photograph."""
        return self.fps == 0

    @property
    def middle(self) -> NDArray[np.float64]:
        """Where the eyes mostly are, (2, 2)."""
        return np.asarray(np.median(list(self.eyes.values()), axis=0), np.float64)


def to_source(eyes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (3, 3) map from eye distances around the middle of the eyes to pixels.

    Args:
        eyes: (2, 2) pixels of the two.
    """
    apart = distance(eyes)
    x, y = eyes.mean(axis=0)
    return np.array([[apart, 0, x], [0, apart, y], [0, 0, 1]])


def distance(eyes: NDArray[np.float64]) -> float:
    """Return how many pixels two eyes are apart."""
    return max(float(np.hypot(*(eyes[1] - eyes[0]))), 1.0)


def finder(config: Config) -> FindsEyes:
    """Return what finds eyes with the configured detector and mesh.

    Raises:
        ModelError: One is missing or damaged.
    """
    detect = Detector(load_model(configured(config), "detector", config, trusted=False), config.detection)
    lay = Landmarker(load_model(configured(config), "landmarks", config, trusted=False))

    def find(picture: Pixels) -> NDArray[np.float64] | None:
        for left, top, right, bottom in _parts(picture.shape[1], picture.shape[0]):
            part = np.ascontiguousarray(picture[top:bottom, left:right])
            faces = detect(part)
            mesh = lay(part, max(faces, key=lambda face: face.box.area)) if faces else None
            if mesh is not None and mesh.presence > _PRESENCE:
                return np.asarray(five_points(mesh)[:2] + np.array([left, top]), np.float64)
        return None

    return find


def _parts(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the boxes to look in, the whole picture first: in its parts the face of somebody far away is larger."""
    yield 0, 0, width, height
    side = min(width, height) * 5 // 8
    for top in (0, height - side):
        for left in ((width - side) // 2, 0, width - side):
            yield left, top, left + side, top + side


def of_clip(clip: Clip, config: Config, find: FindsEyes) -> Source:
    """Look at a clip.

    Raises:
        HardwareError: It is no video, or damaged.
        PictureError: It shows no face.
    """
    eyes, last, fps, size = {}, 0, _FPS, (0, 0)
    for number, frame in enumerate(play(clip, config)):
        last, size = number, (frame.pixels.shape[1], frame.pixels.shape[0])
        fps = 1 / frame.at if number == 1 else fps
        if number % _EVERY == 0 and (found := find(frame.pixels)) is not None:
            eyes[number] = found
    if not eyes:
        raise PictureError(f"{clip.file}: no face is found in it; leave it out of the table")
    return Source(clip.file, clip.person, fps, last + 1, size, eyes)


def of_still(file: Path, person: str, find: FindsEyes) -> Source:
    """Look at a photograph.

    Raises:
        PictureError: It cannot be read, or shows no face.
    """
    picture = read(file)
    eyes = find(picture)
    if eyes is None:
        raise PictureError(f"{file}: no face is found in it; leave it out")
    return Source(file, person, 0.0, 1, (picture.shape[1], picture.shape[0]), {0: eyes})


def frames(source: Source, config: Config) -> list[Pixels]:
    """Read a source, each frame (height, width, 3) uint8, BGR.

    Raises:
        HardwareError: The clip is damaged.
        PictureError: The photograph is.
    """
    if source.still:
        return [read(source.file)]
    return [frame.pixels for frame in play(Clip(source.file, source.person), config)]
