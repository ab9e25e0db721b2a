"""Names that were spent once and for all, each with a note: an append-only file of lines that survives a power cut."""

from __future__ import annotations

import json
import os
import threading
import zlib
from typing import TYPE_CHECKING

from edge.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class SpentNames:
    """What was spent; one process writes it."""

    def __init__(self, path: Path, wall: Callable[[], float]) -> None:
        """Read the file; a last line that a power cut tore is cut off.

        Raises:
            StoreError: It cannot be read, or is damaged.
        """
        self._path = path
        self._lock = threading.Lock()
        self._names: dict[str, tuple[float, str]] = {}
        now = wall()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._end = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            whole = path.read_bytes()
            lines = whole.split(b"\n")
            for line in lines[:-1]:
                name, until, note = self._line(line)
                if until > now:
                    self._names.setdefault(name, (until, note))
            os.ftruncate(self._end, len(whole) - len(lines[-1]))
        except OSError as error:
            raise StoreError(f"{path}: what was spent cannot be read: {error.strerror or error}") from error

    def spend(self, name: str, until: float, note: str = "") -> str | None:
        """Spend a name until a moment, lasting on return; None, or the note of whoever spent it before.

        Raises:
            StoreError: It cannot be written; the name counts as spent from here on.
        """
        with self._lock:
            if name in self._names:
                return self._names[name][1]
            self._names[name] = (until, note)
            body = json.dumps([name, until, note], separators=(",", ":")).encode()
            try:
                os.write(self._end, b"%08x %s\n" % (zlib.crc32(body), body))
                os.fsync(self._end)
            except OSError as error:
                raise StoreError(f"{self._path}: what was spent cannot be kept: {error.strerror or error}") from error
            return None

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._end >= 0:
            os.close(self._end)
        self._end = -1

    def _line(self, line: bytes) -> tuple[str, float, str]:
        checksum, _, body = line.partition(b" ")
        if checksum != b"%08x" % zlib.crc32(body):
            raise StoreError(f"{self._path}: a line is not as written: put the file aside, and start again")
        name, until, note = json.loads(body)
        return str(name), float(until), str(note)

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._names))
