"""A simulated gpiochip of the kernel (gpio-sim), from outside: its lines are pulled and their levels recorded."""

from __future__ import annotations

import mmap
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.gpiosim import recorder

PLATFORM = Path("/sys/devices/platform")
PATIENCE_S = 30.0
ROOM = 1 << 20


def find_chip() -> Path | None:
    """The folder in sysfs of a chip with a line for each number of a Pi's, or None on a machine that has none."""
    found = sorted(PLATFORM.glob("gpio-sim.*/gpiochip*/sim_gpio53"))
    return found[0].parent if found else None


class LevelTape:
    """What a line's level was, sampled by a process of its own as fast as it can."""

    def __init__(self, line: SimLine) -> None:
        with tempfile.NamedTemporaryFile() as file:
            file.truncate(ROOM)
            self._tape = mmap.mmap(file.fileno(), 0)
            words = [sys.executable, "-I", "-S", recorder.__file__, str(line.folder / "value"), file.name]
            self._process = subprocess.Popen(words)
            self.settle()

    def settle(self) -> None:
        """Wait until what the line is now has been sampled."""
        now, pause = time.monotonic(), threading.Event()
        while recorder.HEAD.unpack_from(self._tape)[0] <= now:
            assert self._process.poll() is None, "the recorder died"
            assert time.monotonic() < now + PATIENCE_S
            pause.wait(0.0005)

    def changes(self, since: float = 0.0) -> list[tuple[float, bool]]:
        """(monotonic seconds, level) of `since` and of each change that was seen after it, oldest first."""
        self.settle()
        _, count = recorder.HEAD.unpack_from(self._tape)
        read = [
            recorder.ENTRY.unpack_from(self._tape, recorder.HEAD.size + n * recorder.ENTRY.size) for n in range(count)
        ]
        before = [bool(level) for _, at, level in read if at <= since]
        return [*((since, level) for level in before[-1:]), *((at, bool(level)) for _, at, level in read if at > since)]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


class SimLine:
    """One line of the chip: what is wired to it, and the level it has."""

    def __init__(self, chip: Path, number: int) -> None:
        self.folder = chip / f"sim_gpio{number}"

    @property
    def high(self) -> bool:
        return (self.folder / "value").read_text() == "1\n"

    @property
    def pulled_up(self) -> bool:
        return (self.folder / "pull").read_text() == "pull-up\n"

    def pull(self, *, up: bool) -> None:
        """Put a level on the line; a line that is driven keeps its own until it is let go of."""
        (self.folder / "pull").write_text("pull-up" if up else "pull-down")
