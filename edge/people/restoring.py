"""The way back of a backup: it is checked as a whole before anything is changed."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.disk import make_folder
from edge.errors import DamagedError, StoreError
from edge.people import backups, carrying, faults, opening, sealed, waiting
from edge.people.backup import beside, lasting, write
from edge.people.database import Database, connect, wording
from edge.people.directory import Directory
from edge.people.matrices import Matrices
from edge.values import Handle, Space

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path

    from edge.people.sealed import Keys, Revoked

_SPACES = "SELECT key, embedder, sha256, preprocessing, dimensions FROM space"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of a restoration.

    Attributes:
        people: How many people the store has now.
        revoked: How many of the backup were removed for good since, and stay so.
        keyless: How many of the backup cannot be read, because this machine has no key for them.
        gone: How many were in the store before and are not in the backup.
        aside: Where the damaged file was put that the backup took the place of; None when there was none.
        before: The backup that was made of what the store held before; None when it could not be read.
    """

    people: int
    revoked: int
    keyless: int
    gone: int
    aside: Path | None = None
    before: Path | None = None


def restore(path: Path, file: Path, keys: Keys, revoked: Revoked, at: float) -> Restored:
    """Put a backup's people in the place of those that the store holds.

    A sound store is changed in one transaction, and whoever has it open sees the change at once. A damaged one is set
    aside under another name; whoever has it open is told to start again.

    Args:
        path: The store.
        file: The backup.
        keys: This machine's keys.
        revoked: Who was removed for good: they do not come back.
        at: Now, seconds since the epoch.

    Raises:
        StoreError: The backup is missing, damaged or another program's, nobody in it can be read here, or the store
            cannot be written; nothing was changed.
    """
    with wording(file, "read"):
        opening.guard(file)
        if path.exists() and path.samefile(file):
            raise StoreError(f"backup {file}: this is the people store itself; name a backup")
    with wording(path, "written"):
        for leftover in path.parent.glob(f".{path.name}-restore-*"):
            leftover.unlink(missing_ok=True)
        make_folder(path)
        with beside(path, "restore-") as fresh:
            with wording(file, "read"):
                _copy(file, fresh)
            dropped = _examine(fresh, file, keys, revoked)
            try:
                return _exchange(path, fresh, keys, revoked, at, dropped)
            except DamagedError:
                return _replace(path, fresh, keys, at, dropped)


def _copy(file: Path, fresh: Path) -> None:
    with closing(connect(file, 5.0)) as source, closing(connect(fresh, 5.0)) as target:
        source.execute("PRAGMA query_only = ON")
        source.backup(target)


def _examine(fresh: Path, file: Path, keys: Keys, revoked: Revoked) -> tuple[int, int]:
    """Check a copy of a backup to the last template, and drop who must not or cannot come back; returns how many."""
    try:
        db = Database(fresh, keys, revoked)
        with closing(db):
            directory = Directory(db, keys, revoked)
            with db.writing():
                directory.refresh()
                gone = [handle for handle in directory.held() if handle in revoked]
                lost = directory.lost()
                _some(file, len(directory.held()) - len(gone), len(lost))
                for handle in (*gone, *lost):
                    db.execute("DELETE FROM person WHERE handle = ?", handle)
                generation = directory.refresh()
                matrices = Matrices(db, directory, keys)
                for words in db.execute("SELECT embedder, sha256, preprocessing FROM space").fetchall():
                    matrices.read(Space(*words), generation)
                for entry in directory.all():
                    waiting.examine(db, entry, keys.key(entry.handle))
                    (seen,) = db.row("SELECT seen FROM person WHERE key = ?", entry.row) or (None,)
                    sealed.unseal_seen(keys.key(entry.handle), entry.handle, seen)
        return len(gone), len(lost)
    except DamagedError as error:
        raise StoreError(f"backup {file} is damaged, nothing was changed: {error.__cause__ or error}") from error
    except StoreError as error:
        raise StoreError(str(error).replace(str(fresh), str(file))) from error


def _some(file: Path, people: int, lost: int) -> None:
    if lost and lost == people:
        raise StoreError(
            f"backup {file}: this machine has a key for none of its {lost} people: it was made on another machine, or "
            f"the file of keys was lost; nothing was changed"
        )


def _exchange(path: Path, fresh: Path, keys: Keys, revoked: Revoked, at: float, dropped: tuple[int, int]) -> Restored:
    """Exchange the rows of a sound store in one transaction.

    Raises:
        DamagedError: There is no sound store.
    """
    if not path.exists():
        raise DamagedError(faults.damaged(path, "it is missing"))
    with closing(Database(path, keys, revoked)) as db, closing(connect(fresh, 5.0)) as source:
        before = backups.aside(path, "before", at)
        write(db, before)
        directory = Directory(db, keys, revoked)
        with db.writing():
            directory.refresh()
            held = {entry.handle for entry in directory.all()}
            db.execute("DELETE FROM person")
            rows = {
                old: db.execute("INSERT INTO person (handle, profile, seen) VALUES (?, ?, ?)", *row).lastrowid
                for old, *row in source.execute("SELECT key, handle, profile, seen FROM person")
            }
            _copy_faces(db, source, rows)
            back = {Handle(handle) for (handle,) in db.execute("SELECT handle FROM person")}
            db.executemany("DELETE FROM spared WHERE handle = ?", ((one,) for one in back))
            carrying.spare(db.db, keys.handles() - back, at)
    return Restored(len(back), *dropped, len(held - back), before=before)


def _copy_faces(db: Database, source: sqlite3.Connection, rows: Mapping[int, int | None]) -> None:
    """Copy templates, walks that wait, and pictures, as they are sealed; `rows` are the people's new keys."""
    spaces = {old: _space(db, words) for old, *words in source.execute(_SPACES)}
    for take, put in (
        (
            "SELECT person, space, kind, vector FROM template ORDER BY key",
            "INSERT INTO template (person, space, kind, vector) VALUES (?, ?, ?, ?)",
        ),
        (
            "SELECT person, space, vector FROM gathered ORDER BY key",
            "INSERT INTO gathered (person, space, vector) VALUES (?, ?, ?)",
        ),
    ):
        db.executemany(put, ((rows[person], spaces[space], *row) for person, space, *row in source.execute(take)))
    pictures = source.execute("SELECT person, picture FROM crop ORDER BY key")
    put = "INSERT INTO crop (person, picture) VALUES (?, ?)"
    db.executemany(put, ((rows[person], picture) for person, picture in pictures))


def _space(db: Database, words: list[object]) -> int:
    db.execute("INSERT OR IGNORE INTO space (embedder, sha256, preprocessing, dimensions) VALUES (?, ?, ?, ?)", *words)
    found = db.row(
        "SELECT key, dimensions FROM space WHERE embedder = ? AND sha256 = ? AND preprocessing = ?", *words[:3]
    )
    if found is None or found[1] != words[3]:
        raise StoreError(f"people store {db.path}: templates of a space in the backup have another size than its own")
    return int(found[0])


def _replace(path: Path, fresh: Path, keys: Keys, at: float, dropped: tuple[int, int]) -> Restored:
    """Put a file in the place of a damaged one, which is kept under another name."""
    with closing(connect(fresh, 5.0)) as db:
        handles = {Handle(handle) for (handle,) in db.execute("SELECT handle FROM person")}
        db.execute("BEGIN IMMEDIATE")
        carrying.spare(db, keys.handles() - handles, at)
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    lasting(fresh)
    aside = None
    if path.exists():
        aside = backups.aside(path, "damaged", at)
        os.link(path, aside)  # from here on the damaged file has both names, until the other takes its place
    log = path.with_name(f"{path.name}-wal")
    with suppress(FileNotFoundError):
        log.rename(log.with_name(f"{aside.name}-wal") if aside else backups.aside(path, "log", at))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    fresh.replace(path)
    lasting(path.parent)
    return Restored(len(handles), *dropped, 0, aside=aside)
