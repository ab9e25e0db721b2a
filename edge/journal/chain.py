"""The hash chain of the journal: pure. Each line carries the hash of its body, and each body the hash before it.

A line is `{"hash":"<sha256 of the body's bytes>","body":{"event":{…},"n":<1, 2, …>,"prev":"<hash of line n-1>"}}`, and
is checked to be exactly that. A changed, missing, added or moved line is found; lines cut off the end are not: for
that the newest hash has to be known elsewhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many lines it has, and the hash of the last one."""

    number: int = 0
    digest: str = "0" * 64


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong: on which line, counted from 1, and what."""

    line: int
    why: str


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hash: str
    body: msgspec.Raw


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a line says, unpacked.

    Attributes:
        event: The event, as the JSON text that was written.
        n: The line's number, from 1.
        prev: The hash of the line before it.
    """

    event: msgspec.Raw
    n: int
    prev: str


class ChainError(ValueError):
    """A line is not one of a chain."""


def link(head: Head, event: object) -> tuple[bytes, Head]:
    """Return the line for `event` that follows `head`, with its newline, and the new head."""
    number = head.number + 1
    body = msgspec.json.encode({"event": event, "n": number, "prev": head.digest}, order="deterministic")
    digest = hashlib.sha256(body).hexdigest()
    return _assemble(digest, body), Head(number, digest)


def writable(event: object) -> bool:
    """Whether `link` can write an event down: text must be Unicode, and numbers of a size that JSON readers take."""
    try:
        msgspec.json.encode(event)
    except (UnicodeEncodeError, OverflowError, ValueError, TypeError):
        return False
    return True


def unlink(line: bytes) -> tuple[Body, Head]:
    """Return what a line says, and the head it would be.

    Raises:
        ChainError: It is not a whole line, or its hash is not that of its body.
    """
    try:
        parts = msgspec.json.decode(line, type=_Line)
        body = msgspec.json.decode(parts.body, type=Body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ChainError("this is not a line of a journal") from error
    raw = bytes(parts.body)
    if line != _assemble(hashlib.sha256(raw).hexdigest(), raw):
        raise ChainError("its hash is not that of its text: the line was changed")
    return body, Head(body.n, parts.hash)


def verify(lines: Iterable[bytes], head: Head | None = None) -> tuple[Head, Fault | None]:
    """Follow a chain from `head` (its beginning, when none is given) to its end or to its first fault.

    Returns:
        The last head that was right, and the fault, None when there is none.
    """
    head = head or Head()
    for place, line in enumerate(lines, start=head.number + 1):
        try:
            body, following = unlink(line)
        except ChainError as error:
            return head, Fault(place, str(error))
        if body.n != head.number + 1:
            return head, Fault(place, f"it calls itself line {body.n}: lines are missing, added or moved")
        if body.prev != head.digest:
            return head, Fault(place, "it does not follow from the line before it")
        head = following
    return head, None


def _assemble(digest: str, body: bytes) -> bytes:
    return b'{"hash":"' + digest.encode() + b'","body":' + body + b"}\n"
