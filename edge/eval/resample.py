"""Intervals that draw people, not pictures or pairs: those of one person belong together.

People are drawn with replacement, and all that is a person's counts as often as they were drawn (Bolle, Ratha,
Pankanti, "Error analysis of pattern recognition systems: the subsets bootstrap", 2004).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.eval.rates import interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 1000
_SEED = 1
_PERCENTILES = (2.5, 97.5)
_LEAST_DRAWS = 0.95


class Share(Struct, frozen=True):
    """A share that was counted over people who are looked at more than once.

    Attributes:
        events: How often it happened.
        trials: Of how many.
        people: How many different people the trials are of.
        rate: The share; not a number (null in JSON) of no trials.
        lower: Lower end of its 95 % interval, from drawing people.
        upper: Upper end; where it never or always happened, of the interval of Clopper and Pearson of that many people.
    """

    events: int
    trials: int
    people: int
    rate: float
    lower: float
    upper: float

    def __str__(self) -> str:
        """In words for people."""
        if not self.trials:
            return "no trials"
        return f"{self.events:,} of {self.trials:,} = {self.rate:.2%} ({self.lower:.2%} to {self.upper:.2%})"


def draw(people: NDArray[np.int64], size: int, draws: int = DRAWS, seed: int = _SEED) -> NDArray[np.float64]:
    """Return how often each person was drawn, (draws, size).

    Args:
        people: Who can be drawn, by number, each any number of times.
        size: One more than the largest number.
        draws: How many times they are drawn.
        seed: Of the draws.
    """
    present = np.unique(people)
    weights = np.zeros((draws, size))
    if len(present):
        weights[:, present] = _times(len(present), draws, seed)
    return weights


def share(happened: NDArray[np.bool_], people: NDArray[np.int64], draws: int = DRAWS) -> Share:
    """Return how often something happened, with an interval from drawing the people it happens to.

    Args:
        happened: (n,) bool, one a trial.
        people: (n,) int64, whose trial it was.
        draws: How many times they are drawn.
    """
    events, trials = int(happened.sum()), len(happened)
    present, numbers = np.unique(people, return_inverse=True)
    if not trials:
        return Share(0, 0, 0, math.nan, 0.0, 1.0)
    if events in {0, trials}:
        lower, upper = interval(len(present) if events else 0, len(present))
        return Share(events, trials, len(present), events / trials, lower, upper)
    weights = _times(len(present), draws, _SEED)
    hits = weights @ np.bincount(numbers, happened, len(present))
    lower, upper = percentiles(hits / (weights @ np.bincount(numbers, minlength=len(present))))
    return Share(events, trials, len(present), events / trials, lower, upper)


@lru_cache(maxsize=2)
def _times(people: int, draws: int, seed: int) -> NDArray[np.float64]:
    """Return how often each of so many people was drawn, (draws, people); kept, for drawing takes longer than using."""
    drawn = np.random.default_rng(seed).multinomial(people, np.full(people, 1 / people), draws).astype(np.float64)
    drawn.setflags(write=False)
    return drawn


def percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % interval of what was drawn; not numbers where many draws have none."""
    finite = values[np.isfinite(values)]
    if len(finite) < _LEAST_DRAWS * len(values) or not len(finite):
        return math.nan, math.nan
    lower, upper = np.percentile(finite, _PERCENTILES)
    return float(lower), float(upper)
