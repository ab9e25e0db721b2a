"""Tells systemd that the process is up, alive, or stopping (sd_notify): a datagram to `$NOTIFY_SOCKET`."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Notifier:
    """Sends to systemd; without systemd it does nothing."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Read where systemd listens, and how often it wants to hear of this process."""
        path = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        watched = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        interval_us = environment.get("WATCHDOG_USEC", "")
        self._every_s = int(interval_us) / 2e6 if watched and interval_us.isdecimal() else None
        self._pinged_at = float("-inf")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def ready(self) -> None:
        """The process is up."""
        self._send("READY=1")

    def alive(self, now: float) -> None:
        """The loop turned at `now`, monotonic seconds; passed on twice in each watchdog interval."""
        if self._every_s is not None and now - self._pinged_at >= self._every_s:
            self._pinged_at = now
            self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The process ends in order."""
        self._send("STOPPING=1")

    def close(self) -> None:
        """Release the socket; a second call does nothing."""
        self._socket.close()

    def _send(self, message: str) -> None:
        if self._address:
            try:
                self._socket.sendto(message.encode(), self._address)
            except OSError:  # systemd is being restarted or is busy; the next ping will do.
                return
