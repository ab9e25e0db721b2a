"""Boards under test, each with eyes on its lock's line and a finger on its inputs: the same tests run over all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hw.board import open_board
from hw.fake import FakeInput, FakeLock
from hw.gpio.mock import MockInput, MockLock
from tests.gpiosim.chip import LineTape, SimLine, find_chip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hw.base import Input, InputSettings, Lock, LockSettings, PressedInput, RecordedLock


class Rig(Protocol):
    """One board, and what the tests do to its lines from outside."""

    def lock(self, settings: LockSettings) -> RecordedLock:
        """Open the board's lock; its history is what the line did."""

    def button(self, settings: InputSettings) -> PressedInput:
        """Open an input with somebody's finger on it, and on its complement if there is one."""

    def cut(self, button: PressedInput) -> None:
        """Cut the wire of its line: it shows the board's own pull from now on, and its complement goes on."""

    def close(self) -> None:
        """Put everything away."""


class FakeRig:
    """The fake board."""

    def lock(self, settings: LockSettings) -> RecordedLock:
        lock = open_board("fake").open_lock(settings)
        assert isinstance(lock, FakeLock)
        return lock

    def button(self, settings: InputSettings) -> PressedInput:
        button = open_board("fake").open_input(settings)
        assert isinstance(button, FakeInput)
        return button

    def cut(self, button: PressedInput) -> None:
        assert isinstance(button, FakeInput)
        button.cut = True

    def close(self) -> None:
        """Nothing is left."""


class MockRig:
    """The gpiozero driver on gpiozero's own mock lines."""

    def lock(self, settings: LockSettings) -> RecordedLock:
        lock = open_board("pc").open_lock(settings)
        assert isinstance(lock, MockLock)
        return lock

    def button(self, settings: InputSettings) -> PressedInput:
        button = open_board("pc").open_input(settings)
        assert isinstance(button, MockInput)
        return button

    def cut(self, button: PressedInput) -> None:
        assert isinstance(button, MockInput)
        button.cut()

    def close(self) -> None:
        """Nothing is left."""


class SimRig:
    """The gpiod driver on a simulated chip of the kernel."""

    def __init__(self, chip: Path) -> None:
        self._chip = chip
        self._tapes: dict[str, LineTape] = {}

    def lock(self, settings: LockSettings) -> RecordedLock:
        line = SimLine(self._chip, number(settings.line))
        line.pull(up=settings.active_low)  # the resistor that the wiring asks for
        tape = self._tapes.get(settings.line) or self._tapes.setdefault(settings.line, LineTape(line))
        tape.begin()
        return SimLock(open_board("gpiochip").open_lock(settings), tape, active_low=settings.active_low)

    def button(self, settings: InputSettings) -> PressedInput:
        return SimInput(open_board("gpiochip").open_input(settings), settings, self._chip)

    def cut(self, button: PressedInput) -> None:
        assert isinstance(button, SimInput)
        button.cut()

    def close(self) -> None:
        for tape in self._tapes.values():
            tape.close()


class SimLock:
    """A real lock, and what its line was seen to do."""

    def __init__(self, lock: Lock, tape: LineTape, *, active_low: bool) -> None:
        self._tape = tape
        self._active_low = active_low
        self.pulse = lock.pulse
        self.shorten = lock.shorten
        self.secure = lock.secure
        self.close = lock.close

    @property
    def history(self) -> tuple[tuple[float, bool], ...]:
        return tuple((at, level != self._active_low) for at, level in self._tape.changes())


class SimInput:
    """A real input, and a finger on its lines."""

    def __init__(self, button: Input, settings: InputSettings, chip: Path) -> None:
        self._button = button
        self._settings = settings
        self._lines = [SimLine(chip, number(name)) for name in (settings.line, settings.complement) if name]
        self.read = button.read
        self.watch: Callable[[Callable[[bool, float], None]], None] = button.watch
        self.close = button.close
        self.release()

    @property
    def fault(self) -> str:
        return self._button.fault

    def press(self) -> None:
        self._drive(active=True)

    def release(self) -> None:
        self._drive(active=False)

    def cut(self) -> None:
        self._lines[0].pull(up=self._settings.pull == "up")

    def _drive(self, *, active: bool) -> None:
        for place, line in enumerate(self._lines):  # the second one is the complement
            line.pull(up=(active == (place == 0)) != self._settings.active_low)


def number(line: str) -> int:
    return int(line.removeprefix("GPIO"))


def rigs() -> dict[str, Callable[[], Rig]]:
    """What there is here to run the tests over, by name; a simulated chip only where the kernel has one."""
    found: dict[str, Callable[[], Rig]] = {"fake": FakeRig, "pc": MockRig}
    chip = find_chip()
    if chip is not None:
        found["gpio-sim"] = lambda: SimRig(chip)
    return found
