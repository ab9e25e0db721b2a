"""A simulated gpiochip of the kernel (gpio-sim), from outside: its lines are pulled, and what they do is recorded."""

from __future__ import annotations

import itertools
import os
import re
import threading
import time
from pathlib import Path

PLATFORM = Path("/sys/devices/platform")
INSTANCES = Path("/sys/kernel/tracing/instances")
LINES = 54
SAMPLE_S = 0.005
_COUNT = itertools.count()
_COMMAND = re.compile(r" (\d+\.\d+): gpio_value: \d+ set ([01])")


def find_chip() -> Path | None:
    """The folder in sysfs of a chip with a line for each number of a Pi's, or None on a machine that has none."""
    found = sorted(PLATFORM.glob(f"gpio-sim.*/gpiochip*/sim_gpio{LINES - 1}"))
    return found[0].parent if found else None


class SimLine:
    """One line of the chip: what is wired to it, and the level it has."""

    def __init__(self, chip: Path, number: int) -> None:
        self.chip = chip
        self.number = number
        self.folder = chip / f"sim_gpio{number}"

    @property
    def high(self) -> bool:
        return (self.folder / "value").read_text() == "1\n"

    def pull(self, *, up: bool) -> None:
        """Put a level on the line; a line that is driven keeps its own until it is let go of."""
        (self.folder / "pull").write_text("pull-up" if up else "pull-down")


class LineTape:
    """What a line did, by two witnesses.

    The kernel's trace has every level that the line was ever told to drive, be it for a microsecond; a thread that
    looks two hundred times a second sees also what it does when nobody drives it.
    """

    def __init__(self, line: SimLine) -> None:
        self._file = os.open(line.folder / "value", os.O_RDONLY)
        self._trace = INSTANCES / f"door-{os.getpid()}-{next(_COUNT)}"
        self._trace.mkdir()
        (self._trace / "trace_clock").write_text("mono")
        event = self._trace / "events/gpio/gpio_value"
        (event / "filter").write_text(f"get == 0 && gpio == {_base(line.chip) + line.number}")
        (event / "enable").write_text("1")
        self._closed = threading.Event()
        self._mutex = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="tape", daemon=True)
        self.begin()
        self._thread.start()

    def begin(self) -> None:
        """Forget what was, and begin with the level of now."""
        (self._trace / "trace").write_text("")
        with self._mutex:
            now = time.monotonic()
            self._looked = now
            self._seen = [(now, now, self._level())]  # between when and when the level came to be, and which

    def changes(self) -> list[tuple[float, bool]]:
        """(monotonic seconds, level) of the beginning and of each change since, oldest first."""
        self._look()
        told = [(float(at), level == "1") for at, level in _COMMAND.findall((self._trace / "trace").read_text())]
        with self._mutex:
            seen = list(self._seen)
        unexplained = [
            (latest, level)
            for earliest, latest, level in seen
            if not any(earliest <= at <= latest and level == driven for at, driven in told)
        ]
        both = sorted([*told, *unexplained])
        return [both[0], *(later for former, later in itertools.pairwise(both) if later[1] != former[1])]

    def close(self) -> None:
        self._closed.set()
        self._thread.join()
        self._trace.rmdir()
        os.close(self._file)

    def _run(self) -> None:
        while not self._closed.wait(SAMPLE_S):
            self._look()

    def _look(self) -> None:
        with self._mutex:
            before, level = time.monotonic(), self._level()
            if level != self._seen[-1][2]:
                self._seen.append((self._looked, time.monotonic(), level))
            self._looked = before

    def _level(self) -> bool:
        return os.pread(self._file, 1, 0) == b"1"


def _base(chip: Path) -> int:
    """The number that the kernel's trace gives the chip's first line."""
    (folder,) = (path for path in (chip.parent / "gpio").iterdir() if (path / "ngpio").read_text() == f"{LINES}\n")
    return int((folder / "base").read_text())
