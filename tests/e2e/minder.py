"""Does for a test what systemd does by a unit file: hears pings, kills who stops pinging, forces the line, restarts.

It reads the real unit file: `WatchdogSec=`, `WatchdogSignal=`, `ExecStart=`, `ExecStopPost=`, `RestartSec=`; what it
does with them is what systemd.service(5) says. `test_real_systemd` has the same stories with systemd itself.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tests.e2e.commands import SOON_S

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.e2e.unit_file import UnitFile

PROGRAM = "/opt/door-terminal/bin/edge"
LOOK_S = 0.02


@dataclass(frozen=True)
class Happened:
    """What was seen or done: "start", "ready", "ping", "watchdog", "stopping", "end", "post"; a pid or exit code."""

    at: float
    what: str
    number: int = 0


class Minder:
    """Keeps one process running, in a thread of its own, until it is left."""

    def __init__(self, unit: UnitFile, program: Sequence[str], folder: Path, watchdog_s: float | None = None) -> None:
        """Prepare.

        Args:
            unit: What systemd would read.
            program: What stands for /opt/door-terminal/bin/edge.
            folder: For the notify socket and what the processes print.
            watchdog_s: In place of the unit's, for one that a test has no time for.
        """
        self._unit = unit
        self._program = list(program)
        self._folder = folder
        self._watchdog_s = watchdog_s or unit.seconds("Service", "WatchdogSec")
        self._log: list[Happened] = []
        self._stopped = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._mind, name="minder", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        self._thread.join(SOON_S)

    @property
    def log(self) -> list[Happened]:
        """What happened so far, oldest first, but for the pings."""
        return [one for one in tuple(self._log) if one.what != "ping"]

    @property
    def words(self) -> list[str]:
        return [one.what for one in self.log]

    def when(self, what: str, number: int = 0) -> float:
        """Return the time of the `number`th such thing, from 0."""
        return [one.at for one in self.log if one.what == what][number]

    def pings(self) -> int:
        return sum(one.what == "ping" for one in tuple(self._log))

    def signal(self, number: int) -> None:
        """Send a signal to the process that runs."""
        os.kill([one.number for one in self.log if one.what == "start"][-1], number)

    def _mind(self) -> None:
        while not self._stopped.is_set():
            self._live()
            for command in self._unit.all("Service", "ExecStopPost"):
                self._note("post", self._run(command).wait(SOON_S))
            self._stopped.wait(self._unit.seconds("Service", "RestartSec"))

    def _live(self) -> None:
        address = self._folder / "notify"
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(address))
            notify.settimeout(LOOK_S)
            environment = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": str(round(self._watchdog_s * 1e6))}
            process = self._run(self._unit.one("Service", "ExecStart"), environment)
            self._note("start", process.pid)
            self._hear(notify, process)
        if process.poll() is None:
            process.kill()
        self._note("end", process.wait())

    def _hear(self, notify: socket.socket, process: subprocess.Popen[bytes]) -> None:
        heard_at: float | None = None
        while process.poll() is None and not self._stopped.is_set():
            try:
                said = notify.recv(100)
            except TimeoutError:
                said = b""
            if said:
                heard_at = time.monotonic() if said != b"STOPPING=1" else None
                self._note({b"READY=1": "ready", b"WATCHDOG=1": "ping"}.get(said, "stopping"))
            elif heard_at is not None and time.monotonic() - heard_at > self._watchdog_s:
                self._note("watchdog")
                process.send_signal(signal.Signals[self._unit.one("Service", "WatchdogSignal")])
                process.wait(SOON_S)

    def _run(self, command: str, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        program, *words = command.split()
        assert program == PROGRAM
        with (self._folder / "stderr").open("ab") as stderr:
            return subprocess.Popen([*self._program, *words], stderr=stderr, env={**os.environ, **(environment or {})})

    def _note(self, what: str, number: int = 0) -> None:
        self._log.append(Happened(time.monotonic(), what, number))
