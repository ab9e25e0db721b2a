"""The terminal's end of the link: says who stands there, waits a moment for the door's answer, says nothing twice."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import deque
from typing import TYPE_CHECKING

from msgspec.structs import replace

from edge.errors import EdgeError, LinkError
from edge.link import messages
from edge.link.messages import Hello, Refused, Rejected, Terms, ToDoor, ToTerminal, Welcome
from edge.link.notices import Shut, Trust, Typed
from edge.values import Alarm, Answer, Credential, Done, Factor, Handle, Identified, Person, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.link.notices import Notice
    from edge.link.questions import Audit

TIMEOUT_S = 0.3
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
_NOTICES = 64

LAST_S = 5.0
"""What is written down is answered only when it lasts; a slow card may take that long."""


class DoorClient:
    """A `DoorLine` over a Unix socket. It connects when it has something to say, and again after the door restarted."""

    def __init__(
        self,
        dial: Callable[[], socket.socket],
        hello: Hello,
        timeout_s: float = TIMEOUT_S,
        accept: Callable[[Terms], None] = lambda _: None,
    ) -> None:
        """Prepare a connection; nothing is sent yet.

        Args:
            dial: Returns a connected SOCK_SEQPACKET socket; OSError or LinkError when it cannot.
            hello: How this terminal greets the door.
            timeout_s: The longest a call waits, in seconds.
            accept: Told what the door goes by, at every connection, before anything else is said; an `EdgeError` of
                its own ends the connection, and whatever was to be said is not.
        """
        self._dial = dial
        self._hello = replace(hello, why=messages.plain(hello.why))
        self._timeout_s = timeout_s
        self._accept = accept
        self._socket: socket.socket | None = None
        self._session = ""
        self._sequence = 0
        self._pause_s = 0.0
        self._retry_at = 0.0
        self._notices: deque[Notice] = deque((Trust(clock=False),), maxlen=_NOTICES)

    @classmethod
    def connect(
        cls,
        path: Path,
        hello: Hello,
        timeout_s: float = TIMEOUT_S,
        accept: Callable[[Terms], None] = lambda _: None,
    ) -> DoorClient:
        """Return a client of the door process that listens at `path`."""
        return cls(lambda: dial(path, timeout_s), hello, timeout_s, accept)

    def open(self) -> None:
        """Connect now rather than at the first message; does nothing while the connection stands.

        Raises:
            LinkError: The door does not answer, turned the terminal away, or the pause between two tries is not over.
            EdgeError: As `accept`.
        """
        if self._socket is not None and self._listens(self._socket):
            return
        self._drop()
        now = time.monotonic()
        if now < self._retry_at:
            raise LinkError(f"the door process does not answer; the next try is in {self._retry_at - now:.1f} s")
        self._pause_s = min(max(2 * self._pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        self._retry_at = now + self._pause_s
        try:
            self._socket = self._dial()
        except OSError as error:
            raise LinkError(f"the door process does not answer: {error}; is `edge door` running?") from error
        welcome = self._ask(self._hello, lambda reply: isinstance(reply, Welcome))
        if isinstance(welcome, Welcome):
            try:
                self._accept(welcome.terms)
            except EdgeError:
                self._drop()
                raise
            self._session, self._sequence, self._pause_s, self._retry_at = welcome.session, 0, 0.0, 0.0

    def identify(self, person: Person, verdict: Verdict, shown: tuple[Credential, ...] = ()) -> Answer:
        """See `DoorPort.identify`."""
        if not verdict.granted or verdict.evidence is None:
            raise LinkError("a verdict that is not granted, or rests on nothing, was to be sent to the door")
        self.open()
        self._sequence += 1
        sequence = self._sequence
        claim = Identified(
            session=self._session,
            sequence=sequence,
            at=verdict.at,
            handle=person.handle,
            groups=person.groups,
            valid_from=person.valid_from,
            valid_until=person.valid_until,
            credentials=(*shown, Credential(Factor.FACE, verdict.at, claimed=bool(shown))),
            evidence=verdict.evidence,
        )
        answer = self._ask(claim, lambda reply: isinstance(reply, Answer) and reply.sequence == sequence)
        if not isinstance(answer, Answer):
            raise LinkError("the door process answered something else")
        return answer

    def report(self, verdict: Verdict, handle: Handle | None) -> None:
        """See `DoorPort.report`."""
        self.open()
        why = verdict.evidence, verdict.flaws, verdict.sign, verdict.fault
        self._send(Refused(verdict.at, verdict.track, verdict.reason, handle, *why))

    def tell(self, signal: str, code: str, words: str) -> None:
        """See `DoorLine.tell`."""
        self.open()
        self._send(messages.Tell(signal, code, messages.plain(words)))

    def warn(self, alarm: Alarm, words: str, *, on: bool) -> None:
        """See `DoorLine.warn`."""
        self.open()
        self._send(messages.Raise(alarm, on, messages.plain(words)))

    def heard(self) -> tuple[Notice, ...]:
        """See `DoorLine.heard`."""
        with contextlib.suppress(LinkError):
            self.open()
        told = tuple(self._notices)
        self._notices.clear()
        return told

    def audit(self, what: Audit) -> Done:
        """See `DoorLine.audit`; it has a connection of its own, which no other call waits for."""
        try:
            with self._dial() as end:
                end.settimeout(LAST_S)
                end.send(messages.encode(what))
                reply = receive(end, time.monotonic() + LAST_S)
        except OSError as error:
            raise LinkError(f"the door process does not answer: {error}") from error
        if not isinstance(reply, Done):
            raise LinkError("the door process answered something else")
        return reply

    def close(self) -> None:
        """Hang up; a later message would connect again."""
        self._drop()

    def _send(self, message: ToDoor) -> socket.socket:
        if self._socket is None:
            raise LinkError("the door process does not answer")
        data = messages.encode(message)
        try:
            self._socket.settimeout(self._timeout_s)
            self._socket.send(data)
        except OSError as error:
            self._drop()
            raise LinkError(f"the door process does not answer: {error}") from error
        return self._socket

    def _ask(self, message: ToDoor, fits: Callable[[ToTerminal], bool]) -> ToTerminal:
        end = self._send(message)
        deadline = time.monotonic() + self._timeout_s
        try:
            while not fits(reply := receive(end, deadline)):
                self._note(reply)
        except LinkError:
            self._drop()
            raise
        return reply

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._notices.clear()
            self._notices += (Trust(clock=False), Shut(shut=False))  # nobody says so any more
        self._socket = None
        self._session = ""

    def _listens(self, end: socket.socket) -> bool:
        """Take in what waits unasked; whether the connection stands: a farewell or an end of file ends it."""
        while True:
            try:
                end.settimeout(0)
                data = end.recv(messages.LIMIT_BYTES + 1)
            except BlockingIOError:
                return True
            except OSError:
                return False
            try:
                told = messages.to_terminal(data) if data else None
            except LinkError:
                return False
            if not self._note(told):
                return False

    def _note(self, told: ToTerminal | None) -> bool:
        """Keep a notice until it is asked for; False for anything else."""
        if not isinstance(told, Typed | Trust | Shut):
            return False
        self._notices.append(told)
        return True


def dial(path: Path, timeout_s: float) -> socket.socket:
    """Connect to the door process that listens at `path`.

    Raises:
        OSError: Nobody does.
    """
    end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        end.settimeout(timeout_s)
        end.connect(str(path))
    except OSError:
        end.close()
        raise
    return end


def receive(end: socket.socket, deadline: float) -> ToTerminal:
    """Return what the door says next, before `deadline`, monotonic seconds.

    Raises:
        LinkError: It says nothing, hangs up, or turns whoever asks away.
    """
    try:
        end.settimeout(max(deadline - time.monotonic(), 1e-3))
        data = end.recv(messages.LIMIT_BYTES + 1)
    except TimeoutError as error:
        raise LinkError("the door process did not answer in time") from error
    except OSError as error:
        raise LinkError(f"the door process is gone: {error}") from error
    if not data:
        raise LinkError("the door process hung up")
    reply = messages.to_terminal(data)
    if isinstance(reply, Rejected):
        raise LinkError(f"the door process turned this terminal away: {reply.why}")
    return reply
