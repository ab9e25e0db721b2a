"""Four models at work as one: a drawn face in a larger picture is found, laid a mesh over, aligned and known again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge.config import Config
from edge.ota.findings import Scene
from edge.values import Box
from edge.vision.align import SIDE, align
from edge.vision.bundle import load
from edge.vision.detect import Detector
from edge.vision.embed import Embedder
from edge.vision.infer import Model
from edge.vision.landmarks import Landmarker, five_points
from edge.vision.liveness.passive import PassiveLiveness
from edge.vision.probe import pictures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.values import Embedding

_WIDTH, _HEIGHT, _DRAWN = 640, 480, 224
_WALL = (110, 120, 125)


def look_together(folders: Mapping[str, Path]) -> tuple[Scene, ...]:
    """Show each drawn face to a whole set.

    Args:
        folders: Of the four bundles, by role.

    Raises:
        ModelError: A bundle cannot be read or run, or gave an embedding without a direction.
    """
    detect = Detector(Model(load(folders["detector"], "detector")), Config().detection)
    mesh = Landmarker(Model(load(folders["landmarks"], "landmarks")))
    embed = Embedder(Model(load(folders["embedder"], "embedder")))
    live = PassiveLiveness(Model(load(folders["liveness"], "liveness")))
    straight = [embed(chip) for chip in pictures(SIDE, SIDE)]
    return tuple(
        _scene(_placed(drawing), number, straight, (detect, mesh, embed, live))
        for number, drawing in enumerate(pictures(_DRAWN, _DRAWN))
    )


def _scene(
    picture: NDArray[np.uint8],
    number: int,
    straight: Sequence[Embedding],
    stages: tuple[Detector, Landmarker, Embedder, PassiveLiveness],
) -> Scene:
    detect, lay, embed, live = stages
    faces = detect(picture)
    if not faces:
        return Scene(faces=0)
    mesh = lay(picture, faces[0])
    embedding = embed(align(picture, five_points(mesh)))
    likenesses = [float(embedding.vector @ one.vector) for one in straight]
    own = likenesses.pop(number)
    left, top = (_WIDTH - _DRAWN) / 2, (_HEIGHT - _DRAWN) / 2
    drawn = Box(left, top, left + _DRAWN, top + _DRAWN)
    return Scene(
        faces=len(faces),
        overlap=faces[0].box.iou(drawn),
        presence=mesh.presence,
        own=own,
        other=max(likenesses),
        length=float(np.linalg.norm(embedding.vector)),
        live=live(picture, faces[0].box),
    )


def _placed(drawing: NDArray[np.uint8]) -> NDArray[np.uint8]:
    picture = np.full((_HEIGHT, _WIDTH, 3), _WALL, np.uint8)
    top, left = (_HEIGHT - _DRAWN) // 2, (_WIDTH - _DRAWN) // 2
    picture[top : top + _DRAWN, left : left + _DRAWN] = drawing
    return picture
