"""Where backups of a people store lie, and what they are called."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "backups"
_FORM = "people-%Y%m%dT%H%M%SZ.sqlite3"


def folder(store: Path) -> Path:
    """Return the folder of a store's backups."""
    return store.parent / FOLDER


def all_of(store: Path) -> list[Path]:
    """Return the backups in that folder, the oldest first."""
    try:
        return sorted(folder(store).glob("people-*.sqlite3"))
    except OSError:
        return []


def newest(store: Path) -> Path | None:
    """Return the newest backup in that folder; None when there is none."""
    return next(reversed(all_of(store)), None)


def name(store: Path, at: float) -> Path:
    """Return what a backup is called that is made now.

    Args:
        store: The people store.
        at: Now, seconds since the epoch.
    """
    return folder(store) / datetime.fromtimestamp(at, UTC).strftime(_FORM)


def aside(store: Path, why: str, at: float) -> Path:
    """Return a name beside the store for a file that makes room for another, and is kept."""
    stem = f"{store.name}.{why}-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"
    return next(
        place
        for number in range(1000)
        if not (place := store.with_name(f"{stem}-{number}" if number else stem)).exists()
    )
