"""What the door knows, and what it demands. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from edge.access.happenings import Part
from edge.access.memory import Memory
from edge.values import Reason

if TYPE_CHECKING:
    from datetime import tzinfo

    from edge.access.clock import Clock
    from edge.access.deeds import Action
    from edge.config import ContactSettings, DoorSettings, ExitSettings, FireSettings, RuleSettings, TamperSettings
    from edge.values import Alarm, Handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What this door demands.

    Attributes:
        door: How it behaves.
        rules: Who may pass when, and with what.
        zone: The time zone of the schedules.
        physical_lock: Whether a pulse moves a real lock, so that only a live source may ask for one (S11).
        exit_button: What a faulty exit button does.
        contact: The door contact; without a line nothing is known of the door leaf.
        fire: What a faulty fire input does.
        tamper: What tampering, and a faulty tamper contact, do.
        provisioned: Whether this is somebody's door; one that runs by its wiring alone lets nobody in (S3).
    """

    door: DoorSettings
    rules: RuleSettings
    zone: tzinfo
    physical_lock: bool
    exit_button: ExitSettings
    contact: ContactSettings
    fire: FireSettings
    tamper: TamperSettings
    provisioned: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """The connection that may ask for the door.

    Attributes:
        name: Its random number.
        live: Whether its terminal watches a real camera and judges liveness (S11).
        last: The highest sequence number it used (S2).
    """

    name: str
    live: bool
    last: int = 0


@dataclass(frozen=True, slots=True)
class Wire:
    """What is known of one input.

    Attributes:
        active: Whether it is active, as far as it could be read last.
        since: Monotonic seconds since when.
        fault: What is wrong with it; empty when nothing is.
    """

    active: bool = False
    since: float = 0.0
    fault: str = ""


class Hold(StrEnum):
    """What keeps the door unlocked, the strongest first."""

    FIRE = "fire"
    EXIT_FAULT = "exit-button-fault"
    ORDER = "free-access-order"
    SCHEDULE = "free-access-schedule"


@dataclass(frozen=True, slots=True)
class Leaf:
    """The door leaf, as its contact shows it.

    Attributes:
        opened_at: Monotonic seconds at which it was opened; None while it is closed, or without a contact.
        forced: Whether it was opened without being unlocked.
        from_s: From when its standing open is counted.
        most_s: For how long it may stand open.
    """

    opened_at: float | None = None
    forced: bool = False
    from_s: float = 0.0
    most_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DoorState:
    """What the door knows; the first state is locked, alone, and without a journal or a clock.

    Attributes:
        session: The current connection; None when no terminal is there.
        unlocked_until: Monotonic seconds at which the last pulse ends; None while locked.
        exit_until: Until when somebody who pressed the exit button can get out; no order and no rule ends that (S10).
        usable_until: Until when the door may be opened although it is locked again.
        hold: What keeps it unlocked; None when nothing does.
        free_until: Until when an operator ordered free access, monotonic seconds; None when none did.
        leaf: The door leaf.
        wires: The inputs; one that is active at the start must first come to rest before it counts as an edge (S2).
        memory: What lasts over a restart.
        clock: What is believed of the wall clock; None before it was looked at.
        pending: Who waits for a second person, and since when.
        host_at: When somebody last passed who may bring visitors in, monotonic seconds.
        passing: Whose passage counts when the door is opened, and no more once it can no longer be.
        raised: Alarms that somebody else than the machine found, with their words.
        alarms: All that are on.
        journal_up: Whether what happens can be written down.
        stopped: Whether the door was shut down; nothing opens it any more.
    """

    session: Session | None = None
    unlocked_until: float | None = None
    exit_until: float | None = None
    usable_until: float | None = None
    hold: Hold | None = None
    free_until: float | None = None
    leaf: Leaf = field(default_factory=Leaf)
    wires: tuple[tuple[Part, Wire], ...] = tuple((part, Wire()) for part in Part)
    memory: Memory = field(default_factory=Memory)
    clock: Clock | None = None
    pending: tuple[Handle, float] | None = None
    host_at: float | None = None
    passing: tuple[Handle, ...] = ()
    raised: tuple[tuple[Alarm, str], ...] = ()
    alarms: frozenset[Alarm] = frozenset()
    journal_up: bool = False
    stopped: bool = False

    def wire(self, part: Part) -> Wire:
        """Return what is known of an input."""
        return dict(self.wires)[part]

    def with_wire(self, part: Part, wire: Wire) -> DoorState:
        """Return the state with something else known of an input."""
        return replace(self, wires=tuple((one, wire if one is part else known) for one, known in self.wires))

    def local(self, now: float, zone: tzinfo) -> datetime | None:
        """Return the local time at a monotonic moment; None when the clock cannot be trusted."""
        if self.clock is None or not self.clock.trusted:
            return None
        return datetime.fromtimestamp(self.clock.wall + now - self.clock.monotonic, zone)


def barred(state: DoorState, policy: Policy) -> Reason | None:
    """Return what shuts the door to everybody who wants in: a lock-down, tampering, or that it is nobody's yet.

    A lock-down comes of an order, or of a faulty wire.
    """
    contact = bool(state.wire(Part.CONTACT).fault) and policy.contact.on_fault == "lock-down"
    tamper = bool(state.wire(Part.TAMPER).fault) and policy.tamper.on_fault == "lock-down"
    if state.memory.lock_down is not None or contact or tamper:
        return Reason.LOCK_DOWN
    if not policy.provisioned:
        return Reason.UNPROVISIONED
    tampered = state.wire(Part.TAMPER).active and policy.tamper.lock_down
    return Reason.TAMPERED if tampered else None


Step = tuple[DoorState, tuple["Action", ...]]
