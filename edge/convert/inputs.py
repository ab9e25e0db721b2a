"""What the terminal's models are fed when it looks at pictures: taken from its own pipeline as it runs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge.app.eyes import bundle
from edge.config import DetectionSettings, QualityLimits, TrackSettings
from edge.vision.bundle import Bundle, Role
from edge.vision.detect import Detector
from edge.vision.embed import Embedder
from edge.vision.infer import Model
from edge.vision.landmarks import Landmarker
from edge.vision.liveness.passive import PassiveLiveness
from edge.vision.picture import read, walk
from edge.vision.pipeline import Eyes
from edge.vision.still import study

FAMILIES: dict[Role, str] = {
    "detector": "blazeface",
    "landmarks": "facemesh",
    "embedder": "mobilefacenet",
    "liveness": "passive-liveness",
}
_VIDEOS = frozenset({".avi", ".mkv", ".mov", ".mp4"})
_EVERY = 12  # frames of a video between two that are used; neighbours teach nothing new


class Recorder(Model):
    """A model that keeps what it is fed."""

    def __init__(self, what: Bundle) -> None:
        super().__init__(what)
        self.fed: list[npt.NDArray[np.float32]] = []

    def run(self, tensor: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        """Keeps a copy and runs."""
        self.fed.append(tensor.copy())
        return super().run(tensor)


@dataclass(slots=True)
class Fed:
    """Inputs of each model, (1, height, width, 3) float32, over all pictures in which a face was found."""

    inputs: dict[Role, list[npt.NDArray[np.float32]]] = field(default_factory=dict)
    pictures: int = 0
    faces: int = 0


def collect(paths: list[Path], limit: int, version: str, embedder: str = FAMILIES["embedder"]) -> Fed:
    """Runs the float32 variants on pictures and films.

    Args:
        paths: files and folders.
        limit: use at most so many pictures, evenly spread over all.
        version: of the bundles.
        embedder: which network makes the embeddings.
    """
    families = {**FAMILIES, "embedder": embedder}
    recorders = {
        role: Recorder(bundle(f"{name}-float-{version}", role, trusted=False)) for role, name in families.items()
    }
    eyes = Eyes(
        detect=Detector(recorders["detector"], DetectionSettings()),
        mesh=Landmarker(recorders["landmarks"]),
        liveness=PassiveLiveness(recorders["liveness"]),
        embed=Embedder(recorders["embedder"]),
        detection=DetectionSettings(),
        track=TrackSettings(),
        quality=QualityLimits(),
    )
    fed = Fed({role: recorder.fed for role, recorder in recorders.items()})
    for picture in _pictures(paths, limit):
        fed.pictures += 1
        before = len(recorders["detector"].fed)
        if study(picture, eyes).face is None:
            del recorders["detector"].fed[before:]
        else:
            fed.faces += 1
    return fed


def _pictures(paths: list[Path], limit: int) -> Iterator[npt.NDArray[np.uint8]]:
    stills = list(walk(paths))
    folders = [path for path in paths if path.is_dir()]
    films = sorted(film for folder in folders for film in folder.rglob("*") if film.suffix.lower() in _VIDEOS)
    step = max(1, -(-len(stills) // limit))
    for path in stills[::step]:
        yield read(path)
    for film in films:
        yield from _frames(film)


def _frames(film: Path) -> Iterator[npt.NDArray[np.uint8]]:
    capture = cv2.VideoCapture(str(film))
    try:
        number = 0
        while True:
            more, frame = capture.read()
            if not more:
                return
            if number % _EVERY == 0:
                yield np.asarray(frame, np.uint8)
            number += 1
    finally:
        capture.release()
