"""What counted errors let one claim: an upper bound in plain arithmetic, for machines that have no scipy."""

from __future__ import annotations

import math

CONFIDENCE = 0.95
AIM = 0.07
"""The APCER of a species that one would like to claim to be below."""

_HALVINGS = 60
_MOST_TRIALS = 1_000_000


def upper_bound(events: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """Return the one-sided upper bound of Clopper and Pearson (1934) of a share; 1 of no trials.

    "Below this" can be claimed with that confidence. The upper end of a two-sided 95 % interval is stricter: it is
    the one-sided bound of 97.5 %.

    Args:
        events: How often it happened.
        trials: Of how many independent trials.
        confidence: Of the claim, above 0 and below 1.
    """
    if events >= trials:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(events, trials, middle) > 1 - confidence else (low, middle)
    return high


def errorless_trials(events: int, trials: int, below: float, confidence: float = CONFIDENCE) -> int | None:
    """Return how many more trials without an error are needed to claim a rate below this; 0 when it can be now.

    Args:
        events: How often it has happened.
        trials: Of how many.
        below: The rate.
        confidence: Of the claim.

    Returns:
        How many; None where even a million would not do.
    """

    def enough(more: int) -> bool:
        return upper_bound(events, trials + more, confidence) < below

    if not enough(_MOST_TRIALS):
        return None
    few, many = -1, _MOST_TRIALS  # too few, enough
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if enough(middle) else (middle, many)
    return many


def _at_most(events: int, trials: int, share: float) -> float:
    """Return the probability of so many events or fewer when each trial has this chance, above 0 and below 1."""
    chance, against = math.log(share), math.log1p(-share)
    ways = (
        math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
        for count in range(events + 1)
    )
    terms = (way + count * chance + (trials - count) * against for count, way in enumerate(ways))
    return math.fsum(math.exp(term) for term in terms)
