"""Writes a part of the journal to a file that can be checked anywhere: its lines as they stand, then a signed head."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.errors import JournalError
from edge.journal import events, reading
from edge.journal.chain import Head
from edge.journal.following import Follower
from edge.journal.signatures import SignatureLineError, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.journal.reading import Opened


@dataclass(frozen=True, slots=True)
class Exported:
    """What was exported: from which line to which, and the last one's hash."""

    first: int
    head: Head


def write_export(
    active: Path, out: Path, window: tuple[float, float], goal: Head, countersign: Callable[[int, Head], bytes]
) -> Exported:
    """Write the lines of a time to a new file, all that stand between the first and the last of them, too.

    Args:
        active: The journal's active file.
        out: The new file.
        window: From when to when, seconds since the epoch, as the events say.
        goal: The last line that lasts.
        countersign: Returns the signature line of a head and of the first line that goes with it.

    Raises:
        JournalError: There is nothing of that time, or a line of it is not one of the chain.
        OSError: The file is there already, or cannot be written.
    """
    with reading.opened(active) as files:
        numbers = [number for number, _, wall in _lines(files, goal) if window[0] <= wall <= window[1]]
        if not numbers:
            raise JournalError(f"{active}: nothing was written down at that time")
        first, last, end = numbers[0], numbers[-1], Head()
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for number, line, _ in _lines(files, goal):
                    if first <= number <= last:
                        file.write(line)
                        end = _head(line)
                file.write(countersign(first, end))
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            out.unlink()
            raise
    return Exported(first, end)


def split(text: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return the events of an export, and its signatures: the last lines, as far as they are some."""
    lines = text.splitlines(keepends=True)
    end = len(lines)
    while end and _is_signature(lines[end - 1]):
        end -= 1
    return lines[:end], lines[end:]


def _is_signature(line: bytes) -> bool:
    try:
        parse(line)
    except SignatureLineError:
        return line.startswith(b'{"signature"')
    return True


def _lines(files: tuple[Opened, ...], goal: Head) -> Iterator[tuple[int, bytes, float]]:
    """Yield each line up to the goal with its number and time."""
    follower = Follower()
    for file in files:
        for place, line in enumerate(file.lines(), start=1):
            if follower.head is not None and follower.head.number >= goal.number:
                return
            taken = follower.take(file.name, place, line)
            if follower.findings or taken is None:
                why = follower.findings[0]
                raise JournalError(f"{why}; nothing was exported: keep a copy of the whole folder, and verify that")
            yield taken[1].number, line, events.decode(taken[0].event).wall


def _head(line: bytes) -> Head:
    taken = Follower().take("", 1, line)
    return taken[1] if taken else Head()
