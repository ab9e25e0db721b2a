"""The journal's file: opened for one writer, mended after a power cut, appended to and synced."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from edge.errors import JournalError
from edge.journal import chain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge.journal.events import Event

_TAIL_BYTES = 1024 * 1024


class JournalFile:
    """A journal open for appending.

    Attributes:
        repaired: What had to be mended, in words, until the first append has told of it; empty when nothing.
    """

    def __init__(self, path: Path, sync: Callable[[int], None]) -> None:
        """Open or create the file, lock it, and cut off a last line that a power cut tore.

        A file whose last whole line is damaged is set aside under another name, never overwritten.

        Args:
            path: The file.
            sync: Makes what was written to a file descriptor last.

        Raises:
            OSError: The file cannot be opened, read, or mended.
            JournalError: Another process writes it.
        """
        self.repaired = ""
        self._path = path
        self._sync = sync
        self._descriptor = self._open()
        try:
            self._claim()
            self._head, self._size = self._mend()
        except BaseException:
            self.close()
            raise

    def append(self, batch: Sequence[Event]) -> None:
        """Append events and make them last; either all are acknowledged, or none is and the file is as before.

        Raises:
            OSError: The disk is full, read-only or broken, or somebody moved the file away.
        """
        written, head = [], self._head
        for event in batch:
            line, head = chain.link(head, event)
            written.append(line)
        data = b"".join(written)
        try:
            self._check_in_place()
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            self._sync(self._descriptor)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._head, self._size, self.repaired = head, self._size + len(data), ""

    def close(self) -> None:
        """Release the file; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        for folder in (self._path.parent, self._path.parent.parent):
            self._sync_folder(folder)
        return descriptor

    def _sync_folder(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _claim(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JournalError("another process writes this journal") from error

    def _check_in_place(self) -> None:
        here, there = os.fstat(self._descriptor), self._path.stat()
        if (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino):
            raise FileNotFoundError("the file was moved away")

    def _mend(self) -> tuple[chain.Head, int]:
        size = os.fstat(self._descriptor).st_size
        start = max(0, size - _TAIL_BYTES)
        tail = os.pread(self._descriptor, size - start, start)
        whole = tail.rfind(b"\n") + 1
        if whole == 0 and start > 0:
            return self._set_aside("it has no lines")
        if whole < len(tail):
            os.ftruncate(self._descriptor, start + whole)
            self._sync(self._descriptor)
            self.repaired = f"a torn last line of {len(tail) - whole} bytes was cut off"
        if whole == 0:
            return chain.Head(), 0
        last = tail[tail.rfind(b"\n", 0, whole - 1) + 1 : whole]
        try:
            return chain.unlink(last)[1], start + whole
        except chain.ChainError as error:
            return self._set_aside(str(error))

    def _set_aside(self, why: str) -> tuple[chain.Head, int]:
        names = (self._path.with_name(f"{self._path.name}.damaged-{number}") for number in range(1, 1_000_000))
        aside = next(name for name in names if not name.exists())
        self._path.rename(aside)
        os.close(self._descriptor)
        self._descriptor = self._open()
        self._claim()
        self.repaired = f"the last line was damaged ({why}); the old journal is kept as {aside.name}"
        return chain.Head(), 0
