"""Signed heads of the journal, one a line, themselves chained: pure; who signs and who checks is handed in.

A line is `{"signature":"<64 bytes, hex>","body":{…}}`. What is signed is `PREFIX` and the body's bytes: that the
journal, from line `first` on, ends at `line` with the hash `digest`, at the time `wall`, and what was
kept then. `n` counts the signatures, and `prev` is the SHA-256 of the line before it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from edge.journal.chain import Head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PREFIX = b"door-terminal journal head 1\n"
START = "0" * 64


class Keeping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was kept when it was signed: from this a deletion is told from what had to go.

    Attributes:
        oldest: The oldest line that was there; it never falls, whatever is put back.
        events: So many events were to be kept,
        size: or so many bytes, whichever is reached first.
        taken: The newest line known to have gone before as much was there as is to be kept; 0 for none. It stays.
    """

    oldest: int
    events: int
    size: int
    taken: int = 0

    def follow(self, before: Keeping | None, size: int, events: int) -> Keeping:
        """Return this with what was taken away since the one before it; so many bytes and events are there now."""
        oldest = before.oldest if before else 1
        enough = size >= min(self.size, before.size if before else self.size)
        enough = enough or events >= min(self.events, before.events if before else self.events)
        old = before.taken if before else 0
        taken = old if enough or self.oldest <= oldest else max(old, self.oldest - 1)
        return Keeping(max(oldest, self.oldest), self.events, self.size, taken)

    @property
    def why(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        if not self.taken:
            return ""
        return (
            f"lines up to {self.taken} were taken away: they are missing, and not as much was there as is to be kept"
            f" ({self.events} events or {self.size} bytes)"
        )


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed.

    Attributes:
        n: The number of the signature, from 1.
        prev: The hash of the signature before it; zeros for the first.
        first: The oldest line that was there.
        line: The last line it speaks of,
        digest: and its hash.
        wall: When it was signed, seconds since the epoch, as the clock had it.
        keeping: What was kept then; None of a signature of an older version.
    """

    n: int
    prev: str
    first: int
    line: int
    digest: str
    wall: float
    keeping: Keeping | None = None

    @property
    def head(self) -> Head:
        """The head that is signed."""
        return Head(self.line, self.digest)


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    signature: str
    body: msgspec.Raw


class SignatureLineError(ValueError):
    """A line is not a signed head."""


def signatures_of(active: Path) -> Path:
    """Return where the signatures of a journal are."""
    return active.with_suffix(".signatures")


def signed(statement: Statement, sign: Callable[[bytes], bytes]) -> bytes:
    """Return the line of a statement, signed by `sign`, which is given the message and returns 64 bytes."""
    body = msgspec.json.encode(statement, order="deterministic")
    return _assemble(sign(PREFIX + body).hex(), body)


def parse(line: bytes) -> tuple[Statement, bytes, bytes]:
    """Return what a line states, the message that was signed, and the signature.

    Raises:
        SignatureLineError: It is not a whole line of this form.
    """
    try:
        parts = msgspec.json.decode(line, type=_Line)
        statement = msgspec.json.decode(parts.body, type=Statement)
        signature = bytes.fromhex(parts.signature)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise SignatureLineError("this is not a signed head") from error
    if line != _assemble(signature.hex(), bytes(parts.body)):
        raise SignatureLineError("this is not a signed head as it was written")
    return statement, PREFIX + bytes(parts.body), signature


def hash_of(line: bytes) -> str:
    """Return the hash by which the next signature names this one."""
    return hashlib.sha256(line).hexdigest()


def heads(text: bytes) -> Iterator[Head]:
    """Yield every head that a text of such lines names, whoever signed it; what is no such line is passed over."""
    for line in text.splitlines(keepends=True):
        try:
            yield parse(line)[0].head
        except SignatureLineError:
            continue


def _assemble(signature: str, body: bytes) -> bytes:
    return b'{"signature":"' + signature.encode() + b'","body":' + body + b"}\n"
