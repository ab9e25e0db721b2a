"""What may be used once, and was: codes and nonces, in a file beside the store and in no backup of it.

What `spend` has returned from survives a power cut. What has expired is forgotten, and the latest expiry that was
forgotten is kept: whatever expires no later counts as used, so that a clock that is set back revives nothing.
Several processes share the file by a lock.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
import zlib
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING, Self

import msgspec

from edge.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST = 100_000
"""So many are remembered that have not expired; a further one is refused rather than an old one forgotten."""

LONGEST_NAME, LONGEST_NOTE = 256, 4096
_PRUNED_AT = 1024
"""The file is written anew when at least so many have expired, and they are half of all."""

_FORGOTTEN = ""
"""The name of the line that holds the latest expiry that was forgotten."""


class Spent:
    """An open ledger. Threads may share it, and processes the file."""

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time, most: int = MOST) -> None:
        """Open the ledger; a missing file is an empty one.

        Args:
            path: The file.
            now: Tells seconds since the epoch; only to forget what has expired.
            most: How many are remembered at most.

        Raises:
            StoreError: It cannot be read, or a line in its middle is damaged.
        """
        self.path = path
        self._now = now
        self._most = most
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, str]] = {}
        self._forgotten = 0.0
        self._read = 0
        self._identity: tuple[int, int] | None = None
        with self._alone():
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: no file is kept open between two calls."""

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)

    def spend(self, name: str, until: float, note: str = "") -> str | None:
        """Use something up; lasting on return.

        Args:
            name: Its name, which nothing else has.
            until: Until when it could be used, seconds since the epoch.
            note: What became of it, for whoever asks again.

        Returns:
            None when it was unused until now; else the note of its first use, empty when that is forgotten.

        Raises:
            StoreError: It cannot be written; it must count as used.
        """
        if not 0 < len(name) <= LONGEST_NAME or len(note) > LONGEST_NOTE or not isfinite(until):
            raise StoreError(f"{self.path}: what is to be remembered as used has no name, or is too long")
        with self._alone():
            earlier = self._known.get(name)
            if earlier is not None:
                return earlier[1]
            if until <= self._forgotten:
                return ""
            self._prune()
            if len(self._known) >= self._most:
                raise StoreError(
                    f"{self.path}: {self._most} codes and nonces are in use already; wait for some to expire"
                )
            self._append(_line(name, until, note))
            self._known[name] = (until, note)
        return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads and processes out, and know what they have written."""
        with self._lock:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                held = os.open(
                    self.path.with_name(self.path.name + ".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600
                )
                try:
                    fcntl.flock(held, fcntl.LOCK_EX)
                    self._catch_up()
                    yield
                finally:
                    os.close(held)
            except OSError as error:
                raise StoreError(f"{self.path}: cannot be read or written: {error}") from error

    def _catch_up(self) -> None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._known, self._forgotten, self._read, self._identity = {}, 0.0, 0, None
            return
        if (status.st_dev, status.st_ino) != self._identity or status.st_size < self._read:
            self._known, self._forgotten, self._read = {}, 0.0, 0
            self._identity = (status.st_dev, status.st_ino)
        with self.path.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        lines = text.split(b"\n")
        for number, line in enumerate(lines[:-1], start=1):
            self._take(line, last=number == len(lines) - 1 and not lines[-1])
        if lines[-1]:  # a write that a power cut ended; nothing was answered for it
            os.truncate(self.path, self._read)

    def _take(self, line: bytes, *, last: bool) -> None:
        said = _said(line)
        if said is None:
            if last:
                os.truncate(self.path, self._read)
                return
            raise StoreError(
                f"{self.path}: damaged at byte {self._read}; remove it, but only after every code that was issued has "
                f"expired: what it knows as used would be new again"
            )
        name, until, note = said
        self._read += len(line) + 1
        if name == _FORGOTTEN:
            self._forgotten = max(self._forgotten, until)
        else:
            self._known[name] = (until, note)

    def _append(self, line: bytes) -> None:
        new = not self.path.exists()
        held = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            if os.write(held, line) != len(line):
                raise OSError("the disk is full")
            os.fsync(held)
            status = os.fstat(held)
        finally:
            os.close(held)
        if new:
            _sync_folder(self.path.parent)
        self._identity = (status.st_dev, status.st_ino)
        self._read += len(line)

    def _prune(self) -> None:
        """Write the file anew without what has expired, once that is worth it."""
        now = self._now()
        expired = [until for until, _ in self._known.values() if until < now]
        if len(expired) < min(_PRUNED_AT, self._most) or 2 * len(expired) < len(self._known):
            return
        forgotten = max(self._forgotten, *expired)
        known = {name: kept for name, kept in self._known.items() if kept[0] >= now}
        lines = [_line(_FORGOTTEN, forgotten, ""), *(_line(name, *kept) for name, kept in known.items())]
        fresh = self.path.with_name(self.path.name + ".new")
        with fresh.open("wb") as file:
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())
            status = os.fstat(file.fileno())
        fresh.chmod(0o600)
        fresh.replace(self.path)
        _sync_folder(self.path.parent)
        self._known, self._forgotten = known, forgotten
        self._read, self._identity = sum(map(len, lines)), (status.st_dev, status.st_ino)


def _line(name: str, until: float, note: str) -> bytes:
    plain = msgspec.json.encode((name, until, note))
    return b"%08x %s\n" % (zlib.crc32(plain), plain)


def _said(line: bytes) -> tuple[str, float, str] | None:
    try:
        check, plain = line.split(b" ", 1)
        said = msgspec.json.decode(plain, type=tuple[str, float, str])
        return said if int(check, 16) == zlib.crc32(plain) else None
    except (ValueError, msgspec.DecodeError):
        return None


def _sync_folder(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
