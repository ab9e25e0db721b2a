"""Intervals that draw people, not pictures or pairs: those of one person belong together.

People are drawn with replacement, and all that is a person's counts as often as they were drawn (Bolle, Ratha,
Pankanti, "Error analysis of pattern recognition systems: the subsets bootstrap", 2004). Where it happened to few
people, or to all but few, drawing them says too little; the interval is then no narrower than that of Clopper and
Pearson with as many effective trials as there are people (Korn and Graubard, "Confidence intervals for proportions with
small expected number of positive counts estimated from survey data", 1998). Of fewer than ten people there is none.
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
LEAST_PEOPLE = 10
"""Fewer cannot stand for all people: drawing them anew would only repeat the same few."""

_SEED = 1
_PERCENTILES = (2.5, 97.5)
_LEAST_DRAWS = 0.95


class Share(Struct, frozen=True):
    """A share that was counted over people who are looked at more than once.

    Attributes:
        events: How often it happened.
        trials: Of how many.
        people: How many different people the trials are of.
        event_people: How many different people the events are of.
        event_pictures: How many different pictures the events are of; null where the trials are no pictures.
        rate: The share; not a number (null in JSON) of no trials.
        lower: Lower end of its 95 % interval, from drawing people; null of fewer than ten people.
        upper: Upper end; null, too.
    """

    events: int
    trials: int
    people: int
    event_people: int
    event_pictures: int | None
    rate: float
    lower: float | None
    upper: float | None

    def __str__(self) -> str:
        """In words for people."""
        if not self.trials:
            return "no trials"
        counted = f"{self.events:,} of {self.trials:,} = {self.rate:.2%}"
        if self.lower is None or self.upper is None:
            return f"{counted} ({self.people} {'person' if self.people == 1 else 'people'}: no interval)"
        return f"{counted} ({self.lower:.2%} to {self.upper:.2%}){self.behind()}"

    def behind(self) -> str:
        """In words for people, how few different pictures and people the events are of; empty where it is no news."""
        if self.event_pictures is None or self.event_pictures == self.events:
            return ""
        return f", {self.event_pictures:,} pictures of {self.event_people:,} people"

    @property
    def evident(self) -> bool:
        """Whether enough different people stand behind the events; the same ones seen again add nothing."""
        return self.event_people >= LEAST_PEOPLE


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


def share(
    happened: NDArray[np.bool_],
    people: NDArray[np.int64],
    pictures: NDArray[np.int64] | None = None,
    draws: int = DRAWS,
) -> Share:
    """Return how often something happened, with an interval from drawing the people it happens to.

    Args:
        happened: (n,) bool, one a trial.
        people: (n,) int64, whose trial it was.
        pictures: (n,) int64, of which picture; None where that is no question.
        draws: How many times they are drawn.
    """
    present, numbers = np.unique(people, return_inverse=True)
    events = np.bincount(numbers, happened, len(present)).astype(np.int64)
    different = None if pictures is None else len(np.unique(pictures[happened]))
    return tallied(events, np.bincount(numbers, minlength=len(present)), different, draws)


def tallied(
    events: NDArray[np.int64], trials: NDArray[np.int64], pictures: int | None = None, draws: int = DRAWS
) -> Share:
    """Return the same of what has been counted for each person.

    Args:
        events: (people,) int64, how often it happened to each.
        trials: (people,) int64, of how many; people without any are left out.
        pictures: How many different pictures the events are of; None where that is no question.
        draws: How many times people are drawn.
    """
    events, trials = events[trials > 0], trials[trials > 0]
    hits, total, people = int(events.sum()), int(trials.sum()), len(trials)
    affected = int((events > 0).sum())
    if not people:
        return Share(0, 0, 0, 0, pictures, math.nan, 0.0, 1.0)
    lower, upper = _interval(events, trials, draws) if people >= LEAST_PEOPLE else (None, None)
    return Share(hits, total, people, affected, pictures, hits / total, lower, upper)


def _interval(events: NDArray[np.int64], trials: NDArray[np.int64], draws: int) -> tuple[float, float]:
    people, rate = len(trials), float(events.sum() / trials.sum())
    drawn = math.nan, math.nan
    if 0 < rate < 1:
        weights = _times(people, draws, _SEED)
        drawn = percentiles((weights @ events) / (weights @ trials))
    if min((events > 0).sum(), (events < trials).sum()) >= LEAST_PEOPLE:
        return drawn
    few = interval(rate * people, people)
    return float(np.fmin(drawn[0], few[0])), float(np.fmax(drawn[1], few[1]))


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
