"""Everybody's templates of one space as one matrix, brought up to date by unsealing only what is new."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from edge.errors import DamagedError, SealError
from edge.people import faults, sealed
from edge.people.gallery import Templates
from edge.people.names import shown
from edge.people.records import words
from edge.values import PersonId

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from edge.people.database import Database, Row
    from edge.people.directory import Directory, Entry
    from edge.people.sealed import Keys
    from edge.values import Space

_RECENT = 4
_SPACES = 2
"""Among the last four readings no more than two spaces are held: where a second model is being tried, both are searched
again and again; otherwise one is, and a second matrix would fill the memory for nothing."""

_NEW = -2
"""The place of a row that was not there before; -1 would seem to go before the first one."""


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """What was read last: at which generation, which rows in which order, and their matrix."""

    generation: int
    rows: tuple[int, ...]
    templates: Templates


class Matrices:
    """Reads the templates of a space; asked within a transaction, after the directory was refreshed."""

    def __init__(self, db: Database, directory: Directory, keys: Keys) -> None:
        self._db = db
        self._directory = directory
        self._keys = keys
        self._held: dict[Space, _Held] = {}
        self._recent: deque[Space] = deque(maxlen=_RECENT)

    def read(self, space: Space, generation: int) -> Templates:
        """Return the templates of a space as they are at this generation; unchanged ones are taken from the last time.

        Raises:
            DamagedError: A template is not as it was written.
        """
        key, dimensions = self.space(space) or (0, 0)
        owners, adapted = self._owners(key)
        rows = tuple(row for _, mine in owners for row in mine)
        vectors: NDArray[np.float32] = np.empty((len(rows), dimensions), np.float32)
        held = self._held.pop(space, None)
        missing = self._copy(held, rows, vectors) if held else set(rows)
        sought = self._sought(key, held.generation if held else -1, missing)
        place = {row: number for number, row in enumerate(rows)}
        missing -= self._unseal(space, sought, vectors, place, {owner.row: owner for owner, _ in owners})
        if missing:
            what = f"{len(missing)} templates of {space} are named in it and cannot be found"
            raise DamagedError(faults.damaged(self._db.path, what))
        counts = [len(mine) for _, mine in owners]
        offsets = np.cumsum([0, *counts], dtype=np.int64)
        mask = np.array([row in adapted for row in rows], np.bool_) if adapted else None
        templates = Templates(space, tuple(PersonId(owner.profile.id) for owner, _ in owners), offsets, vectors, mask)
        self._hold(space, _Held(generation, rows, templates))
        return templates

    def _hold(self, space: Space, held: _Held) -> None:
        """Hold what was read, and let go of what was not asked for lately."""
        self._recent.append(space)
        lately = tuple(dict.fromkeys(reversed(self._recent)))[:_SPACES]
        self._held = {one: there for one, there in self._held.items() if one in lately} | {space: held}

    def space(self, space: Space) -> tuple[int, int] | None:
        """Return a space's key in the file and how many numbers its templates have; None when there is none."""
        query = "SELECT key, dimensions FROM space WHERE embedder = ? AND sha256 = ? AND preprocessing = ?"
        found = self._db.row(query, *words(space))
        return (int(found[0]), int(found[1])) if found else None

    def _owners(self, key: int) -> tuple[list[tuple[Entry, list[int]]], set[int]]:
        """Return who has templates of a space, by id, with their rows as they came in; and which rows were adapted.

        Who stands is asked once: whoever is revoked while this is read is gone from the next reading.
        """
        query = "SELECT person, key FROM template WHERE space = ? ORDER BY person, key"
        found: list[tuple[Entry, list[int]]] = []
        for person, mine in groupby(self._db.execute(query, key), itemgetter(0)):
            entry = self._directory.at(person)
            rows = [int(row) for _, row in mine]
            if entry:
                found.append((entry, rows))
        adapted = self._db.execute("SELECT key FROM template WHERE kind = 'adapted' AND space = ?", key)
        return sorted(found, key=lambda one: one[0].profile.id), {int(row) for (row,) in adapted}

    def _copy(self, held: _Held, rows: tuple[int, ...], vectors: NDArray[np.float32]) -> set[int]:
        """Copy the rows that were there before, run by run (what is added or gone cuts few runs); return the others."""
        before = {row: number for number, row in enumerate(held.rows)}
        old = np.array([before.get(row, _NEW) for row in rows], np.int64)
        cuts = np.flatnonzero(np.diff(old) != 1) + 1
        for begin, end in pairwise((0, *cuts.tolist(), len(rows))):
            if end > begin and old[begin] >= 0:
                vectors[begin:end] = held.templates.vectors[old[begin] : old[begin] + end - begin]
        return set(rows) - before.keys()

    def _sought(self, key: int, since: int, missing: Iterable[int]) -> Iterator[Row]:
        """Yield the templates that were written since, then those that are missing still, however old they are.

        Whoever had no key when the others were read, and has it again, comes with templates older than that reading.
        """
        left, what = set(missing), "SELECT key, person, kind, vector FROM template"
        for row in self._db.execute(f"{what} WHERE stamp > ? AND space = ? ORDER BY person", since, key):
            left.discard(row[0])
            yield row
        for one in sorted(left):
            yield from self._db.execute(f"{what} WHERE key = ?", one)

    def _unseal(
        self,
        space: Space,
        sought: Iterable[Row],
        vectors: NDArray[np.float32],
        place: dict[int, int],
        owners: dict[int, Entry],
    ) -> set[int]:
        """Unseal templates into their places; return the rows that were filled."""
        width, target = 4 * vectors.shape[1], vectors.view("<f4").data.cast("B") if vectors.size else b""
        filled: set[int] = set()
        owner: Entry | None = None
        owners_key = b""
        for row, person, kind, blob in sought:
            if row not in place:
                continue
            if owner is None or owner.row != person:
                owner = owners[person]
                owners_key = self._keys.key(owner.handle)
            about = sealed.about_template(owner.handle, words(space), kind)
            at = place[row] * width
            try:
                target[at : at + width] = sealed.unseal_vector(owners_key, blob, about, width)  # type: ignore[index]  # a view of no rows is never written
            except SealError as error:
                what = f"a template of {shown(owner.profile.id)} is not as written"
                raise DamagedError(faults.damaged(self._db.path, what)) from error
            filled.add(row)
        return filled
