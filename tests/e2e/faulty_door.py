"""A door in this process whose inputs, clocks and disk can be made to fail one by one."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from edge.app.clocks import Clocks
from edge.app.door import Door
from edge.config import (
    Config,
    ContactSettings,
    DoorSettings,
    ExitSettings,
    FireSettings,
    TamperSettings,
)
from edge.journal.log import read
from edge.link import asking
from edge.link.client import DoorClient
from edge.link.messages import Hello
from edge.values import Done, Evidence, Handle, Order, OrderKind, Person, PersonId, Reason, Verdict
from hw.base import Board, HardwareError
from hw.fake import FakeInput, FakeLock, FakePrompt
from tests.e2e.commands import SOON_S, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.journal.events import Event
    from edge.link.questions import Report
    from edge.values import Alarm
    from hw.base import InputSettings

EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.9, space="toy")
ANN = Person(PersonId("ann"), Handle("a1"), "Ann", groups=("staff",))
GUARD = Person(PersonId("guy"), Handle("b2"), "Guy", groups=("guards",))
QUICK = Config(
    exit_button=ExitSettings(line="EXIT", on_fault="open", debounce_s=0.0, bounce_s=0.2),
    contact=ContactSettings(line="CONTACT", on_fault="lock-down", debounce_s=0.0, bounce_s=0.2),
    fire=FireSettings(line="FIRE", on_fault="open", debounce_s=0.0, bounce_s=0.2, complement="FIRE2"),
    tamper=TamperSettings(line="TAMPER", on_fault="lock-down", debounce_s=0.0, bounce_s=0.2),
    door=DoorSettings(pulse_s=0.2),
)


@dataclass
class Times:
    """A wall clock that is set, and runs from there as the monotonic one does."""

    lead: float = field(default_factory=lambda: time.time() - time.monotonic())
    synchronised: bool = True
    kept: bool = True

    def set(self, wall: float) -> None:
        """Set it, seconds since the epoch."""
        self.lead = wall - time.monotonic()

    def clocks(self) -> Clocks:
        """Return the machine's clocks."""
        wall = lambda: time.monotonic() + self.lead  # noqa: E731
        return Clocks(wall=wall, synchronised=lambda: self.synchronised, kept=lambda: self.kept)


@dataclass
class FaultyDoor:
    """A door, and everything about it that may fail.

    Attributes:
        folder: Its files.
        config: How it is wired, and behaves.
        times: Its clocks.
        inputs: Its inputs by their lines.
        lock: Its lock.
    """

    folder: Path
    config: Config = QUICK
    times: Times = field(default_factory=Times)
    inputs: dict[str, FakeInput] = field(default_factory=dict)
    lock: FakeLock = field(default_factory=FakeLock)

    @property
    def socket(self) -> Path:
        return self.folder.with_name("door.sock")

    @property
    def events(self) -> list[Event]:
        return list(read(self.folder / "journal.jsonl"))

    @contextlib.contextmanager
    def serving(self) -> Iterator[Door]:
        """Start the door, and wait until its journal is open."""
        self.lock, stop = FakeLock(), threading.Event()
        with Door(
            self.config, self._board(), self.folder / "journal.jsonl", self.socket, clocks=self.times.clocks()
        ) as door:
            thread = threading.Thread(target=door.serve, args=(stop,))
            thread.start()
            try:
                until(lambda: self.report().journal == "up")
                yield door
            finally:
                stop.set()
                door.wake()
                thread.join(SOON_S)

    def comes(self, who: Person = ANN) -> Reason:
        """Somebody is identified by a live terminal, which hangs up."""
        with contextlib.closing(DoorClient.connect(self.socket, Hello(live=True), timeout_s=SOON_S)) as client:
            verdict = Verdict(time.monotonic(), 1, Reason.GRANTED, who.id, EVIDENCE)
            return client.identify(who, verdict).reason

    def report(self) -> Report:
        return asking.report(self.socket, SOON_S)

    def alarmed(self, alarm: Alarm) -> bool:
        return alarm in self.report().alarms

    def order(self, kind: OrderKind, seconds: float = 0.0) -> Done:
        return asking.order(self.socket, Order(kind=kind, operator="eve", why="a drill", seconds=seconds), SOON_S)

    def leaves(self) -> bool:
        """Somebody presses the exit button and lets go; whether the lock was opened."""
        assert self.lock.wait_for(unlocked=False, timeout_s=SOON_S)
        before = len(self.lock.history)
        self.inputs["EXIT"].press()
        opened = self.lock.wait_changes(before, SOON_S) and self.lock.history[before][1]
        self.inputs["EXIT"].release()
        return opened

    def _board(self) -> Board:
        def no_camera(settings: object) -> NoReturn:
            raise HardwareError(f"a door opens no camera: {settings}")

        return Board(
            "fake",
            physical_lock=True,
            open_camera=no_camera,
            open_lock=lambda _: self.lock,
            open_input=self._input,
            open_prompt=FakePrompt,
            replays=lambda _: True,
        )

    def _input(self, settings: InputSettings) -> FakeInput:
        self.inputs[settings.line] = FakeInput(settings)
        return self.inputs[settings.line]


class FullDisk:
    """A very small file system, which is filled to the last byte; only root may make one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        words = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)]
        self.mounted = subprocess.run(words, check=False, capture_output=True).returncode == 0

    def fail(self) -> None:
        """Fill it."""
        with contextlib.suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"x")

    def mend(self) -> None:
        """Make room."""
        (self.folder / "filler").unlink()

    def close(self) -> None:
        """Take it away."""
        if self.mounted:
            subprocess.run(["umount", str(self.folder)], check=True)


class LostDisk:
    """A folder that is taken away, with a file in its place."""

    mounted = True

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder

    def fail(self) -> None:
        """Take it away."""
        self.folder.rename(self.folder.with_name("away"))
        self.folder.touch()

    def mend(self) -> None:
        """Bring it back."""
        self.folder.unlink()
        self.folder.with_name("away").rename(self.folder)

    def close(self) -> None:
        """Leave it."""
