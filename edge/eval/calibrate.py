"""From all pairs of known people to an embedder's curve: false-match rates, thresholds, and how far they reach (S9)."""

from __future__ import annotations

import shlex
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING

from msgspec import Struct

from edge.access.threshold import Curve, Point, for_search
from edge.errors import EvidenceError
from edge.eval.rates import FMRS, LEAST_FALSE_MATCHES, OperatingPoint, equal_error_rate, operating_point, supported
from edge.eval.subject import Material, ModelSet
from edge.eval.verify import beside
from edge.vision.manifest import Accuracy, Against, Threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.eval.compare import Scores
    from edge.eval.verify import Candidate

FPIRS = (1e-2, 1e-3, 1e-4)
COMPARISONS = (10, 100, 1_000)
ACCEPTED = (1e-3, 1e-4, 1e-5)
"""The false-match rates at which a manifest says what is accepted."""


class Resolved(Struct, frozen=True):
    """What a search asks of a comparison.

    Attributes:
        fpir: The share of strangers' searches that may match anybody.
        comparisons: With how many templates a search compares.
        threshold: The similarity that it needs; null where the evidence does not reach.
    """

    fpir: float
    comparisons: int
    threshold: float | None


class Reach(Struct, frozen=True):
    """How far the evidence reaches.

    Attributes:
        fpir: The share of strangers' searches that may match anybody.
        comparisons: The largest number of templates that a search may compare with; 0 for none.
    """

    fpir: float
    comparisons: int


class CalibrationReport(Struct, frozen=True):
    """`edge eval calibrate`.

    Attributes:
        models: The embedder that was measured, and what found and aligned the faces.
        material: The pictures.
        genuine: Pairs of one person that were compared.
        impostor: Pairs of different people that were compared.
        equal_error_rate: Where as many genuine pairs are refused as impostor pairs match; null without genuine pairs.
        points: The curve: rates with at least ten false matches behind them.
        unsupported: The largest rate that has fewer; null when there is none.
        resolved: What searches ask for.
        reach: The largest supported search at each rate.
        accuracy: What is accepted, as the manifest keeps it; beside a reference where one was given.
        replaces: The pictures of the curve that was kept before; empty when there was none.
    """

    models: ModelSet
    material: Material
    genuine: int
    impostor: int
    equal_error_rate: float
    points: tuple[OperatingPoint, ...]
    unsupported: float | None
    resolved: tuple[Resolved, ...]
    reach: tuple[Reach, ...]
    accuracy: tuple[Accuracy, ...]
    replaces: str


def points(scores: Scores) -> tuple[OperatingPoint, ...]:
    """Return the points of the curve: those with enough behind them, each stricter than the one before.

    Raises:
        EvidenceError: There are not two, so there is no curve.
    """
    found = [operating_point(scores, aim) for aim in FMRS if supported(scores, aim)]
    rising = [later for before, later in pairwise(found) if later.threshold > before.threshold]
    curve = (*found[:1], *rising)
    if len(curve) < 2:
        raise EvidenceError(
            f"{scores.comparisons:,} pairs of different people support no curve: at least two false-match rates with "
            f"{LEAST_FALSE_MATCHES} false matches each are needed; use more people"
        )
    return curve


def thresholds(curve: Sequence[OperatingPoint], data: str) -> list[Threshold]:
    """Return the curve as a manifest keeps it; `data` names the pictures."""
    return [
        Threshold(one.aim, one.threshold, one.fmr.events, one.fmr.trials, one.fmr.lower, one.fmr.upper, data)
        for one in curve
    ]


def accepted(
    one: Candidate, command: str, reference: Candidate | None = None, draws: int = 1000
) -> tuple[Accuracy, ...]:
    """Return what an embedder accepts at the supported rates; nothing without genuine pairs.

    Args:
        one: What it saw.
        command: How to measure again.
        reference: What another one saw of the same pictures: the difference is that of the pictures both embedded.
        draws: How many times to draw the people.
    """
    differences = {}
    if reference is not None:
        held = beside(reference, one, draws, ACCEPTED)
        name, sha256 = reference.models.embedder.name, reference.models.embedder.sha256
        differences = {
            d.aim: Against(name, sha256, held.pictures, d.tar, d.lower, d.upper, d.draws)
            for d in held.differences
            if isfinite(d.lower)
        }
    aims = [aim for aim in ACCEPTED if len(one.scores.genuine) and supported(one.scores, aim)]
    shares = {aim: operating_point(one.scores, aim).tar for aim in aims}
    data = one.material.data
    return tuple(
        Accuracy(aim, tar.events, tar.trials, tar.lower, tar.upper, data, command, differences.get(aim))
        for aim, tar in shares.items()
    )


def again(models: ModelSet, data: str, against: str = "") -> str:
    """Return the command that measures again; it names no folder of this machine."""
    words = [models.embedder.name, "--detector", models.detector.name, "--landmarks", models.landmarks.name]
    told = shlex.join(["edge", "eval", "calibrate", *words])
    return f"{told} --images … --data {shlex.quote(data)}" + (f" --against {shlex.quote(against)}" if against else "")


def report(seen: Candidate, accuracy: tuple[Accuracy, ...], replaces: str) -> CalibrationReport:
    """Return all figures.

    Raises:
        EvidenceError: They support no curve.
    """
    scores = seen.scores
    found = points(scores)
    curve = Curve(
        tuple(
            Point(one.aim, one.threshold, one.fmr.events, one.fmr.trials, one.fmr.lower, one.fmr.upper) for one in found
        )
    )
    return CalibrationReport(
        models=seen.models,
        material=seen.material,
        genuine=len(scores.genuine),
        impostor=scores.comparisons,
        equal_error_rate=equal_error_rate(scores),
        points=found,
        unsupported=next((aim for aim in FMRS if not supported(scores, aim)), None),
        resolved=tuple(Resolved(fpir, size, _resolve(curve, fpir, size)) for fpir in FPIRS for size in COMPARISONS),
        reach=tuple(Reach(fpir, curve.largest_supported_gallery(fpir)) for fpir in FPIRS),
        accuracy=accuracy,
        replaces=replaces,
    )


def _resolve(curve: Curve, fpir: float, comparisons: int) -> float | None:
    fmr = for_search(fpir, comparisons)
    return curve.resolve(fmr) if curve.supports(fmr) else None
