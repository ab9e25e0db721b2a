"""What the quality measures are worth: errors against discarded pictures, and what the gate refuses."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.errors import ConfigError, EvidenceError
from edge.eval.discard import AREA_TO, DiscardCurve, area, discard_curve, ideal
from edge.eval.mates import mated_pairs
from edge.eval.rates import LEAST_FALSE_MATCHES, Rate, rate
from edge.eval.resample import DRAWS
from edge.eval.subject import Material, ModelSet
from edge.values import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from edge.eval.compare import Pairs
    from edge.eval.faces import Faces
    from edge.eval.subject import Setup

_SMALLER = frozenset({"yaw_deg", "pitch_deg", "roll_deg", "mouth_open", "under_exposed", "over_exposed"})
"""Measures that are best at 0, on either side."""

_MIDDLE = frozenset({"luminance_mean", "brightness"})
_MIDDLE_GREY = 127.5


class GateResult(Struct, frozen=True):
    """What the configured quality limits do to these pictures.

    Attributes:
        refused: Faces that break a limit.
        flaws: How many faces have each flaw; a face may have several.
        fnmr: Pairs of one person that do not match, of those whose two faces break no limit.
    """

    refused: Rate
    flaws: dict[str, int]
    fnmr: Rate


class QualityReport(Struct, frozen=True):
    """What was measured of one embedder.

    Attributes:
        material: The pictures.
        models: The models.
        fmr: The false-match rate that the threshold stands for by the model's curve.
        threshold: Cosine similarity.
        fnmr: Pairs of one person that do not match, before anything is discarded.
        people: How many people have such a pair.
        doubt: Why nothing is to be read from the curves; empty when there are errors enough.
        area_to: Up to which share the areas are taken.
        random: The area of a measure that says nothing: the mean FNMR.
        ideal: The area of one that discards every error first.
        gate: What the configured limits do.
        curves: A curve for each measure, the best first.
    """

    material: Material
    models: ModelSet
    fmr: float
    threshold: float
    fnmr: Rate
    people: int
    doubt: str
    area_to: float
    random: float
    ideal: float
    gate: GateResult
    curves: list[DiscardCurve]


class QualityReports(Struct, frozen=True):
    """What `edge eval quality` writes.

    Attributes:
        measured: A report for each embedder, side by side.
    """

    measured: list[QualityReport]


def measures() -> tuple[str, ...]:
    """Return the names of everything that is measured of a face's view, the unified score first if there is one."""
    names = [field.name for field in fields(Quality) if field.name != "flaws"]
    return tuple(sorted(names, key=lambda name: name != "score"))


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Return the measures that were asked for; all for none.

    Raises:
        ConfigError: There is no such measure.
    """
    for name in names:
        if name not in measures():
            raise ConfigError(f"there is no quality measure {name}: choose from {', '.join(measures())}")
    return tuple(dict.fromkeys(names)) or measures()


def use(qualities: Sequence[Quality], name: str) -> NDArray[np.float64]:
    """Return a measure of each face, turned so that more is better: less of a turn, a grey level nearer the middle."""
    values = np.array([float(getattr(one, name)) for one in qualities])
    if name in _SMALLER:
        return np.asarray(-np.abs(values), np.float64)
    return np.asarray(-np.abs(values - _MIDDLE_GREY) if name in _MIDDLE else values, np.float64)


def report(
    faces: Faces,
    setup: Setup,
    material: Material,
    asked: tuple[float, Sequence[str]],
    advance: Callable[[int], None] = lambda _: None,
) -> QualityReport:
    """Measure what quality is worth to one embedder.

    Args:
        faces: Of everybody.
        setup: Its models.
        material: What the pictures are.
        asked: The false-match rate, and the names of the measures.
        advance: Told of how many more measures are done.

    Raises:
        EvidenceError: Nobody has two pictures, or the evidence does not reach the false-match rate.
        ModelError: The embedder is missing or damaged.
    """
    fmr, threshold = asked[0], setup.threshold(asked[0])
    pairs = mated_pairs(faces)
    if not len(pairs):
        raise EvidenceError("nobody has two pictures with a face, so there are no errors to discard")
    missed = pairs.similarity.astype(np.float64) < threshold
    fnmr, people = rate(int(missed.sum()), len(pairs)), len(np.unique(faces.people[pairs.first[missed]]))
    return QualityReport(
        material=material,
        models=setup.models(),
        fmr=fmr,
        threshold=threshold,
        fnmr=fnmr,
        people=people,
        doubt=doubt(fnmr.events, people),
        area_to=AREA_TO,
        random=fnmr.rate,
        ideal=area(ideal(fnmr.rate)),
        gate=gate(faces, pairs, missed),
        curves=discard_curves(faces, pairs, missed, asked[1], advance=advance),
    )


def discard_curves(
    faces: Faces,
    pairs: Pairs,
    missed: NDArray[np.bool_],
    names: Sequence[str],
    advance: Callable[[int], None] = lambda _: None,
    draws: int = DRAWS,
) -> list[DiscardCurve]:
    """Return the curve of each measure, that of the largest gain first; a pair is as good as its worse picture."""
    curves = []
    for name in names:
        values = use(faces.qualities, name)
        pair = np.minimum(values[pairs.first], values[pairs.second])
        curves.append(discard_curve(name, pair, missed, faces.people[pairs.first], draws))
        advance(1)
    return sorted(curves, key=lambda one: -one.gain if np.isfinite(one.gain) else np.inf)


def gate(faces: Faces, pairs: Pairs, missed: NDArray[np.bool_]) -> GateResult:
    """Return what the quality limits refuse, and the errors of what they let through."""
    good = np.array([one.good for one in faces.qualities], bool)
    both = good[pairs.first] & good[pairs.second]
    flaws = Counter(str(flaw) for one in faces.qualities for flaw in one.flaws)
    return GateResult(
        refused=rate(int((~good).sum()), len(good)),
        flaws=dict(sorted(flaws.items(), key=lambda item: (-item[1], item[0]))),
        fnmr=rate(int((missed & both).sum()), int(both.sum())),
    )


def doubt(errors: int, people: int) -> str:
    """Say why nothing is to be read from a curve; empty when there are errors enough.

    Args:
        errors: How many false non-matches there are.
        people: Of how many people.
    """
    if not errors:
        return "there are no errors, so nothing can be said of quality: take a stricter --fmr or harder pictures"
    if people < LEAST_FALSE_MATCHES:
        return f"few errors: {errors} false non-matches of {people} people say little of quality"
    return ""
