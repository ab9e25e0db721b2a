"""Error-versus-discard curves (ISO/IEC 29794-1): how many errors go when the worst pictures are discarded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from scipy.sparse import coo_matrix

from edge.eval.resample import DRAWS, draw, percentiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARES = np.arange(101) / 200
"""The shares of comparisons that are discarded: 0 to one half, in steps of half a hundredth."""

AREA_TO = 0.2
"""The area under a curve is taken up to here: nobody discards more."""

_BINS = 1000


class DiscardPoint(Struct, frozen=True):
    """What is left when a share of the comparisons is discarded.

    Attributes:
        discarded: The share of comparisons, those of the lowest quality.
        fnmr: The false non-match rate of the others.
        lower: Lower end of its 95 % interval, from drawing people.
        upper: Upper end.
        errors: False non-matches among the others; of pairs of equal quality each is discarded as likely.
    """

    discarded: float
    fnmr: float
    lower: float
    upper: float
    errors: float


class DiscardCurve(Struct, frozen=True):
    """What one measure is worth.

    Attributes:
        score: Its name, as in the quality of a face.
        area: Mean FNMR while up to a fifth is discarded.
        gain: Which part of what is possible it gains: 1 where errors go first, 0 where they go at random, less where
            the good are discarded before the bad; not a number without errors.
        gain_lower: Lower end of its 95 % interval, from drawing people.
        gain_upper: Upper end.
        points: The curve.
    """

    score: str
    area: float
    gain: float
    gain_lower: float
    gain_upper: float
    points: list[DiscardPoint]


def discard_curve(
    name: str,
    quality: NDArray[np.float64],
    missed: NDArray[np.bool_],
    people: NDArray[np.int64],
    draws: int = DRAWS,
) -> DiscardCurve:
    """Return the error-versus-discard curve of one measure over mated comparisons.

    Args:
        name: The measure.
        quality: (n,) float64, of each comparison: the lower one of its two pictures, higher being better.
        missed: (n,) bool, whether it is a false non-match.
        people: (n,) int64, whose comparison it is.
        draws: How many times people are drawn for the intervals.
    """
    order = np.argsort(quality, kind="stable")
    ordered, wrong, whose = quality[order], missed[order], people[order]
    first = np.append(True, ordered[1:] != ordered[:-1])
    ties = np.cumsum(first) - 1
    left = _left(np.ones((1, int(people.max()) + 1)), wrong, whose, ties)[0]
    # For the intervals neighbours are joined where there are very many pairs: a tenth of a hundredth does not show.
    coarse = np.flatnonzero(first)[ties] * min(_BINS, len(order)) // len(order)
    drawn = _left(draw(people, int(people.max()) + 1, draws), wrong, whose, coarse) / (1 - SHARES)
    gains = np.array([_gain(one) for one in drawn])
    bands = [percentiles(column) for column in drawn.T]
    return DiscardCurve(
        score=name,
        area=area(left / (1 - SHARES)),
        gain=_gain(left / (1 - SHARES)),
        gain_lower=percentiles(gains)[0],
        gain_upper=percentiles(gains)[1],
        points=[
            DiscardPoint(float(share), float(kept / (1 - share)), *band, float(kept * len(missed)))
            for share, kept, band in zip(SHARES, left, bands, strict=True)
        ],
    )


def ideal(fnmr: float) -> NDArray[np.float64]:
    """Return the curve of a measure that discards every error first."""
    return np.asarray(np.maximum(0.0, fnmr - SHARES) / (1 - SHARES), np.float64)


def area(fnmr: NDArray[np.float64]) -> float:
    """Return the mean of a curve while up to a fifth is discarded (trapezoidal rule)."""
    inside = fnmr[SHARES <= AREA_TO]
    return float((inside.sum() - (inside[0] + inside[-1]) / 2) / (len(inside) - 1))


def _left(
    weights: NDArray[np.float64], wrong: NDArray[np.bool_], people: NDArray[np.int64], ties: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return which share of all comparisons are errors that are left after each discard, (draws, shares).

    Pairs of equal quality are discarded together, evenly: between their ends errors go in a straight line.
    """
    shape = int(ties[-1]) + 1, weights.shape[1]
    sizes, errors = (
        np.asarray(coo_matrix((kind, (ties, people)), shape=shape).tocsr() @ weights.T).T.cumsum(axis=1)
        for kind in (np.ones(len(ties)), wrong.astype(np.float64))
    )
    found = np.empty((len(weights), len(SHARES)))
    for row, (size, error) in enumerate(zip(sizes, errors, strict=True)):
        total = max(size[-1], 1.0)
        gone = np.interp(SHARES * total, np.append(0.0, size), np.append(0.0, error))
        found[row] = (error[-1] - gone) / total
    return found


def _gain(fnmr: NDArray[np.float64]) -> float:
    random, best = float(fnmr[0]), area(ideal(float(fnmr[0])))
    return (random - area(fnmr)) / (random - best) if random > best else np.nan
