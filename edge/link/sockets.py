"""What Unix sockets do at their beginning and at their end."""

from __future__ import annotations

import socket
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from edge.errors import LinkError
from edge.link import messages

if TYPE_CHECKING:
    from pathlib import Path


def received(end: socket.socket) -> bytes:
    """Return the next datagram; of whoever left something unread the kernel tells that before what they said last."""
    with suppress(ConnectionResetError):
        return end.recv(messages.LIMIT_BYTES + 1)
    return end.recv(messages.LIMIT_BYTES + 1)


def clear_stale(path: Path, who: str) -> None:
    """Remove the socket of a process that died; leave anything else alone."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise LinkError(f"{path}: this is not a socket, and is left alone; choose another place with --socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except BlockingIOError:
            pass
    raise LinkError(f"{path}: another {who} process listens here")
