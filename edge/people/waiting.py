"""What the store keeps beside the templates: walks that may become one, and pictures that another model's are made of.

Neither is ever compared with anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.errors import EnrolError
from edge.people import sealed
from edge.people.names import shown
from edge.people.records import words
from edge.values import Space

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from edge.people.database import Database
    from edge.people.directory import Entry
    from edge.people.records import Crop, Kept, Template
    from edge.people.store import Store
    from edge.values import Handle, Person, PersonId

_WALKS = """SELECT vector, dimensions, embedder, sha256, preprocessing
    FROM gathered JOIN space ON space.key = gathered.space WHERE person = ? ORDER BY gathered.key"""
_PICTURES = "SELECT picture FROM crop WHERE person = ? ORDER BY key"
_FORGET = """DELETE FROM gathered WHERE person = ? AND space IN
    (SELECT key FROM space WHERE embedder = ? AND sha256 = ? AND preprocessing = ?)"""
_OTHERS = """DELETE FROM gathered WHERE space NOT IN
    (SELECT key FROM space WHERE embedder = ? AND sha256 = ? AND preprocessing = ?)"""
_OWNERS = """SELECT DISTINCT person FROM template JOIN space ON space.key = template.space
    WHERE embedder = ? AND sha256 = ? AND preprocessing = ? AND kind != 'adapted'"""
_DROP = """DELETE FROM template WHERE person = ? AND space IN
    (SELECT key FROM space WHERE embedder = ? AND sha256 = ? AND preprocessing = ?)"""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How far somebody is on their way from one embedding space to another.

    Attributes:
        person: Who.
        seen_until: The end of the day on which they were last here, seconds since the epoch; None for never.
        old: Whether they have an anchor in the old space.
        new: Whether they have one in the new space.
        walks: What waits of them in the new space.
    """

    person: Person
    seen_until: float | None
    old: bool
    new: bool
    walks: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The walks and the pictures of an open store. Threads may share it, as they share the store.

    Attributes:
        store: The store.
    """

    store: Store

    def person(self, person: PersonId) -> Person | None:
        """See `Store.person`."""
        return self.store.person(person)

    def kept(self, person: PersonId) -> tuple[Kept, ...]:
        """See `Store.kept`."""
        return self.store.kept(person)

    def gathered(self, person: PersonId) -> tuple[Template, ...]:
        """Return the walks of a person that wait, of every space, in the order they came in.

        Raises:
            StoreError: The store cannot be read, or a row is damaged.
        """
        with self.store.db.reading():
            entry = self.store.rows.find(person)
            return () if entry is None else tuple(_walks(self.store.db, entry, self.store.keyring.key(entry.handle)))

    def set_gathered(
        self, person: PersonId, space: Space, walks: Sequence[Template], handle: Handle | None = None
    ) -> None:
        """Put these in the place of a person's waiting walks of a space, all or none; with none, they are forgotten.

        Args:
            person: Whose.
            space: Of which space.
            walks: All that wait from now on.
            handle: Whom the id is meant to be; with none, whoever has it.

        Raises:
            EnrolError: There is no such person (any more), no consent of theirs, or one of these is no walk of it.
            SpaceError: A walk is not a unit vector of its space's size.
            StoreError: It cannot be written; nothing was changed.
        """
        if any(walk.embedding.space != space for walk in walks):
            raise EnrolError(f"id {shown(person)}: a walk of another space cannot take the place of one of {space}")
        with self.store.db.writing():
            entry = self.store.rows.known(person, handle)
            self.store.db.execute(_FORGET, entry.row, *words(space))
            self.store.rows.gather(entry, walks, self.store.clock())

    def migrate(self, person: PersonId, templates: Sequence[Template], handle: Handle | None = None) -> None:
        """Give a person templates of a space in which they have no anchor, all or none, and forget what waited there.

        What they have in any other space stays as it is.

        Args:
            person: Who.
            templates: What they get.
            handle: Whom the id is meant to be; with none, whoever has it.

        Raises:
            EnrolError: There is no such person (any more), no consent of theirs, they have an anchor there already, or
                one of these was not migrated.
            SpaceError: A template is not a unit vector of its space's size.
            StoreError: It cannot be written; nothing was changed.
        """
        if any(template.kind != "migrated" for template in templates):
            raise EnrolError(f"id {shown(person)}: only what was migrated becomes a template of another space")
        with self.store.db.writing():
            entry = self.store.rows.known(person, handle)
            for space in {template.embedding.space for template in templates}:
                if entry.row in _owners(self.store.db, space):
                    raise EnrolError(f"id {shown(person)}: has a template of {space} already; nothing was changed")
                self.store.db.execute(_FORGET, entry.row, *words(space))
            self.store.rows.give(entry, templates, self.store.clock())

    def forget_walks(self, but: Space | None = None) -> int:
        """Delete everybody's waiting walks, except those of one space; returns how many there were.

        Raises:
            StoreError: It cannot be written; nothing was changed.
        """
        with self.store.db.writing():
            if but is None:
                return self.store.db.execute("DELETE FROM gathered").rowcount
            return self.store.db.execute(_OTHERS, *words(but)).rowcount

    def crops(self, person: PersonId) -> tuple[Crop, ...]:
        """Return the pictures that are kept of a person's enrolment, in the order they came in.

        Raises:
            StoreError: The store cannot be read, or a row is damaged.
        """
        with self.store.db.reading():
            entry = self.store.rows.find(person)
            return () if entry is None else tuple(_crops(self.store.db, entry, self.store.keyring.key(entry.handle)))

    def forget_crops(self, person: PersonId) -> int:
        """Delete the pictures that are kept of a person; returns how many there were.

        Raises:
            StoreError: It cannot be written; nothing was changed.
        """
        with self.store.db.writing():
            entry = self.store.rows.find(person)
            return self.store.db.execute("DELETE FROM crop WHERE person = ?", entry.row).rowcount if entry else 0

    def pictured(self) -> tuple[Person, ...]:
        """Return whoever has a picture kept, by id.

        Raises:
            StoreError: The store cannot be read, or a row is damaged.
        """
        with self.store.db.reading():
            self.store.directory.refresh()
            rows = {int(row) for (row,) in self.store.db.execute("SELECT DISTINCT person FROM crop")}
            found = [entry for entry in self.store.directory.all() if entry.row in rows]
            return tuple(self.store.directory.person(entry) for entry in found)

    def standings(self, old: Space, new: Space) -> tuple[Standing, ...]:
        """Return how far everybody is on their way from one space to another, by id.

        Raises:
            StoreError: The store cannot be read, or a row is damaged.
        """
        store = self.store
        with store.db.reading():
            store.directory.refresh()
            before, after = _owners(store.db, old), _owners(store.db, new)
            return tuple(
                Standing(
                    store.directory.person(entry),
                    store.rows.seen_until(entry),
                    entry.row in before,
                    entry.row in after,
                    tuple(
                        walk
                        for walk in _walks(store.db, entry, store.keyring.key(entry.handle))
                        if walk.embedding.space == new
                    ),
                )
                for entry in store.directory.all()
            )

    def drop(self, old: Space, instead: Space) -> int:
        """Delete the templates of a space of everybody who has an anchor in another one; returns how many.

        Whoever has none there keeps what they have, so that nobody is lost. The walks that wait in the old space go,
        too.

        Raises:
            StoreError: It cannot be written; nothing was changed.
        """
        if old == instead:
            return 0
        db = self.store.db
        with db.writing():
            for row in _owners(db, instead):
                db.execute(_FORGET, row, *words(old))
            return sum(db.execute(_DROP, row, *words(old)).rowcount for row in _owners(db, instead))


def examine(db: Database, entry: Entry, key: bytes) -> None:
    """Unseal all that waits of a person.

    Raises:
        SealError: A row is not as it was written.
    """
    for found in (_walks(db, entry, key), _crops(db, entry, key)):
        for _ in found:
            pass


def _walks(db: Database, entry: Entry, key: bytes) -> Iterator[Template]:
    for blob, dimensions, *space in db.execute(_WALKS, entry.row):
        yield sealed.unseal_template(key, entry.handle, blob, Space(*space), dimensions, "gathered").template


def _crops(db: Database, entry: Entry, key: bytes) -> Iterable[Crop]:
    for (blob,) in db.execute(_PICTURES, entry.row):
        yield sealed.unseal_crop(key, entry.handle, blob)


def _owners(db: Database, space: Space) -> frozenset[int]:
    """Return the rows of those who have an anchor in a space."""
    return frozenset(int(row) for (row,) in db.execute(_OWNERS, *words(space)))
