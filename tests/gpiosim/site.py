"""A door process on a simulated gpiochip: its lines by what they are wired to, and the tape of the lock's line."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.errors import LinkError
from edge.journal import chain
from edge.journal.log import lines, read
from edge.link import asking
from edge.link.client import DoorClient
from edge.values import Order
from tests.e2e.door_site import ANN, LIVE, granted
from tests.gpiosim.chip import LineTape, SimLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.journal.events import Event
    from edge.link.questions import Report
    from edge.values import OrderKind, Reason, Status

SOON_S = 120.0  # an emulated processor takes half a minute to load a program that a real one loads in a second
LOCK, EXIT, CONTACT, FIRE, TAMPER = 17, 27, 22, 23, 24
# A simulated line has one pull, and a claim with a bias would set it: what is wired to it has no strength of its own.
SETTINGS = """
board = "gpiochip"
[lock]
line = "GPIO17"
active_low = {active_low}
[exit_button]
line = "GPIO27"
on_fault = "ignore"
[contact]
line = "GPIO22"
pull = "none"
on_fault = "alarm"
[fire]
line = "GPIO23"
pull = "none"
on_fault = "open"
[tamper]
line = "GPIO24"
pull = "none"
on_fault = "alarm"
[door]
pulse_s = {pulse_s}
held_alarm_s = 8
prealarm_s = 4
max_frame_age_s = 1.0
"""


@dataclass
class SimSite:
    """One door: its lines as wired, its files, and the processes that were started on them.

    Attributes:
        chip: The chip's folder in sysfs.
        folder: Where configuration, journal and socket are.
        active_low: Whether the relay is energised by a low level; a resistor holds the line at the other one.
    """

    chip: Path
    folder: Path
    active_low: bool = False
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lock_line.pull(up=self.active_low)
        self.line(EXIT).pull(up=True)
        for sensor in (CONTACT, FIRE, TAMPER):
            self.sense(sensor, active=False)
        self._tape = LineTape(self.lock_line)

    @property
    def lock_line(self) -> SimLine:
        return self.line(LOCK)

    @property
    def unlocked(self) -> bool:
        return self.lock_line.high != self.active_low

    @property
    def events(self) -> list[Event]:
        return list(read(self.folder / "journal.jsonl"))

    @property
    def whole(self) -> bool:
        """Whether the journal's chain is."""
        return chain.verify(lines(self.folder / "journal.jsonl"))[1] is None

    def line(self, number: int) -> SimLine:
        return SimLine(self.chip, number)

    def moves(self) -> list[tuple[float, bool]]:
        """(monotonic seconds, whether unlocked) of the beginning and of each change of the lock's line."""
        return [(at, level != self.active_low) for at, level in self._tape.changes()]

    def configure(self, pulse_s: float) -> None:
        text = SETTINGS.format(active_low=str(self.active_low).lower(), pulse_s=pulse_s)
        (self.folder / "config.toml").write_text(text)

    def words(self, *more: str) -> list[str]:
        config = str(self.folder / "config.toml")
        return [sys.executable, "-m", "edge", "door", "--config", config, "--data", str(self.folder), *more]

    def door(self) -> subprocess.Popen[bytes]:
        """Start the door, and wait until systemd would know that it is ready."""
        address = self.folder / f"notify{len(self.processes)}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(str(address))
            systemd.settimeout(SOON_S)
            process = subprocess.Popen(self.words(), env={**os.environ, "NOTIFY_SOCKET": str(address)})
            self.processes.append(process)
            assert systemd.recv(100) == b"READY=1"
        return process

    def admit(self) -> None:
        """Be a terminal that says, until it is believed, that somebody known stands there."""
        with contextlib.closing(DoorClient.connect(self.folder / "door.sock", LIVE, timeout_s=SOON_S)) as client:

            def opened() -> bool:
                try:
                    return client.identify(ANN, granted()).opened
                except LinkError:
                    return False

            until(opened)

    def refused(self) -> Reason:
        """Be a terminal that says once that somebody known stands there; return why they are not let in."""
        with contextlib.closing(DoorClient.connect(self.folder / "door.sock", LIVE, timeout_s=SOON_S)) as client:
            return client.identify(ANN, granted()).reason

    def sense(self, sensor: int, *, active: bool) -> None:
        """Open or close a contact that is closed while all is well; an open one is pulled up, as a cut wire is."""
        self.line(sensor).pull(up=active)

    def report(self) -> Report:
        return asking.report(self.folder / "door.sock", SOON_S)

    def becomes(self, status: Status) -> None:
        """Wait until the door says that it is this."""
        until(lambda: self.report().status is status)

    def order(self, kind: OrderKind) -> bool:
        order = Order(kind=kind, operator="eve", why="a drill")
        return asking.order(self.folder / "door.sock", order, SOON_S).done

    def press_exit(self) -> None:
        """Press the exit button until the line unlocks, and let go of it."""
        self.line(EXIT).pull(up=False)
        until(lambda: self.unlocked)
        self.line(EXIT).pull(up=True)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self._tape.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.025)


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> int:
    process.send_signal(number)
    return process.wait(SOON_S)
