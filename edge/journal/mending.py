"""Where a journal goes on after whatever happened to it: what was torn off or damaged is put aside."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.journal import chain, segments

if TYPE_CHECKING:
    from pathlib import Path

    from edge.disk import Disk

TAIL_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class End:
    """Where a file's last sound line ends.

    Attributes:
        head: That line; None when the file has none.
        size: The bytes up to there.
        rest: What comes after it: nothing, a torn line, or damaged ones.
    """

    head: chain.Head | None
    size: int
    rest: bytes


def end(descriptor: int) -> End:
    """Find the last sound line of an open file; only of a damaged one is more read than its tail.

    Raises:
        OSError: It cannot be read.
    """
    size = os.fstat(descriptor).st_size
    for start in (max(0, size - TAIL_BYTES), 0):
        tail = _pread(descriptor, size - start, start)
        stop = tail.rfind(b"\n") + 1
        while stop:
            begin = tail.rfind(b"\n", 0, stop - 1) + 1
            if begin == 0 and start > 0:
                break  # this line may have begun before the tail
            try:
                return End(chain.unlink(tail[begin:stop])[1], start + stop, tail[stop:])
            except chain.ChainError:
                stop = begin
        if start == 0:
            break
    return End(None, 0, tail)


def _pread(descriptor: int, size: int, start: int) -> bytes:
    parts = []
    while size > 0 and (part := os.pread(descriptor, size, start)):
        parts.append(part)
        size, start = size - len(part), start + len(part)
    return b"".join(parts)


def mend(disk: Disk, path: Path, descriptor: int) -> tuple[End, str]:
    """Cut off what follows the last sound line of the active file; whole lines among it are kept beside it.

    Returns:
        Where the file now ends, and what had to be mended, in words; empty when nothing.

    Raises:
        OSError: The disk is full, read-only or broken.
    """
    found = end(descriptor)
    if not found.rest:
        return found, ""
    if b"\n" in found.rest:
        aside = free_name(path, "damaged")
        _keep(disk, aside, found.rest)
        words = f"{len(found.rest)} bytes of damaged lines at its end were cut off and are kept as {aside.name}"
    else:
        words = f"a torn last line of {len(found.rest)} bytes was cut off"
    disk.cut(descriptor, found.size)
    disk.sync(descriptor)
    return End(found.head, found.size, b""), words


def before(path: Path) -> tuple[chain.Head, str]:
    """Return the last sound line of the closed files, and in words what is wrong with where they end.

    Raises:
        OSError: They cannot be read.
    """
    words = ""
    for segment in reversed(segments.closed(path)):
        head, whole = head_of(segment.path)
        if not whole:
            words = f"{segment.path.name} is damaged at its end"
        if head is not None:
            return head, words
    return chain.Head(), words


def head_of(path: Path) -> tuple[chain.Head | None, bool]:
    """Return a file's last sound line, None when it has none, and whether nothing else follows it.

    Raises:
        OSError: The file cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = end(descriptor)
    finally:
        os.close(descriptor)
    return found.head, found.head is not None and not found.rest


def free_name(path: Path, why: str) -> Path:
    """Return a name that nothing has yet, to put a file aside under."""
    names = (path.with_name(f"{path.name}.{why}-{number}") for number in range(1, 1_000_000))
    return next(name for name in names if not name.exists())


def _keep(disk: Disk, path: Path, data: bytes) -> None:
    descriptor = disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        disk.write(descriptor, data)
        disk.sync(descriptor)
    finally:
        os.close(descriptor)
    disk.sync_folder(path.parent)
