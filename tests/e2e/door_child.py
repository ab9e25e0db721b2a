"""A door process whose lock tells a file of each pulse, and whose exit button is pressed by lines on standard input.

Run as `python tests/e2e/door_child.py DATA TAPE [real|toy] [broken]`: DATA holds journal and socket.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from edge.app.door_process import run_door
from edge.app.places import places
from edge.config import Config, DoorSettings, ExitSettings
from hw.base import Board, HardwareError, InputSettings, Lock, LockSettings
from hw.fake import FakeInput, FakeLock, FakePrompt


class TapedLock:
    """A fake lock that writes what it is told to a file first, so that nothing is forgotten by SIGKILL."""

    def __init__(self, settings: LockSettings, tape: Path, *, broken: bool) -> None:
        self._lock = FakeLock(settings)
        self._tape = os.open(tape, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._broken = broken

    def pulse(self, seconds: float) -> None:
        os.write(self._tape, b"pulse\n")
        if self._broken:
            raise HardwareError("the relay does not answer")
        self._lock.pulse(seconds)

    def shorten(self, seconds: float) -> None:
        os.write(self._tape, b"shorten\n")
        self._lock.shorten(seconds)

    def secure(self) -> None:
        os.write(self._tape, b"secure\n")
        self._lock.secure()

    def close(self) -> None:
        os.write(self._tape, b"close\n")
        self._lock.close()


def main() -> None:
    data, tape, kind, broken = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], "broken" in sys.argv
    button = FakeInput(InputSettings(line="EXIT", debounce_s=0.0))

    def open_lock(settings: LockSettings) -> Lock:
        return TapedLock(settings, tape, broken=broken)

    def listen() -> None:
        for line in sys.stdin:
            if line == "press\n":
                button.press()
            elif line == "release\n":
                button.release()

    def no_camera(settings: object) -> NoReturn:
        raise HardwareError(f"a door opens no camera: {settings}")

    board = Board("fake", kind == "real", no_camera, open_lock, lambda _: button, FakePrompt, lambda _: True)
    config = replace(Config(), exit_button=ExitSettings(line="EXIT"), door=DoorSettings(pulse_s=0.5))
    here = places(data)
    threading.Thread(target=listen, daemon=True).start()
    run_door(config, board, here)


if __name__ == "__main__":
    main()
