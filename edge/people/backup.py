"""Backups of a people store that runs.

A backup holds sealed rows and no key. So it can be read only where the keys are, and of somebody who was erased since,
nowhere.
"""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from edge.disk import make_beside, make_folder
from edge.errors import StoreError
from edge.people import backups
from edge.people.database import connect, wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.people.database import Database
    from edge.people.store import Store

    Told = Callable[[int, int], None]

_PAGES = 64


def back_up(store: Store, file: Path, told: Told = lambda _done, _all: None) -> int:
    """Write what the store holds at this moment into a new file, while others read and write; returns how many people.

    Args:
        store: The store.
        file: The backup; readable for its owner alone. There must be none of this name.
        told: Called with the pages done and all pages.

    Raises:
        StoreError: There is such a file, the disk is full, or the store cannot be read; there is no half backup.
    """
    if file.exists():
        raise StoreError(f"backup {file}: there is such a file already; give another name")
    with wording(file, "written"):
        make_folder(file)
        return write(store.db, file, told)


def write(db: Database, file: Path, told: Told = lambda _done, _all: None) -> int:
    """Write what an open file holds into a new one; returns how many people.

    Raises:
        StoreError: The store cannot be read.
        OSError: The new file cannot be written; there is no half one.
    """
    with beside(file) as fresh:
        with db.named("read"), closing(connect(fresh, 5.0)) as copy:
            db.whole()
            db.db.backup(copy, pages=_PAGES, progress=lambda _, left, pages: told(pages - left, pages))
            copy.execute("PRAGMA journal_mode = DELETE")
            people = int(copy.execute("SELECT count(*) FROM person").fetchone()[0])
        lasting(fresh)
        os.link(fresh, file)
        lasting(file.parent)
    return people


def prune(store: Path, keep: int) -> int:
    """Delete all but the newest backups in the store's own folder; returns how many were deleted."""
    old = backups.all_of(store)[:-keep]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


@contextmanager
def beside(file: Path, why: str = "") -> Iterator[Path]:
    """Give a new file in the same folder, readable for its owner alone, that is gone afterwards."""
    name = make_beside(file, f".{file.name}-{why}")
    try:
        yield name
    finally:
        for leftover in (name, f"{name}-wal", f"{name}-shm", f"{name}-journal"):
            Path(leftover).unlink(missing_ok=True)


def lasting(path: Path) -> None:
    """Make a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
