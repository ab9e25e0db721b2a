"""The people store: one SQLite file, the only importer of sqlite3.

What `add` and `remove` have returned from survives a power cut (S7). A removal is seen by the next `generation` of
every process (S12). Every row carries a checksum, so a damaged file is an error and never another person.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from edge.errors import EnrolError, SpaceError, StoreError
from edge.people import faults, opening, records
from edge.people.gallery import UNIT_TOLERANCE, Templates
from edge.people.names import shown
from edge.values import Handle, Person, PersonId, Space

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from edge.people.records import NewPerson, Template

_PERSON = """SELECT id, handle, name, member_of, valid_from, valid_until, created, checksum,
    (SELECT count(*) FROM template WHERE template.person = person.key) FROM person"""
_ONE_PERSON = _PERSON + " WHERE id = ?"
_EVERYBODY = _PERSON + " ORDER BY id"


class Store:
    """An open people store. Threads may share it: each call is one transaction, and they take turns."""

    def __init__(
        self,
        path: Path,
        *,
        create: bool = False,
        wait_s: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open a store, check all of it, and bring an older one up to date.

        Args:
            path: The database file.
            create: Make an empty store when there is none; otherwise that is an error.
            wait_s: How long to wait for another process's transaction.
            clock: Seconds since the epoch, for the record of when something was enrolled.

        Raises:
            StoreError: It is missing, damaged, not a people store, newer than this program, or cannot be opened.
        """
        self.path = path
        self._clock = clock
        self._lock = threading.RLock()
        with self._named("opened"):
            if create and not path.exists():
                opening.create(path, lambda at: _connect(at, wait_s))
            opening.guard(path)
            self._file = opening.identity(path)
            self._db = _connect(path, wait_s)
        try:
            with self._named("opened"), closing(sqlite3.connect(":memory:", isolation_level=None)) as pattern:
                opening.prepare(self._db, path, pattern)
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._lock:
            self._db.close()

    def generation(self) -> int:
        """Return a number that every change by any process makes larger; microseconds, meant for each decision.

        Raises:
            StoreError: It cannot be read, or the file was replaced or deleted while it was open.
        """
        with self._named("read"):
            if opening.identity(self.path) != self._file:
                raise StoreError(f"people store {self.path}: the file was replaced while it was open; start again")
            return self._number("SELECT generation FROM meta")

    def person(self, person: PersonId) -> Person | None:
        """Return what the store says of a person at this moment; None when there is no such person.

        Raises:
            StoreError: It cannot be read, or the row is damaged.
        """
        with self._named("read"):
            row = self._db.execute(_ONE_PERSON, (person,)).fetchone()
            return self._person(row) if row else None

    def people(self) -> tuple[Person, ...]:
        """Return everybody, by id.

        Raises:
            StoreError: It cannot be read, or a row is damaged.
        """
        with self._named("read"):
            return tuple(self._person(row) for row in self._db.execute(_EVERYBODY))

    def count(self) -> int:
        """Return how many people there are, with and without templates."""
        with self._named("read"):
            return self._number("SELECT count(*) FROM person")

    def spaces(self) -> dict[Space, int]:
        """Return how many templates live in each embedding space."""
        query = """SELECT embedder, sha256, preprocessing, count(*)
            FROM space JOIN template ON template.space = space.key GROUP BY space.key"""
        with self._named("read"):
            return {Space(*words): int(number) for *words, number in self._db.execute(query)}

    def stranded(self, space: Space) -> int:
        """Return how many people have templates, but none that can be compared in this space (S5)."""
        query = """SELECT (SELECT count(DISTINCT person) FROM template) - (SELECT count(DISTINCT person)
            FROM template JOIN space ON space.key = template.space
            WHERE embedder = ? AND sha256 = ? AND preprocessing = ?)"""
        with self._named("read"):
            return self._number(query, *records.words(space))

    def templates(self, space: Space) -> Templates:
        """Return all templates of one space as one matrix.

        Raises:
            StoreError: It cannot be read, or a row is damaged.
        """
        with self._named("read"), self._transaction("BEGIN"):
            found = self._space(space)
            key, dimensions = found or (0, 0)
            rows = self._number("SELECT count(*) FROM template WHERE space = ?", key)
            if not rows:
                return Templates(space, (), np.zeros(1, np.int64), np.empty((0, 0), np.float32))
            vectors: NDArray[np.float32] = np.empty((rows, dimensions), "<f4")
            people, offsets = self._fill(vectors, key, records.words(space))
            return Templates(space, people, offsets, vectors)

    def add(self, person: NewPerson, templates: Sequence[Template]) -> Person:
        """Enrol somebody: all of it or nothing.

        Raises:
            EnrolError: The id is taken, or a text is not allowed.
            SpaceError: A template is not a unit vector of its space's size.
            StoreError: It cannot be written; nothing was changed.
        """
        new, handle = person.checked(), secrets.token_hex(16)
        values = records.person_row(new, handle, self._clock())
        with self._named("written"), self._transaction("BEGIN IMMEDIATE"):
            if self._db.execute(_ONE_PERSON, (new.id,)).fetchone():
                raise EnrolError(f"id {shown(new.id)} is already enrolled; remove it first, or add pictures to it")
            self._db.execute(
                """INSERT INTO person (id, handle, name, member_of, valid_from, valid_until, created, checksum)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                values,
            )
            return self._give(new.id, templates)

    def add_templates(self, person: PersonId, templates: Sequence[Template]) -> Person:
        """Give an enrolled person more templates: all of them or none.

        Raises:
            EnrolError: There is no such person.
            SpaceError: A template is not a unit vector of its space's size.
            StoreError: It cannot be written; nothing was changed.
        """
        with self._named("written"), self._transaction("BEGIN IMMEDIATE"):
            return self._give(person, templates)

    def remove(self, person: PersonId) -> bool:
        """Remove a person with all their templates, and overwrite the place; False when there is no such person.

        Raises:
            StoreError: It cannot be written; nothing was changed.
        """
        with self._named("written"):
            with self._transaction("BEGIN IMMEDIATE"):
                gone = self._db.execute("DELETE FROM person WHERE id = ?", (person,)).rowcount > 0
            # The person is gone by now; this empties the log of old pages, unless a reader or the disk prevents it.
            with suppress(sqlite3.Error):
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return gone

    def _give(self, person: PersonId, templates: Sequence[Template]) -> Person:
        found = self._db.execute("SELECT key, handle FROM person WHERE id = ?", (person,)).fetchone()
        if found is None:
            raise EnrolError(f"nobody is enrolled under the id {shown(person)}")
        key, handle = found
        created = self._clock()
        for template in templates:
            space, vector = template.embedding.space, np.asarray(template.embedding.vector, "<f4")
            if vector.ndim != 1 or not abs(float(vector @ vector) - 1) <= UNIT_TOLERANCE:
                raise SpaceError(f"{shown(template.source)}: what {space} made of it is not a vector of unit length")
            row = records.template_row(handle, records.words(space), template.source, created, vector.tobytes())
            self._db.execute(
                "INSERT INTO template (person, space, vector, source, created, checksum) VALUES (?, ?, ?, ?, ?, ?)",
                (key, self._space_for(space, len(vector)), *row),
            )
        return self._person(self._db.execute(_ONE_PERSON, (person,)).fetchone())

    def _space_for(self, space: Space, dimensions: int) -> int:
        found = self._space(space)
        if found is None:
            self._db.execute(
                "INSERT INTO space (embedder, sha256, preprocessing, dimensions) VALUES (?, ?, ?, ?)",
                (*records.words(space), dimensions),
            )
            return self._space_for(space, dimensions)
        if found[1] != dimensions:
            raise SpaceError(f"{space}: a template of {dimensions} numbers, where the others have {found[1]}")
        return found[0]

    def _space(self, space: Space) -> tuple[int, int] | None:
        query = "SELECT key, dimensions FROM space WHERE embedder = ? AND sha256 = ? AND preprocessing = ?"
        found: tuple[int, int] | None = self._db.execute(query, records.words(space)).fetchone()
        return found

    def _fill(self, vectors: NDArray[np.float32], space: int, words: tuple[str, ...]) -> tuple[Any, Any]:
        query = """SELECT person.id, vector, source, template.created, template.checksum
            FROM person CROSS JOIN template ON template.person = person.key
            WHERE space = ? ORDER BY person.id, template.key"""  # CROSS fixes the order, so that nothing is sorted
        handles = {person.id: person.handle for person in self.people()}
        people: list[PersonId] = []
        offsets: list[int] = []
        width, target = vectors.itemsize * vectors.shape[1], vectors.data.cast("B")
        for number, (person, *row) in enumerate(self._db.execute(query, (space,))):
            if len(row[0]) != width or not records.intact_template(handles.get(person, Handle("")), words, row):
                raise StoreError(faults.damaged(self.path, f"a template of {shown(person)} is not as written"))
            target[number * width : (number + 1) * width] = row[0]
            if not people or people[-1] != person:
                people.append(person)
                offsets.append(number)
        return tuple(people), np.array([*offsets, len(vectors)], np.int64)

    def _person(self, row: tuple[Any, ...]) -> Person:
        if not records.intact_person(row[:-1]):
            raise StoreError(faults.damaged(self.path, f"the row of {shown(str(row[0]))} is not as written"))
        return records.person(row)

    def _number(self, query: str, *values: str | int) -> int:
        return int(self._db.execute(query, values).fetchone()[0])

    @contextmanager
    def _named(self, doing: str) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                code = getattr(error, "sqlite_errorcode", None)
                raise StoreError(faults.meaning(code, str(error), self.path, doing)) from error
            except UnicodeError as error:  # SQLite quotes damaged text in its own message, which Python cannot read
                raise StoreError(faults.damaged(self.path, "its text is not UTF-8")) from error
            except OSError as error:
                raise StoreError(faults.system(error, self.path, doing)) from error

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self._db.execute(begin)
        try:
            yield
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _connect(path: Path, wait_s: float) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=wait_s, isolation_level=None, check_same_thread=False)
