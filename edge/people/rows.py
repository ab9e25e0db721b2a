"""Writes a person's sealed rows: profile, templates, pictures, the day they were seen. Within a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge.errors import EnrolError, SpaceError
from edge.people import records, sealed
from edge.people.directory import Directory, Entry
from edge.people.gallery import UNIT_TOLERANCE
from edge.people.names import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.people.database import Database
    from edge.people.matrices import Matrices
    from edge.people.records import Template
    from edge.people.sealed import Keys, Profile
    from edge.values import Handle, PersonId, Space

DAY_S = 86_400.0


class Rows:
    """Writes rows into an open store."""

    def __init__(self, db: Database, directory: Directory, matrices: Matrices, keys: Keys) -> None:
        self._db = db
        self._directory = directory
        self._matrices = matrices
        self._keys = keys

    def find(self, person: PersonId) -> Entry | None:
        """Return who is enrolled under an id at this moment; None when nobody is."""
        self._directory.refresh()
        return self._directory.find(person)

    def known(self, person: PersonId, handle: Handle | None = None) -> Entry:
        """Return who is enrolled under an id at this moment.

        Args:
            person: The id.
            handle: Whom it is meant to be; with none, whoever has the id.

        Raises:
            EnrolError: Nobody is, or by now it is somebody else (S12).
        """
        entry = self.find(person)
        if entry is None:
            raise EnrolError(f"nobody is enrolled under the id {shown(person)}")
        if handle is not None and entry.handle != handle:
            raise EnrolError(f"id {shown(person)} is somebody else's by now; nothing was changed")
        return entry

    def add(self, handle: Handle, profile: Profile, templates: Sequence[Template]) -> Entry:
        """Add a person: first all that could be refused, then the key, then the rows.

        A key whose rows did not follow is removed when the store is opened the next time.

        Raises:
            EnrolError: There are templates and no consent.
            SpaceError: A template is not a unit vector of its space's size.
        """
        self._allowed(profile, templates)
        blob = sealed.seal_profile(self._keys.add(handle), handle, profile)
        row = self._db.execute("INSERT INTO person (handle, profile) VALUES (?, ?)", handle, blob).lastrowid
        entry = Entry(row or 0, handle, profile)
        self._write(entry, templates, profile.created)
        return entry

    def give(self, entry: Entry, templates: Sequence[Template], at: float) -> None:
        """Give a person more templates.

        Raises:
            EnrolError: There is no consent of theirs.
            SpaceError: A template is not a unit vector of its space's size.
        """
        self._allowed(entry.profile, templates)
        self._write(entry, templates, at)

    def gather(self, entry: Entry, walks: Sequence[Template], at: float) -> None:
        """Let a person's walks wait; they are no templates, and no search meets them.

        Raises:
            EnrolError: There is no consent of theirs.
            SpaceError: A walk is not a unit vector of its space's size.
        """
        self._allowed(entry.profile, walks, waiting=True)
        for walk in walks:
            self._db.execute(
                "INSERT INTO gathered (person, space, vector) VALUES (?, ?, ?)",
                entry.row,
                *self._placed(entry, walk, at),
            )

    def change(self, entry: Entry, what: Callable[[Profile], Profile]) -> None:
        """Seal a changed profile in place of the old one."""
        blob = sealed.seal_profile(self._keys.key(entry.handle), entry.handle, what(entry.profile))
        self._db.execute("UPDATE person SET profile = ? WHERE key = ?", blob, entry.row)

    def last_seen(self, entry: Entry) -> int | None:
        """Return the day on which somebody was last seen, in days since the epoch; None when they never were."""
        (blob,) = self._db.row("SELECT seen FROM person WHERE key = ?", entry.row) or (None,)
        return sealed.unseal_seen(self._keys.key(entry.handle), entry.handle, blob)

    def seen_until(self, entry: Entry) -> float | None:
        """Return the end of the day on which somebody was last seen, seconds since the epoch; None for never."""
        day = self.last_seen(entry)
        return None if day is None else (day + 1) * DAY_S

    def see(self, entry: Entry, day: int) -> None:
        """Remember that somebody was seen on a day; an earlier day than the known one is forgotten at once."""
        if (self.last_seen(entry) or 0) < day:
            blob = sealed.seal_seen(self._keys.key(entry.handle), entry.handle, day)
            self._db.execute("UPDATE person SET seen = ? WHERE key = ?", blob, entry.row)

    def _allowed(self, profile: Profile, templates: Sequence[Template], *, waiting: bool = False) -> None:
        if any((template.kind == "gathered") != waiting for template in templates):
            raise EnrolError(f"id {shown(profile.id)}: a walk that waits is no template, and no template waits")
        if templates and profile.consent is None:
            raise EnrolError(
                f"id {shown(profile.id)}: no consent is recorded, and without one no face is stored: have them agree, "
                f"and name the text's version and who took it down; nothing was changed"
            )
        sizes: dict[Space, int] = {}
        for template in templates:
            space, vector = template.embedding.space, np.asarray(template.embedding.vector, "<f4")
            if vector.ndim != 1 or not abs(float(vector @ vector) - 1) <= UNIT_TOLERANCE:
                raise SpaceError(f"{shown(template.source)}: what {space} made of it is not a vector of unit length")
            if space not in sizes:
                sizes[space] = (self._matrices.space(space) or (0, len(vector)))[1]
            if sizes[space] != len(vector):
                raise SpaceError(f"{space}: a template of {len(vector)} numbers, where the others have {sizes[space]}")

    def _write(self, entry: Entry, templates: Sequence[Template], at: float) -> None:
        for template in templates:
            self._db.execute(
                "INSERT INTO template (person, kind, space, vector) VALUES (?, ?, ?, ?)",
                entry.row,
                template.kind,
                *self._placed(entry, template, at),
            )
            if template.crop:
                picture = sealed.seal_crop(self._keys.key(entry.handle), entry.handle, template.crop)
                self._db.execute("INSERT INTO crop (person, picture) VALUES (?, ?)", entry.row, picture)

    def _placed(self, entry: Entry, template: Template, at: float) -> tuple[int, bytes]:
        """Return the key of a template's space and what is sealed of it."""
        made = template.provenance or template.migration
        blob = sealed.seal_template(self._keys.key(entry.handle), entry.handle, template, made.at if made else at)
        return self._space(template.embedding.space, len(template.embedding.vector)), blob

    def _space(self, space: Space, dimensions: int) -> int:
        found = self._matrices.space(space)
        if found:
            return found[0]
        statement = "INSERT INTO space (embedder, sha256, preprocessing, dimensions) VALUES (?, ?, ?, ?)"
        return self._db.execute(statement, *records.words(space), dimensions).lastrowid or 0
