"""What the door machine is told: everything that happens, each with its moment in monotonic seconds. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.access.clock import Reading
    from edge.access.deeds import Record
    from edge.values import Alarm, Identified, Order


class Part(StrEnum):
    """An input of the door."""

    EXIT = "exit button"
    CONTACT = "door contact"
    TAMPER = "tamper contact"
    FIRE = "fire input"


@dataclass(frozen=True, slots=True)
class SessionBegan:
    """A terminal greeted the door; it takes the place of any other."""

    now: float
    name: str
    live: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A connection is gone."""

    now: float
    name: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The connection with session number `session` said that somebody is there; `wall` is seconds since the epoch."""

    now: float
    wall: float
    session: str
    identified: Identified


@dataclass(frozen=True, slots=True)
class Reported:
    """The connection with session number `session` said that it turned somebody away."""

    now: float
    session: str
    record: Record


@dataclass(frozen=True, slots=True)
class WireChanged:
    """An input became active (the button went down, the door was opened, there is a fire) or no longer is."""

    now: float
    part: Part
    active: bool


@dataclass(frozen=True, slots=True)
class WireFound:
    """An input that could be opened only now was found so, which is no edge (S2)."""

    now: float
    part: Part
    active: bool


@dataclass(frozen=True, slots=True)
class WireFailed:
    """An input's wire is faulty in these words, or no longer is, with none."""

    now: float
    part: Part
    fault: str


@dataclass(frozen=True, slots=True)
class AlarmChanged:
    """Somebody else than the machine found that something is wrong, or no longer is."""

    now: float
    alarm: Alarm
    on: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class Ordered:
    """An operator ordered something."""

    now: float
    wall: float
    order: Order


@dataclass(frozen=True, slots=True)
class JournalChanged:
    """The journal can be written again, or no longer."""

    now: float
    up: bool


@dataclass(frozen=True, slots=True)
class ClockRead:
    """Somebody looked at the clocks; `reading.monotonic` is the moment."""

    now: float
    reading: Reading


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""

    now: float


@dataclass(frozen=True, slots=True)
class ShutDown:
    """The process ends."""

    now: float
    why: str = ""


Event = (
    SessionBegan
    | SessionEnded
    | Claimed
    | Reported
    | WireChanged
    | WireFound
    | WireFailed
    | AlarmChanged
    | Ordered
    | JournalChanged
    | ClockRead
    | Ticked
    | ShutDown
)
