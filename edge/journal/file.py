"""The journal's active file: opened for one writer, mended, appended to and synced, closed when it is full."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from edge.errors import JournalError
from edge.journal import chain, mending, segments
from edge.journal.events import Event
from edge.journal.pruning import plan
from edge.values import Occasion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge.disk import Disk
    from edge.journal.segments import Bounds, Segment


class JournalBusyError(JournalError):
    """Another process writes the journal at this moment."""


class JournalFile:
    """A journal open for appending.

    Attributes:
        repaired: What had to be mended, in words, until the first append has told of it; empty when nothing.
        head: The last line that lasts.
    """

    def __init__(self, path: Path, disk: Disk, bounds: Bounds) -> None:
        """Open or create the active file, lock it, and cut off whatever follows its last sound line.

        What is cut off is kept under another name, unless it is a single line that a power cut tore.

        Args:
            path: The active file.
            disk: Where it is.
            bounds: When a file is full, and how much is kept.

        Raises:
            OSError: The file cannot be opened, read, or mended.
            JournalBusyError: Another process writes it.
        """
        self.repaired = ""
        self._path = path
        self._disk = disk
        self._bounds = bounds
        self._descriptor = self._open()
        try:
            self._claim()
            self.head, self._size, self._count = self._mend()
        except BaseException:
            self.close()
            raise

    def append(self, batch: Sequence[Event], lost: int = 0) -> None:
        """Append events and make them last; either all are acknowledged, or none is and the file is as before.

        A file that is full is closed first, and the oldest files go when there is more than is to be kept.

        Args:
            batch: What happened, at least one.
            lost: How many events could not be written down before them.

        Raises:
            OSError: The disk is full, read-only or broken, or somebody moved the file away.
            JournalBusyError: Another process took the new file in the moment in which it was made.
        """
        self._check_in_place()
        gone: tuple[Segment, ...] = ()
        notes: tuple[Event, ...] = ()
        if self._count and self._bounds.full(self._size, self._count):
            self._close_segment()
            gone, notes = plan(self._path, self.head.number, self._bounds, batch[0])
        written, head = [], self.head
        for event in (*self._notes(batch[0], lost), *notes, *batch):
            line, head = chain.link(head, event)
            written.append(line)
        self._write(b"".join(written))
        self.head, self._count, self.repaired = head, self._count + len(written), ""
        self._delete(gone)

    def close(self) -> None:
        """Release the file; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _write(self, data: bytes) -> None:
        try:
            self._disk.write(self._descriptor, data)
            self._disk.sync(self._descriptor)
        except BaseException:
            with contextlib.suppress(OSError):
                self._disk.cut(self._descriptor, self._size)
            raise
        self._size += len(data)

    def _notes(self, first: Event, lost: int) -> tuple[Event, ...]:
        if not lost and not self.repaired:
            return ()
        words = "; ".join(filter(None, (self.repaired, f"{lost} events were lost" if lost else "")))
        return (Event(occasion=Occasion.JOURNAL_RECOVERED, at=first.at, wall=first.wall, sentence=words, lost=lost),)

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = self._disk.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            for folder in (self._path.parent, self._path.parent.parent):
                self._disk.sync_folder(folder)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _claim(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JournalBusyError("another process writes this journal") from error

    def _check_in_place(self) -> None:
        here, there = os.fstat(self._descriptor), self._path.stat()
        if (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino):
            raise FileNotFoundError("the file was moved away")

    def _mend(self) -> tuple[chain.Head, int, int]:
        """Return the last line of all, and the active file's bytes and lines."""
        found, self.repaired = mending.mend(self._disk, self._path, self._descriptor)
        if found.head is not None:
            return found.head, found.size, found.head.number - self._first(found.head) + 1
        head, words = mending.before(self._path)
        self.repaired = "; ".join(filter(None, (self.repaired, words)))
        return head, 0, 0

    def _first(self, head: chain.Head) -> int:
        """Return the number of the active file's first line; a damaged one is taken to be the newest."""
        line = os.pread(self._descriptor, mending.TAIL_BYTES, 0).partition(b"\n")
        try:
            return min(chain.unlink(line[0] + line[1])[1].number, head.number)
        except chain.ChainError:
            return head.number

    def _close_segment(self) -> None:
        """Rename the full file, whose lines all last, and go on in a new one."""
        target = segments.closed_path(self._path, self.head.number - self._count + 1)
        if target.exists():
            aside = mending.free_name(target, "replaced")
            self._disk.rename(target, aside)
            self.repaired = f"a file in the way was renamed {aside.name}"
        self._disk.rename(self._path, target)
        full, self._descriptor = self._descriptor, self._open()
        os.close(full)
        self._size = self._count = 0
        self._claim()

    def _delete(self, gone: Sequence[Segment]) -> None:
        """Delete what was announced; what cannot be is announced again when the next file is full."""
        with contextlib.suppress(OSError):
            for segment in gone:  # oldest first: what is left begins somewhere, and has no hole
                self._disk.remove(segment.path)
            if gone:
                self._disk.sync_folder(self._path.parent)
