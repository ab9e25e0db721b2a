"""gpiozero's mock pins, made to record what a real line would have driven: the lines of a PC, which has none."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from gpiozero.pins.mock import MockFactory, MockPin

from hw.gpio.gpiozero import GpioInput, GpioLock, GpioOutput, pin_name
from hw.gpio.matrix import GpioWires

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gpiozero import Factory, PinInfo

    from hw.base import InputSettings, KeypadSettings, LockSettings

PI_4B = "c03111"


class RecordingPin(MockPin):  # type: ignore[misc]  # gpiozero has no type information
    """A mock pin that records each level it drives, and drives low when claimed without one, as lgpio does.

    Attributes:
        driven: (monotonic seconds, level) for each level driven as an output, oldest first.
    """

    def __init__(self, factory: Factory, info: PinInfo) -> None:
        self.driven: list[tuple[float, bool]] = []
        super().__init__(factory, info)

    def output_with_state(self, state: float) -> None:
        """Claim the line as an output at its level, in one step."""
        self._function = "output"
        self._state = bool(state)
        self._record()

    def _set_function(self, value: str) -> None:
        super()._set_function(value)
        if value == "output":
            self._state = False
            self._record()

    def _set_state(self, value: float) -> None:
        super()._set_state(value)
        self._record()

    def _record(self) -> None:
        if not self.driven or self.driven[-1][1] != self._state:
            self.driven.append((time.monotonic(), self._state))


def open_pins() -> Factory:
    """The lines of a make-believe Pi 4; each call gives lines of its own."""
    return MockFactory(revision=PI_4B, pin_class=RecordingPin)


class MockLock(GpioLock):
    """The real lock driver on a mock line; its history can be shown."""

    def __init__(self, factory: Factory, settings: LockSettings) -> None:
        super().__init__(factory, settings)
        self._driven: list[tuple[float, bool]] = factory.pin(pin_name(factory, settings.line)).driven
        self._active_low = settings.active_low

    @property
    def history(self) -> tuple[tuple[float, bool], ...]:
        """(monotonic seconds, whether unlocked) at opening and after each change, oldest first."""
        return tuple((at, level != self._active_low) for at, level in tuple(self._driven))


class MockInput(GpioInput):
    """The real input driver on a mock line that software presses; nobody does when it is opened."""

    def __init__(self, factory: Factory, settings: InputSettings) -> None:
        super().__init__(factory, settings)

    def press(self) -> None:
        """Make the line active; it counts once it has lasted `debounce_s`."""
        self._drive(active=True)

    def release(self) -> None:
        """Make the line inactive; it counts once it has lasted `debounce_s`."""
        self._drive(active=False)

    def cut(self) -> None:
        """Cut the wire of its line: it shows its pull from now on, and its complement what it showed."""
        pin = self._devices[0].pin
        if pin.pull == "up":
            pin.drive_high()
        else:
            pin.drive_low()

    def _connect(self) -> None:
        self.release()

    def _drive(self, *, active: bool) -> None:
        for number, device in enumerate(self._devices):  # the second one is the complement
            if (active == (number == 0)) != self._active_low:
                device.pin.drive_high()
            else:
                device.pin.drive_low()


class MockOutput(GpioOutput):
    """The real output driver on a mock line; its history can be shown."""

    def __init__(self, factory: Factory, line: str, *, active_low: bool) -> None:
        super().__init__(factory, line, active_low=active_low)
        self._driven: list[tuple[float, bool]] = factory.pin(line).driven
        self._active_low = active_low

    @property
    def history(self) -> tuple[tuple[float, bool], ...]:
        """(monotonic seconds, whether on) at opening and after each change, oldest first."""
        return tuple((at, level != self._active_low) for at, level in tuple(self._driven))


class MockWires(GpioWires):
    """The real driver of a matrix on mock lines, joined by keys that software presses: current flows as it would."""

    def __init__(self, factory: Factory, settings: KeypadSettings) -> None:
        self._mutex = threading.RLock()
        self._pressed: set[tuple[int, int]] = set()
        super().__init__(factory, settings)

    def at_once(self) -> AbstractContextManager[bool]:
        """Held as a context, what is pressed in it is pressed at one moment."""
        return self._mutex

    def press(self, row: int, column: int) -> None:
        """Close a crossing."""
        with self._mutex:
            self._pressed.add((row, column))
            self._flow()

    def release(self, row: int, column: int) -> None:
        """Open a crossing."""
        with self._mutex:
            self._pressed.discard((row, column))
            self._flow()

    def _drive(self, row: int) -> None:
        with self._mutex:
            super()._drive(row)
            self._flow()

    def _let_go(self, row: int) -> None:
        with self._mutex:
            super()._let_go(row)
            self._flow()

    def _flow(self) -> None:
        """A column is low when pressed keys join it, by whatever way round, to a row that is driven low."""
        low = {row for row, device in enumerate(self._rows) if device.pin.function == "output"}
        joined: set[int] = set()
        for _ in self._rows:
            joined |= {column for row, column in self._pressed if row in low}
            low |= {row for row, column in self._pressed if column in joined}
        for column, device in enumerate(self._columns):
            if not device.closed:
                (device.pin.drive_low if column in joined else device.pin.drive_high)()
