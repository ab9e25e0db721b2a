"""One door's place: its files, its lines, and what is known of it from boot to boot by whoever only watches."""

from __future__ import annotations

import collections
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from edge.access.happenings import Part
from edge.errors import LinkError
from edge.link import asking, messages
from edge.link.client import dial, receive
from tests.boots.lines import PULSE_S, SETTINGS
from tests.boots.oracle import Cause

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from edge.link.messages import ToDoor, ToTerminal
    from edge.link.questions import Report
    from tests.boots.lines import Tape

SOON_S = 30.0


class GoneError(Exception):
    """The door process is no more."""


class Hand(Protocol):
    """What can be done to a door that runs, from outside."""

    def alive(self) -> bool:
        """Whether it still runs."""

    def drive(self, part: Part, *, active: bool) -> None:
        """Press the button, open the contact, or the other way round."""

    def spoil(self, *, unreadable: bool) -> None:
        """Make the exit button's line one that cannot be read, or mend it."""

    def set_clock(self, wall: float) -> None:
        """Set the wall clock, seconds since the epoch."""


@dataclass
class Known:
    """What must be so, by all that was done and answered.

    Attributes:
        session: The current connection's number; empty without one.
        live: Whether its terminal is.
        last: The highest sequence number used in it.
        lock_down: Whether the door is locked down; None where an order was not answered.
        journal_up: Whether the journal can be written.
        free: Whether free access was ordered.
        active: The inputs that are active.
        exit_spoilt: Whether the exit button's line cannot be read.
        groups: Whom the rules let in.
        tamper_counts: Whether tampering lets nobody in.
        exit_fault: What a faulty exit button does.
        unsure: Whether an order was answered as one that a power cut may undo.
    """

    session: str = ""
    live: bool = False
    last: int = 0
    lock_down: bool | None = False
    journal_up: bool = True
    free: bool = False
    active: set[Part] = field(default_factory=set)
    exit_spoilt: bool = False
    groups: str = "staff"
    tamper_counts: bool = True
    exit_fault: str = "ignore"
    unsure: bool = False

    @property
    def shut(self) -> bool:
        """Whether nobody at all may be let in, as far as it is known."""
        tampered = Part.TAMPER in self.active and self.tamper_counts
        return not self.journal_up or self.lock_down is True or tampered

    @property
    def hold(self) -> str:
        """What must keep the door unlocked; empty when nothing does."""
        if Part.FIRE in self.active:
            return "fire"
        if self.exit_spoilt and self.exit_fault == "open":
            return "exit-button-fault"
        return "free-access-order" if self.free and not self.shut else ""


@dataclass
class Site:
    """A door, its tape, and the account of all that was done to it.

    Attributes:
        folder: Its files.
        tape: What its outputs did.
        chance: Draws what happens.
        known: What is known of the door that runs.
        pulses: What may have energised the lock.
        shows: What may have lit a lamp.
        holding: The cause that keeps it unlocked now.
        said: Every claim that was ever sent, as it was sent.
        sessions: The numbers of all connections so far, the newest last.
        counts: How many things were done to it, by kind.
        faults: What the door answered, or failed to do, that it must not.
    """

    folder: Path
    tape: Tape
    chance: random.Random
    known: Known = field(default_factory=Known)
    pulses: list[Cause] = field(default_factory=list)
    shows: list[Cause] = field(default_factory=list)
    holding: Cause | None = None
    said: collections.deque[bytes] = field(default_factory=lambda: collections.deque(maxlen=50))
    sessions: list[str] = field(default_factory=list)
    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def socket(self) -> Path:
        return self.folder / "door.sock"

    @property
    def config(self) -> Path:
        return self.folder / "terminal.toml"

    @property
    def memory(self) -> Path:
        return self.folder / "door-memory.json"

    def write(self) -> None:
        """Write the configuration that is known to be in force."""
        known = self.known
        self.config.write_text(
            SETTINGS.format(
                active_low=str(self.tape.active_low).lower(),
                exit_fault=known.exit_fault,
                tamper_counts=str(known.tamper_counts).lower(),
                groups=known.groups,
                pulse_s=PULSE_S,
            )
        )

    def cause(self, what: str, seconds: float = PULSE_S) -> Cause:
        """Begin something that may energise the lock once."""
        self.pulses.append(Cause(what, time.monotonic(), seconds=seconds))
        return self.pulses[-1]

    def show(self, what: str) -> Cause:
        """Begin something that may light the lamps."""
        self.shows.append(Cause(what, time.monotonic(), once=False))
        return self.shows[-1]

    def hold(self, since: float) -> None:
        """Take note of what keeps the door unlocked, begun not before a moment, or of its end."""
        if self.known.hold and self.holding is None:
            self.holding = Cause(self.known.hold, since, once=False)
            self.pulses.append(self.holding)
        elif not self.known.hold and self.holding is not None:
            self.holding.until, self.holding = time.monotonic(), None

    def over(self) -> None:
        """Take note that the door process has ended: whatever lasted is over."""
        now = time.monotonic()
        for cause in (*self.pulses, *self.shows):
            cause.until = min(cause.until, now)
        self.holding = None
        ended = self.known
        # A session, free access and what was not kept end with the process; a lock-down does not.
        self.known = Known(lock_down=None if ended.unsure else ended.lock_down, active=ended.active)


def ask(site: Site, hand: Hand, question: ToDoor, timeout_s: float = SOON_S) -> ToTerminal:
    """Say one thing on a connection of its own, and return the reply.

    Raises:
        GoneError: The door is no more.
        LinkError: It turned the question away, or is slow.
    """
    try:
        with dial(site.socket, timeout_s) as end:
            end.send(messages.encode(question))
            return receive(end, time.monotonic() + timeout_s)
    except (OSError, LinkError) as error:
        if not hand.alive():
            raise GoneError from error
        raise LinkError(str(error)) from error


def report(site: Site, hand: Hand) -> Report:
    """Return what the door says it is.

    Raises:
        GoneError: It is no more.
    """
    try:
        return asking.report(site.socket, SOON_S)
    except LinkError as error:
        if not hand.alive():
            raise GoneError from error
        raise


def until(site: Site, hand: Hand, condition: Callable[[], bool], what: str) -> None:
    """Wait until something has happened; that it never does is a fault of the door.

    Raises:
        GoneError: The door is no more.
    """
    deadline, pause = time.monotonic() + SOON_S, threading.Event()
    while not condition():
        if not hand.alive():
            raise GoneError
        if time.monotonic() > deadline:
            site.faults.append(f"it was not seen that {what}")
            return
        pause.wait(0.005)
