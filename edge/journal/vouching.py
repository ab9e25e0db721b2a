"""Who vouches for which head of a journal: its signatures, checked one by one, and heads that an auditor kept: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edge.errors import SignatureError
from edge.journal.following import Finding
from edge.journal.signatures import START, SignatureLineError, Statement, hash_of, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.journal.chain import Head
    from edge.journal.signatures import Keeping


@dataclass(frozen=True, slots=True)
class Claim:
    """A head that somebody vouches for.

    Attributes:
        head: The line and its hash.
        who: Who does, in words.
        wall: When it was signed; None of a head that was kept.
        first: The oldest line that was there then; None of a head that was kept.
        keeping: What was kept of the journal then; None of a head that was kept, and where it does not say.
    """

    head: Head
    who: str
    wall: float | None = None
    first: int | None = None
    keeping: Keeping | None = None


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the signatures are worth.

    Attributes:
        claims: Of those that are good, in order.
        findings: What is wrong with the others, and with their order.
        remarks: What is not wrong, and worth saying.
    """

    claims: tuple[Claim, ...]
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]


def kept(head: Head) -> Claim:
    """Return the claim of a head that an auditor kept."""
    return Claim(head, "the head that was given")


def vouched(name: str, lines: Sequence[bytes], check: Callable[[bytes, bytes], None], after: int = 0) -> Vouched:
    """Check signatures and their chain.

    Args:
        name: What their file is called.
        lines: Its lines.
        check: Raises `SignatureError` when a signature of a message is not the device key's.
        after: How many other lines the file has before them.
    """
    claims, findings, remarks = list[Claim](), list[Finding](), list[str]()
    if lines and not lines[-1].endswith(b"\n"):
        remarks.append(f"a last signature of {len(lines[-1])} bytes is not finished")
        lines = lines[:-1]
    due, prev = 0, START
    for place, line in enumerate(lines, start=after + 1):
        where = f"{name}, line {place}"
        try:
            statement, message, signature = parse(line)
            check(message, signature)
        except (SignatureLineError, SignatureError) as error:
            findings.append(Finding(where, str(error)))
            due, prev = due + 1, hash_of(line)
            continue
        if due == 0 and statement.n > 1:
            remarks += [] if after else [f"the first {statement.n - 1} signatures are no longer kept"]
        elif statement.n != due + 1 or statement.prev != prev:
            why = f"signature {statement.n} does not follow from the one before it: some are missing, added or moved"
            findings.append(Finding(where, why))
        due, prev = statement.n, hash_of(line)
        claims.append(_claim(statement))
    return Vouched(tuple(claims), tuple(findings), tuple(remarks))


def moment(wall: float) -> str:
    """Return a time for people; what is none is said as the number it is."""
    try:
        return datetime.fromtimestamp(wall, UTC).isoformat(sep=" ", timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return f"{wall} s after 1970"


def _claim(statement: Statement) -> Claim:
    who = f"signature {statement.n} of {moment(statement.wall)}"
    return Claim(statement.head, who, statement.wall, statement.first, statement.keeping)
