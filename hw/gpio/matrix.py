"""The wires of a key matrix on the lines of a gpiozero pin factory.

A row is either driven low or let go, never driven high: two keys of one column would join two rows, and a high line
shorted to a low one burns. What is let go is pulled up, for a line that the board pulls down by itself would hold a
column half-way through a pressed key.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gpiozero import Factory, GPIODevice

from hw.gpio.gpiozero import explained

if TYPE_CHECKING:
    from hw.base import KeypadSettings

SETTLE_S = 0.0001
"""How long a column's pull-up (50 kOhm) needs to charge a metre of cable, several times over."""


class GpioWires:
    """Rests with every row low, so that one look at the columns tells that no key is down; else row after row."""

    def __init__(self, factory: Factory, settings: KeypadSettings) -> None:
        """Claim all lines: columns as inputs, rows low.

        Raises:
            HardwareError: A line is unknown, taken, not permitted, or cannot be pulled up.
        """
        self._rows: list[Any] = []
        self._columns: list[Any] = []
        for name, lines, devices in (
            ("keypad.columns", settings.columns, self._columns),
            ("keypad.rows", settings.rows, self._rows),
        ):
            for line in lines:
                try:
                    devices.append(GPIODevice(line, pin_factory=factory))
                    devices[-1].pin.input_with_pull("up")
                except Exception as error:  # lgpio raises bare exceptions of its own
                    self.close()
                    raise explained(error, name, line) from error
        try:
            for row in range(len(self._rows)):
                self._drive(row)
        except Exception as error:
            self.close()
            raise explained(error, "keypad.rows", settings.rows[0]) from error

    def scan(self) -> frozenset[tuple[int, int]]:
        """The crossings that are closed now.

        Raises:
            HardwareError: A line does not answer; the next scan starts anew.
        """
        try:
            return self._scan() if self._low() else frozenset()
        except Exception as error:
            raise explained(error, "keypad", "rows and columns") from error

    def close(self) -> None:
        """Let all lines go; a second call does nothing."""
        for device in (*self._rows, *self._columns):
            with suppress(Exception):  # the others are released whatever one of them says
                device.close()

    def _scan(self) -> frozenset[tuple[int, int]]:
        rows = range(len(self._rows))
        closed: set[tuple[int, int]] = set()
        try:
            for row in rows:
                self._let_go(row)
            for row in rows:
                self._drive(row)
                time.sleep(SETTLE_S)
                closed.update((row, column) for column in self._low())
                self._let_go(row)
        finally:
            for row in rows:
                self._drive(row)
        return frozenset(closed)

    def _low(self) -> list[int]:
        return [number for number, device in enumerate(self._columns) if not device.pin.state]

    def _drive(self, row: int) -> None:
        self._rows[row].pin.output_with_state(0)

    def _let_go(self, row: int) -> None:
        self._rows[row].pin.input_with_pull("up")
