"""What the door process asks of the provisioning, which is root's: one file a question, in the door's own folder in
memory. Root takes it away before anything else, follows no link, waits for no pipe, and reads no more than it expects:
it is the word of a process that strangers can touch.
"""  # noqa: D205 - one promise

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from edge.disk import Disk, fresh_name

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "run/door-lock"
RESET, CODE = "ask-reset", "ask-code"
_LONGEST = 64


def ask(root: Path, name: str, word: str = "now") -> bool:
    """Ask for something; returns whether it could be. For its owner and root alone; whole or not at all.

    Args:
        root: Of the file system.
        name: `RESET` or `CODE`.
        word: What belongs to it: a claim code.
    """
    path = root / FOLDER / name
    disk, fresh = Disk(), fresh_name(path)
    try:
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            disk.write(descriptor, word.encode())
        finally:
            os.close(descriptor)
        disk.rename(fresh, path)
    except OSError:
        return False
    return True


def take(root: Path, name: str) -> str:
    """Return what was asked, and take it away; empty for nothing, and for what cannot be taken away: once is once."""
    path = root / FOLDER / name
    word = _word(path)
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return ""
    return word


def _word(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        plain = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return os.read(descriptor, _LONGEST).decode("ascii", "replace").strip() if plain else ""
    except OSError:
        return ""
    finally:
        os.close(descriptor)
