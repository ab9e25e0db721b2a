"""A door process with a taped lock, and its terminal: what the stories of the door as a process are told with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge.errors import LinkError
from edge.journal import chain
from edge.journal.log import lines, read
from edge.link.client import DoorClient
from edge.link.messages import Hello
from edge.values import (
    Credential,
    Evidence,
    Factor,
    Handle,
    Occasion,
    Person,
    PersonId,
    Reason,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.journal.events import Event

SOON_S = 15.0


CHILD = Path(__file__).with_name("door_child.py")


EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.9, space="toy")


ANN = Person(PersonId("ann"), Handle("h-ann"), "Ann")


LIVE = Hello(live=True)


SHOWN = (Credential(Factor.FACE, 0.0),)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.025)  # more than 50 messages a second would be a flood


def granted(age_s: float = 0.0) -> Verdict:
    return Verdict(time.monotonic() - age_s, 1, Reason.GRANTED, ANN.id, EVIDENCE)


@dataclass
class Site:
    """One door's files, and the processes that were started on them."""

    folder: Path
    processes: list[subprocess.Popen[str]]

    @property
    def socket(self) -> Path:
        return self.folder / "door.sock"

    @property
    def pulses(self) -> int:
        return self.tape().count("pulse")

    @property
    def events(self) -> list[Event]:
        return list(read(self.folder / "journal.jsonl"))

    def tape(self) -> list[str]:
        path = self.folder / "tape"
        return path.read_text().split() if path.exists() else []

    def stderr(self) -> str:
        return (self.folder / "stderr").read_text()

    def occasions(self) -> list[Occasion]:
        return [event.occasion for event in self.events]

    def door(self, kind: str = "real", *more: str) -> subprocess.Popen[str]:
        """Start a door with a taped lock, and wait until systemd would know that it is ready and alive."""
        return self.start(str(CHILD), str(self.folder), str(self.folder / "tape"), kind, *more)

    def start(self, *arguments: str, stderr: int | None = None) -> subprocess.Popen[str]:
        address = self.folder / f"notify{len(self.processes)}"
        environment = {**os.environ, "NOTIFY_SOCKET": str(address), "PYTHONPATH": str(Path.cwd()), "WATCHDOG_USEC": "2"}
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd,
            (self.folder / "stderr").open("a") as file,
        ):
            systemd.bind(str(address))
            systemd.settimeout(SOON_S)
            process = subprocess.Popen(
                [sys.executable, *arguments], stdin=subprocess.PIPE, stderr=stderr or file, text=True, env=environment
            )
            self.processes.append(process)
            assert [systemd.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        return process

    def client(self) -> DoorClient:
        return DoorClient.connect(self.socket, LIVE, timeout_s=SOON_S)

    def admitted(self, client: DoorClient) -> None:
        """Wait until the door is there and its journal is open, so that somebody can be let in."""

        def opened() -> bool:
            try:
                return client.identify(ANN, granted()).opened
            except LinkError:
                return False

        until(opened)

    def whole(self) -> bool:
        return chain.verify(lines(self.folder / "journal.jsonl"))[1] is None
