"""Counts faces that are missed and faces found where there is none: by the detector, and by what follows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from edge.errors import PictureError
from edge.eval.boxes import Truth, read_boxes
from edge.eval.detections import look
from edge.eval.recall import Boxed, Counted, boxed, counted
from edge.eval.subject import ModelSet
from edge.vision.picture import walk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.eval.subject import Setup

SCORES = (0.3, 0.5, 0.7, 0.9)
"""The score thresholds of the curve, next to the configured one."""


class DetectorReport(Struct, frozen=True):
    """What one detector did.

    Attributes:
        models: What ran; the embedder is not asked.
        min_score: The configured score threshold.
        unreadable: How many pictures could not be read; they count nowhere.
        boxed: The pictures whose faces are known; null without boxes.
        people: The pictures of which only is known that they show somebody; null with boxes.
        nobody: The pictures that show nobody: all that is found there is a false alarm; null without any.
    """

    models: ModelSet
    min_score: float
    unreadable: int
    boxed: Boxed | None
    people: Counted | None
    nobody: Counted | None


class DetectReport(Struct, frozen=True):
    """`edge eval detect`.

    Attributes:
        data: What the pictures of people are called; null without any.
        no_faces: What the pictures of nobody are called; null without any.
        unlabelled: Pictures of people that were left out because the boxes do not name them.
        detectors: Each by itself, in the order asked for.
    """

    data: str | None
    no_faces: str | None
    unlabelled: int
    detectors: tuple[DetectorReport, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """What is looked at.

    Attributes:
        truths: Pictures whose faces are known, each with its place; empty without boxes.
        people: Pictures that show somebody; empty with boxes.
        nobody: Pictures that show nobody.
        unlabelled: Pictures of people that the boxes do not name.
    """

    truths: tuple[tuple[Path, Truth], ...] = ()
    people: tuple[Path, ...] = ()
    nobody: tuple[Path, ...] = ()
    unlabelled: int = 0

    def __len__(self) -> int:
        """How many pictures there are to look at."""
        return len(self.truths) + len(self.people) + len(self.nobody)


def sources(images: Path | None, boxes: Path | None, no_faces: Path | None) -> Sources:
    """Find the pictures.

    Args:
        images: The folder of pictures of people; None for none.
        boxes: Says where their faces are; None where nobody knows.
        no_faces: The folder of pictures of nobody; None for none.

    Raises:
        PictureError: The boxes cannot be read, or a folder has no pictures.
    """
    nobody = _pictures(no_faces)
    if images is None or boxes is None:
        return Sources(people=_pictures(images), nobody=nobody)
    truths = tuple((images / truth.file, truth) for truth in read_boxes(boxes))
    left_out = {*walk([images])} - {file for file, _ in truths}
    return Sources(truths, nobody=nobody, unlabelled=len(left_out))


def measure(
    setup: Setup, asked: Sources, iou: float, advance: Callable[[int], None] = lambda _: None, jobs: int = 0
) -> tuple[DetectorReport, tuple[Path, ...]]:
    """Measure one detector.

    Args:
        setup: Its models.
        asked: What is looked at.
        iou: From which intersection over union a detection is a face.
        advance: Told of how many more pictures are done.
        jobs: How many are looked at at once; 0 for as many as there are processors.

    Returns:
        The report, and the pictures that cannot be read.

    Raises:
        ModelError: A model is missing or damaged.
    """
    config, score = setup.config, setup.config.detection.min_score
    known, missing = look([file for file, _ in asked.truths], config, SCORES, advance, jobs)
    people, bad = look(asked.people, config, (), advance, jobs)
    nobody, worse = look(asked.nobody, config, (), advance, jobs)
    unreadable = missing + bad + worse
    truths = [truth for file, truth in asked.truths if file not in set(missing)]
    report = DetectorReport(
        models=setup.models(),
        min_score=score,
        unreadable=len(unreadable),
        boxed=boxed(known, truths, iou, score) if asked.truths else None,
        people=counted(people) if asked.people else None,
        nobody=counted(nobody) if asked.nobody else None,
    )
    return report, unreadable


def _pictures(folder: Path | None) -> tuple[Path, ...]:
    found = tuple(walk([folder])) if folder else ()
    if folder and not found:
        raise PictureError(f"{folder}: there are no pictures in there")
    return found
