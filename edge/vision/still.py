"""Studies one photograph: the face that is meant, what is wrong with the view, and its embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.vision.pipeline import examine
from edge.vision.score import scored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.values import Embedding, Face, Quality
    from edge.vision.pipeline import Eyes, Seen


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What one photograph shows of the face that is meant.

    Attributes:
        faces: How many faces there are that the mesh confirms.
        face: The one that is meant; None when there is none.
        quality: The view of it; None when there is no face.
        liveness: 0 (an artefact) to 1 (alive); None when it was not judged.
        embedding: Made whatever the quality; None when there is no face.
        chip: (112, 112, 3) uint8, BGR, what it was made of; None when there is no face.
    """

    faces: int = 0
    face: Face | None = None
    quality: Quality | None = None
    liveness: float | None = None
    embedding: Embedding | None = None
    chip: NDArray[np.uint8] | None = None


def study(picture: NDArray[np.uint8], eyes: Eyes) -> Study:
    """Study the face that is meant: the largest near the middle.

    Args:
        picture: (height, width, 3) uint8, BGR.
        eyes: The stages.
    """
    found = eyes.detect(picture)
    if not found:
        return Study()
    seen = [examine(picture, face, eyes, thorough=True) for face in found]
    real = [one for one in seen if one.real]
    return study_face(picture, meant(real or seen, (picture.shape[1], picture.shape[0])), eyes, len(real))


def study_face(picture: NDArray[np.uint8], seen: Seen, eyes: Eyes, faces: int = 1) -> Study:
    """Study one of the faces of a photograph.

    Args:
        picture: (height, width, 3) uint8, BGR.
        seen: Which one.
        eyes: The stages.
        faces: How many faces the photograph shows.
    """
    liveness = eyes.liveness(picture, seen.face.box) if eyes.liveness else None
    if seen.chip is None:
        return Study(faces, seen.face, seen.quality, liveness)
    embedding = eyes.embed(seen.chip)
    return Study(faces, seen.face, scored(seen.quality, embedding.length), liveness, embedding, seen.chip)


def meant(faces: list[Seen], size: tuple[int, int]) -> Seen:
    """Return the largest face near the middle: its area is discounted by the distance from the picture's centre.

    Args:
        faces: At least one.
        size: (width, height) of the picture in pixels.
    """
    half = float(np.hypot(*size)) / 2

    def weight(seen: Seen) -> float:
        x, y = seen.face.box.centre
        return seen.face.box.area * (1 - min(float(np.hypot(x - size[0] / 2, y - size[1] / 2)) / half, 1.0))

    return max(faces, key=weight)
