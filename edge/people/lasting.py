"""An append-only file of checksummed lines that survives SIGKILL and power cuts (S7), for several processes at once.

`append` and `rewrite` have returned when their content is lasting. A torn last line is mended by the next writer; a
damaged file is refused. What other processes append is told by `news`. Nothing is written to a file that took the place
of the one that was read; inodes are handed out again, so before each write its first and last lines are compared.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

import msgspec

from edge import disk as steps
from edge.errors import StoreError
from edge.people import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from edge.disk import Disk

VERSION = 1
WAIT_S = 10.0
_POLL_S = 0.01


class _Head(msgspec.Struct, frozen=True):
    """A file's first line.

    Attributes:
        file: What kind of file it is.
        version: Of its form.
        about: What its kind says of all of it.
    """

    file: str
    version: int
    about: str = ""


class LastingFile:
    """Such a file, open. Threads may share it."""

    def __init__(self, path: Path, kind: str, disk: Disk = steps.DISK, wait_s: float = WAIT_S) -> None:
        """Name the file and take hold of its lock; it need not exist, and is not read yet.

        Args:
            path: The file; its folder is made when it is missing. `.NAME.lock` beside it is the processes' lock.
            kind: What kind of file it is; another kind is refused.
            disk: Does what is done to it.
            wait_s: How long to wait for another process.

        Raises:
            StoreError: Its folder cannot be made or written.
        """
        self.path = path
        self._name = str(path)
        self._kind = kind
        self._disk = disk
        self._wait_s = wait_s
        self._turn = threading.RLock()
        self._depth = 0
        self._stamp: tuple[int, ...] = ()
        self._size = self._used = self._tail = 0
        self._unended = False
        self._about, self._first, self._last = "", b"", lines.FIRST
        with self._named("opened"):
            steps.make_folder(path)
            self._lock = steps.DISK.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the lock; a second call does nothing."""
        with self._turn:
            if self._lock >= 0:
                os.close(self._lock)
            self._lock = -1

    @property
    def about(self) -> str:
        """What the file's first line said when it was last read or written."""
        return self._about

    @property
    def last(self) -> str:
        """The checksum of the last line, which stands for all of them."""
        return self._last

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process and thread from the file; may be nested.

        Raises:
            StoreError: Another process did not let go in time.
        """
        with self._turn:
            if not self._depth:
                self._claim()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    fcntl.flock(self._lock, fcntl.LOCK_UN)

    def turn(self) -> threading.RLock:
        """Return what threads take turns by; other processes are not kept away."""
        return self._turn

    def exists(self) -> bool:
        """Whether there is such a file."""
        return self.path.exists()

    def changed(self) -> bool:
        """Whether the file is another one than when it was last read, or was written to; microseconds.

        Whoever has the lock may be about to write, and is told by what stands in the file as well.

        Raises:
            StoreError: It is gone.
        """
        try:
            same = self._disk.stamp(self._name) == self._stamp
            if not same or not self._depth:
                return not same
            with steps.opened(self._disk, self.path, os.O_RDONLY) as descriptor:
                return not self._goes_on(descriptor)
        except OSError as error:
            raise self._fault(error, "read") from error

    def news(self) -> tuple[bool, tuple[bytes, ...]]:
        """Return whether the file begins anew, and what has been appended since it was last read; mends a torn tail.

        Raises:
            StoreError: It is gone, damaged, of another kind, or written by a newer program.
        """
        with self.locked(), self._named("read"), steps.opened(self._disk, self.path, os.O_RDONLY) as descriptor:
            *_, size = stamp = self._disk.stamp(descriptor)
            anew = stamp[:2] != self._stamp[:2] or size < self._used or self._unended or not self._goes_on(descriptor)
            if anew:
                self.forget()
            read = self._read(data := os.pread(descriptor, size - self._used, self._used))
            records = read.records
            if anew:
                if not records:
                    raise StoreError(self._damaged("it has no first line"))
                self._about, records = self._head(records[0]), records[1:]
                self._first = data[: len(lines.FIRST)]
            if read.used:
                self._tail = self._used + data.rfind(b"\n", 0, read.used - 1) + 1
            self._stamp, self._size = stamp, size
            self._last, self._used, self._unended = read.last, self._used + read.used, read.unended
            with suppress(OSError):  # a reader of a disk that is full or read-only still reads
                self._mend()
            return anew, records

    def append(self, record: bytes) -> None:
        """Append one line. The caller has the lock and has taken the news.

        Raises:
            StoreError: It cannot be written; the file is as before.
        """
        with self.locked(), self._named("written"):
            self._require_read()
            line, last = lines.line(record, self._last)
            self._mend()
            with steps.opened(self._disk, self.path, os.O_WRONLY | os.O_APPEND) as descriptor:
                try:
                    self._disk.write(descriptor, line)
                    self._disk.sync(descriptor)
                except OSError:
                    with suppress(OSError):
                        self._disk.cut(descriptor, self._used)
                    raise
                self._stamp = self._disk.stamp(descriptor)
            self._last, self._tail, self._used = last, self._used, self._used + len(line)
            self._size = self._used

    def rewrite(self, about: str, records: Sequence[bytes]) -> None:
        """Put other lines in the place of all; the caller has the lock. After a power cut it is all old or all new.

        Raises:
            StoreError: It cannot be written, or was read and is another one now; the file is as before.
        """
        head = msgspec.json.encode(_Head(self._kind, VERSION, about))
        last, written = lines.FIRST, []
        for record in (head, *records):
            line, last = lines.line(record, last)
            written.append(line)
        data = b"".join(written)
        with self.locked(), self._named("written"):
            if self._used:
                self._require_read()
            try:
                steps.replace(self._disk, self.path, data)
            except OSError:
                with suppress(OSError):
                    self._disk.remove(steps.fresh_name(self.path))
                raise
            self._stamp = self._disk.stamp(self._name)
            self._about, self._last, self._first = about, last, data[: len(lines.FIRST)]
            self._size = self._used = len(data)
            self._tail, self._unended = len(data) - len(written[-1]), False

    def forget(self) -> None:
        """Have `news` begin anew."""
        self._stamp = ()
        self._size = self._used = self._tail = 0
        self._unended = False
        self._about, self._first, self._last = "", b"", lines.FIRST

    def _goes_on(self, descriptor: int) -> bool:
        """Whether the first line is the one that was read, and the last one, which stands for all, is in its place."""
        digits = len(lines.FIRST)
        first, last = os.pread(descriptor, digits, 0), os.pread(descriptor, digits, self._tail)
        return self._used > 0 and (first, last) == (self._first, self._last.encode())

    def _require_read(self) -> None:
        if self.changed():
            raise StoreError(f"{self.path}: what others wrote must be read first; try again")

    def _mend(self) -> None:
        if self._size == self._used and not self._unended:
            return
        with steps.opened(self._disk, self.path, os.O_WRONLY | os.O_APPEND) as descriptor:
            self._disk.cut(descriptor, self._used)
            if self._unended:
                self._disk.write(descriptor, b"\n")
            self._disk.sync(descriptor)
            self._stamp = self._disk.stamp(descriptor)
        self._used += self._unended
        self._size, self._unended = self._used, False

    def _read(self, data: bytes) -> lines.Read:
        try:
            return lines.read(data, self._last)
        except lines.DamageError as error:
            raise StoreError(self._damaged(str(error))) from error

    def _head(self, record: bytes) -> str:
        try:
            head = msgspec.json.decode(record, type=_Head)
        except msgspec.DecodeError as error:
            raise StoreError(self._damaged("its first line is none of ours")) from error
        if head.file != self._kind:
            raise StoreError(f"{self.path}: is a file of {head.file}, where {self._kind} belong; check --data")
        if head.version > VERSION:
            raise StoreError(
                f"{self.path} is of version {head.version}, and this program knows none after {VERSION}: install the "
                f"newer program again; nothing was changed"
            )
        return head.about

    def _damaged(self, why: str) -> str:
        return (
            f"{self.path} ({self._kind}) is damaged ({why}): look what is wrong with the disk; put the file of a copy "
            f"of this whole machine in its place, or erase and enrol everybody again"
        )

    def _claim(self) -> None:
        until = time.monotonic() + self._wait_s
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= until:
                    raise StoreError(
                        f"{self.path}: another process has held it for {self._wait_s:.0f} s; wait for it, or end it"
                    ) from error
                time.sleep(_POLL_S)
            except (OSError, ValueError) as error:
                raise StoreError(f"{self.path}: is closed, or cannot be locked: {error}") from error
            else:
                return

    @contextmanager
    def _named(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._fault(error, doing) from error

    def _fault(self, error: OSError, doing: str) -> StoreError:
        return StoreError(
            f"{self.path} ({self._kind}) cannot be {doing}: {error.strerror or type(error).__name__}: check the "
            f"path, who owns it, and whether the disk is full or read-only"
        )
