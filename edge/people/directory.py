"""Everybody's profile in memory, brought up to date by reading only what changed.

The file knows nobody's id or name in any form that could be searched, so whoever looks for an id has to know them all;
to unseal everybody after each change would make a thousand enrolments a million unsealings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.errors import DamagedError, SealError
from edge.people import faults, sealed
from edge.values import Handle, Person, PersonId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.people.database import Database
    from edge.people.sealed import Keys, Profile, Revoked


@dataclass(frozen=True, slots=True)
class Entry:
    """A person's row, unsealed.

    Attributes:
        row: Its key in the file.
        handle: Their handle.
        profile: What is known of them.
    """

    row: int
    handle: Handle
    profile: Profile


class Directory:
    """Who is in the store; asked within a transaction, after `refresh`. Revoked people are never found (S12)."""

    def __init__(self, db: Database, keys: Keys, revoked: Revoked) -> None:
        self._db = db
        self._keys = keys
        self._revoked = revoked
        self._rows: dict[int, Entry] = {}
        self._ids: dict[PersonId, Entry] = {}
        self._handles: dict[Handle, Entry] = {}
        self._lost: dict[int, Handle] = {}
        self._generation = -1

    def refresh(self) -> int:
        """Take over what changed since the last time; returns the store's generation.

        Raises:
            DamagedError: A row is not as it was written; nobody is believed until it is.
        """
        generation, removal = self._db.row("SELECT generation, removal FROM meta") or (0, 0)
        if generation == self._generation:
            return int(generation)
        if removal > self._generation:
            there = {int(row) for (row,) in self._db.execute("SELECT key FROM person")}
            for row in [*(self._rows.keys() - there), *(self._lost.keys() - there)]:
                self._forget(row)
        changed = "SELECT key, handle, profile FROM person WHERE stamp > ?"
        known = self._keys.handles()
        for row, handle, profile in self._db.execute(changed, self._generation):
            self._forget(row)
            if handle in known:
                self._take(row, Handle(handle), profile)
            else:
                self._lost[row] = Handle(handle)
        self._generation = generation
        return int(generation)

    def find(self, person: PersonId) -> Entry | None:
        """Return the entry of an id; None when there is none."""
        return self._standing(self._ids.get(person))

    def of(self, handle: Handle) -> Entry | None:
        """Return the entry of a handle; None when there is none."""
        return self._standing(self._handles.get(handle))

    def at(self, row: int) -> Entry | None:
        """Return the entry of a row; None when there is none that may be shown."""
        return self._standing(self._rows.get(row))

    def all(self) -> Iterator[Entry]:
        """Return everybody, by id."""
        return (entry for _, entry in sorted(self._ids.items()) if entry.handle not in self._revoked)

    def lost(self) -> tuple[Handle, ...]:
        """Return who cannot be read, because there is no key for them, and who was not revoked."""
        return tuple(handle for handle in self._lost.values() if handle not in self._revoked)

    def held(self) -> frozenset[Handle]:
        """Return the handle of every row, whether it may be shown or not."""
        return frozenset(self._handles) | frozenset(self._lost.values())

    def person(self, entry: Entry) -> Person:
        """Return the person of an entry, with their templates counted."""
        templates = self._db.number("SELECT count(*) FROM template WHERE person = ?", entry.row)
        return entry.profile.person(entry.handle, templates)

    def _standing(self, entry: Entry | None) -> Entry | None:
        return None if entry is None or entry.handle in self._revoked else entry

    def _take(self, row: int, handle: Handle, profile: bytes) -> None:
        try:
            entry = Entry(row, handle, sealed.unseal_profile(self._keys.key(handle), handle, profile))
        except SealError as error:
            what = f"the profile of {handle} is not as written, or another key's"
            raise DamagedError(faults.damaged(self._db.path, what)) from error
        self._rows[row] = self._ids[PersonId(entry.profile.id)] = self._handles[handle] = entry

    def _forget(self, row: int) -> None:
        self._lost.pop(row, None)
        entry = self._rows.pop(row, None)
        if entry:
            self._handles.pop(entry.handle, None)
            if self._ids.get(PersonId(entry.profile.id)) is entry:
                del self._ids[PersonId(entry.profile.id)]
