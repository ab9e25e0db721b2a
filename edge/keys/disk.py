"""What is done to files whose content must last: in single steps, so that a test can cut the power at each (S7)."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Disk:
    """The machine's own files. Each method is one step; all raise OSError."""

    def open(self, path: Path, flags: int) -> int:
        """Open a file, made for its owner alone when it is new; returns its descriptor."""
        return os.open(path, flags | os.O_CLOEXEC, 0o600)

    def stamp(self, file: str | int) -> tuple[int, ...]:
        """Return what tells a file's states apart, if the clock is fine enough: device, inode, times, size."""
        found = os.stat(file)  # noqa: PTH116 - asked before each decision: half the time of Path.stat
        return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size

    def write(self, descriptor: int, data: bytes) -> None:
        """Write all of `data`."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def cut(self, descriptor: int, size: int) -> None:
        """Make a file so many bytes long."""
        os.ftruncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        """Make what was written last."""
        os.fsync(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file a name, in the place of whatever had it."""
        old.replace(new)

    def link(self, path: Path, second: Path) -> None:
        """Give a file a second name, which must be free."""
        second.hardlink_to(path)

    def remove(self, path: Path) -> None:
        """Take a name away; no matter when there is none."""
        path.unlink(missing_ok=True)

    def sync_folder(self, folder: Path) -> None:
        """Make names that were given and taken away last."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


DISK = Disk()


def replace(disk: Disk, path: Path, data: bytes) -> None:
    """Put `data` in the place of a file's content: after a power cut it is the old or the new, wholly.

    Raises:
        OSError: It cannot be written; the file is as before, and what was written of the new one is `fresh_name(path)`.
    """
    fresh = fresh_name(path)
    with opened(disk, fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as descriptor:
        disk.write(descriptor, data)
        disk.sync(descriptor)
    disk.rename(fresh, path)
    disk.sync_folder(path.parent)


def fresh_name(path: Path) -> Path:
    """Return the name under which a file's new content is written before it takes the old one's place."""
    return path.with_name(f".{path.name}.new")


@contextmanager
def opened(disk: Disk, path: Path, flags: int) -> Iterator[int]:
    """Open a file for a while.

    Raises:
        OSError: It cannot be opened.
    """
    descriptor = disk.open(path, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make the folder that is to hold a file, for its owner alone.

    Raises:
        OSError: It cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
