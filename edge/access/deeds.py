"""What the door machine answers: deeds, records and answers, for whoever runs it to carry out. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.values import Answer, Done

if TYPE_CHECKING:
    from edge.access.memory import Memory
    from edge.values import Alarm, Evidence, Flaw, Handle, Occasion, Reason, Sign


@dataclass(frozen=True, slots=True)
class Pulse:
    """Unlock for `seconds`; not after `not_after`, monotonic seconds, when its picture is too old (S1)."""

    seconds: float
    not_after: float | None = None

    def late(self, now: float) -> bool:
        """Whether `now` is too late to begin; a time that is not a number is."""
        return self.not_after is not None and not now <= self.not_after


@dataclass(frozen=True, slots=True)
class Secure:
    """Lock now."""


@dataclass(frozen=True, slots=True)
class Shorten:
    """Lock in `seconds` at the latest, without locking in between; what is locked stays so."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Write down what happened.

    Attributes:
        occasion: What.
        at: When, monotonic seconds.
        reason: Why.
        alarm: Which alarm began or ended.
        handle: Who.
        evidence: How sure the terminal was.
        flaws: What was wrong with the view.
        sign: What spoke most against a live person.
        track: Which track of the terminal.
        session: Which connection.
        operator: Who ordered it.
        words: More for people.
        frame_at: The last frame that it rests on, monotonic seconds.
        relay_at: When the lock's driver had done what this is the record of, monotonic seconds.
    """

    occasion: Occasion
    at: float
    reason: Reason | None = None
    alarm: Alarm | None = None
    handle: Handle | None = None
    evidence: Evidence | None = None
    flaws: tuple[Flaw, ...] = ()
    sign: Sign | None = None
    track: int | None = None
    session: str | None = None
    operator: str = ""
    words: str = ""
    frame_at: float | None = None
    relay_at: float | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """Make this memory last over a restart (S7)."""

    memory: Memory


Deed = Pulse | Shorten | Secure
Action = Deed | Answer | Record | Keep | Done
