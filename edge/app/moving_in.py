"""Brings the door's files to a folder of the door's own, on a device whose door ran as the terminal's user before.

Root does it, in a folder that another user writes: only plain files of that user are taken, and none through a link.
The journal's active file comes last: after a power cut before that all is in the old place, and the next start begins
anew (S7).
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edge.disk import DISK
from edge.errors import JournalError

if TYPE_CHECKING:
    from edge.disk import Disk

OLD = Path("/var/lib/door-terminal")
_ACTIVE = "journal.jsonl"
_OURS = re.compile(r"journal[-.][\w.-]*|door-memory\.json|terminal\.good\.toml")
_MODE = 0o640
_SIGNATURES_MODE = 0o660


def move_in(old: Path, new: Path, disk: Disk = DISK) -> tuple[str, ...]:
    """Bring the journal and what is kept beside it; the old names go last. Once it was done it does nothing more.

    Args:
        old: The terminal's folder.
        new: The door's folder: there, its user's, and empty.
        disk: Where both are.

    Returns:
        The names of what was brought.

    Raises:
        JournalError: The door has begun a journal of its own, or the files cannot be brought; all is as before.
    """
    try:
        if not (old / _ACTIVE).exists():
            return ()
        names = _names(old)
        if not (new / _ACTIVE).exists():
            _bring(old, new, names, disk)
        elif not (new / _ACTIVE).samefile(old / _ACTIVE):
            raise JournalError(f"{new / _ACTIVE}: is another journal than {old / _ACTIVE}; both are left alone")
        for name in names:
            disk.remove(old / name)
        disk.sync_folder(old)
    except OSError as error:
        raise JournalError(f"{error.filename or old}: the door's files cannot be moved: {error.strerror}") from error
    return names


def _names(old: Path) -> tuple[str, ...]:
    """Return the names of what is the door's, the one by which it is known that something is left as the last."""
    found = sorted(path.name for path in old.iterdir() if _OURS.fullmatch(path.name) and path.name != _ACTIVE)
    return (*found, _ACTIVE)


def _bring(old: Path, new: Path, names: tuple[str, ...], disk: Disk) -> None:
    """Give each file a second name in the new folder, the active one last: with it all are there, without it none is.

    The folder itself cannot be exchanged: a unit that may write it has it mounted.
    """
    try:
        for name in names:
            if name == _ACTIVE:
                disk.sync_folder(new)
            _bring_one(old, new, name, disk)
        disk.sync_folder(new)
    except (OSError, JournalError):
        for name in reversed(names):  # the door goes on alone, and not after a part of its journal
            with suppress(OSError):
                disk.remove(new / name)
        raise


def _bring_one(old: Path, new: Path, name: str, disk: Disk) -> None:
    owner, theirs, fresh = new.stat(), old.stat().st_uid, new / f".{name}.moving"
    disk.remove(fresh)
    os.link(old / name, fresh, follow_symlinks=False)
    found = fresh.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_uid not in {theirs, owner.st_uid}:
        disk.remove(fresh)
        raise JournalError(f"{old / name}: is no plain file of the folder's owner; nothing was moved")
    os.chown(fresh, owner.st_uid, owner.st_gid, follow_symlinks=False)
    fresh.chmod(_SIGNATURES_MODE if name.endswith(".signatures") else _MODE)
    if (new / name).exists():
        disk.remove(new / name)  # of a try that a power cut ended: two names of one file are not renamed
    disk.rename(fresh, new / name)
