"""The journal's writer: its own thread appends and syncs, so that a slow or full disk never holds up the door."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from edge.disk import Disk
from edge.errors import JournalError
from edge.journal import chain, events, segments
from edge.journal.file import JournalFile
from edge.journal.segments import MODE, NONE, Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.journal.chain import Head
    from edge.journal.events import Event

CAPACITY = 1024
RETRY_S = 1.0
STALL_S = 5.0
_LONGEST_LINE = 1024 * 1024


class Journal:
    """Keeps events in the order in which they were written.

    It opens its file in its own thread and is not healthy before; it never raises: what is wrong is in `fault`, and
    it tries again every `RETRY_S` until it is mended.

    Attributes:
        bounds: How much is kept.
    """

    def __init__(
        self,
        path: Path,
        *,
        bounds: Bounds | None = None,
        capacity: int = CAPACITY,
        sync: Callable[[int], None] = os.fsync,
        disk: Disk | None = None,
    ) -> None:
        """Start the writer.

        Args:
            path: The active file; its folder is made when it is missing.
            bounds: How much is kept; None for the usual.
            capacity: How many events wait at most; more are lost and counted.
            sync: Makes what was written to a file descriptor last.
            disk: Where it is; None for the machine's own.
        """
        self._path = path
        self._capacity = capacity
        self.bounds = bounds or Bounds()
        self._disk = disk or Disk(sync, MODE)
        self._changed = threading.Condition()
        self._waiting: deque[Event] = deque()
        self._accepted = 0
        self._acknowledged = 0
        self._lost = 0
        self._closing = False
        self._busy_since: float | None = None
        self._fault = "it is not open yet"
        self._file: JournalFile | None = None
        self._head: Head | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> str:
        """Why nothing can be written at this moment; empty when all is well."""
        with self._changed:
            if self._fault:
                return self._fault
            if len(self._waiting) >= self._capacity:
                return f"{len(self._waiting)} events wait to be written"
            if self._busy_since is not None and time.monotonic() - self._busy_since > STALL_S:
                return f"the disk has not answered for {STALL_S:.0f} s"
            return ""

    @property
    def healthy(self) -> bool:
        """Whether the next event will be taken, and all the others were or will be written soon."""
        return not self.fault

    def write(self, event: Event) -> bool:
        """Hand an event to the writer at once; whether it was taken.

        When too many wait, or it holds what JSON has no words for, it is lost, and the loss is written down later.
        """
        written = chain.writable(event)
        with self._changed:
            if not written or self._closing or len(self._waiting) >= self._capacity:
                self._lost += 1
                return False
            self._waiting.append(event)
            self._accepted += 1
            self._changed.notify_all()
            return True

    @property
    def taken(self) -> int:
        """How many events were taken so far: what `lasting` asks about."""
        with self._changed:
            return self._accepted

    @property
    def head(self) -> Head | None:
        """The last line that survives a power cut; None while the file is not open."""
        with self._changed:
            return self._head

    def lasting(self, taken: int) -> bool:
        """Whether so many events survive a power cut (S7)."""
        with self._changed:
            return self._acknowledged >= taken

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was taken so far survives a power cut; False when that took too long (S7)."""
        with self._changed:
            goal = self._accepted
            return self._changed.wait_for(lambda: self._acknowledged >= goal, timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits, for at most `timeout_s`, and end; a second call does nothing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            while self._work():
                pass
        finally:
            if self._file is not None:
                self._file.close()

    def _work(self) -> bool:
        """Open the file, write what waits, or wait for it; False at the end."""
        with self._changed:
            if self._file is not None:
                self._changed.wait_for(lambda: self._waiting or self._closing)
            batch = tuple(self._waiting)
            lost = self._lost
            last = self._closing
            self._busy_since = time.monotonic()
        if last and not batch:
            return False
        try:
            self._write(batch, lost)
        except Exception as error:  # noqa: BLE001 - whatever it was, this thread must live: without it nobody is let in
            self._fail(error)
            return not last
        with self._changed:
            self._busy_since = None
            self._fault = ""
            self._head = None if self._file is None else self._file.head
            if batch:
                self._lost -= lost
            for _ in batch:
                self._waiting.popleft()
            self._acknowledged += len(batch)
            self._changed.notify_all()
        return True

    def _write(self, batch: tuple[Event, ...], lost: int) -> None:
        if self._file is None:
            self._file = JournalFile(self._path, self._disk, self.bounds)
        if batch:
            self._file.append(batch, lost)

    def _fail(self, error: Exception) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        with self._changed:
            self._busy_since = None
            self._fault = f"{self._path}: {error}"
            self._changed.wait_for(lambda: self._closing, RETRY_S)


def record(path: Path, event: Event, disk: Disk | None = None) -> None:
    """Write one event down at once, from a process that is not the door; it lasts on return (S7).

    To close a file and to delete old ones is left to the door, which knows how much is to be kept.

    Raises:
        OSError: The disk is full, read-only or broken; nothing was written.
        JournalBusyError: Another process writes the journal.
    """
    with contextlib.closing(JournalFile(path, disk or Disk(mode=MODE), NONE)) as file:
        file.append((event,))


def read(path: Path) -> Iterator[Event]:
    """Return the events of a journal, oldest first; a last line that a power cut tore is passed over.

    Raises:
        JournalError: A file cannot be read, or a line is not one of a journal; the message names it.
    """
    for file in files(path):
        for number, line in enumerate(lines_of(file), start=1):
            if not line.endswith(b"\n") and file == path:
                return
            try:
                body, _ = chain.unlink(line)
            except chain.ChainError as error:
                raise JournalError(f"{file}, line {number}: {error}") from error
            yield events.decode(body.event)


def files(path: Path) -> tuple[Path, ...]:
    """Return the files of a journal, oldest first, the active one last.

    Raises:
        JournalError: Its folder cannot be read.
    """
    try:
        closed = tuple(segment.path for segment in segments.closed(path))
    except OSError as error:
        raise JournalError(f"{path.parent}: the journal cannot be read: {error.strerror}") from error
    return (*closed, path) if path.exists() or not closed else closed


def lines(path: Path) -> Iterator[bytes]:
    """Return the lines of a journal as they stand, of all its files.

    Raises:
        JournalError: A file cannot be read.
    """
    for file in files(path):
        yield from lines_of(file)


def lines_of(file: Path) -> Iterator[bytes]:
    """Return the lines of one file as they stand.

    Raises:
        JournalError: It cannot be read.
    """
    try:
        with file.open("rb") as opened:
            while line := opened.readline(_LONGEST_LINE):
                yield line
    except OSError as error:
        raise JournalError(f"{file}: the journal cannot be read: {error.strerror}") from error
