"""Which way of joining a person's templates into one score recognises more people at the same false-positive rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.eval.resample import DRAWS, Share, draw, percentiles, share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edge.eval.trials import Found, Fusion

FPIRS = (0.1, 0.03, 0.01, 3e-3, 1e-3)
"""The false-positive rates at which fusions are compared, as far as ten people are taken for somebody."""

_BLOCK = 50
_DEPTH = 4


class FusionPoint(Struct, frozen=True):
    """One fusion at one false-positive identification rate.

    Attributes:
        people: How many people were enrolled.
        templates: How many templates each had.
        fusion: "max", "mean" or "centroid".
        aim: The false-positive identification rate aimed at.
        threshold: The lowest similarity that keeps it among these non-mated probes, found for this fusion alone.
        fpir: Non-mated probes taken for somebody at it; the aim's share of them or just less.
        fnir: Mated probes not taken for the right person.
        more: By how much its FNIR is larger than that of max (negative: this fusion is better).
        lower: Lower end of the 95 % interval of `more`; each draw of people finds both thresholds anew. Not a number
            (null) where many draws find none.
        upper: Upper end.
    """

    people: int
    templates: int
    fusion: str
    aim: float
    threshold: float
    fpir: Share
    fnir: Share
    more: float
    lower: float
    upper: float


def fusion_points(
    found: Mapping[Fusion, tuple[Found, Found]], size: tuple[int, int], margin: float, draws: int = DRAWS
) -> list[FusionPoint]:
    """Compare fusions on the same probes, under the product's rule (threshold and margin).

    Args:
        found: The non-mated and the mated probes under each fusion, in the same order under all; "max" is among them.
        size: People enrolled, and templates of each.
        margin: What the product asks.
        draws: How many times people are drawn.

    Returns:
        The fusions at each rate at which under every one of them ten different people are taken for somebody: further
        repeats show the same people again, and are no further evidence.
    """
    strangers, mates = found["max"]
    everybody = int(max(strangers.truth.max(), mates.truth.max(initial=0))) + 1
    weights = draw(np.concatenate([strangers.truth, mates.truth]), everybody, draws)
    order = sorted(found, key=lambda one: one != "max")
    points = []
    for aim in FPIRS:
        level = {fusion: _at(found[fusion], aim, margin, draws) for fusion in order}
        if not all(fpir.evident for _, fpir, _ in level.values()):
            continue
        base = _missed(found["max"], aim, margin, weights)
        for fusion, (threshold, fpir, fnir) in level.items():
            drawn = base if fusion == "max" else _missed(found[fusion], aim, margin, weights)
            lower, upper = percentiles(drawn - base)
            more = fnir.rate - level["max"][2].rate
            points.append(FusionPoint(*size, fusion, aim, threshold, fpir, fnir, more, lower, upper))
    return points


def _at(found: tuple[Found, Found], aim: float, margin: float, draws: int) -> tuple[float, Share, Share]:
    """Return the threshold that keeps the aim, and FPIR and FNIR at it."""
    strangers, mates = found
    everybody = np.ones((1, int(strangers.truth.max()) + 1))
    threshold = float(_thresholds(strangers, aim, margin, everybody)[0])
    missed = ~_right(mates, margin) | (mates.similarity < threshold)
    fpir = share(strangers.identified(threshold, margin), strangers.truth, strangers.probe, draws)
    return threshold, fpir, share(missed, mates.truth, mates.probe, draws)


def _right(mates: Found, margin: float) -> NDArray[np.bool_]:
    return np.asarray((mates.person == mates.truth) & (mates.margin >= margin), bool)


def _thresholds(strangers: Found, aim: float, margin: float, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lowest threshold that keeps the aim in each draw, (draws,); what is accepted reaches it.

    Only the most similar probes are looked at. In a draw in which the aim would let all of them pass the threshold lies
    below them, nobody knows where: it is not a number.
    """
    total = weights @ np.bincount(strangers.truth, minlength=weights.shape[1])
    clear = np.flatnonzero(strangers.margin >= margin)
    order = clear[np.argsort(-strangers.similarity[clear], kind="stable")][
        : int(_DEPTH * aim * len(strangers)) + _DEPTH
    ]
    similarity = strangers.similarity[order]
    reached = weights[:, strangers.truth[order]].cumsum(axis=1)
    allowed = (reached <= aim * total[:, None]).sum(axis=1)
    # The most similar probe that must be refused lies just below it; where all there are may pass, everything does.
    refused = np.append(similarity, -1.0 if len(order) == len(clear) else np.nan)[allowed]
    return np.asarray(np.nextafter(refused, 2.0), np.float64)


def _missed(found: tuple[Found, Found], aim: float, margin: float, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the FNIR of each draw."""
    strangers, mates = found
    right = _right(mates, margin)
    probes = np.bincount(mates.truth, minlength=weights.shape[1])
    rates = []
    for start in range(0, len(weights), _BLOCK):
        some = weights[start : start + _BLOCK]
        thresholds = _thresholds(strangers, aim, margin, some)
        reached = mates.similarity[right] >= thresholds[:, None]
        hits = (some[:, mates.truth[right]] * reached).sum(axis=1)
        with np.errstate(invalid="ignore"):
            rates.append(np.where(np.isnan(thresholds), np.nan, 1 - hits / (some @ probes)))
    return np.concatenate(rates)
