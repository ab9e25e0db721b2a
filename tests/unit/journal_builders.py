"""Journals made in memory, to be tampered with: files of lines, and signatures by a toy key."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from edge.journal import chain
from edge.journal.chain import Head
from edge.journal.checking import Examination, Examined
from edge.journal.events import Event, Pruned
from edge.journal.signatures import START, Statement, hash_of, signed
from edge.journal.vouching import kept, vouched
from edge.values import Occasion, Reason
from tests.toy_key import ToyKey

if TYPE_CHECKING:
    from collections.abc import Sequence

OURS = ToyKey()
THEIRS = ToyKey(b"theirs")


def event(number: int, words: str = "") -> Event:
    return Event(occasion=Occasion.REFUSED, at=float(number), wall=1e9 + number, reason=Reason.UNKNOWN, sentence=words)


def chained(events: Sequence[Event], head: Head | None = None) -> tuple[list[bytes], list[Head]]:
    """Return the lines of events, and the head that each of them is."""
    lines, heads, head = list[bytes](), list[Head](), head or Head()
    for one in events:
        line, head = chain.link(head, one)
        lines.append(line)
        heads.append(head)
    return lines, heads


def statements(heads: Sequence[Head], first: int = 1, key: ToyKey = OURS) -> list[bytes]:
    """Return the signatures of heads, chained."""
    lines, prev = list[bytes](), START
    for n, head in enumerate(heads, start=1):
        lines.append(signed(Statement(n, prev, first, head.number, head.digest, 2e9 + n), key.sign))
        prev = hash_of(lines[-1])
    return lines


@dataclass(frozen=True)
class Archive:
    """A journal as its files are."""

    files: tuple[tuple[bytes, ...], ...]
    signatures: tuple[bytes, ...] = ()
    heads: tuple[Head, ...] = field(default=(), compare=False)

    @property
    def lines(self) -> list[bytes]:
        return [line for file in self.files for line in file]

    def examined(self, *known: Head) -> Examined:
        vouching = vouched("journal.signatures", self.signatures, OURS.check)
        examination = Examination((*vouching.claims, *map(kept, known)))
        examination.examine([(f"file {number}", file) for number, file in enumerate(self.files)] or [("none", ())])
        return examination.result(vouching)


def archive(count: int, *, sizes: int, signs: Sequence[int], pruned: int = 0, words: Sequence[str] = ()) -> Archive:
    """Return a journal of `count` lines.

    Args:
        count: How many were written.
        sizes: How many lines a file has.
        signs: Which lines were signed.
        pruned: How many of the oldest lines had to go: the last line says so.
        words: What the events say.
    """
    events = [event(number, words[number] if number < len(words) else "") for number in range(count)]
    lines, heads = chained(events)
    if pruned:
        gone = heads[pruned - 1]
        said = Pruned(line=gone.number, digest=gone.digest, signed=gone.number in signs)
        note = Event(occasion=Occasion.JOURNAL_PRUNED, at=0.0, wall=1e9, pruned=said)
        more, ends = chained([note], heads[-1])
        lines, heads = lines + more, heads + ends
    rest = lines[pruned:]
    files = tuple(tuple(rest[start : start + sizes]) for start in range(0, len(rest), sizes))
    return Archive(files, tuple(statements([heads[number - 1] for number in signs])), tuple(heads))


def with_lines(whole: Archive, lines: Sequence[bytes]) -> Archive:
    """Return the same with other lines, in files of the old sizes; the last one takes the rest."""
    rest, files = list(lines), []
    for index, file in enumerate(whole.files, start=1):
        size = len(file) if index < len(whole.files) else len(rest)
        files.append(tuple(rest[:size]))
        rest = rest[size:]
    return replace(whole, files=tuple(files))
