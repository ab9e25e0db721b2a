"""The door process: lock, exit button, journal and link put together; a thin loop of receive, step, act.

It imports no numpy, OpenCV or TFLite: people get out whatever becomes of recognition (S10).
"""

from __future__ import annotations

import contextlib
import logging
import queue
import secrets
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from edge.access import door as machine
from edge.access.door import Claimed, DoorState, ExitChanged, JournalChanged, Pulse, Record, Secure, ShutDown, Ticked
from edge.access.rules import Policy
from edge.app.notify import Notifier
from edge.app.signals import stop_on_signals
from edge.journal import events
from edge.journal.log import Journal
from edge.link.messages import Ask, Hello, Refused, Terms, Welcome, plain
from edge.link.server import Gone, LinkServer
from edge.values import SIGNS, Answer, Identified, Occasion
from hw.base import HardwareError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from edge.config import Config
    from edge.link.messages import ToDoor
    from edge.link.server import Peer
    from hw.base import Board

_log = logging.getLogger(__name__)
_FLUSH_S = 1.0


class Door:
    """Everything the door process holds. Built bottom-up, closed in reverse; `serve` runs it in the calling thread."""

    def __init__(
        self,
        config: Config,
        board: Board,
        journal: Path,
        socket_path: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Claim the lock, locked and without a pulse (S2); open exit button, journal and link.

        Args:
            config: The wiring, and how the door behaves.
            board: Opens the hardware.
            journal: The journal's file; when it cannot be written nobody is let in, and everybody is let out.
            socket_path: Where to listen; None to serve adopted connections alone.
            clock: Monotonic seconds, on the clock of `Frame.at`.

        Raises:
            HardwareError: Lock or exit button cannot be opened.
            LinkError: The socket cannot be made.
        """
        self._clock = clock
        self._tick_s = config.door.tick_s
        self._policy = _policy(config, board)
        self._presses: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._state = DoorState()
        self._terminal: Peer | None = None
        self._fault = ""
        with contextlib.ExitStack() as parts:
            self._lock = parts.enter_context(contextlib.closing(board.open_lock(config.lock)))
            self._journal = parts.enter_context(contextlib.closing(Journal(journal)))
            self._link = parts.enter_context(contextlib.closing(LinkServer(socket_path)))
            self._notifier = parts.enter_context(contextlib.closing(Notifier()))
            if config.exit_button.line:
                button = parts.enter_context(contextlib.closing(board.open_input(config.exit_button)))
                button.watch(self._pressed)
                self._state = DoorState(exit_pressed=button.read())
            self._parts = parts.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def connect(self) -> socket.socket:
        """Return the terminal's end of a new connection within this process; any thread may call it, also again."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.adopt(ours)
        return theirs

    def adopt(self, end: socket.socket) -> None:
        """Serve one end of a SOCK_SEQPACKET socket pair; any thread may call it."""
        self._link.adopt(end)

    def wake(self) -> None:
        """Make `serve` look at its stop event at once; any thread or signal handler may call it."""
        self._link.wake()

    def serve(self, stop: threading.Event) -> None:
        """Run the door until `stop` is set; whatever goes wrong, it is locked before this returns or raises (S3).

        Raises:
            HardwareError: The lock does not answer.
        """
        try:
            self._write(Record(occasion=Occasion.DOOR_STARTED, at=self._clock(), words=self._describe()))
            self._notifier.ready()
            while not stop.is_set():
                self._turn()
            self._notifier.stopping()
            self._happen(ShutDown(self._clock(), "it was asked to stop"))
        except Exception as error:
            with contextlib.suppress(HardwareError):
                self._lock.secure()
            _log.exception("the door process fails; the door was told to lock")
            words = f"{type(error).__name__}: {error}"
            self._write(Record(occasion=Occasion.FAULT, at=self._clock(), words=words))
            self._journal.flush(_FLUSH_S)
            raise

    def close(self) -> None:
        """Close everything in reverse, the lock last and locked; a second call does nothing."""
        self._parts.close()

    def _turn(self) -> None:
        arrived = self._link.poll(self._tick_s)
        self._look_at_exit()
        for peer, message in arrived:
            self._look_at_journal()
            self._hear(peer, message)
            self._look_at_exit()
        self._look_at_journal()
        now = self._clock()
        self._happen(Ticked(now))
        self._notifier.alive(now)

    def _look_at_exit(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                pressed = self._presses.get_nowait()
                self._happen(ExitChanged(self._clock(), pressed=pressed))

    def _look_at_journal(self) -> None:
        fault = self._journal.fault
        if fault and fault != self._fault:
            _log.error("the journal cannot be written, nobody is let in: %s", fault)
        self._fault = fault
        if self._state.journal_up == bool(fault):
            self._happen(JournalChanged(self._clock(), up=not fault))

    def _hear(self, peer: Peer, message: ToDoor | Gone) -> None:
        now = self._clock()
        current = self._terminal == peer and self._state.session is not None
        session = self._state.session.name if current and self._state.session is not None else ""
        if isinstance(message, Hello):
            self._welcome(peer, message)
        elif isinstance(message, Ask):
            self._link.send(peer, self._terms())
        elif isinstance(message, Identified):
            self._happen(Claimed(now, time.time(), session, message), peer)
        elif isinstance(message, Refused):
            self._happen(machine.Reported(now, session, _refused(message)))
        else:
            _log.log(logging.INFO if current else logging.WARNING, "process %d is gone: %s", peer.pid, message.why)
            if current:
                self._happen(machine.SessionEnded(now, session, message.why))

    def _welcome(self, peer: Peer, hello: Hello) -> None:
        if self._terminal is not None:
            self._link.reject(self._terminal, "another terminal took its place")
        self._terminal = peer
        name = secrets.token_hex(8)
        self._happen(machine.SessionBegan(self._clock(), name, live=hello.live, why=plain(hello.why)))
        self._link.send(peer, Welcome(name, self._terms()))

    def _terms(self) -> Terms:
        return Terms(pulse_s=self._policy.pulse_s, max_frame_age_s=self._policy.max_frame_age_s)

    def _happen(self, event: machine.Event, peer: Peer | None = None) -> None:
        before = self._state
        self._state, actions = machine.step(before, event, self._policy)
        while isinstance(event, Claimed) and self._too_late(actions):
            event = replace(event, now=self._clock())
            self._state, actions = machine.step(before, event, self._policy)
        for action in actions:
            if isinstance(action, Pulse):
                self._lock.pulse(action.seconds)
            elif isinstance(action, Secure):
                self._lock.secure()
            elif isinstance(action, Record):
                self._write(action)
            elif isinstance(action, Answer) and peer is not None:
                self._link.send(peer, action)

    def _too_late(self, actions: tuple[machine.Action, ...]) -> bool:
        """Whether the picture became too old between the decision and the pulse, which comes next (S1)."""
        return any(isinstance(action, Pulse) and action.late(self._clock()) for action in actions)

    def _write(self, record: Record) -> None:
        event = events.Event(
            occasion=record.occasion,
            at=record.at,
            wall=time.time(),
            reason=record.reason,
            sentence=events.sentence(record.reason, record.words),
            handle=record.handle,
            evidence=record.evidence,
            flaws=record.flaws,
            sign=record.sign,
            track=record.track,
            session=record.session,
        )
        _log.info("%s %s", event.occasion, event.sentence)
        self._journal.write(event)

    def _pressed(self, active: bool, at: float) -> None:  # noqa: FBT001 - the shape that `Input.watch` calls
        del at
        self._presses.put(active)
        self._link.wake()

    def _describe(self) -> str:
        lock = "a real lock" if self._policy.physical_lock else "no real lock: a simulation"
        return f"{lock}, {self._policy.pulse_s:g} s a pulse"


def _policy(config: Config, board: Board) -> Policy:
    return Policy(
        max_frame_age_s=config.door.max_frame_age_s,
        pulse_s=config.door.pulse_s,
        physical_lock=board.physical_lock,
    )


def _refused(message: Refused) -> Record:
    return Record(
        occasion=Occasion.REFUSED,
        at=message.at,
        reason=message.reason,
        handle=message.handle,
        evidence=message.evidence,
        flaws=message.flaws,
        sign=message.sign,
        words=SIGNS[message.sign] if message.sign else "",
        track=message.track,
    )


def secure(config: Config, board: Board) -> None:
    """Claim the lock's line at its locked level and give it back: what systemd does after the door process has died.

    Raises:
        HardwareError: The line does not answer, or another process holds it.
    """
    board.open_lock(config.lock).close()


def run_door(config: Config, board: Board, journal: Path, socket_path: Path) -> None:
    """Be the door process until SIGTERM or SIGINT.

    Raises:
        HardwareError: Lock or exit button cannot be opened, or stopped answering.
        LinkError: The socket cannot be made.
    """
    with Door(config, board, journal, socket_path) as door, stop_on_signals(door.wake) as stop:
        door.serve(stop)
