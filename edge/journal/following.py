"""Follows a chain past its faults, so that each is named once and what comes after it is still looked at: pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.journal import chain

MOST = 20
"""So many findings are named; more are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a journal.

    Attributes:
        where: The file, and the line in it, counted from 1.
        why: What is wrong.
    """

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


@dataclass(slots=True)
class Follower:
    """Where it has come to.

    Attributes:
        first: The number of the first line; 0 before there was one.
        root: The hash that the first line follows; empty when that cannot be known.
        head: The last sound line; None before there was one.
        findings: What was wrong on the way.
        hidden: How many more findings there were than are named.
    """

    first: int = 0
    root: str = ""
    head: chain.Head | None = None
    findings: list[Finding] = field(default_factory=list)
    hidden: int = 0
    _lost: int = 0

    def take(self, name: str, place: int, line: bytes) -> tuple[chain.Body, chain.Head] | None:
        """Look at the next line; return what it says and the head it is, None when it is none.

        Args:
            name: The file it is in.
            place: Which line of that file, from 1.
            line: Its bytes.
        """
        try:
            body, head = chain.unlink(line)
        except chain.ChainError as error:
            self.found(f"{name}, line {place}", str(error))
            self._lost += 1
            return None
        if self.head is None:
            self.first, self.root = body.n - self._lost, "" if self._lost else body.prev
        else:
            why = self._misfit(self.head, body)
            if why:
                self.found(f"{name}, line {place}", why)
        self._lost, self.head = 0, head
        return body, head

    def found(self, where: str, why: str) -> None:
        """Note that something is wrong."""
        if len(self.findings) < MOST:
            self.findings.append(Finding(where, why))
        else:
            self.hidden += 1

    def _misfit(self, before: chain.Head, body: chain.Body) -> str:
        due = before.number + self._lost + 1
        if body.n > due:
            return f"it calls itself line {body.n}, and line {due} is due: lines are missing or moved"
        if body.n < due:
            return f"it calls itself line {body.n}, and line {due} is due: lines are added or moved"
        if not self._lost and body.prev != before.digest:
            return f"line {body.n} does not follow from the line before it: one of them was changed"
        return ""
