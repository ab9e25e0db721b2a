"""How many frames an attempt is worth: what several frames let in, as a multiple of what one lets in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.eval.rates import LEAST_FALSE_MATCHES
from edge.eval.resample import LEAST_PEOPLE, Share, draw, percentiles, tallied

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """What became of attempts, each (people, galleries) int64 but the last.

    Attributes:
        searches: Judged frames.
        voted: Those that voted: for anybody, or for the person who is enrolled.
        attempts: Attempts.
        granted: Those that were let in, as whoever they voted for.
        different: (people,) int64, how many different attempts were let in, each in any gallery.
    """

    searches: NDArray[np.int64]
    voted: NDArray[np.int64]
    attempts: NDArray[np.int64]
    granted: NDArray[np.int64]
    different: NDArray[np.int64]


def shares(counts: Counts) -> tuple[Share, Share]:
    """Return the searches that voted, and the attempts that were let in."""
    voted, granted = counts.voted.sum(axis=1), counts.granted.sum(axis=1)
    return tallied(voted, counts.searches.sum(axis=1)), tallied(granted, counts.attempts.sum(axis=1))


def misses(counts: Sequence[Counts]) -> tuple[Share, Share]:
    """Return the searches of enrolled people that did not vote for them, and the attempts that were not let in."""
    sums = [[one.sum() for one in (c.searches, c.voted, c.attempts, c.granted)] for c in counts]
    searches, voted, attempts, granted = np.array(sums, np.int64).reshape(-1, 4).T
    return tallied(searches - voted, searches), tallied(attempts - granted, attempts)


def _factors(counts: Counts, people: NDArray[np.float64], galleries: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return attempts' rate over searches' rate, (draws,).

    Args:
        counts: What became of the attempts.
        people: (draws, people), how often each counts.
        galleries: (draws, galleries), how often each counts.
    """
    attempts, granted, searches, voted = (
        np.einsum("bp,pg,bg->b", people, one, galleries)
        for one in (counts.attempts, counts.granted, counts.searches, counts.voted)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((granted / attempts) / (voted / searches), np.float64)


def interval(counts: Counts) -> tuple[float, float] | tuple[None, None]:
    """Return the 95 % interval of the factor, from drawing galleries and, where there are enough, people.

    It is None where many draws have no wrong vote.
    """
    people, galleries = (draw(np.arange(size), size, seed=seed) for seed, size in enumerate(counts.attempts.shape))
    if people.shape[1] < LEAST_PEOPLE:
        people = np.ones_like(people)
    lower, upper = percentiles(_factors(counts, people, galleries))
    return (None, None) if np.isnan(lower) else (lower, upper)


def by_person(names: Sequence[str], counts: Counts) -> dict[str, float]:
    """Return the factor of each person of whom ten different attempts are let in; names in the order of the counts."""
    factors = _factors(counts, np.eye(len(names)), np.ones((len(names), counts.attempts.shape[1])))
    rows = zip(names, factors, counts.different, strict=True)
    return {name: float(factor) for name, factor, different in rows if different >= LEAST_FALSE_MATCHES}
