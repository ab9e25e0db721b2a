"""How sure a difference between two embedders is: a bootstrap that draws people, not pairs.

Pairs that share a person are not independent, so people are drawn with replacement and every pair counts as often as
its people were drawn (Bolle, Ratha, Pankanti, "Error analysis of pattern recognition systems: the subsets bootstrap",
2004). Both embedders see the same draws, and each finds its threshold anew in every draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from scipy.sparse import coo_matrix

from edge.errors import EvidenceError
from edge.eval.resample import DRAWS, draw, percentiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.eval.compare import Scores

_BLOCK_NUMBERS = 4_000_000
_DEPTH = 2
_LEAST_DEPTH = 256


class Difference(Struct, frozen=True):
    """By how much one embedder accepts more genuine pairs than another at one false-match rate.

    Attributes:
        aim: The false-match rate.
        tar: The difference of the true-accept rates, -1 to 1.
        lower: Lower end of its 95 % interval (percentiles of the draws); not a number where many draws show no rate.
        upper: Upper end.
        draws: How many times the people were drawn.
    """

    aim: float
    tar: float
    lower: float
    upper: float
    draws: int

    @property
    def sure(self) -> bool:
        """Whether the interval leaves out that they are equal."""
        return self.lower > 0 or self.upper < 0


def difference(
    one: Scores, other: Scores, people: NDArray[np.int64], aim: float, draws: int = DRAWS, seed: int = 1
) -> Difference:
    """Return by how much `one` accepts more than `other`.

    Args:
        one: The similarities of one embedder.
        other: Those of the other, of the same faces in the same order.
        people: (n,) int64, who each face shows.
        aim: The false-match rate; the kept tails of both must reach well below it.
        draws: How many times to draw.
        seed: Of the draws.

    Raises:
        EvidenceError: There are no genuine pairs, or the aim is too loose for the kept tail.
    """
    for scores in (one, other):
        if not comparable(scores, aim):
            raise EvidenceError(f"too few pairs to compare two embedders at a false-match rate of {aim:g}")
    size = int(people.max()) + 1
    observed, drawn = (
        _tar(one, people, aim, weights) - _tar(other, people, aim, weights)
        for weights in (np.ones((1, size)), draw(people, size, draws, seed))
    )
    return Difference(aim, float(observed[0]), *percentiles(drawn), draws)


def comparable(scores: Scores, aim: float) -> bool:
    """Whether there are genuine pairs, and the kept tail reaches far enough for this false-match rate."""
    return len(scores.genuine) > 0 and 0 < len(scores.tail) >= _deep_enough(scores, aim)


def _tar(scores: Scores, people: NDArray[np.int64], aim: float, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the true-accept rate at the aim in each draw, (draws,); `weights` is (draws, people).

    Not a number where a draw has no genuine pairs, or the kept tail ends above its threshold.
    """
    refused = _refused(scores, people, aim, weights)
    known = np.isfinite(refused)
    found = np.full(len(weights), np.nan)
    found[known] = _accepted(scores, people, refused[known], weights[known])
    return found


def _refused(
    scores: Scores, people: NDArray[np.int64], aim: float, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how alike the first impostor pair is that must be refused in each draw: what matches lies above it."""
    tail = scores.tail.highest(_deep_enough(scores, aim))
    first, second = people[tail.first], people[tail.second]
    held = weights * np.bincount(people, minlength=weights.shape[1])
    allowed = aim * (held.sum(axis=1) ** 2 - (held**2).sum(axis=1)) / 2
    ends = np.append(tail.similarity, np.nan)
    found = np.empty(len(weights))
    block = max(1, _BLOCK_NUMBERS // len(tail))
    for start in range(0, len(weights), block):
        some = slice(start, start + block)
        reached = (weights[some, first] * weights[some, second]).cumsum(axis=1)
        found[some] = ends[(reached <= allowed[some, None]).sum(axis=1)]
    return found


def _accepted(
    scores: Scores, people: NDArray[np.int64], refused: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the share of genuine pairs above the refused similarity of each draw.

    A genuine pair is one person's and counts as often as they were drawn, so pairs of one person between the same two
    of all refused similarities are counted together: the work grows with the people, hardly with the pairs.
    """
    ends, place = np.unique(refused, return_inverse=True)
    bins = np.searchsorted(ends, scores.genuine.similarity, side="left")
    whose = people[scores.genuine.first]
    shape = len(ends) + 1, weights.shape[1]
    counts = np.asarray(coo_matrix((np.ones(len(whose)), (bins, whose)), shape=shape).tocsr() @ weights.T)
    above = counts[::-1].cumsum(axis=0)[::-1]
    total = above[0]
    return np.asarray(above[place + 1, np.arange(len(place))] / np.where(total > 0, total, np.nan), np.float64)


def _deep_enough(scores: Scores, aim: float) -> int:
    """Return how many of the highest impostor pairs to keep: the draws seldom need twice the expected number."""
    return min(scores.comparisons, int(_DEPTH * aim * scores.comparisons) + _LEAST_DEPTH)
