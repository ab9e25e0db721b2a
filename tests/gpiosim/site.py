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
from edge.link.client import DoorClient
from tests.e2e.test_door_process import ANN, LIVE, granted
from tests.gpiosim.chip import LineTape, SimLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.journal.events import Event

SOON_S = 120.0  # an emulated processor takes half a minute to load a program that a real one loads in a second
LOCK, EXIT, CONTACT, FIRE, TAMPER = 17, 27, 22, 23, 24
SETTINGS = """
board = "gpiochip"
[lock]
line = "GPIO17"
active_low = {active_low}
[exit_button]
line = "GPIO27"
[door]
pulse_s = {pulse_s}
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
