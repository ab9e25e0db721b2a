"""Reads what is written into a journal from a moment on, while the door goes on writing, closing and mending it."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from edge.errors import JournalError
from edge.journal import chain, events

if TYPE_CHECKING:
    from pathlib import Path

    from edge.journal.events import Event


class Tail:
    """Follows the active file of a journal; one that is closed is read to its end first."""

    def __init__(self, path: Path) -> None:
        """Begin at the end of what is there; a journal that is still to be begun is read from its first line.

        Raises:
            JournalError: It is there and cannot be read.
        """
        self._path = path
        self._file = self._opened()
        if self._file is not None:
            self._file.seek(_whole(self._file))

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def news(self) -> tuple[Event, ...]:
        """Return what was written since the last time, oldest first; a line that is still being written comes later.

        Raises:
            JournalError: It cannot be read, or a line is not one of a journal.
        """
        if self._file is None:
            self._file = self._opened()
        found = self._read()
        while self._moved():  # it was closed, and nothing more is written to it
            found += self._read()
            self.close()
            self._file = self._opened()
            found += self._read()
        return tuple(found)

    def _opened(self) -> IO[bytes] | None:
        try:
            return self._path.open("rb")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise JournalError(
                f"{self._path}: the journal cannot be read: {error.strerror}; run as root, or as a user who may"
            ) from error

    def _read(self) -> list[Event]:
        found: list[Event] = []
        if self._file is None:
            return found
        while True:
            begin = self._file.tell()
            line = self._file.readline()
            if not line.endswith(b"\n"):
                self._file.seek(begin)
                return found
            try:
                body, _ = chain.unlink(line)
            except chain.ChainError as error:
                raise JournalError(f"{self._path}: {error}") from error
            found.append(events.decode(body.event))

    def _moved(self) -> bool:
        if self._file is None:
            return False
        with suppress(FileNotFoundError):
            return self._path.stat().st_ino != os.fstat(self._file.fileno()).st_ino
        return False


def _whole(file: IO[bytes]) -> int:
    """Return where the last whole line ends."""
    end = file.seek(0, os.SEEK_END)
    while end:
        begin = max(0, end - 4096)
        file.seek(begin)
        cut = file.read(end - begin).rfind(b"\n")
        if cut >= 0:
            return begin + cut + 1
        end = begin
    return 0
