"""Lamps, beepers and key matrices on the lines of any Linux gpiochip, by libgpiod."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from gpiod.line import Bias, Direction, Drive, Value

from hw.gpio.gpiod import ClaimedLine
from hw.gpio.lines import explained

if TYPE_CHECKING:
    from hw.base import KeypadSettings

SETTLE_S = 0.0001
"""How long a column's pull-up needs to charge its cable, several times over."""


class GpiodOutput:
    """A lamp or beeper on one line, claimed once at its off level."""

    def __init__(self, line: str, *, active_low: bool) -> None:
        """Claim the line, switched off, in the request itself.

        Raises:
            HardwareError: The line is unknown, taken, or not permitted.
        """
        self._name = line
        self._claimed: ClaimedLine | None = None
        try:
            self._claimed = ClaimedLine(
                line, direction=Direction.OUTPUT, output_value=Value.INACTIVE, active_low=active_low
            )
        except Exception as error:
            raise explained(error, "output line", line) from error

    def set(self, on: bool) -> None:  # noqa: FBT001 - what it is set to is all it is told
        """Switch it on or off now; after `close` it does nothing."""
        if self._claimed is None:
            return
        try:
            self._claimed.request.set_value(self._claimed.offset, Value.ACTIVE if on else Value.INACTIVE)
        except Exception as error:
            raise explained(error, "output line", self._name) from error

    def close(self) -> None:
        """Switch it off, and let go of the line; a second call does nothing."""
        if self._claimed is None:
            return
        try:
            self.set(on=False)
        finally:
            self._claimed.close()
            self._claimed = None


class GpiodWires:
    """Rests with every row low, so that one look at the columns tells that no key is down; else row after row.

    Rows are open-drain: low, or let go; never driven high, for two keys of one column join two rows.
    """

    def __init__(self, settings: KeypadSettings) -> None:
        """Claim all lines: columns as inputs with a pull-up, rows low.

        Raises:
            HardwareError: A line is unknown, taken, or not permitted.
        """
        self._rows: list[ClaimedLine] = []
        self._columns: list[ClaimedLine] = []
        column = {"direction": Direction.INPUT, "bias": Bias.PULL_UP}
        row = {
            "direction": Direction.OUTPUT,
            "drive": Drive.OPEN_DRAIN,
            "bias": Bias.PULL_UP,
            "output_value": Value.INACTIVE,
        }
        for name, lines, claimed, how in (
            ("keypad.columns", settings.columns, self._columns, column),
            ("keypad.rows", settings.rows, self._rows, row),
        ):
            for line in lines:
                try:
                    claimed.append(ClaimedLine(line, **how))
                except Exception as error:
                    self.close()
                    raise explained(error, name, line) from error

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
        for line in (*self._rows, *self._columns):
            with suppress(Exception):  # the others are released whatever one of them says
                line.close()
        self._rows, self._columns = [], []

    def _scan(self) -> frozenset[tuple[int, int]]:
        closed: set[tuple[int, int]] = set()
        try:
            for row in self._rows:
                _drive(row, Value.ACTIVE)
            for number, row in enumerate(self._rows):
                _drive(row, Value.INACTIVE)
                time.sleep(SETTLE_S)
                closed.update((number, column) for column in self._low())
                _drive(row, Value.ACTIVE)
        finally:
            for row in self._rows:
                _drive(row, Value.INACTIVE)
        return frozenset(closed)

    def _low(self) -> list[int]:
        return [number for number, line in enumerate(self._columns) if not line.active()]


def _drive(line: ClaimedLine, value: Value) -> None:
    """Let an open-drain line go (active), or drive it low."""
    line.request.set_value(line.offset, value)
