"""Compares every face with every other, a block of rows at a time: memory grows with the faces, not with the pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.eval.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edge.eval.faces import Faces

_BLOCK = 256
_TAIL = 200_000
"""How many of the highest impostor pairs are kept by name: enough for FMR 1e-3 of 90 million comparisons twice over."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Some pairs of faces.

    Attributes:
        similarity: (n,) float32, cosine.
        first: (n,) int64, places in the faces.
        second: (n,) int64, places in the faces, each larger than its first.
    """

    similarity: NDArray[np.float32]
    first: NDArray[np.int64]
    second: NDArray[np.int64]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.similarity)

    def at_least(self, threshold: float) -> int:
        """Return how many reach a threshold, compared as exactly as `Histogram` does."""
        return int((self.similarity.astype(np.float64) >= threshold).sum())

    def highest(self, count: int) -> Pairs:
        """Return so many of the most alike, the most alike first."""
        if len(self) > count:
            kept = np.argpartition(self.similarity, len(self) - count)[-count:]
        else:
            kept = np.arange(len(self))
        order = kept[np.argsort(-self.similarity[kept], kind="stable")]
        return Pairs(self.similarity[order], self.first[order], self.second[order])


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The similarities of all pairs of a set of faces.

    Attributes:
        genuine: The pairs of one person, all of them.
        impostor: Of different people, counted.
        tail: The impostor pairs that are most alike, the most alike first.
    """

    genuine: Pairs
    impostor: Histogram
    tail: Pairs

    @property
    def comparisons(self) -> int:
        """How many pairs of different people were compared."""
        return self.impostor.total


def compare(faces: Faces, advance: Callable[[int], None] = lambda _: None) -> Scores:
    """Compare all pairs, each once.

    Args:
        faces: At least two people.
        advance: Told of how many more faces are done.
    """
    genuine: list[Pairs] = []
    tails: list[Pairs] = []
    impostor = Histogram()
    for start in range(0, len(faces), _BLOCK):
        stop = min(start + _BLOCK, len(faces))
        similarity = faces.vectors[start:stop] @ faces.vectors[start:].T
        later = np.arange(start, len(faces))[None] > np.arange(start, stop)[:, None]
        same = faces.people[start:stop, None] == faces.people[None, start:]
        genuine.append(_pairs(similarity, later & same, start))
        others = later & ~same
        impostor.add(similarity[others])
        # What is below the best of the blocks before cannot be in the tail.
        floor = tails[0].similarity[-1] if tails and len(tails[0]) == _TAIL else -2.0
        tails = [_joined([*tails, _pairs(similarity, others & (similarity > floor), start)]).highest(_TAIL)]
        advance(stop - start)
    return Scores(_joined(genuine), impostor, tails[0])


def _pairs(similarity: NDArray[np.float32], chosen: NDArray[np.bool_], start: int) -> Pairs:
    rows, columns = np.nonzero(chosen)
    return Pairs(similarity[rows, columns], rows + start, columns + start)


def _joined(pairs: list[Pairs]) -> Pairs:
    return Pairs(
        np.concatenate([one.similarity for one in pairs]),
        np.concatenate([one.first for one in pairs]),
        np.concatenate([one.second for one in pairs]),
    )
