"""Error rates of groups of people at one threshold, and how far their impostor similarities are shifted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix

from edge.eval.disparity import ColumnResult, GroupResult, Ratio, doubt
from edge.eval.histogram import Histogram
from edge.eval.mates import mated_pairs
from edge.eval.rates import Rate, rate
from edge.eval.resample import DRAWS, draw, percentiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from edge.eval.faces import Faces
    from edge.eval.labels import Grouping

_BLOCK = 256
_FEW_PEOPLE = 20
_HALF = 0.5
EVERYBODY = "everybody"
"""What the pairs of all groups together are called."""

_ACROSS = "different groups"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the groups are compared.

    Attributes:
        strict: The threshold that is asked about, four decimals.
        aim: The false-match rate it was asked for by; None where the threshold itself was given.
        lax: A lower one at which there are false matches enough to count, four decimals.
    """

    strict: float
    aim: float | None
    lax: float


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """The impostor pairs of two groups, or of one.

    Attributes:
        impostor: All of them, counted.
        total: The sum of their similarities.
        squares: The sum of the squares.
        first: (n,) int64, the people of the pairs that reach the lax threshold.
        second: (n,) int64, the other one of each.
        similarity: (n,) float32, of each.
    """

    impostor: Histogram
    total: float
    squares: float
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    similarity: NDArray[np.float32]

    def people(self, threshold: float) -> set[tuple[int, int]]:
        """Return the pairs of people whose pictures reach a threshold, which is no lower than the lax one."""
        reached = self.similarity.astype(np.float64) >= threshold
        pairs = zip(self.first[reached].tolist(), self.second[reached].tolist(), strict=True)
        return {(min(pair), max(pair)) for pair in pairs}


class GroupDraws:
    """What the drawn people make of the pairs of any two groups.

    The sum of the similarities of all pairs of two sets of vectors is the product of the two sums of vectors; pairs of
    one person are taken out again.
    """

    def __init__(self, faces: Faces, groups: NDArray[np.int64], count: int, draws: int) -> None:
        weights = draw(faces.people, len(groups), draws)
        sums = np.zeros((len(groups), faces.vectors.shape[1]))
        np.add.at(sums, faces.people, faces.vectors.astype(np.float64))
        sizes = np.bincount(faces.people, minlength=len(groups)).astype(np.float64)
        members = [groups == group for group in range(count)]
        self._weights = weights
        self._sums = [weights[:, who] @ sums[who] for who in members]
        self._sizes = [weights[:, who] @ sizes[who] for who in members]
        self._own = [weights[:, who] ** 2 @ (sums[who] ** 2).sum(axis=1) for who in members]
        self._own_sizes = [weights[:, who] ** 2 @ sizes[who] ** 2 for who in members]

    def mean(self, cells: Iterable[tuple[int, int]]) -> NDArray[np.float64]:
        """Return the mean impostor similarity of some pairs of groups together, in each draw."""
        count, total = np.zeros(len(self._weights)), np.zeros(len(self._weights))
        for one, other in cells:
            product = np.einsum("ij,ij->i", self._sums[one], self._sums[other])
            total += (product - self._own[one]) / 2 if one == other else product
            count += self._pairs(one, other)
        return _over(total, count)

    def rate(
        self, cells: Sequence[tuple[int, int]], first: NDArray[np.int64], second: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the share of the pairs of some groups that the given pairs of people are, in each draw."""
        size = self._weights.shape[1]
        matrix = coo_matrix((np.ones(len(first)), (first, second)), shape=(size, size)).tocsr()
        hits: NDArray[np.float64] = ((matrix @ self._weights.T).T * self._weights).sum(axis=1)
        return _over(hits, np.sum([self._pairs(*cell) for cell in cells], axis=0))

    def _pairs(self, one: int, other: int) -> NDArray[np.float64]:
        product = self._sizes[one] * self._sizes[other]
        return np.asarray((product - self._own_sizes[one]) / 2 if one == other else product, np.float64)


def compare_groups(
    faces: Faces,
    grouping: Grouping,
    thresholds: Thresholds,
    advance: Callable[[int], None] = lambda _: None,
    draws: int = DRAWS,
) -> ColumnResult:
    """Compare the groups of one column.

    Args:
        faces: Of everybody; who has no label is left out, and named.
        grouping: The groups.
        thresholds: Where they are compared.
        advance: Told of how many more pairs of groups are done.
        draws: How many times people are drawn for the intervals.
    """
    groups = np.array([grouping.groups.get(name, -1) for name in faces.names], np.int64)
    labelled = faces.only(groups[faces.people] >= 0)
    count = len(grouping.names)
    cells: dict[tuple[int, int], _Cell] = {}
    for key in ((one, other) for one in range(count) for other in range(one, count)):
        cells[key] = _cell(labelled, groups, key, thresholds.lax)
        advance(1)
    drawn = GroupDraws(labelled, groups, count, draws)
    table = _Table(labelled, groups, thresholds, cells, drawn)
    own = [table.result([(one, one)], name, name) for one, name in enumerate(grouping.names)]
    across = [table.result([key], grouping.names[key[0]], grouping.names[key[1]]) for key in cells if key[0] != key[1]]
    present = set(np.unique(faces.people).tolist())
    return ColumnResult(
        column=grouping.column,
        everybody=table.result(list(cells), EVERYBODY, EVERYBODY),
        groups=own,
        across=table.result([key for key in cells if key[0] != key[1]], _ACROSS, _ACROSS),
        pairs_of_groups=across,
        unlabelled=[name for place, name in enumerate(faces.names) if place in present and groups[place] < 0],
        cautions=_cautions(own),
    )


class _Table:
    """All that the results of one column are made of."""

    def __init__(
        self,
        faces: Faces,
        groups: NDArray[np.int64],
        thresholds: Thresholds,
        cells: dict[tuple[int, int], _Cell],
        drawn: GroupDraws,
    ) -> None:
        self._faces, self._groups, self._thresholds, self._cells, self._drawn = faces, groups, thresholds, cells, drawn
        everybody = list(cells)
        self._mean, self._deviation, pairs = _moments(list(cells.values()))
        self._lax = sum(len(cell.first) for cell in cells.values()) / max(1, pairs)
        self._drawn_mean, self._drawn_lax = drawn.mean(everybody), self._drawn_rate(everybody)

    def result(self, keys: list[tuple[int, int]], group: str, other: str) -> GroupResult:
        """Return what is counted of some pairs of groups together."""
        chosen = [self._cells[key] for key in keys]
        mean, deviation, pairs = _moments(chosen)
        shift = (self._drawn.mean(keys) - self._drawn_mean) / (self._deviation or np.nan)
        members = np.isin(self._groups[self._faces.people], np.unique(keys))
        fmr = rate(sum(cell.impostor.at_least(self._thresholds.strict) for cell in chosen), pairs)
        lax = rate(sum(len(cell.first) for cell in chosen), pairs)
        fmr_people, lax_people = (
            sum(len(cell.people(threshold)) for cell in chosen)
            for threshold in (self._thresholds.strict, self._thresholds.lax)
        )
        lax_doubt = doubt(lax, lax_people, self._lax)
        return GroupResult(
            group=group,
            other=other,
            people=len(np.unique(self._faces.people[members])),
            pictures=int(members.sum()),
            fmr=fmr,
            fmr_people=fmr_people,
            fmr_doubt=doubt(fmr, fmr_people, self._thresholds.aim),
            lax=lax,
            lax_people=lax_people,
            lax_doubt=lax_doubt,
            lax_ratio=None if lax_doubt else self._ratio(keys, lax),
            mean=mean,
            deviation=deviation,
            shift=(mean - self._mean) / (self._deviation or np.nan),
            shift_lower=percentiles(shift)[0],
            shift_upper=percentiles(shift)[1],
            fnmr=self._fnmr(members) if all(one == two for one, two in keys) or group == EVERYBODY else None,
        )

    def _ratio(self, keys: list[tuple[int, int]], lax: Rate) -> Ratio | None:
        if len(keys) == len(self._cells):
            return None
        drawn = self._drawn_rate(keys) / np.where(self._drawn_lax > 0, self._drawn_lax, np.nan)
        return Ratio(lax.rate / self._lax, *percentiles(drawn))

    def _drawn_rate(self, keys: list[tuple[int, int]]) -> NDArray[np.float64]:
        first = np.concatenate([self._cells[key].first for key in keys])
        second = np.concatenate([self._cells[key].second for key in keys])
        return self._drawn.rate(keys, first, second)

    def _fnmr(self, members: NDArray[np.bool_]) -> Rate:
        pairs = mated_pairs(self._faces.only(members))
        return rate(int((pairs.similarity.astype(np.float64) < self._thresholds.strict).sum()), len(pairs))


def _cell(faces: Faces, groups: NDArray[np.int64], key: tuple[int, int], lax: float) -> _Cell:
    """Compare two groups, or one with itself, a block of rows at a time; pairs of one person are left out."""
    rows, columns = (np.flatnonzero(groups[faces.people] == group) for group in key)
    impostor, total, squares = Histogram(), 0.0, 0.0
    first, second, tail = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        similarity = faces.vectors[block] @ faces.vectors[columns].T
        wanted = faces.people[block][:, None] != faces.people[columns][None]
        if key[0] == key[1]:
            wanted &= columns[None] > block[:, None]
        chosen = similarity[wanted]
        impostor.add(chosen)
        total += float(chosen.sum(dtype=np.float64))
        squares += float(np.square(chosen, dtype=np.float64).sum())
        # In double precision, as the thresholds are: a similarity on one is counted here as everywhere.
        left, right = np.nonzero(wanted & (similarity.astype(np.float64) >= lax))
        first.append(faces.people[block[left]])
        second.append(faces.people[columns[right]])
        tail.append(similarity[left, right])
    return _Cell(impostor, total, squares, np.concatenate(first), np.concatenate(second), np.concatenate(tail))


def _over(total: NDArray[np.float64], count: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide by counts of pairs, which are whole but for rounding; not a number of none."""
    return np.asarray(total / np.where(count > _HALF, count, np.nan), np.float64)


def _moments(cells: list[_Cell]) -> tuple[float, float, int]:
    """Return the mean, the standard deviation, and how many pairs there are; not numbers of none."""
    pairs = sum(cell.impostor.total for cell in cells)
    if not pairs:
        return np.nan, np.nan, 0
    mean = sum(cell.total for cell in cells) / pairs
    return mean, float(np.sqrt(max(0.0, sum(cell.squares for cell in cells) / pairs - mean**2))), pairs


def _cautions(groups: list[GroupResult]) -> list[str]:
    """Say what the data cannot say."""
    few = [f"{one.group} ({one.people})" for one in groups if one.people < _FEW_PEOPLE]
    cautions = [
        "pairs inside a group are compared with all pairs, which are mostly of different groups",
        "a shift says where the impostors of a group lie, not how many of them pass a strict threshold",
        "light, camera and the pictures' age are not told apart from faces; nor are columns from each other",
    ]
    if few:
        cautions.append(f"few people, whose intervals are too narrow if anything: {', '.join(few)}")
    return cautions
