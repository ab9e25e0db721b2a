"""Counts similarities on the grid of the thresholds, so that any number of comparisons takes the same memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from edge.errors import EvidenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS = 10_000
"""Thresholds have four decimals."""


def _empty() -> NDArray[np.int64]:
    return np.zeros(2 * _STEPS + 1, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How many similarities lie between two neighbouring thresholds.

    Counts are exact at every threshold of four decimals: no float32 lies so near to one that rounding could move it.

    Attributes:
        counts: (20001,) int64; place i counts similarities from (i - 10000) / 10000 up to the next threshold.
    """

    counts: NDArray[np.int64] = field(default_factory=_empty)

    def add(self, similarities: NDArray[np.float32]) -> None:
        """Count some more, of any shape, each between -1 and 1 but for rounding."""
        places = np.floor(similarities.ravel().astype(np.float64) * _STEPS).astype(np.int64)
        np.clip(places, -_STEPS, _STEPS, out=places)
        places += _STEPS
        self.counts[:] += np.bincount(places, minlength=len(self.counts))

    @property
    def total(self) -> int:
        """How many were counted."""
        return int(self.counts.sum())

    def at_least(self, threshold: float) -> int:
        """Return how many reach a threshold; it is taken to four decimals."""
        return int(self.counts[max(0, round(threshold * _STEPS) + _STEPS) :].sum())

    def threshold(self, share: float) -> float:
        """Return the lowest threshold that no more than this share of the similarities reach.

        Raises:
            EvidenceError: Nothing was counted.
        """
        if not self.total:
            raise EvidenceError("there are no comparisons, so there is no threshold")
        reached = self.counts[::-1].cumsum()[::-1]
        low_enough = np.flatnonzero(reached <= share * self.total)
        place = int(low_enough[0]) if len(low_enough) else len(reached)
        return (place - _STEPS) / _STEPS

    def survival(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (thresholds, share that reaches each), both (20001,), for plots and crossings."""
        thresholds = np.arange(-_STEPS, _STEPS + 1) / _STEPS
        return thresholds, self.counts[::-1].cumsum()[::-1] / max(self.total, 1)
