"""The door process: lock, inputs, journal, memory and link put together; a thin loop of receive, step, act.

It imports no numpy, OpenCV or TFLite: people get out whatever becomes of recognition (S10).
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from edge.access import door as machine
from edge.access import leaf
from edge.access.deeds import Keep, Pulse, Record, Secure, Shorten
from edge.access.happenings import (
    AlarmChanged,
    Claimed,
    ClockRead,
    JournalChanged,
    Ordered,
    Part,
    Reported,
    SessionBegan,
    SessionEnded,
    ShutDown,
    Ticked,
)
from edge.access.state import DoorState, Wire
from edge.app import saying
from edge.app.clocks import Clocks
from edge.app.door_parts import open_parts
from edge.app.door_policy import policy
from edge.app.reloading import Reloading
from edge.app.replies import Replies
from edge.errors import StoreError
from edge.link.messages import Ask, Hello, Raise, Refused, Tell, Terms, Welcome, plain
from edge.link.questions import AskHead, AskReport, Audit, Reload
from edge.link.server import HUNG_UP, Gone
from edge.values import Alarm, Answer, Done, Identified, Occasion, Order
from hw.base import HardwareError

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from edge.access.deeds import Action
    from edge.access.happenings import Event
    from edge.app.reloading import Source
    from edge.config import Config
    from edge.link.messages import Once, ToDoor
    from edge.link.server import Peer
    from hw.base import Board

_log = logging.getLogger(__name__)
_FLUSH_S = 1.0
_CLOCK_S = 1.0


class Door:
    """Everything the door process holds. Built bottom-up, closed in reverse; `serve` runs it in the calling thread."""

    def __init__(
        self,
        config: Config,
        board: Board,
        journal: Path,
        socket_path: Path | None = None,
        clocks: Clocks | None = None,
        source: Source | None = None,
    ) -> None:
        """Claim the lock, locked and without a pulse (S2); open the inputs, the journal, the memory and the link.

        Args:
            config: The wiring, and how the door behaves.
            board: Opens the hardware.
            journal: The journal's file, beside the memory's; while it cannot be written people get out, and not in.
            socket_path: Where to listen; None to serve adopted connections alone.
            clocks: Where to read the time.
            source: Where the configuration is read again; without it nothing can be changed while it runs.

        Raises:
            HardwareError: The lock cannot be opened. An input that cannot is a faulty one.
            LinkError: The socket cannot be made.
        """
        self._clocks = clocks or Clocks()
        self._clock = self._clocks.monotonic
        self._config = config
        self._policy = policy(config, board)
        self._terminal: Peer | None = None
        self._fault, self._clock_due = "", float("-inf")
        self._parts = open_parts(config, board, journal, socket_path, self._clock())
        self._replies = Replies(self._parts.link, self._parts.journal, self._parts.keeper)
        self._reloading = Reloading(config, board, source)
        self._state = self._first()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def connect(self) -> socket.socket:
        """Return the terminal's end of a new connection within this process; any thread may call it, also again."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.adopt(ours)
        return theirs

    def adopt(self, end: socket.socket) -> None:
        """Serve one end of a SOCK_SEQPACKET socket pair; any thread may call it."""
        self._parts.link.adopt(end)

    def wake(self) -> None:
        """Make `serve` look at its stop event at once; any thread or signal handler may call it."""
        self._parts.link.wake()

    def serve(self, stop: threading.Event) -> None:
        """Run the door until `stop` is set; whatever goes wrong, it is locked before this returns or raises (S3).

        Raises:
            HardwareError: The lock does not answer.
        """
        try:
            self._write(saying.started(self._policy, self._state, self._clock()))
            for event in self._reloading.at_start(self._clock()):
                self._happen(event)
            self._parts.notifier.ready()
            while not stop.is_set():
                self._turn()
            self._parts.notifier.stopping()
            self._happen(ShutDown(self._clock(), "it was asked to stop"))
        except Exception as error:
            with contextlib.suppress(HardwareError):
                self._parts.lock.secure()
            _log.exception("the door process fails; the door was told to lock")
            self._write(Record(occasion=Occasion.FAULT, at=self._clock(), words=f"{type(error).__name__}: {error}"))
            self._parts.journal.flush(_FLUSH_S)
            raise

    def close(self) -> None:
        """Close everything in reverse, the lock last and locked; a second call does nothing."""
        self._parts.opened.close()

    def _first(self) -> DoorState:
        """Return the state of a door that starts: what is active now is known, and is no edge (S2)."""
        now = self._clock()
        state = DoorState(memory=self._parts.keeper.memory)
        for part in self._parts.wires.active():
            state = state.with_wire(part, Wire(active=True, since=now))
        return leaf.found(state, now, self._policy, open_=state.wire(Part.CONTACT).active)

    def _turn(self) -> None:
        arrived = self._parts.link.poll(self._config.door.tick_s)
        self._look_at_wires()
        for peer, message in arrived:
            self._look_at_journal()
            self._hear(peer, message)
            self._look_at_wires()
        self._look_at_journal()
        self._look_at_parts()
        now = self._clock()
        self._happen(self._time(now))
        self._replies.send(now)
        self._parts.show(self._terminal, self._state, now)
        self._parts.notifier.alive(now)

    def _time(self, now: float) -> ClockRead | Ticked:
        if now < self._clock_due:
            return Ticked(now)
        self._clock_due = now + _CLOCK_S
        reading = self._clocks.read()
        return ClockRead(reading.monotonic, reading)

    def _look_at_wires(self) -> None:
        for change in self._parts.wires.changes(self._clock):
            self._happen(change)

    def _look_at_journal(self) -> None:
        fault = self._parts.journal.fault
        if fault and fault != self._fault:
            _log.error("the journal cannot be written, nobody is let in: %s", fault)
        self._fault = fault
        if self._state.journal_up == bool(fault):
            self._happen(JournalChanged(self._clock(), up=not fault))

    def _look_at_parts(self) -> None:
        now = self._clock()
        if self._parts.keeper.appeared:
            raise StoreError("what the door must remember appears only now: it starts afresh, and reads it (S3)")
        for failure in self._parts.wires.faults(now):
            self._happen(failure)
        for order in self._parts.controlling.orders(self._parts.signs):
            self._happen(Ordered(now, self._clocks.wall(), order))
        for alarm, fault in self._parts.faults(self._state, now).items():
            if fault != dict(self._state.raised).get(alarm, ""):
                self._happen(AlarmChanged(now, alarm, bool(fault), fault))

    def _hear(self, peer: Peer, message: ToDoor | Gone) -> None:
        now = self._clock()
        session = self._state.session.name if self._terminal == peer and self._state.session is not None else ""
        match message:
            case Hello():
                self._welcome(peer, message)
            case Identified():
                self._happen(Claimed(now, self._clocks.wall(), session, message), peer)
            case Refused():
                self._happen(Reported(now, session, saying.refused(message)))
            case Gone():
                level = logging.INFO if session or message.why == HUNG_UP else logging.WARNING  # with its answer
                _log.log(level, "process %d is gone: %s", peer.pid, message.why)
                if message.forbidden:
                    self._write(saying.forbidden(message.why, now))
                if session:
                    self._happen(SessionEnded(now, session, message.why))
            case Tell():
                self._parts.signs.hear(message if session else Tell("", "", ""))
            case Raise():
                if session:
                    self._happen(AlarmChanged(now, message.alarm, message.on, plain(message.words)))
            case _:
                self._reply(peer, message)

    def _reply(self, peer: Peer, message: Once) -> None:
        """Answer whoever is no terminal."""
        now = self._clock()
        match message:
            case Ask():
                self._parts.link.send(peer, self._terms())
            case AskReport():
                self._parts.link.send(peer, saying.report(self._state, self._policy, self._parts.journal.fault))
            case Order():
                self._happen(Ordered(now, self._clocks.wall(), message), peer)
            case Audit() | AskHead():
                self._replies.about_journal(peer, message, now, self._clocks.wall())
            case Reload():
                self._reload(peer, message)

    def _reload(self, peer: Peer, message: Reload) -> None:
        now, before = self._clock(), self._terms()
        changed, done = self._reloading.again(self._config, plain(message.operator))
        if changed is not None:
            self._config, self._policy = changed
        if self._terminal is not None and self._terms() != before:
            self._parts.link.reject(self._terminal, "the door has new rules: connect again, and look at them first")
        self._happen(AlarmChanged(now, Alarm.RULES, not done.done, done.words))
        self._write(saying.reloaded(done, message, now))
        self._replies.promise(peer, done, now)

    def _welcome(self, peer: Peer, hello: Hello) -> None:
        if self._terminal is not None:
            self._parts.link.reject(self._terminal, "another terminal took its place")
        self._terminal = peer
        name = secrets.token_hex(8)
        self._happen(SessionBegan(self._clock(), name, live=hello.live, why=plain(hello.why)))
        self._parts.link.send(peer, Welcome(name, self._terms()))

    def _terms(self) -> Terms:
        return Terms.of(self._policy.door, self._policy.rules)

    def _happen(self, event: Event, peer: Peer | None = None) -> None:
        before = self._state
        self._state, actions = machine.step(before, event, self._policy)
        while isinstance(event, Claimed) and self._too_late(actions):
            event = replace(event, now=self._clock())
            self._state, actions = machine.step(before, event, self._policy)
        relay_at = None
        for action in actions:
            match action:
                case Pulse():
                    self._parts.lock.pulse(action.seconds)
                    relay_at = self._clock()
                case Shorten():
                    self._parts.lock.shorten(action.seconds)
                case Secure():
                    self._parts.lock.secure()
                case Record():
                    self._write(replace(action, relay_at=relay_at))
                case Keep():
                    self._parts.keeper.keep(action.memory, event.now)
                case Answer() if peer is not None:
                    self._parts.link.send(peer, action)
                case Done() if peer is not None:
                    self._replies.promise(peer, action, event.now)

    def _too_late(self, actions: tuple[Action, ...]) -> bool:
        """Whether the picture became too old between the decision and the pulse, which comes next (S1)."""
        return any(isinstance(action, Pulse) and action.late(self._clock()) for action in actions)

    def _write(self, record: Record) -> None:
        event = saying.event(record, self._clocks.wall())
        _log.info("%s %s", event.occasion, event.sentence)
        self._parts.journal.write(event)
        if record.occasion is Occasion.GRANTED:
            self._parts.controlling.granted(record)
