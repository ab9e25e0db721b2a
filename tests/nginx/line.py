"""A line between a client and a server that breaks as it is told; it can also be a proxy that is asked to CONNECT."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = 4096


@dataclass
class Line:
    """What the line does, and what went over it.

    Attributes:
        target: Where it leads to; as a proxy it leads where it is asked to.
        cut_every: After so many bytes from the server a connection breaks; 0 for never.
        cuts: So many connections break at most.
        reset: Whether it breaks by a reset, or as if all had been sent.
        proxy: Whether it waits for a CONNECT, and what it wants to be told as Proxy-Authorization.
        port: Where it listens.
        carried: Bytes from the server.
        connections: How many there were.
        asked: What it was asked to connect to, as a proxy.
    """

    target: int
    cut_every: int = 0
    cuts: int = 1 << 30
    reset: bool = True
    proxy: bool = False
    password: str = ""
    port: int = 0
    carried: int = 0
    connections: int = 0
    asked: list[str] = field(default_factory=list)

    def carry(self, client: socket.socket) -> None:
        """Carry one connection until somebody hangs up or it breaks."""
        self.connections += 1
        with client, suppress(OSError):
            if self.proxy and not self._connected(client):
                return
            with socket.create_connection(("127.0.0.1", self.target), 5.0) as server:
                back = threading.Thread(target=_copy, args=(client, server), daemon=True)
                back.start()
                resets = self._down(server, client)
                with suppress(OSError):
                    client.shutdown(socket.SHUT_RD if resets else socket.SHUT_RDWR)
                back.join(5.0)  # while it reads, closing would send nothing
                if resets:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _connected(self, client: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head and (piece := client.recv(_PIECE)):
            head += piece
        first, _, rest = head.decode().partition("\r\n")
        self.asked.append(first)
        if self.password and f"Basic {self.password}".lower() not in rest.lower():
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return False
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return True

    def _down(self, server: socket.socket, client: socket.socket) -> bool:
        """Carry the server's bytes; returns whether the connection is to be reset now."""
        left = self.cut_every
        while piece := server.recv(min(_PIECE, left) if left else _PIECE):
            client.sendall(piece)
            self.carried += len(piece)
            if left:
                left -= len(piece)
                if not left and self.cuts > 0:
                    self.cuts -= 1
                    return self.reset
        return False


def _copy(source: socket.socket, into: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            into.sendall(piece)


@contextmanager
def running(line: Line) -> Iterator[Line]:
    """Have a line listen; it is gone at the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line.port = listener.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=line.carry, args=(listener.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield line
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5.0)


@contextmanager
def dripping(head: bytes) -> Iterator[int]:
    """Listen, and send one byte of an answer after another, slowly, for ever; yields the port."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            with suppress(OSError):
                while not over.is_set():
                    client, _ = listener.accept()
                    with client:
                        client.sendall(head)
                        while not over.wait(0.05):
                            client.sendall(b"x")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5.0)
