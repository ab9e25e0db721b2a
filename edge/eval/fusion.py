"""Which way of joining a person's templates into one score recognises more people at the same false-positive rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.eval.rates import LEAST_FALSE_MATCHES
from edge.eval.resample import DRAWS, Share, draw, percentiles, share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edge.eval.trials import Found, Fusion

FPIRS = (0.1, 0.03, 0.01, 3e-3, 1e-3)
"""The false-positive rates at which fusions are compared, as far as the probes reach."""

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
        lower: Lower end of the 95 % interval of `more`; each draw of people finds both thresholds anew.
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
    """
    strangers, mates = found["max"]
    everybody = int(max(strangers.truth.max(), mates.truth.max(initial=0))) + 1
    weights = draw(np.concatenate([strangers.truth, mates.truth]), everybody, draws)
    points = []
    for aim in (aim for aim in FPIRS if int(aim * len(strangers)) >= LEAST_FALSE_MATCHES):
        base, base_draws = np.nan, np.empty(0)
        for fusion in sorted(found, key=lambda one: one != "max"):
            one = found[fusion]
            threshold = _thresholds(one[0], aim, margin, np.ones((1, everybody)))[0]
            missed = ~_right(one[1], margin) | (one[1].similarity < threshold)
            drawn = _missed(one, aim, margin, weights)
            if fusion == "max":
                base, base_draws = missed.mean(), drawn
            points.append(
                FusionPoint(
                    people=size[0],
                    templates=size[1],
                    fusion=fusion,
                    aim=aim,
                    threshold=float(threshold),
                    fpir=share(one[0].identified(threshold, margin), one[0].truth, draws),
                    fnir=share(missed, one[1].truth, draws),
                    more=float(missed.mean() - base),
                    lower=percentiles(drawn - base_draws)[0],
                    upper=percentiles(drawn - base_draws)[1],
                )
            )
    return points


def _right(mates: Found, margin: float) -> NDArray[np.bool_]:
    return np.asarray((mates.person == mates.truth) & (mates.margin >= margin), bool)


def _thresholds(strangers: Found, aim: float, margin: float, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lowest threshold that keeps the aim in each draw, (draws,); what is accepted reaches it."""
    total = weights @ np.bincount(strangers.truth, minlength=weights.shape[1])
    clear = np.flatnonzero(strangers.margin >= margin)
    order = clear[np.argsort(-strangers.similarity[clear], kind="stable")][
        : int(_DEPTH * aim * len(strangers)) + _DEPTH
    ]
    similarity = strangers.similarity[order]
    reached = weights[:, strangers.truth[order]].cumsum(axis=1)
    allowed = (reached <= aim * total[:, None]).sum(axis=1)
    # The most similar probe that must be refused lies just below it; where all may pass, everything does.
    refused = np.append(similarity, -1.0)[allowed]
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
            rates.append(1 - hits / (some @ probes))
    return np.concatenate(rates)
