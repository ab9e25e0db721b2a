"""Boots of real door processes, each killed with SIGKILL at a random moment: starting, idle, or amid a deed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.boots.boots import begin, started
from tests.boots.site import SOON_S, GoneError

if TYPE_CHECKING:
    from edge.access.happenings import Part
    from tests.boots.site import Site


class Nursery:
    """Where door processes are forked."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.boots.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def fork(self, **words: object) -> int:
        """Start a door, and return its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@dataclass
class FarHand:
    """A hand on a door in a process of its own.

    Attributes:
        pid: The process.
        folder: Where its door is.
        doomed: Whether it has been killed: the kernel closes what a killed process had open before it is buried, so
            one that is still there may answer nobody any more.
    """

    pid: int
    folder: Path
    doomed: bool = False

    def alive(self) -> bool:
        return not self.doomed and self._there()

    def drive(self, part: Part, *, active: bool) -> None:
        self._say(f"drive {active:d} {part}")

    def spoil(self, *, unreadable: bool) -> None:
        self._say(f"spoil {unreadable:d} -")

    def set_clock(self, wall: float) -> None:
        """Leave it: a clock of another process is set when that is started."""

    def kill(self) -> None:
        """Kill it, and wait until nothing is left of it."""
        pause, deadline = threading.Event(), time.monotonic() + SOON_S
        self.doomed = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        while self._there() and time.monotonic() < deadline:
            pause.wait(0.002)

    def _there(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _say(self, words: str) -> None:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.connect(str(self.folder / "hand"))
                out.send(words.encode())
        except OSError as error:
            raise GoneError from error


def boot(site: Site, nursery: Nursery) -> str:
    """Start a door process, let things happen, and kill it; return how it ended."""
    chance = site.chance
    begin(site)
    began = time.monotonic()
    pid = nursery.fork(
        folder=str(site.folder),
        active=sorted(site.known.active),
        spoilt=site.known.exit_spoilt,
        offset_s=chance.choice((0.0, 0.0, -time.time(), 3650 * 86400.0, -1e7)),
        synchronised=chance.random() < 0.5,
    )
    hand = FarHand(pid, site.folder)
    killer = threading.Timer(chance.choice((0.05, 0.3, 1.0)) * chance.random(), hand.kill)
    try:
        try:
            early = chance.random() < 0.3
            if early:
                killer.start()
            story = started(site, hand, began)
            if not early:
                killer.start()
            story.run(chance.randrange(2, 30))
        except GoneError:
            site.faults += [] if hand.doomed else ["a door that nobody killed ended"]
    finally:  # a door that is left would keep the nursery, and whoever waits for it
        killer.cancel()
        hand.kill()
    site.over()
    return "killed"
