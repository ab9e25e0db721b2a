"""How sure a difference between two embedders is: a bootstrap that draws people, not pairs.

Pairs that share a person are not independent, so people are drawn with replacement and every pair counts as often as
its people were drawn (Bolle, Ratha, Pankanti, "Error analysis of pattern recognition systems: the subsets bootstrap",
2004). Both embedders see the same draws, and each finds its threshold anew in every draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.errors import EvidenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.eval.compare import Scores

_DRAWS = 1000
_MISS_PERCENT = 5.0
_BLOCK_NUMBERS = 4_000_000
_DEPTH = 2
_LEAST_DEPTH = 64


class Difference(Struct, frozen=True):
    """By how much one embedder accepts more genuine pairs than another at one false-match rate.

    Attributes:
        aim: The false-match rate.
        tar: The difference of the true-accept rates, -1 to 1.
        lower: Lower end of its 95 % interval (percentiles of the draws).
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
    one: Scores, other: Scores, people: NDArray[np.int64], aim: float, draws: int = _DRAWS, seed: int = 1
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
    everybody = np.ones((1, int(people.max()) + 1))
    observed = _tar(one, people, aim, everybody) - _tar(other, people, aim, everybody)
    random = np.random.default_rng(seed)
    present = np.unique(people)
    found = []
    deepest = max(_deep_enough(one, aim), _deep_enough(other, aim), len(one.genuine), len(other.genuine))
    block = max(1, _BLOCK_NUMBERS // deepest)
    for start in range(0, draws, block):
        count = min(block, draws - start)
        weights = np.zeros((count, everybody.shape[1]))
        weights[:, present] = random.multinomial(len(present), np.full(len(present), 1 / len(present)), count)
        found.append(_tar(one, people, aim, weights) - _tar(other, people, aim, weights))
    values = np.concatenate(found)
    lower, upper = np.nanpercentile(values, (_MISS_PERCENT / 2, 100 - _MISS_PERCENT / 2))
    return Difference(aim, float(observed[0]), float(lower), float(upper), draws)


def comparable(scores: Scores, aim: float) -> bool:
    """Whether there are genuine pairs, and the kept tail reaches far enough for this false-match rate."""
    return len(scores.genuine) > 0 and len(scores.tail) >= _deep_enough(scores, aim)


def _tar(scores: Scores, people: NDArray[np.int64], aim: float, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the true-accept rate at the aim in each draw, (draws,); `weights` is (draws, people)."""
    tail = scores.tail.highest(_deep_enough(scores, aim))
    sizes = np.bincount(people, minlength=weights.shape[1])
    held = weights * sizes
    comparisons = (held.sum(axis=1) ** 2 - (held**2).sum(axis=1)) / 2
    reached = (weights[:, people[tail.first]] * weights[:, people[tail.second]]).cumsum(axis=1)
    allowed = (reached <= aim * comparisons[:, None]).sum(axis=1)
    # The first pair that must be refused sets the threshold: what is accepted lies above it.
    refused = tail.similarity[np.minimum(allowed, len(tail) - 1)]
    counts = weights[:, people[scores.genuine.first]]
    accepted = (counts * (scores.genuine.similarity[None] > refused[:, None])).sum(axis=1)
    return np.asarray(accepted / np.maximum(counts.sum(axis=1), 1), np.float64)


def _deep_enough(scores: Scores, aim: float) -> int:
    """Return how many of the highest impostor pairs to keep: the draws seldom need twice the expected number."""
    return min(scores.comparisons, int(_DEPTH * aim * scores.comparisons) + _LEAST_DEPTH)
