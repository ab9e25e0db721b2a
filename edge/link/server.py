"""A process's end of a link: accepts, checks who it is, reads and writes without ever waiting for a peer.

One thread polls; any other may call `wake`. Whatever a peer does costs at most its own connection.
"""

from __future__ import annotations

import os
import queue
import selectors
import socket
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from edge.errors import LinkError
from edge.link.language import Heard, Said
from edge.link.messages import Rejected
from edge.link.sockets import clear_stale, received

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from edge.link.language import Language

MAX_PEERS = 8
GREETING_S = 2.0
HUNG_UP = "it hung up"
BURST = 100
RATE_HZ = 50.0
_HUNG_UP = (BrokenPipeError, ConnectionResetError)
_CREDENTIALS = struct.Struct("iII")


@dataclass(frozen=True, slots=True)
class Peer:
    """One connection: its number, and the process and user that opened it, as the kernel says."""

    number: int
    pid: int
    uid: int


@dataclass(frozen=True, slots=True)
class Gone:
    """What `poll` returns last of a connection: why it ended, and whether for saying what its user may not say."""

    why: str
    forbidden: bool = False


@dataclass(slots=True)
class _Line:
    peer: Peer
    end: socket.socket
    greet_by: float
    greeted: bool = False
    tokens: float = BURST
    filled_at: float = 0.0

    def spend(self, now: float) -> bool:
        """Take one message from the peer's allowance; False when it is used up."""
        self.tokens = min(BURST, self.tokens + (now - self.filled_at) * RATE_HZ)
        self.filled_at = now
        self.tokens -= 1
        return self.tokens >= 0


class Server(Generic[Heard, Said]):
    """Listens at a Unix socket, or serves socket pairs only."""

    def __init__(
        self, language: Language[Heard, Said], path: Path | None, allowed_uids: Container[int] | None = None
    ) -> None:
        """Listen.

        Args:
            language: What is spoken.
            path: Where; None for `adopt` alone.
            allowed_uids: Who may connect; root and this process's own user when not given.

        Raises:
            LinkError: The socket cannot be made, or another process listens there.
        """
        self._language = language
        self._allowed = frozenset({0, os.geteuid()}) if allowed_uids is None else allowed_uids
        self._lines: dict[int, _Line] = {}
        self._adopted: queue.SimpleQueue[socket.socket] = queue.SimpleQueue()
        self._gone: list[tuple[Peer, Heard | Gone]] = []
        self._count = 0
        self._path = path
        self._identity: tuple[int, int] | None = None
        self._selector = selectors.DefaultSelector()
        self._wake_end, self._waker = socket.socketpair()
        self._wake_end.settimeout(0)
        self._waker.settimeout(0)
        self._selector.register(self._wake_end, selectors.EVENT_READ)
        self._listener: socket.socket | None = None
        if path is not None:
            try:
                self._listen(path)
            except LinkError:
                self.close()
                raise

    def poll(self, timeout_s: float) -> list[tuple[Peer, Heard | Gone]]:
        """Wait for messages, a `wake`, or the timeout, and return what arrived: at most one message a peer."""
        self._admit_adopted()
        timeout_s = 0.0 if self._gone else timeout_s
        arrived: list[tuple[Peer, Heard | Gone]] = []
        for key, _ in self._selector.select(timeout_s):
            if key.fileobj is self._wake_end:
                self._drain()
            elif key.fileobj is self._listener:
                self._accept(self._listener)
            elif isinstance(key.data, _Line) and key.data.peer.number in self._lines:
                message = self._read(key.data)
                arrived += [(key.data.peer, message)] if message is not None else []
        now = time.monotonic()
        for line in [line for line in self._lines.values() if not line.greeted and now > line.greet_by]:
            self._drop(line, f"it did not greet within {GREETING_S:.0f} s")
        arrived, self._gone = arrived + self._gone, []
        return arrived

    def send(self, peer: Peer, message: Said) -> None:
        """Send to a peer; one that is gone or does not read is dropped, and `poll` says so."""
        line = self._lines.get(peer.number)
        if line is not None:
            try:
                line.end.send(self._language.encode(message))
            except _HUNG_UP:
                return  # `poll` reads what it said last, and then its end
            except (OSError, LinkError) as error:
                self._drop(line, f"it does not take what it is sent: {error}")

    def conclude(self, peer: Peer, message: Said) -> None:
        """Send a peer the last it is told, and hang up; it may still read that, and takes up no place meanwhile."""
        self.send(peer, message)
        line = self._lines.pop(peer.number, None)
        if line is not None:
            self._selector.unregister(line.end)
            line.end.close()

    def reject(self, peer: Peer, why: str) -> None:
        """Tell a peer why, and hang up."""
        line = self._lines.get(peer.number)
        if line is not None:
            self._drop(line, why)

    def adopt(self, end: socket.socket) -> None:
        """Serve one end of a SOCK_SEQPACKET socket pair as if it had connected; any thread may call it."""
        self._adopted.put(end)
        self.wake()

    def wake(self) -> None:
        """Make a `poll` that waits in another thread return."""
        try:
            self._waker.send(b"!")
        except OSError:  # Full: it is awake already. Closed: nobody sleeps.
            return

    def close(self) -> None:
        """Hang up on everybody and remove the socket; a second call does nothing."""
        self._admit_adopted()
        for line in list(self._lines.values()):
            self._drop(line, f"the {self._language.who} process stops")
        if self._listener is not None:
            self._listener.close()
            self._listener = None
            self._remove()
        for part in (self._selector, self._wake_end, self._waker):
            part.close()

    def _listen(self, path: Path) -> None:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            clear_stale(path, self._language.who)
            listener.bind(str(path))
            # Nobody can connect before `listen`, so the mode is never wider than this.
            path.chmod(self._language.mode)
            self._share(path)
            listener.listen(MAX_PEERS)
            status = path.stat()
        except OSError as error:
            listener.close()
            raise LinkError(f"{path}: cannot listen here: {error}; choose another place with --socket") from error
        except LinkError:
            listener.close()
            raise
        self._identity = (status.st_dev, status.st_ino)
        self._listener = listener
        self._selector.register(listener, selectors.EVENT_READ)

    def _remove(self) -> None:
        if self._path is None:
            return
        try:
            status = self._path.stat()
            if (status.st_dev, status.st_ino) == self._identity:
                self._path.unlink()
        except OSError:
            return

    def _accept(self, listener: socket.socket) -> None:
        try:
            end, _ = listener.accept()
        except OSError:
            return
        self._admit(end)

    def _admit_adopted(self) -> None:
        while not self._adopted.empty():
            self._admit(self._adopted.get())

    def _admit(self, end: socket.socket) -> None:
        end.settimeout(0)
        pid, uid, _ = _CREDENTIALS.unpack(end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
        self._count += 1
        now = time.monotonic()
        line = _Line(Peer(self._count, pid, uid), end, greet_by=now + GREETING_S, filled_at=now)
        full = len(self._lines) >= self._places(uid)
        self._lines[self._count] = line
        self._selector.register(end, selectors.EVENT_READ, line)
        if uid not in self._allowed:
            self._drop(line, f"user {uid} may not talk to the {self._language.who}")
        elif full:
            self._drop(line, f"{MAX_PEERS} others are connected already")

    def _read(self, line: _Line) -> Heard | None:
        try:
            data = received(line.end)
            if not data:
                self._drop(line, HUNG_UP)
                return None
            message = self._language.decode(data)
        except BlockingIOError:
            return None
        except (OSError, LinkError) as error:
            self._drop(line, str(error))
            return None
        if not line.spend(time.monotonic()):
            self._drop(line, f"it sends more than {RATE_HZ:.0f} messages a second")
        elif self._language.begins(message) == line.greeted:
            self._drop(line, "it greeted twice" if line.greeted else "it did not greet first")
        elif why := self._forbidden(line.peer, message):
            self._drop(line, why, forbidden=True)
        else:
            line.greeted = True
            return message
        return None

    def _places(self, _uid: int) -> int:
        """Return how many connections there may be before one more of this user is turned away."""
        return MAX_PEERS

    def _share(self, path: Path) -> None:
        """Give the socket's file to whom it is for; nobody can connect yet."""

    def _forbidden(self, _peer: Peer, _message: Heard) -> str:
        """Return why a peer may not say this; empty when it may."""
        return ""

    def _drop(self, line: _Line, why: str, *, forbidden: bool = False) -> None:
        self._lines.pop(line.peer.number, None)
        self._selector.unregister(line.end)
        try:
            line.end.send(self._language.encode(Rejected(why)))
        except (OSError, LinkError):
            pass  # It is gone, or does not listen; the reason is reported all the same.
        finally:
            line.end.close()
        self._gone.append((line.peer, Gone(why, forbidden)))

    def _drain(self) -> None:
        try:
            while self._wake_end.recv(4096):
                pass
        except BlockingIOError:
            return
