"""What SQLite's and the system's errors mean to a person: what, where, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import DamagedError, StoreError
from edge.people import backups

if TYPE_CHECKING:
    from pathlib import Path

# Primary result codes of SQLite: its C interface, "Result and Error Codes".
_MEANING: dict[int, str] = {
    3: "access was refused; check who owns it and run as that user",
    5: "another process holds it and did not let go; wait, or end that process, and try again",
    6: "another process holds it and did not let go; wait, or end that process, and try again",
    8: "it, or its folder, may not be written; check who owns it, and whether the disk is mounted read-only",
    10: "the disk failed, or a limit on file sizes was met; check the disk (dmesg, df), then look what is in it",
    13: "the disk is full; free some space and try again",
    14: "it, or its folder, is missing or may not be opened; check the path and who owns it",
    19: "a rule of its tables was broken; this is a fault of the program, please report it",
}
_DISK = 10
_DAMAGE = (1, 11, 20, 24, 25, 26)


def error(code: int | None, text: str, path: Path, doing: str) -> StoreError:
    """Return what an error of SQLite means.

    Args:
        code: SQLite's result code, extended or not; None when it has none.
        text: SQLite's own words.
        path: The store.
        doing: What could not be done to it: "opened", "read", "written".
    """
    primary = (code or 1) & 0xFF
    if primary in _DAMAGE:
        return DamagedError(damaged(path, text))
    why = _MEANING.get(primary, "this is a fault of the program, please report it")
    done = "" if primary == _DISK else "; nothing was changed"
    return StoreError(f"people store {path} cannot be {doing} ({text}): {why}{done}")


def damaged(path: Path, what: str) -> str:
    """Return the sentence for a file whose content cannot be believed."""
    newest = backups.newest(path)
    advice = (
        f"`edge people restore {newest}` puts the newest backup in its place"
        if newest
        else f"there is no backup in {backups.folder(path)}; `edge people restore FILE` puts one in its place"
    )
    return f"people store {path} is damaged ({what}); it was left as it is: {advice} and sets this file aside"


def system(error: OSError, path: Path, doing: str) -> str:
    """Return the sentence for an error of the operating system."""
    why = error.strerror or type(error).__name__
    return f"people store {path} cannot be {doing}: {why}: {error.filename}; check the path, who owns it, and the disk"
