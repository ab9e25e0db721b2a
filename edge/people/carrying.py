"""Carries the people of the store's first version, which kept them in plain, over into sealed rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from edge.errors import DamagedError
from edge.keys.sealing import seal
from edge.people import faults, sealed, version1
from edge.people.names import shown
from edge.values import Handle

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from edge.people.sealed import Keys, Revoked


def spare(db: sqlite3.Connection, handles: Iterable[Handle], since: float | None = None) -> None:
    """Keep the keys of people who are not in this store, because a backup may hold them."""
    at = time.time() if since is None else since
    db.executemany("INSERT OR IGNORE INTO spared (handle, since) VALUES (?, ?)", ((one, at) for one in handles))


def seal_first(db: sqlite3.Connection, path: Path, keys: Keys, revoked: Revoked) -> Callable[[], None]:
    """Read a first store's people and make their keys; returns what writes them once the tables are new.

    Nobody of them recorded a consent: they stay enrolled, and get no further template without one.

    Raises:
        StoreError: A row is not as it was written; nothing was changed.
    """
    people, templates = db.execute(version1.PEOPLE).fetchall(), db.execute(version1.TEMPLATES).fetchall()
    for row in people:
        if not version1.intact_person(row):
            raise DamagedError(faults.damaged(path, f"the row of {shown(str(row[1]))} is not as written"))
    if not all(map(version1.intact_template, templates)):
        raise DamagedError(faults.damaged(path, "a template of its first version is not as written"))
    staying = [row for row in people if row[2] not in revoked]
    known = keys.handles()
    key_of = {row[2]: keys.key(row[2]) if row[2] in known else keys.add(row[2]) for row in staying}

    def write() -> None:
        db.executemany(
            "INSERT INTO person (key, handle, profile, seen) VALUES (?, ?, ?, ?)",
            ((row[0], row[2], _profile(row, key_of[row[2]]), _seen(row, key_of[row[2]])) for row in staying),
        )
        db.executemany(
            "INSERT INTO template (person, space, kind, vector) VALUES (?, ?, 'enrolled', ?)",
            ((row[0], row[2], _template(row, key_of[row[1]])) for row in templates if row[1] in key_of),
        )
        spare(db, known - key_of.keys())

    return write


def _profile(row: tuple[Any, ...], key: bytes) -> bytes:
    _, person, handle, name, groups, valid_from, valid_until, created, _ = row
    profile = sealed.Profile(person, name, version1.groups(groups), valid_from, valid_until, created)
    return sealed.seal_profile(key, Handle(handle), profile)


def _seen(row: tuple[Any, ...], key: bytes) -> bytes:
    """Nobody's days were kept so far: from today on they count as absent, not from the day they were enrolled."""
    return sealed.seal_seen(key, Handle(row[2]), int(time.time() // 86_400))


def _template(row: tuple[Any, ...], key: bytes) -> bytes:
    _, handle, _, *space, vector, source, created, _ = row
    plain = sealed.template_bytes(vector, created, source)
    return seal(key, plain, sealed.about_template(Handle(handle), space, "enrolled"))
