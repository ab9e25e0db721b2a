"""Opens all files of a journal at one moment, while the door may go on writing, closing and deleting them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from edge.errors import JournalError
from edge.journal import segments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_LINE = 1024 * 1024
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Opened:
    """A file of the journal.

    Attributes:
        name: Its name.
        first: The number of its first line as its name says; None of the active file.
        file: The file itself.
    """

    name: str
    first: int | None
    file: IO[bytes]

    def lines(self) -> Iterator[bytes]:
        """Yield its lines from the beginning; the last one of the active file may be torn."""
        self.file.seek(0)
        while line := self.file.readline(LONGEST_LINE):
            yield line


@contextlib.contextmanager
def opened(active: Path) -> Iterator[tuple[Opened, ...]]:
    """Open the files of a journal, oldest first, so that no line is missing between any two.

    Raises:
        JournalError: There is none, or it cannot be read.
    """
    with contextlib.ExitStack() as stack:
        yield _settled(active, stack)


def _settled(active: Path, stack: contextlib.ExitStack) -> tuple[Opened, ...]:
    for _ in range(_TRIES):
        try:
            return _open(active, stack)
        except _ChangedError:
            stack.pop_all().close()
        except OSError as error:
            where = error.filename or active
            raise JournalError(f"{where}: the journal cannot be read: {error.strerror}") from error
    raise JournalError(f"{active}: the journal is being closed and deleted faster than it can be opened")


class _ChangedError(Exception):
    pass


def _open(active: Path, stack: contextlib.ExitStack) -> tuple[Opened, ...]:
    before = segments.closed(active)
    found = []
    for segment in before:
        try:
            found.append(Opened(segment.path.name, segment.first, stack.enter_context(segment.path.open("rb"))))
        except FileNotFoundError as error:
            raise _ChangedError from error
    try:
        found.append(Opened(active.name, None, stack.enter_context(active.open("rb"))))
    except FileNotFoundError:
        if not before:
            raise
    if segments.closed(active) != before:
        raise _ChangedError
    return tuple(found)
