"""Finds the faces of pictures as the terminal does, and says which of the detections are faces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge.app.eyes import load_models, open_eyes
from edge.errors import PictureError
from edge.eval.lookers import Lookers
from edge.vision import picture
from edge.vision.pipeline import examine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from edge.config import Config
    from edge.eval.boxes import Truth
    from edge.values import Box, Face
    from edge.vision.pipeline import Eyes


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What was found in one picture.

    Attributes:
        file: Which.
        width: Of the picture, pixels.
        found: The faces at the configured score threshold, the most certain first.
        confirmed: Which of them the mesh did not find to be none; one that is too small or cut off to be asked counts.
        usable: Which of them would be compared with the people.
        others: The faces at other score thresholds, by threshold.
    """

    file: Path
    width: int
    found: tuple[Face, ...]
    confirmed: tuple[bool, ...]
    usable: tuple[bool, ...]
    others: dict[float, tuple[Face, ...]]


@dataclass(frozen=True, slots=True)
class Matching:
    """Which detections are which faces.

    Attributes:
        faces: For each face of the truth the place of its detection; None for one that was missed.
        alarms: The places of the detections that are no face.
    """

    faces: tuple[int | None, ...]
    alarms: tuple[int, ...]


def look(
    files: Sequence[Path],
    config: Config,
    scores: Sequence[float] = (),
    advance: Callable[[int], None] = lambda _: None,
    jobs: int = 0,
) -> tuple[tuple[Looked, ...], tuple[Path, ...]]:
    """Find the faces of pictures, as the terminal does; the zone is left out.

    Args:
        files: Which.
        config: The models, trusted or not, and the limits.
        scores: Further score thresholds to detect with.
        advance: Told of how many more pictures are done.
        jobs: How many are looked at at once, each by one thread; 0 for as many as there are processors.

    Returns:
        What was found, and the pictures that cannot be read.

    Raises:
        ModelError: A model is missing or damaged.
    """

    def one(file: Path, eyes: dict[float, Eyes]) -> Looked | Path:
        try:
            return _look(file, eyes, config.detection.min_score)
        except PictureError:
            return file
        finally:
            advance(1)

    with Lookers(lambda: _eyes(config, scores), jobs) as lookers:
        seen = lookers.map(one, files)
    return (
        tuple(found for found in seen if isinstance(found, Looked)),
        tuple(found for found in seen if not isinstance(found, Looked)),
    )


def match(found: Sequence[Box], truth: Truth, iou: float) -> Matching:
    """Match detections with faces as PASCAL VOC and WIDER FACE do, the most certain detection first.

    A detection stands for the face that it overlaps most, taken or not: the first one of a face finds it, further ones
    are false alarms, and so is what overlaps none enough. One that stands for a face that may be found or not counts
    nowhere (Everingham et al., "The PASCAL Visual Object Classes (VOC) Challenge", 2010, and its VOCevaldet; Yang et
    al., "WIDER FACE: A Face Detection Benchmark", 2016, and its evaluation).

    Args:
        found: The detections, the most certain first.
        truth: The faces.
        iou: The least intersection over union, above 0.
    """
    taken: dict[int, int] = {}
    alarms = []
    for place, box in enumerate(found):
        overlaps = [box.iou(face) for face in (*truth.faces, *truth.ignored)]
        best = max(range(len(overlaps)), key=overlaps.__getitem__, default=None)
        if best is None or overlaps[best] < iou or best in taken:
            alarms.append(place)
        elif best < len(truth.faces):
            taken[best] = place
    return Matching(tuple(taken.get(number) for number in range(len(truth.faces))), tuple(alarms))


def _eyes(config: Config, scores: Iterable[float]) -> dict[float, Eyes]:
    """Return eyes for each score threshold; they share their models, so one thread at a time may use them."""
    single = replace(config.without_liveness(), models=replace(config.models, threads=1))
    models = load_models(single, trusted=False)
    return {
        score: open_eyes(replace(single, detection=replace(single.detection, min_score=score)), models=models)
        for score in {config.detection.min_score, *scores}
    }


def _look(file: Path, eyes: dict[float, Eyes], configured: float) -> Looked:
    pixels = picture.read(file)
    found = tuple(eyes[configured].detect(pixels))
    seen = [examine(pixels, face, eyes[configured]) for face in found]
    return Looked(
        file=file,
        width=pixels.shape[1],
        found=found,
        confirmed=tuple(one.real for one in seen),
        usable=tuple(one.quality.good for one in seen),
        others={score: tuple(other.detect(pixels)) for score, other in eyes.items() if score != configured},
    )
