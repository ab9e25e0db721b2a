"""Which group each person belongs to: a table with a person a line, and how its columns make groups."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

_UNKNOWN = frozenset({"", "na", "n/a", "nan", "null", "none", "unknown", "?"})
"""Words that say that there is no label."""

_LIMIT_BYTES = 16 * 2**20
_MANY = 8
"""A column of numbers with more different values than this is cut into bins."""

_MOST = 40
_QUANTILES = (1 / 3, 2 / 3)


@dataclass(frozen=True, slots=True)
class Labels:
    """A table of labels.

    Attributes:
        columns: The names of the columns after the first.
        rows: The labels of each person, one a column; empty where there is none.
    """

    columns: tuple[str, ...]
    rows: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups that one column makes.

    Attributes:
        column: Its name.
        names: The groups, in order; only those that somebody belongs to.
        groups: The place in `names` of each person who has a label.
    """

    column: str
    names: tuple[str, ...]
    groups: Mapping[str, int]


def read(file: Path) -> Labels:
    """Read a table: a first line that names the columns, then a line a person; the first column is their folder.

    Raises:
        ConfigError: It cannot be read, or is no such table; the message has the line.
    """
    rows = _lines(file)
    if not rows or len(rows[0][1]) < 2:
        raise ConfigError(
            f"{file}:1: the first line must name a column for the people's folders and one for each label"
        )
    header = rows[0][1]
    if "" in header or len(set(header)) < len(header):
        raise ConfigError(f"{file}:1: every column needs a name of its own: {', '.join(header)}")
    people: dict[str, tuple[str, ...]] = {}
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise ConfigError(f"{file}:{line}: has {len(cells)} cells, and there are {len(header)} columns")
        person, labels = cells[0], tuple("" if cell.casefold() in _UNKNOWN else cell for cell in cells[1:])
        if not person:
            raise ConfigError(f"{file}:{line}: names no person")
        if person in people:
            raise ConfigError(f"{file}:{line}: {person} has a line already")
        people[person] = labels
    if not people:
        raise ConfigError(f"{file}: has no line but the first, so nobody has a label")
    return Labels(tuple(header[1:]), people)


def grouping(labels: Labels, column: str, edges: Sequence[float], people: Collection[str]) -> Grouping:
    """Return the groups of a column; numbers of more than eight values are cut into bins.

    Args:
        labels: The table.
        column: Which one.
        edges: Where bins begin, ascending; none for three bins of about as many people each.
        people: Who counts: those who have pictures.

    Raises:
        ConfigError: There is no such column, or it makes no groups that can be compared.
    """
    if column not in labels.columns:
        raise ConfigError(f"there is no column {column}: choose from {', '.join(labels.columns)}")
    place = labels.columns.index(column)
    words = {person: labels.rows[person][place] for person in people if person in labels.rows}
    words = {person: word for person, word in words.items() if word}
    numbers = _numbers(words)
    if edges and numbers is None:
        raise ConfigError(f"column {column} has labels that are no numbers, so it cannot be cut into bins")
    if numbers is not None and (edges or len(set(numbers.values())) > _MANY):
        words, order = _binned(numbers, edges)
    else:
        order = sorted(set(words.values()), key=_natural)
    if not 2 <= len(order) <= _MOST:
        raise ConfigError(
            f"column {column} makes {len(order)} groups of the people who have pictures: groups can be compared from "
            f"two to {_MOST}"
        )
    return Grouping(column, tuple(order), {person: order.index(word) for person, word in words.items()})


def _lines(file: Path) -> list[tuple[int, list[str]]]:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LIMIT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    if len(content) > _LIMIT_BYTES:
        raise ConfigError(f"{file}: longer than {_LIMIT_BYTES >> 20} MB, which no table of labels is")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(f"{file}:{line}: is not UTF-8 text; save it as CSV with that encoding") from error
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first and "," not in first else ",")
    rows: list[tuple[int, list[str]]] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return rows
        except csv.Error as error:
            raise ConfigError(f"{file}:{line}: not a row of a table: {error}") from error
        if any(cells):
            rows.append((line, cells))


def _numbers(words: Mapping[str, str]) -> dict[str, float] | None:
    try:
        numbers = {person: float(word) for person, word in words.items()}
    except ValueError:
        return None
    return numbers if numbers and all(map(math.isfinite, numbers.values())) else None


def _binned(numbers: Mapping[str, float], edges: Sequence[float]) -> tuple[dict[str, str], list[str]]:
    """Cut numbers into bins, and name each by what it holds (quantiles) or by its edges."""
    values = np.array(list(numbers.values()))
    cuts = np.array(edges) if edges else np.unique(np.quantile(values, _QUANTILES))
    places = np.searchsorted(cuts, values, side="right")
    names = {}
    for place in np.unique(places):
        inside = values[places == place]
        names[int(place)] = _edge_name(int(place), edges) if edges else f"{inside.min():g} to {inside.max():g}"
    return {person: names[int(place)] for person, place in zip(numbers, places, strict=True)}, list(names.values())


def _edge_name(place: int, edges: Sequence[float]) -> str:
    if place == 0:
        return f"under {edges[0]:g}"
    if place == len(edges):
        return f"{edges[-1]:g} and over"
    return f"{edges[place - 1]:g} to under {edges[place]:g}"


def _natural(word: str) -> tuple[float, str]:
    """Numbers by size, before words."""
    try:
        return float(word), word
    except ValueError:
        return math.inf, word
