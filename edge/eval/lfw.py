"""Lists of pairs in the format of Labeled Faces in the Wild, and the accuracy over their folds.

The first line says how many folds there are and how many genuine pairs each has ("10 300"); each fold is that many
lines `NAME i j` (two pictures of one person) and as many `NAME1 i NAME2 j` (of two people). NAME i is the picture
NAME/NAME_000i.jpg. A list of view 1 has one fold, and only the number of pairs in its first line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.errors import ConfigError, EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.eval.faces import Faces

_STEPS = 10_000
_NEITHER = -1


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture, as a list of pairs names it.

    Attributes:
        person: Who it shows.
        number: Which of them, from 1.
    """

    person: str
    number: int

    def __str__(self) -> str:
        """The picture's name without its ending."""
        return f"{self.person}/{self.person}_{self.number:04d}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures to be compared.

    Attributes:
        first: One.
        second: The other.
    """

    first: Shot
    second: Shot

    @property
    def genuine(self) -> bool:
        """Whether they show one person."""
        return self.first.person == self.second.person


class Fold(Struct, frozen=True):
    """One tenth of a list.

    Attributes:
        pairs: How many were judged, failures included.
        correct: How many were judged rightly.
        failed: How many were not judged, for a picture gave no embedding: they count as errors.
        threshold: The similarity that judges best in the other folds.
        accuracy: The share that was judged rightly.
    """

    pairs: int
    correct: int
    failed: int
    threshold: float
    accuracy: float


class Folds(Struct, frozen=True):
    """The accuracy on a list of pairs.

    Attributes:
        folds: Each fold that has pairs whose pictures are there.
        accuracy: The mean of the folds.
        deviation: Their standard deviation; null of one.
        standard_error: Of the mean: the deviation divided by the root of how many there are; null of one.
        cross_validated: Whether each threshold comes from other folds; with a single fold it comes from that fold
            itself, and the accuracy is too good.
        pairs: How many pairs were judged, failures included.
        failed: How many of them had a picture without an embedding.
        absent: How many pairs of the list were left out, for a picture is not in the folder.
        missing: Those pictures.
    """

    folds: tuple[Fold, ...]
    accuracy: float
    deviation: float
    standard_error: float
    cross_validated: bool
    pairs: int
    failed: int
    absent: int
    missing: tuple[str, ...]


def read_pairs(file: Path) -> tuple[tuple[Pair, ...], ...]:
    """Return the folds of a list of pairs.

    Raises:
        ConfigError: It cannot be read, or a line is wrong; the line is named.
    """
    try:
        lines = list(enumerate(file.read_text(encoding="utf-8-sig").splitlines(), start=1))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"{file}: cannot be read as a list of pairs: {reason}") from error
    rows = [(number, line.split()) for number, line in lines if line.strip()]
    count, size = _header(file, rows)
    if len(rows) - 1 != 2 * count * size:
        raise ConfigError(
            f"{file}, line {rows[0][0]}: promises {count} x {size} genuine and as many impostor pairs, "
            f"{2 * count * size} in all, but {len(rows) - 1} follow"
        )
    return tuple(_fold(file, rows[1 + place * 2 * size : 1 + (place + 1) * 2 * size], size) for place in range(count))


def judge(folds: tuple[tuple[Pair, ...], ...], faces: Faces) -> Folds:
    """Judge every pair by the threshold that judges best in the other folds.

    Raises:
        EvidenceError: None of the pairs' pictures is there.
    """
    places = {_key(one.file): place for place, one in enumerate(faces.pictures)}
    places |= {_key(one.picture.file): _NEITHER for one in faces.failures}
    missing = {str(shot) for fold in folds for shot in _shots(fold) if str(shot) not in places}
    kept = [[pair for pair in fold if not {str(pair.first), str(pair.second)} & missing] for fold in folds]
    absent = sum(map(len, folds)) - sum(map(len, kept))
    kept = [fold for fold in kept if fold]
    if not kept:
        raise EvidenceError(f"none of the {absent} pairs of the list is in the folder; the first: {min(missing)}.jpg")
    judged = [_scored(fold, places, faces.vectors) for fold in kept]
    results = tuple(_result(judged, place) for place in range(len(judged)))
    accuracies = [fold.accuracy for fold in results]
    deviation = float(np.std(accuracies, ddof=1)) if len(results) > 1 else math.nan
    return Folds(
        folds=results,
        accuracy=float(np.mean(accuracies)),
        deviation=deviation,
        standard_error=deviation / math.sqrt(len(results)),
        cross_validated=len(results) > 1,
        pairs=sum(fold.pairs for fold in results),
        failed=sum(fold.failed for fold in results),
        absent=absent,
        missing=tuple(sorted(missing)),
    )


def best_threshold(similarity: NDArray[np.float64], genuine: NDArray[np.bool_]) -> float:
    """Return the threshold of four decimals that judges most pairs rightly; of several the middle one."""
    thresholds = np.arange(-_STEPS, _STEPS + 1) / _STEPS
    accepted = np.searchsorted(np.sort(-similarity[genuine]), -thresholds, side="right")
    refused = np.searchsorted(np.sort(similarity[~genuine]), thresholds, side="left")
    correct = accepted + refused
    best = np.flatnonzero(correct == correct.max())
    return float(thresholds[best[len(best) // 2]])


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """The pairs of a fold that could be compared: (n,) float64 and (n,) bool; and how many could not."""

    similarity: NDArray[np.float64]
    genuine: NDArray[np.bool_]
    failed: int


def _scored(fold: list[Pair], places: dict[str, int], vectors: NDArray[np.float32]) -> _Scored:
    ends = np.array([[places[str(pair.first)], places[str(pair.second)]] for pair in fold])
    good = (ends != _NEITHER).all(axis=1)
    first, second = ends[good].T
    similarity = np.einsum("ij,ij->i", vectors[first], vectors[second]).astype(np.float64)
    return _Scored(similarity, np.array([pair.genuine for pair in fold])[good], int((~good).sum()))


def _result(judged: list[_Scored], place: int) -> Fold:
    own = judged[place]
    others = [fold for number, fold in enumerate(judged) if number != place] or [own]
    threshold = best_threshold(
        np.concatenate([fold.similarity for fold in others]), np.concatenate([fold.genuine for fold in others])
    )
    correct = int(((own.similarity >= threshold) == own.genuine).sum())
    pairs = len(own.similarity) + own.failed
    return Fold(pairs, correct, own.failed, threshold, correct / pairs)


def _header(file: Path, rows: list[tuple[int, list[str]]]) -> tuple[int, int]:
    number, words = rows[0] if rows else (1, [])
    if not (1 <= len(words) <= 2 and all(map(_is_count, words))):
        raise ConfigError(
            f'{file}, line {number}: must say how many folds and genuine pairs there are, such as "10 300"'
        )
    *folds, size = map(int, words)
    return (folds[0] if folds else 1), size


def _fold(file: Path, rows: list[tuple[int, list[str]]], size: int) -> tuple[Pair, ...]:
    pairs = tuple(_pair(file, number, words) for number, words in rows)
    genuine = sum(pair.genuine for pair in pairs)
    if genuine != size:
        raise ConfigError(
            f"{file}, lines {rows[0][0]} to {rows[-1][0]}: this fold needs {size} genuine pairs, and has {genuine}"
        )
    return pairs


def _pair(file: Path, number: int, words: list[str]) -> Pair:
    match words:
        case [name, one, other] if _is_count(one) and _is_count(other) and one != other:
            return Pair(Shot(name, int(one)), Shot(name, int(other)))
        case [name, one, another, other] if _is_count(one) and _is_count(other) and name != another:
            return Pair(Shot(name, int(one)), Shot(another, int(other)))
        case _:
            raise ConfigError(f'{file}, line {number}: must be "NAME i j" or "NAME1 i NAME2 j", of different pictures')


def _is_count(word: str) -> bool:
    return word.isascii() and word.isdigit() and int(word) > 0


def _key(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


def _shots(fold: tuple[Pair, ...]) -> Iterator[Shot]:
    for pair in fold:
        yield pair.first
        yield pair.second
