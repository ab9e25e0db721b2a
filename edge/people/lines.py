"""The lines of a lasting file: pure. Each carries a checksum of its own and that of the line before it.

A line is `<checksum>:<checksum of the line before>:<what it says>`. What a power cut tears is never more than the last
line, because each is written and synced by itself: that one was never acknowledged, and is passed over. Whatever else
does not fit is damage, and is refused: nobody guesses who was removed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

FIRST = "0" * 32
_DIGITS = len(FIRST)
_HEAD = 2 * (_DIGITS + 1)
_HOLE = b"\0\0"
"""What a file has where its size lasted and its content did not; no single flipped bit makes two of them."""


class DamageError(ValueError):
    """The lines are not as they were written."""


@dataclass(frozen=True, slots=True)
class Read:
    """What stood in a stretch of a file.

    Attributes:
        records: What its lines say.
        last: The checksum of the last one.
        used: How many bytes they take; what follows was torn by a power cut.
        unended: Whether the last line lacks only its end.
    """

    records: tuple[bytes, ...]
    last: str
    used: int
    unended: bool = False


def line(record: bytes, last: str) -> tuple[bytes, str]:
    """Return the line that says `record` after the line whose checksum is `last`, and its own checksum."""
    if b"\n" in record or b"\0" in record:
        raise ValueError("a record is one line of text")
    checksum = _checksum(last, record)
    return f"{checksum}:{last}:".encode() + record + b"\n", checksum


def read(data: bytes, last: str) -> Read:
    """Read the lines that follow the one whose checksum is `last`.

    Raises:
        DamageError: A line is not as it was written, or one is missing.
    """
    records: list[bytes] = []
    used = 0
    while used < len(data):
        end = data.find(b"\n", used)
        text = data[used:] if end < 0 else data[used:end]
        record = _record(text, last)
        if record is None and end < 0:
            # A flipped bit in the very last byte looks like a torn line; the line before that byte is whole.
            text = text[:-1]
            record = _record(text, last)
            if record is None:
                break
        if record is None:
            if end + 1 == len(data) and _HOLE in text:
                break
            raise DamageError(f"line {len(records) + 1} of those that follow {last[:8]} is not as it was written")
        records.append(record)
        last = text[:_DIGITS].decode()
        used += len(text) + (end >= 0)
        if end < 0:
            return Read(tuple(records), last, used, unended=True)
    return Read(tuple(records), last, used)


def _record(text: bytes, last: str) -> bytes | None:
    record = text[_HEAD:]
    head = f"{_checksum(last, record)}:{last}:".encode()
    return record if text[:_HEAD] == head else None


def _checksum(last: str, record: bytes) -> str:
    return hashlib.blake2b(last.encode() + record, digest_size=_DIGITS // 2).hexdigest()
