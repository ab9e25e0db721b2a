"""Ends connections at once, from another thread: a server that sends a byte now and then never stops a read by itself.

A socket's time limit counts anew with every byte. Whoever drips headers, or a TLS handshake, byte by byte, would hold a
check for days; a cord that is pulled when patience is over ends it wherever it stands.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR
from typing import TYPE_CHECKING

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator


class Cord:
    """Holds an end of each connection that was opened; one thread uses them, any may pull.

    Attributes:
        pulled: Whether it was.
        pools: The kinds of pools whose connections it holds, by scheme; urllib3 asks for them so.
    """

    def __init__(self) -> None:
        self.pulled = False
        self.pools = _pools(self)
        self._ends: list[socket.socket] = []

    def hold(self, connection: socket.socket) -> None:
        """Keep an end of a new connection: a second one, since TLS takes the first out of its owner's hands."""
        self._ends.append(connection.dup())
        if self.pulled:
            self.pull()

    def pull(self) -> None:
        """End all connections, whatever is read from them."""
        self.pulled = True
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(SHUT_RDWR)

    def drop(self) -> None:
        """Let go of all connections; without this they stay open as long as their ends do."""
        while self._ends:
            self._ends.pop().close()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Pull it when this takes longer."""
        timer = threading.Timer(max(seconds, 0.0), self.pull)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _pools(cord: Cord) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            made = super()._new_conn()
            cord.hold(made)
            return made

    class Tls(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            made = super()._new_conn()
            cord.hold(made)
            return made

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}
