"""What the journal does to a disk, one method a system call, so that a test can cut the power between any two."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MODE = 0o640


class Disk:
    """The machine's own."""

    def __init__(self, sync: Callable[[int], None] = os.fsync) -> None:
        """Take what makes that lasts what was written to a file descriptor."""
        self.sync = sync

    def open(self, path: Path, flags: int) -> int:
        """Open a file, or create it; what root creates belongs to whom the folder does, or no door could write on.

        Raises:
            OSError: It cannot be opened.
        """
        fresh = bool(flags & os.O_CREAT) and not path.exists()
        descriptor = os.open(path, flags | os.O_CLOEXEC, _MODE)
        if fresh and os.geteuid() == 0:
            owner = path.parent.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        return descriptor

    def write(self, descriptor: int, data: bytes) -> None:
        """Write all of it at the end.

        Raises:
            OSError: As of `os.write`; a part may be written.
        """
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a file off.

        Raises:
            OSError: As of `os.ftruncate`.
        """
        os.ftruncate(descriptor, size)

    def rename(self, path: Path, other: Path) -> None:
        """Give a file another name.

        Raises:
            OSError: As of `os.rename`.
        """
        path.rename(other)

    def unlink(self, path: Path) -> None:
        """Delete a file.

        Raises:
            OSError: As of `os.unlink`.
        """
        path.unlink()

    def sync_folder(self, folder: Path) -> None:
        """Make the names in a folder last.

        Raises:
            OSError: As of `os.fsync`.
        """
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
