"""Reads the table of a bulk enrolment: one row a photograph. Pure: text in, rows out."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.errors import EnrolError
from edge.people import names, validity
from edge.people.records import Consent, NewPerson

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from edge.values import PersonId

_NEEDED = ("id", "name", "photo")
_KNOWN = (*_NEEDED, "groups", "consent", "consent_at", "valid_from", "valid_until")


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds for every row that says nothing else.

    Attributes:
        consent: The version of the consent text; empty for none.
        operator: Who took the consents down; empty where nobody is named.
        at: When, seconds since the epoch, where a row has no `consent_at`.
        zone: In which dates and times are meant; None for the machine's own.
    """

    consent: str = ""
    operator: str = ""
    at: float = 0.0
    zone: tzinfo | None = None


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


@dataclass(frozen=True, slots=True)
class _Gathered:
    """A person and, under each of their photographs, its line."""

    person: NewPerson
    lines: dict[str, int] = field(default_factory=dict)

    def entry(self) -> Entry:
        """Return them as they were gathered."""
        return Entry(self.person, tuple(self.lines), tuple(self.lines.values()))


def parse(text: str, where: str, usual: Usual = Usual()) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """Return the people in the order of their first rows, and the rows that cannot be used.

    Columns are separated by commas, or by semicolons as some spreadsheets write them; groups by blanks, `;` or `|`.

    Args:
        text: Of the whole file.
        where: Its name, for messages.
        usual: What holds for rows that say nothing else.

    Raises:
        EnrolError: The first line does not name the columns.
    """
    rows = _rows(text)
    _, header = next(rows, (1, []))
    columns = header if isinstance(header, list) else []
    columns = [column.strip().lower() for column in columns]
    if not set(_NEEDED) <= set(columns) <= set(_KNOWN) or len(set(columns)) < len(columns):
        raise EnrolError(
            f"{where}:1: the first line must name the columns {','.join(_NEEDED)} and, if wanted, "
            f"{', '.join(_KNOWN[len(_NEEDED) :])}"
        )
    entries: dict[PersonId, _Gathered] = {}
    faults: list[Fault] = []
    for line, row in rows:
        if isinstance(row, str):
            faults.append(Fault(line, "", row))
        elif any(cell.strip() for cell in row):
            cells = dict(zip(columns, row, strict=False))
            try:
                _take(cells, line, entries, len(row) - len(columns), usual)
            except EnrolError as error:
                faults.append(Fault(line, cells.get("id", "")[: names.ID_LENGTH], str(error)))
    return tuple(one.entry() for one in entries.values()), tuple(faults)


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


def _take(cells: dict[str, str], line: int, entries: dict[PersonId, _Gathered], surplus: int, usual: Usual) -> None:
    if surplus:
        raise EnrolError("has more cells than there are columns" if surplus > 0 else "has fewer cells than columns")
    groups = tuple(re.findall(r"[^;|\s]+", cells.get("groups", "")))
    since = validity.first_moment(cells.get("valid_from", ""), usual.zone)
    until = validity.last_moment(cells.get("valid_until", ""), usual.zone)
    who = names.person_id(cells["id"].strip())
    person = NewPerson(who, cells["name"], groups, since, until, _consent(cells, usual)).checked()
    photo = cells["photo"].strip()
    if not photo or "\0" in photo:
        raise EnrolError(f"id {person.id}: names no photograph")
    known = entries.setdefault(person.id, _Gathered(person))
    if known.person != person:
        first = min(known.lines.values())
        raise EnrolError(f"id {person.id}: line {first} gives this id another name, other groups, consent or dates")
    if photo in known.lines:
        raise EnrolError(f"id {person.id}: line {known.lines[photo]} names this photograph")
    known.lines[photo] = line


def _consent(cells: dict[str, str], usual: Usual) -> Consent | None:
    text = cells.get("consent", "").strip() or usual.consent
    if not text:
        return None
    if not usual.operator:
        raise EnrolError("has a consent that nobody took down: say who did with --operator NAME")
    at = validity.first_moment(cells.get("consent_at", ""), usual.zone)
    return Consent(text, usual.at if at is None else at, usual.operator)
