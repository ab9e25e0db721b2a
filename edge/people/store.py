"""The people store: everything of a person is sealed under a key of their own, which is kept elsewhere.

What `add` and `remove` have returned from survives a power cut (S7). A removal is seen by the next `generation` of
every process (S12), and no file that is put in this one's place brings a removed person back. A row that was damaged or
moved does not open: it is an error and never another person.
"""

from __future__ import annotations

import secrets as randomness
import time
from functools import partial
from typing import TYPE_CHECKING, Self

import msgspec

from edge.errors import EnrolError
from edge.people import erasure, records, sealed
from edge.people.database import Database
from edge.people.directory import Directory
from edge.people.matrices import Matrices
from edge.people.names import shown
from edge.people.records import Secrets
from edge.people.rows import DAY_S, Rows
from edge.values import Handle, Person, PersonId, Space

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from edge.people.directory import Entry
    from edge.people.gallery import Templates
    from edge.people.records import Consent, Erased, Kept, NewPerson, Template
    from edge.people.sealed import Keys, Revoked


class Store:
    """An open people store. Threads may share it: each call is one transaction, and they take turns."""

    def __init__(
        self,
        path: Path,
        keyring: Keys,
        revocations: Revoked,
        *,
        create: bool = False,
        wait_s: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open a store, check all of it, bring an older one up to date, and complete an erasure that was cut short.

        Args:
            path: The database file.
            keyring: The people's keys; stays the caller's to close.
            revocations: Who was removed for good; stays the caller's.
            create: Make an empty store when there is none; otherwise that is an error.
            wait_s: How long to wait for another process's transaction.
            clock: Seconds since the epoch, for the record of when something was enrolled.

        Raises:
            StoreError: It is missing, damaged, not a people store, newer than this program, or cannot be opened; or
                nobody in it can be read, because their keys are lost.
        """
        self.path = path
        self.keyring = keyring
        self.revocations = revocations
        self.clock = clock
        self.db = Database(path, keyring, revocations, create=create, wait_s=wait_s)
        self.directory = Directory(self.db, keyring, revocations)
        self._matrices = Matrices(self.db, self.directory, keyring)
        self.rows = Rows(self.db, self.directory, self._matrices, keyring)
        self._seen: dict[PersonId, int] = {}
        try:
            self.completed: tuple[Handle, ...] = erasure.complete(self)
        except BaseException:
            self.db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; may be called twice."""
        self.db.close()

    def generation(self) -> int:
        """Return a number that every change by any process makes larger; microseconds, meant for each decision.

        Raises:
            StoreError: It cannot be read, or the file was replaced or deleted while it was open.
        """
        with self.db.named("read"):
            self.db.whole()
            return self.db.number("SELECT generation FROM meta") + self.revocations.count

    def person(self, person: PersonId) -> Person | None:
        """Return what the store says of a person at this moment; None when there is no such person.

        Raises:
            StoreError: It cannot be read, or a row is damaged.
        """
        with self.db.reading():
            entry = self.rows.find(person)
            return self.directory.person(entry) if entry else None

    def person_by_handle(self, handle: Handle) -> Person | None:
        """Return the person that the journal knows by a handle; None when there is none any more.

        Raises:
            StoreError: It cannot be read, or a row is damaged.
        """
        with self.db.reading():
            self.directory.refresh()
            entry = self.directory.of(handle)
            return self.directory.person(entry) if entry else None

    def people(self) -> tuple[Person, ...]:
        """Return everybody who can be read, by id.

        Raises:
            StoreError: It cannot be read, or a row is damaged.
        """
        with self.db.reading():
            self.directory.refresh()
            counts = dict(self.db.execute("SELECT person, count(*) FROM template GROUP BY person"))
            return tuple(entry.profile.person(entry.handle, counts.get(entry.row, 0)) for entry in self.directory.all())

    def count(self) -> int:
        """Return how many people there are, with and without templates."""
        with self.db.reading():
            self.directory.refresh()
            return sum(1 for _ in self.directory.all())

    def lost(self) -> int:
        """Return how many people cannot be read because their keys are lost; nobody recognises them."""
        with self.db.reading():
            self.directory.refresh()
            return len(self.directory.lost())

    def spaces(self) -> dict[Space, int]:
        """Return how many templates live in each embedding space."""
        query = """SELECT embedder, sha256, preprocessing, count(*)
            FROM space JOIN template ON template.space = space.key GROUP BY space.key"""
        with self.db.reading():
            return {Space(*words): int(number) for *words, number in self.db.execute(query)}

    def stranded(self, space: Space) -> int:
        """Return how many people have templates, but none that can be compared in this space (S5)."""
        query = """SELECT (SELECT count(DISTINCT person) FROM template) - (SELECT count(DISTINCT person)
            FROM template JOIN space ON space.key = template.space
            WHERE embedder = ? AND sha256 = ? AND preprocessing = ?)"""
        with self.db.reading():
            return self.db.number(query, *records.words(space))

    def templates(self, space: Space) -> Templates:
        """Return all templates of one space as one matrix.

        Raises:
            StoreError: It cannot be read, or a row is damaged.
        """
        with self.db.reading():
            return self._matrices.read(space, self.directory.refresh())

    def kept(self, person: PersonId) -> tuple[Kept, ...]:
        """Return a person's templates, of every space, in the order they came in; none when there is no such person.

        Raises:
            StoreError: It cannot be read, or a row is damaged.
        """
        query = """SELECT vector, kind, dimensions, embedder, sha256, preprocessing
            FROM template JOIN space ON space.key = template.space WHERE person = ? ORDER BY template.key"""
        with self.db.reading():
            entry = self.rows.find(person)
            if entry is None:
                return ()
            key, rows = self.keyring.key(entry.handle), self.db.execute(query, entry.row)
            return tuple(
                sealed.unseal_template(key, entry.handle, blob, Space(*words), dimensions, kind)
                for blob, kind, dimensions, *words in rows
            )

    def consent(self, person: PersonId) -> Consent | None:
        """Return what a person agreed to; None when nothing is recorded, or there is no such person."""
        with self.db.reading():
            entry = self.rows.find(person)
            return entry.profile.consent if entry else None

    def secrets(self, who: PersonId | Handle) -> Secrets:
        """Return the hashes of what a person knows; empty ones when there is no such person."""
        with self.db.reading():
            entry = self.rows.find(PersonId(who)) or self.directory.of(Handle(who))
            return entry.profile.secrets if entry else Secrets()

    def add(self, person: NewPerson, templates: Sequence[Template]) -> Person:
        """Enrol somebody: all of it or nothing.

        Raises:
            EnrolError: The id is taken, a text is not allowed, or there are templates and no consent.
            SpaceError: A template is not a unit vector of its space's size.
            StoreError: It cannot be written; nothing was changed.
        """
        new, handle = person.checked(), Handle(randomness.token_hex(16))
        with self.db.writing():
            if self.rows.find(new.id) or self.directory.of(Handle(new.id)):
                raise EnrolError(f"id {shown(new.id)} is already enrolled; remove it first, or add pictures to it")
            entry = self.rows.add(handle, sealed.Profile.of(new, self.clock()), templates)
            return self.directory.person(entry)

    def add_templates(self, person: PersonId, templates: Sequence[Template]) -> Person:
        """Give an enrolled person more templates: all of them or none.

        Raises:
            EnrolError: There is no such person, or no consent of theirs.
            SpaceError: A template is not a unit vector of its space's size.
            StoreError: It cannot be written; nothing was changed.
        """
        with self.db.writing():
            entry = self.rows.known(person)
            self.rows.give(entry, templates, self.clock())
            return self.directory.person(entry)

    def set_adapted(self, person: PersonId, templates: Sequence[Template], handle: Handle | None = None) -> int:
        """Put these in the place of a person's adapted templates, all or none; with none, adaptation is taken back.

        With a handle, only of whom it names: an id may be somebody else's by now (S12).

        Returns:
            How many adapted templates there were before. The enrolled ones are never touched.

        Raises:
            EnrolError: There is no such person (any more), no consent of theirs, or one of these is no adapted one.
            SpaceError: A template is not a unit vector of its space's size.
            StoreError: It cannot be written; nothing was changed.
        """
        if any(template.kind != "adapted" for template in templates):
            raise EnrolError(f"id {shown(person)}: a template that was enrolled cannot take an adapted one's place")
        with self.db.writing():
            entry = self.rows.known(person, handle)
            before = self.db.execute("DELETE FROM template WHERE person = ? AND kind = 'adapted'", entry.row).rowcount
            self.rows.give(entry, templates, self.clock())
            return before

    def set_consent(self, person: PersonId, consent: Consent) -> None:
        """Record what a person agreed to, in place of what is recorded.

        Raises:
            EnrolError: There is no such person, or a text is not allowed.
            StoreError: It cannot be written; nothing was changed.
        """
        agreed = consent.checked()
        with self.db.writing():
            self.rows.change(self.rows.known(person), lambda known: msgspec.structs.replace(known, consent=agreed))

    def set_secrets(self, person: PersonId, secrets: Secrets) -> None:
        """Record the hashes of what a person knows, in place of what is recorded.

        Raises:
            EnrolError: There is no such person.
            StoreError: It cannot be written; nothing was changed.
        """
        with self.db.writing():
            self.rows.change(self.rows.known(person), lambda known: msgspec.structs.replace(known, secrets=secrets))

    def seen(self, person: PersonId, wall: float) -> None:
        """Remember that a person was here; written once a day at most, and no change to the generation.

        Args:
            person: Who; somebody who is not there (any more) is nobody to remember.
            wall: Now, seconds since the epoch. A clock that was set back forgets nothing.

        Raises:
            StoreError: It cannot be written.
        """
        day = int(wall // DAY_S)
        if self._seen.get(person) != day:
            with self.db.writing():
                entry = self.rows.find(person)
                if entry:
                    self.rows.see(entry, day)
            self._seen[person] = day

    def presence(self) -> tuple[tuple[Entry, float | None], ...]:
        """Return everybody's entry, by id, and the end of the day on which they were last here; None for never."""
        with self.db.reading():
            self.directory.refresh()
            return tuple((entry, self.rows.seen_until(entry)) for entry in self.directory.all())

    def remove(self, person: PersonId, handle: Handle | None = None) -> Erased | None:
        """Erase a person for good: revoked, rows overwritten, key destroyed; None when there is no such person.

        Raises:
            EnrolError: The id is somebody else's by now than this handle's, if one is given; nobody was erased.
            StoreError: It could not be begun: nothing was changed. Or it could not be finished: they are revoked
                and never found again, and the next start completes it.
        """
        return erasure.erase(self, person, partial(erasure.only, handle) if handle else None)
