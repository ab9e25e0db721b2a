"""How a people store comes into being and is proven sound before anything is read from it."""

from __future__ import annotations

import os
import stat
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edge import disk as steps
from edge.errors import DamagedError, StoreError
from edge.people import carrying, faults, log, schema

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from edge.people.sealed import Keys, Revoked
    from edge.values import Handle

    Connect = Callable[[Path], sqlite3.Connection]


def create(path: Path, connect: Connect, spared: Iterable[Handle]) -> None:
    """Make an empty store under its name in one step: a crash leaves no store, never half of one.

    When another process was faster, its store stays.

    Args:
        path: Its name.
        connect: Opens a file.
        spared: Whose keys there are already: a backup may hold these people, so that their keys are kept.
    """
    steps.make_folder(path)
    name = steps.make_beside(path, f".{path.name}-")
    try:
        with closing(connect(name)) as db:
            for statement in schema.CREATE:
                db.execute(statement)
            db.execute("BEGIN")
            for statement in (statement for step in schema.MIGRATIONS for statement in step):
                db.execute(statement)
            carrying.spare(db, spared)
            db.execute("UPDATE meta SET wiped = 1")
            db.execute("COMMIT")
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        for leftover in (name, f"{name}-wal", f"{name}-shm"):
            Path(leftover).unlink(missing_ok=True)
    steps.DISK.sync_folder(path.parent)


def identity(path: Path) -> tuple[int, int]:
    """Return which file a path leads to: its device and inode."""
    found = path.stat()
    return found.st_dev, found.st_ino


def guard(path: Path) -> None:
    """Refuse what cannot be a store, and take it out of other users' reach.

    Raises:
        StoreError: It is missing, empty, or not a file.
    """
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise StoreError(
            f"people store {path}: nobody was enrolled here yet; enrol somebody, or check --data"
        ) from error
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"people store {path}: this is not a file; check --data")
    if not found.st_size:
        raise DamagedError(faults.damaged(path, "it is empty"))
    if fault := log.fault(path):
        raise DamagedError(faults.damaged(path, fault))
    if stat.S_IMODE(found.st_mode) & 0o077:
        path.chmod(0o600)


def prepare(db: sqlite3.Connection, path: Path, pattern: sqlite3.Connection, keys: Keys, revoked: Revoked) -> None:
    """Set a connection up, bring an older store up to date, and check every page of it.

    Args:
        db: The store.
        path: Its file, for messages.
        pattern: An empty database in memory, to be filled with the tables as they must be.
        keys: The people's keys: an older store's people are sealed under them.
        revoked: Who must not come back with an older store.

    Raises:
        StoreError: The file is not a people store, newer than this program, or damaged.
    """
    for statement in schema.OPEN:
        db.execute(statement)
    if _number(db, "PRAGMA application_id") != schema.APPLICATION_ID:
        raise StoreError(f"people store {path}: this is another program's database; check --data")
    migrate(db, path, keys, revoked)
    for statement in (statement for step in schema.MIGRATIONS for statement in step):
        pattern.execute(statement)
    findings = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if findings != "ok":
        raise DamagedError(faults.damaged(path, " ".join(str(findings).split())[:120]))
    # A damaged trigger is still SQL: without this, a flipped bit could switch the counting of generations off.
    layout = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"
    if db.execute(layout).fetchall() != pattern.execute(layout).fetchall():
        raise DamagedError(faults.damaged(path, "its tables are not as this program makes them"))
    if db.execute("PRAGMA foreign_key_check").fetchone() or _number(db, "SELECT count(*) FROM meta") != 1:
        raise DamagedError(faults.damaged(path, "its tables do not fit together"))
    if not _number(db, "SELECT wiped FROM meta"):
        # An older store's pages had people in plain: they are overwritten already, and now the file is made anew.
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("UPDATE meta SET wiped = 1")


def migrate(db: sqlite3.Connection, path: Path, keys: Keys, revoked: Revoked) -> None:
    """Bring the tables to this program's version, each step in one transaction.

    Raises:
        StoreError: They are newer than this program, or damaged.
    """
    while (version := _number(db, "PRAGMA user_version")) != schema.VERSION:
        if not 0 <= version < schema.VERSION:
            raise StoreError(
                f"people store {path} is of version {version}, and this program knows none after {schema.VERSION}: "
                f"install the newer program again, or use a store of its time; nothing was changed",
            )
        db.execute("BEGIN IMMEDIATE")
        try:
            if _number(db, "PRAGMA user_version") == version:  # nobody else did it while this process waited
                carry = carrying.seal_first(db, path, keys, revoked) if version == 1 else None
                for statement in schema.MIGRATIONS[version]:
                    db.execute(statement)
                if carry:
                    carry()
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def _number(db: sqlite3.Connection, query: str) -> int:
    return int(db.execute(query).fetchone()[0])
