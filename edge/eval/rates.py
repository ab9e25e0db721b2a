"""Rates with their intervals, and the thresholds that stand for them (ISO/IEC 19795-1)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.errors import EdgeError

try:
    from scipy.stats import beta
except ModuleNotFoundError as error:
    raise EdgeError("measuring needs the extra `eval`: pip install 'door-terminal[eval]'") from error

if TYPE_CHECKING:
    from edge.eval.compare import Scores

FMRS = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7, 1e-7)
"""The false-match rates of a curve; those that the comparisons do not support are left out."""

LEAST_FALSE_MATCHES = 10
"""A rate with fewer events behind it is not claimed: its 95 % interval spans a factor of four and more."""

_MISS = 0.05


class Rate(Struct, frozen=True):
    """A share that was counted.

    Attributes:
        events: How often it happened.
        trials: Of how many.
        rate: The share; not a number (null in JSON) of no trials.
        lower: Lower end of its 95 % interval (Clopper and Pearson).
        upper: Upper end.
    """

    events: int
    trials: int
    rate: float
    lower: float
    upper: float

    def __str__(self) -> str:
        """In words for people."""
        if not self.trials:
            return "no trials"
        return f"{self.events:,} of {self.trials:,} = {self.rate:.3%} ({self.lower:.3%} to {self.upper:.3%})"


def rate(events: int, trials: int) -> Rate:
    """Return a counted share with the 95 % interval of Clopper and Pearson (1934).

    Trials are taken as independent; pairs that share a picture are not, and their true interval is wider.
    """
    share = events / trials if trials else math.nan
    return Rate(events, trials, share, *interval(events, trials))


def interval(events: float, trials: float) -> tuple[float, float]:
    """Return the 95 % interval of Clopper and Pearson of a share; (0, 1) of no trials. Counts may be effective ones."""
    lower = float(beta.ppf(_MISS / 2, events, trials - events + 1)) if events else 0.0
    upper = float(beta.ppf(1 - _MISS / 2, events + 1, trials - events)) if events < trials else 1.0
    return lower, upper


class OperatingPoint(Struct, frozen=True):
    """What happens at one threshold; a match is `similarity >= threshold`.

    Attributes:
        aim: The false-match rate aimed at.
        threshold: The lowest cosine similarity of four decimals that keeps the aim.
        fmr: Pairs of different people that match.
        tar: Pairs of one person that match, of those that were compared (TAR = 1 - FNMR).
        tar_of_attempts: The same of all pairs of pictures of one person: a picture without an embedding matches nothing
            (1 - the generalised false-reject rate of ISO/IEC 19795-1).
        supported: Whether at least ten false matches stand behind the threshold.
    """

    aim: float
    threshold: float
    fmr: Rate
    tar: Rate
    tar_of_attempts: Rate
    supported: bool


def operating_point(scores: Scores, aim: float, attempts: int | None = None) -> OperatingPoint:
    """Return what happens at the lowest threshold that keeps a false-match rate.

    Args:
        scores: The similarities of all pairs.
        aim: The false-match rate.
        attempts: Pairs of pictures of one person, those without an embedding included; None when all have one.

    Raises:
        EvidenceError: No different people were compared.
    """
    threshold = scores.impostor.threshold(aim)
    hits = scores.genuine.at_least(threshold)
    return OperatingPoint(
        aim=aim,
        threshold=threshold,
        fmr=rate(scores.impostor.at_least(threshold), scores.comparisons),
        tar=rate(hits, len(scores.genuine)),
        tar_of_attempts=rate(hits, len(scores.genuine) if attempts is None else attempts),
        supported=supported(scores, aim),
    )


def supported(scores: Scores, aim: float) -> bool:
    """Whether a false-match rate can be claimed: at least ten of the comparisons match at its threshold.

    Where many are equally alike, fewer may match than the rate allows: then the next threshold lies above all of them.
    """
    if not scores.comparisons:
        return False
    return scores.impostor.at_least(scores.impostor.threshold(aim)) >= LEAST_FALSE_MATCHES


def equal_error_rate(scores: Scores) -> float:
    """Return the rate at which as large a share of genuine pairs is refused as of impostor pairs accepted.

    Between two thresholds of the grid both shares are taken to change in a straight line; above the last nothing
    matches. Not a number without genuine pairs.
    """
    if not len(scores.genuine):
        return math.nan
    thresholds, passed = scores.impostor.survival()
    genuine = np.sort(scores.genuine.similarity.astype(np.float64))
    refused = np.append(np.searchsorted(genuine, thresholds, side="left") / len(genuine), 1.0)
    lead = refused - np.append(passed, 0.0)
    after = int(np.flatnonzero(lead >= 0)[0])
    before = max(after - 1, 0)
    share = lead[before] / (lead[before] - lead[after]) if lead[before] != lead[after] else 0.0
    return float(refused[before] + share * (refused[after] - refused[before]))
