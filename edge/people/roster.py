"""Reads the table of a bulk enrolment: one row a photograph, `id,name,photo[,groups]`. Pure: text in, rows out."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.errors import EnrolError
from edge.people import names
from edge.people.records import NewPerson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.values import PersonId

_NEEDED = ("id", "name", "photo")
_KNOWN = (*_NEEDED, "groups")


@dataclass(frozen=True, slots=True)
class Entry:
    """A person of the table, with all rows that name them.

    Attributes:
        person: Who.
        photos: Names of files, as written.
        lines: The line of each.
    """

    person: NewPerson
    photos: tuple[str, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be used: its line, its id as written (shortened), and why."""

    line: int
    id: str
    why: str


def parse(text: str, where: str) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """Return the people in the order of their first rows, and the rows that cannot be used.

    Columns are separated by commas, or by semicolons as some spreadsheets write them; groups by blanks, `;` or `|`.

    Args:
        text: Of the whole file.
        where: Its name, for messages.

    Raises:
        EnrolError: The first line does not name the columns.
    """
    rows = _rows(text)
    _, header = next(rows, (1, []))
    columns = header if isinstance(header, list) else []
    columns = [column.strip().lower() for column in columns]
    if not set(_NEEDED) <= set(columns) <= set(_KNOWN) or len(set(columns)) < len(columns):
        raise EnrolError(f"{where}:1: the first line must name the columns id,name,photo and, if wanted, groups")
    entries: dict[PersonId, Entry] = {}
    faults: list[Fault] = []
    for line, row in rows:
        if isinstance(row, str):
            faults.append(Fault(line, "", row))
        elif any(cell.strip() for cell in row):
            cells = dict(zip(columns, row, strict=False))
            try:
                _take(cells, line, entries, len(row) - len(columns))
            except EnrolError as error:
                faults.append(Fault(line, cells.get("id", "")[: names.ID_LENGTH], str(error)))
    return tuple(entries.values()), tuple(faults)


def _rows(text: str) -> Iterator[tuple[int, list[str] | str]]:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first and "," not in first else ",")
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"not a row of a table: {error}"


def _take(cells: dict[str, str], line: int, entries: dict[PersonId, Entry], surplus: int) -> None:
    if surplus:
        raise EnrolError("has more cells than there are columns" if surplus > 0 else "has fewer cells than columns")
    groups = tuple(re.findall(r"[^;|\s]+", cells.get("groups", "")))
    person = NewPerson(names.person_id(cells["id"].strip()), cells["name"], groups).checked()
    photo = cells["photo"].strip()
    if not photo or "\0" in photo:
        raise EnrolError(f"id {person.id}: names no photograph")
    known = entries.get(person.id)
    if known and known.person != person:
        raise EnrolError(f"id {person.id}: line {known.lines[0]} gives this id another name or other groups")
    before = known or Entry(person, (), ())
    entries[person.id] = Entry(person, (*before.photos, photo), (*before.lines, line))
