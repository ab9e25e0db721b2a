"""Checks a journal or an export of one: is the chain whole, and what do the signatures prove of it: pure.

Proven is every line up to a head that somebody vouches for and to which the chain leads. The lines after the newest
such head are not: whoever can write the files can write those anew. Nor is it proven that nothing came after the newest
signature that is there: for that a head must have been kept elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.errors import JournalError
from edge.journal import events
from edge.journal.chain import Head
from edge.journal.following import Finding, Follower
from edge.journal.signatures import Keeping

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge.journal.chain import Body
    from edge.journal.events import Pruned
    from edge.journal.vouching import Claim, Vouched

_PRUNED = b'"pruned":'


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found.

    Attributes:
        first: The first line that is there; 0 without any.
        last: The last one, and its hash.
        findings: Everything that is wrong, as far as it is named,
        hidden: and how much more there was.
        remarks: What is not wrong, and worth saying.
        signatures: How many good signatures there are.
        proven: Up to which line it is proven; 0 for none.
        proven_at: When the newest signature of that line was made; None without one.
        unproven: How many lines come after it.
        unproven_since: When the first of them happened, as the clock had it; None where there is none.
    """

    first: int
    last: Head
    findings: tuple[Finding, ...]
    hidden: int
    remarks: tuple[str, ...]
    signatures: int
    proven: int
    proven_at: float | None
    unproven: int
    unproven_since: float | None


@dataclass(slots=True)
class Examination:
    """One check: `claims` are who vouches for what; an `export` is a part of a journal, and signed as a whole."""

    claims: Sequence[Claim]
    export: bool = False
    follower: Follower = field(default_factory=Follower)
    remarks: list[str] = field(default_factory=list)
    _wanted: dict[int, list[Claim]] = field(default_factory=dict)
    _held: list[Claim] = field(default_factory=list)
    _broken: bool = False
    _walls: dict[int, float] = field(default_factory=dict)
    _pruned: list[Pruned] = field(default_factory=list)
    _size: int = 0

    def examine(self, files: Sequence[tuple[str, Iterable[bytes]]]) -> None:
        """Follow the lines of all files, each with its name, oldest first."""
        for claim in self.claims:
            self._wanted.setdefault(claim.head.number, []).append(claim)
        for index, (name, lines) in enumerate(files, start=1):
            for place, line in enumerate(lines, start=1):
                if index == len(files) and not line.endswith(b"\n"):
                    self.remarks.append(f"a last line of {len(line)} bytes is not finished; the door mends that")
                    break
                self._size += len(line)
                taken = self.follower.take(name, place, line)
                if taken:
                    self._look(f"{name}, line {place}", line, *taken)
        self._begin(files[0][0], lawful=self._keep(files[0][0]))
        self._end(files[-1][0])

    def result(self, vouched: Vouched) -> Examined:
        """Return what was found, in the lines and in the signatures."""
        last = self.follower.head or Head()
        best = max(self._held, key=lambda claim: (claim.head.number, claim.wall or 0.0), default=None)
        proven = best.head.number if best else 0
        count = last.number - max(proven, self.follower.first - 1) if last.number else 0
        return Examined(
            self.follower.first,
            last,
            (*self.follower.findings, *vouched.findings),
            self.follower.hidden,
            (*self.remarks, *vouched.remarks),
            len(vouched.claims),
            proven,
            best.wall if best else None,
            count,
            self._walls.get(max(proven + 1, self.follower.first)) if count else None,
        )

    def _look(self, where: str, line: bytes, body: Body, head: Head) -> None:
        for claim in self._wanted.get(head.number, ()):
            if claim.head == head:
                self._held.append(claim)
            elif not self._broken:
                sound = max((one.head.number for one in self._held), default=0)
                begin = f"between line {sound + 1} and this one" if sound else "up to this one"
                why = f"line {head.number} is not the one of {claim.who}: something {begin} was changed"
                self.follower.found(where, why)
                self._broken = True
        try:
            if head.number - 1 in self._wanted or head.number == self.follower.first:
                self._walls[head.number] = events.decode(body.event).wall
            if _PRUNED in line and (pruned := events.decode(body.event).pruned):
                self._pruned.append(pruned)
        except JournalError:
            return  # of a newer version

    def _begin(self, name: str, *, lawful: bool) -> None:
        """Judge whether what is not there at the beginning is lawfully gone."""
        first, root = self.follower.first, self.follower.root
        if self.export:
            self._begin_export(name)
            return
        if first <= 1:
            return
        said = [one for one in self._pruned if one.line >= first - 1]
        if not said:
            self.follower.found(name, f"lines 1 to {first - 1} are missing, and no line says that they had to go")
            return
        exact = [one for one in said if one.line == first - 1]
        if exact and root and all(one.digest != root for one in exact):
            self.follower.found(name, f"line {first} does not follow from the lines that had to go")
        before = Head(first - 1, root)
        ours = self._wanted.get(first - 1, [])
        self._held += [claim for claim in ours if claim.head == before]
        if root and any(claim.wall is None and claim.head != before for claim in ours):
            self.follower.found(name, f"line {first - 1}, which had to go, was not the one of the head that was given")
        if any(one.signed for one in exact) and root and all(claim.head != before for claim in self._held):
            why = f"line {first - 1} was signed before it had to go, and its signature is not there"
            self.follower.found(name, why)
        if any(not one.signed for one in self._pruned):
            self.remarks.append("lines had to go before they were signed: nobody signed for too long")
        if lawful:
            self.remarks.append(f"lines 1 to {first - 1} had to go: more than is to be kept")

    def _keep(self, name: str) -> bool:
        """Return whether so much was there that what is missing since the last signature had to go."""
        before = next((claim.keeping for claim in reversed(self.claims) if claim.wall is not None), None)
        if self.export or before is None:
            return True
        first, last = self.follower.first, (self.follower.head or Head()).number
        now = Keeping(first, before.events, before.size).follow(before, self._size, last - first + 1)
        if now.why:
            self.follower.found(name, now.why)
        return not now.why

    def _begin_export(self, name: str) -> None:
        newest = self.claims[-1] if self.claims else None
        first = newest.first if newest else None
        if first is not None and self.follower.first > first:
            self.follower.found(name, f"it begins with line {self.follower.first}, and line {first} was signed with it")

    def _end(self, name: str) -> None:
        last = self.follower.head or Head()
        beyond = [claim for claim in self.claims if claim.head.number > last.number]
        if beyond:
            claim = max(beyond, key=lambda one: one.head.number)
            why = f"it ends with line {last.number}, and {claim.who} is of line {claim.head.number}: lines were cut off"
            self.follower.found(name, why)
        early = [one for one in self.claims if one.head.number + 1 < self.follower.first and one.wall is None]
        self.remarks += [f"line {one.head.number} is no longer kept: its head cannot be compared" for one in early]
        signed = any(claim.head == last for claim in self._held)
        if self.export and self.claims and not signed and not beyond and not self._broken:
            self.follower.found(name, f"line {last.number}, its last one, is not the one that was signed")
