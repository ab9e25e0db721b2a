"""Counts what was missed and what was found where there is nothing, after each stage that a face has to pass."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from edge.eval.detections import match
from edge.eval.rates import Rate, rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.eval.boxes import Truth
    from edge.eval.detections import Looked, Matching

WIDTHS_PX = (16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0, 192.0)
SHARES = (0.02, 0.04, 0.06, 0.08, 0.12, 0.2, 0.4)
"""Where one bin of face sizes ends and the next begins."""


class Stage(Struct, frozen=True):
    """What is right and wrong after one stage.

    Attributes:
        recall: Faces that were found.
        precision: Detections that are faces.
        false_alarms: Detections that are none.
        per_picture: False alarms a picture.
        alarmed: Pictures with any.
    """

    recall: Rate
    precision: Rate
    false_alarms: int
    per_picture: float
    alarmed: Rate


class Bin(Struct, frozen=True):
    """Faces of similar size.

    Attributes:
        low: From this size on, pixels or a share of the picture's width.
        high: Up to this size; null for any.
        detector: How many of them the detector found.
        confirmed: How many the mesh did not refuse.
        usable: How many would be compared.
    """

    low: float
    high: float | None
    detector: Rate
    confirmed: Rate
    usable: Rate


class Point(Struct, frozen=True):
    """The detector at one score threshold.

    Attributes:
        min_score: The threshold; a detector of its own was run with it.
        stage: What came of it.
    """

    min_score: float
    stage: Stage


class Boxed(Struct, frozen=True):
    """Pictures whose faces are known.

    Attributes:
        pictures: How many were looked at.
        faces: How many faces they have.
        ignored: How many more may be found or not.
        iou: From which intersection over union a detection is a face.
        detector: The detector alone.
        confirmed: Of it, what the mesh did not refuse.
        usable: Of that, what would be compared with the people.
        by_width: The same by the width of the face, pixels.
        by_share: By the width as a share of the picture's.
        curve: The detector alone at several score thresholds.
    """

    pictures: int
    faces: int
    ignored: int
    iou: float
    detector: Stage
    confirmed: Stage
    usable: Stage
    by_width: tuple[Bin, ...]
    by_share: tuple[Bin, ...]
    curve: tuple[Point, ...]


class Tally(Struct, frozen=True):
    """How many faces pictures show.

    Attributes:
        some: Pictures with one face or more.
        one: Pictures with exactly one.
        faces: All of their faces.
        per_picture: Faces a picture.
    """

    some: Rate
    one: Rate
    faces: int
    per_picture: float


class Counted(Struct, frozen=True):
    """Pictures of which nothing but this is known: each shows somebody, or none shows anybody.

    Attributes:
        pictures: How many were looked at.
        detector: The detector alone.
        confirmed: What the mesh did not refuse.
        usable: What would be compared with the people.
    """

    pictures: int
    detector: Tally
    confirmed: Tally
    usable: Tally


def boxed(looked: Sequence[Looked], truths: Sequence[Truth], iou: float, configured: float) -> Boxed:
    """Return what was missed and what was found where there is nothing.

    Args:
        looked: What was found in each picture.
        truths: What there is, in the same order.
        iou: From which intersection over union a detection is a face.
        configured: The score threshold that `found` stands for.
    """
    pairs = list(zip(looked, truths, strict=True))
    matchings = [match([face.box for face in one.found], truth, iou) for one, truth in pairs]
    every = [[True] * len(one.found) for one in looked]
    curves = {configured: _stage(matchings, every)}
    for score in sorted({score for one in looked for score in one.others} - {configured}):
        others = [match([face.box for face in one.others[score]], truth, iou) for one, truth in pairs]
        curves[score] = _stage(others, [[True] * len(one.others[score]) for one in looked])
    sizes = [
        (face.width, face.width / one.width, _passed(place, one))
        for (one, truth), matching in zip(pairs, matchings, strict=True)
        for face, place in zip(truth.faces, matching.faces, strict=True)
    ]
    return Boxed(
        pictures=len(pairs),
        faces=len(sizes),
        ignored=sum(len(truth.ignored) for truth in truths),
        iou=iou,
        detector=curves[configured],
        confirmed=_stage(matchings, [one.confirmed for one in looked]),
        usable=_stage(matchings, [one.usable for one in looked]),
        by_width=_bins([(width, passed) for width, _, passed in sizes], WIDTHS_PX),
        by_share=_bins([(share, passed) for _, share, passed in sizes], SHARES),
        curve=tuple(Point(score, curves[score]) for score in sorted(curves)),
    )


def counted(looked: Sequence[Looked]) -> Counted:
    """Return how many faces were found in pictures of which nothing is known."""
    return Counted(
        len(looked),
        _tally([len(one.found) for one in looked]),
        _tally([sum(one.confirmed) for one in looked]),
        _tally([sum(one.usable) for one in looked]),
    )


def _passed(place: int | None, one: Looked) -> tuple[bool, bool, bool]:
    """Return whether a face was found, confirmed and usable."""
    return (False,) * 3 if place is None else (True, one.confirmed[place], one.usable[place])


def _stage(matchings: Sequence[Matching], passed: Sequence[Sequence[bool]]) -> Stage:
    """Count after a stage that let some of the detections of each picture pass."""
    events: Counter[str] = Counter()
    for matching, through in zip(matchings, passed, strict=True):
        hits = sum(place is not None and through[place] for place in matching.faces)
        alarms = sum(through[place] for place in matching.alarms)
        events.update(faces=len(matching.faces), hits=hits, alarms=alarms, alarmed=int(alarms > 0))
    return Stage(
        recall=rate(events["hits"], events["faces"]),
        precision=rate(events["hits"], events["hits"] + events["alarms"]),
        false_alarms=events["alarms"],
        per_picture=events["alarms"] / max(len(matchings), 1),
        alarmed=rate(events["alarmed"], len(matchings)),
    )


def _bins(sizes: list[tuple[float, tuple[bool, bool, bool]]], edges: Sequence[float]) -> tuple[Bin, ...]:
    """Return the bins that have any faces."""
    bins = []
    for low, high in zip((0.0, *edges), (*edges, None), strict=True):
        inside = [passed for size, passed in sizes if size >= low and (high is None or size < high)]
        if inside:
            rates = (rate(sum(column), len(inside)) for column in zip(*inside, strict=True))
            bins.append(Bin(low, high, *rates))
    return tuple(bins)


def _tally(faces: list[int]) -> Tally:
    return Tally(
        some=rate(sum(count > 0 for count in faces), len(faces)),
        one=rate(sum(count == 1 for count in faces), len(faces)),
        faces=sum(faces),
        per_picture=sum(faces) / max(len(faces), 1),
    )
