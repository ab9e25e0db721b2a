"""What a door must remember over a restart: pure values, which the door process keeps in a file.

A restart must neither end a lock-down or a lock-out nor forget who is inside. Moments are monotonic seconds of this
boot: `carried` moves them to the next one, in which the time that went by without power counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from edge.access.lockout import Lockouts
from edge.values import Alarm, Handle, Side


@dataclass(frozen=True, slots=True)
class Passage:
    """Where somebody passed last.

    Attributes:
        handle: Who.
        side: To which side of the door.
        at: Monotonic seconds.
    """

    handle: Handle
    side: Side
    at: float


@dataclass(frozen=True, slots=True)
class LockDown:
    """An order that nobody is let in.

    Attributes:
        operator: Who gave it.
        why: The reason they gave.
    """

    operator: str
    why: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What must not be forgotten.

    Attributes:
        lock_down: The lock-down in force.
        passages: Where each person passed last (anti-passback).
        first: The schedule windows in which the first person has come.
        lockouts: Failures under each handle.
        newest: The latest wall-clock time that was ever believed, seconds since the epoch.
        forgiven: The wall-clock time of the last forgiveness of all passages.
        latched: Alarms that stay until an operator acknowledges them.
    """

    lock_down: LockDown | None = None
    passages: tuple[Passage, ...] = ()
    first: tuple[str, ...] = ()
    lockouts: Lockouts = field(default_factory=Lockouts)
    newest: float | None = None
    forgiven: float | None = None
    latched: tuple[Alarm, ...] = ()

    def passage(self, handle: Handle) -> Passage | None:
        """Return where somebody passed last; None when they never did, or were forgiven."""
        return next((one for one in self.passages if one.handle == handle), None)

    def passed(self, passage: Passage) -> Memory:
        """Return the memory after somebody passed."""
        return replace(self, passages=(*self.forgive(passage.handle).passages, passage))

    def forgive(self, handle: Handle) -> Memory:
        """Return the memory in which somebody may pass either way."""
        return replace(self, passages=tuple(one for one in self.passages if one.handle != handle))

    def latch(self, alarm: Alarm) -> Memory:
        """Return the memory with an alarm that stays."""
        return self if alarm in self.latched else replace(self, latched=(*self.latched, alarm))

    def carried(self, seconds: float) -> Memory:
        """Return the memory with every monotonic moment `seconds` later."""
        passages = tuple(replace(one, at=one.at + seconds) for one in self.passages)
        return replace(self, passages=passages, lockouts=self.lockouts.carried(seconds))
