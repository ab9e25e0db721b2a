"""A door on a line that is a file, which keeps its level when its process dies, as a Pi's kernel does.

Run as `python -m tests.e2e.wired_door door [--secure] [--data DATA]`, as systemd runs `edge`. The folder in
$DOOR_WIRES holds the line's tape (`line`, one "SECOND LEVEL WORD" a change) and a socket (`hand`) that takes "press",
"release", "hold" and "let go" (the reset button), "block" (the door's loop stands still from now on) and "jam" (so does
whoever would next release the line). Where it holds a file `simulated`, the lock is none that keeps a door: a replayed
face may open it (S11); a file `configured`, the door takes this machine's configuration, as `edge door` does.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from edge.app.clocks import Clocks
from edge.app.door import Door
from edge.app.door_process import ConfigurationFile, configured, secure
from edge.app.places import places
from edge.app.signals import stop_on_signals
from edge.config import Config, DoorSettings, ExitSettings
from hw.base import Board, HardwareError, InputSettings, Lock
from hw.fake import FakeInput, FakePrompt
from hw.relock import Relock

PULSE_S = 1.0
RESET = "RESET"
"""The line of the reset button."""


class FiledLock:
    """A lock on the line in a file; the relock thread is the real drivers'."""

    def __init__(self, tape: Path) -> None:
        self._tape = os.open(tape, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        self.jammed = False
        self._drive(0, "claim")
        self._relock = Relock(self._release)

    def pulse(self, seconds: float) -> None:
        with self._relock.mutex:
            self._relock.arm(seconds)
            self._drive(1, "pulse")

    def shorten(self, seconds: float) -> None:
        self._relock.shorten(seconds)

    def secure(self) -> None:
        self._relock.cancel()

    def close(self) -> None:
        self._relock.close()

    def _release(self) -> None:
        if self.jammed:
            threading.Event().wait()
        if self._word != "release":  # a line that is driven to its level again does not change
            self._drive(0, "release")

    def _drive(self, level: int, word: str) -> None:
        self._word = word
        os.write(self._tape, f"{time.monotonic():.6f} {level} {word}\n".encode())


class Hand:
    """What the test does to the door."""

    def __init__(self, address: Path) -> None:
        address.unlink(missing_ok=True)
        self.button = FakeInput(InputSettings(line="EXIT", debounce_s=0.0))
        self.reset = FakeInput(InputSettings(line=RESET, debounce_s=0.0))
        self.lock: FiledLock | None = None
        self._blocked = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(address))
        address.chmod(0o666)
        threading.Thread(target=self._obey, daemon=True).start()

    def clock(self) -> float:
        if self._blocked.is_set():
            threading.Event().wait()
        return time.monotonic()

    def _obey(self) -> None:
        while word := self._socket.recv(100).decode():
            if word == "press":
                self.button.press()
            elif word == "release":
                self.button.release()
            elif word == "hold":
                self.reset.press()
            elif word == "let go":
                self.reset.release()
            elif word == "block":
                self._blocked.set()
            elif word == "jam" and self.lock is not None:
                self.lock.jammed = True


def board(wires: Path, hand: Hand | None) -> Board:
    def open_lock(_: object) -> Lock:
        lock = FiledLock(wires / "line")
        if hand is not None:
            hand.lock = lock
        return lock

    def open_input(settings: InputSettings) -> FakeInput:
        if hand is None:
            return FakeInput(settings)
        return hand.reset if settings.line == RESET else hand.button

    def no_camera(settings: object) -> NoReturn:
        raise HardwareError(f"a door opens no camera: {settings}")

    return Board(
        "fake",
        physical_lock=not (wires / "simulated").exists(),
        open_camera=no_camera,
        open_lock=open_lock,
        open_input=open_input,
        open_prompt=FakePrompt,
        replays=lambda _: True,
    )


def main() -> None:
    words = sys.argv[1:]
    data = Path(words[words.index("--data") + 1]) if "--data" in words else None
    wires = Path(os.environ["DOOR_WIRES"])
    here, source = places(data), None
    config = replace(Config(), exit_button=ExitSettings(line="EXIT"), door=DoorSettings(pulse_s=PULSE_S))
    if (wires / "configured").exists():
        config, source = configured(None, here), ConfigurationFile(None, here)
    if "--secure" in words:
        secure(config, board(wires, None), here)
        return
    hand = Hand(wires / "hand")
    door = Door(config, board(wires, hand), here.journal, here.socket, source=source, clocks=Clocks(hand.clock))
    with door, stop_on_signals(door.wake) as stop:
        door.serve(stop)


if __name__ == "__main__":
    main()
