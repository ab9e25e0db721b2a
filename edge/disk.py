"""What is done to files whose content must last: in single steps, so that a test can cut the power at each (S7)."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Disk:
    """The machine's own files. Each method is one step; all raise OSError."""

    def __init__(self, synchronise: Callable[[int], None] = os.fsync, mode: int = 0o600) -> None:
        """Take what makes last what was written to a descriptor, and who may read and write what is new."""
        self._synchronise = synchronise
        self._mode = mode

    def open(self, path: Path, flags: int) -> int:
        """Open a file, or make it; returns its descriptor.

        What root makes belongs to whom its folder does (`hand_over`).
        """
        flags |= os.O_CLOEXEC
        if not flags & os.O_CREAT or os.geteuid() != 0:
            return os.open(path, flags, self._mode)
        try:
            descriptor = os.open(path, flags | os.O_EXCL, self._mode)  # follows no link: only what is new is given away
        except FileExistsError:
            return os.open(path, flags, self._mode)
        try:
            os.fchmod(descriptor, self._mode)  # whatever the umask: a strict one took files from their readers
            hand_over(descriptor, path.parent)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

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
        self._synchronise(descriptor)

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
    """Make the folder that is to hold a file, for its owner alone, and those above it; see `hand_over`.

    Raises:
        OSError: It cannot be made.
    """
    _make(path.parent, 0o700)


def make_beside(path: Path, prefix: str) -> Path:
    """Make an empty file of a new name in a file's folder, for its owner alone; see `hand_over`.

    Raises:
        OSError: It cannot be made.
    """
    descriptor, name = mkstemp(prefix=prefix, dir=path.parent)  # mode 0600
    try:
        hand_over(descriptor, path.parent)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    return Path(name)


def hand_over(descriptor: int, folder: Path) -> None:
    """Have what root made in a folder belong to whom the folder does: else one command of root's locks the service out.

    Raises:
        OSError: It cannot be given away.
    """
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _make(folder: Path, mode: int) -> None:
    if folder.is_dir():
        return
    _make(folder.parent, 0o777)
    try:
        folder.mkdir(mode)
    except FileExistsError:
        if not folder.is_dir():
            raise
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        hand_over(descriptor, folder.parent)
    finally:
        os.close(descriptor)
