"""Drivers of a board's lines, each loaded with the first line that is opened."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hw.base import HardwareError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from gpiozero import Factory

    from hw.base import Input, InputSettings, KeypadSettings, Lock, LockSettings, Output
    from hw.devices import Wires

# Imports inside functions are this package's purpose: a board loads only the drivers of the parts that are opened.
# ruff: noqa: PLC0415


@dataclass(frozen=True, slots=True)
class Lines:
    """What can be opened on one kind of line.

    Attributes:
        open_lock: Opens a lock, locked.
        open_input: Opens a contact or button.
        open_output: Opens a lamp or beeper by its line's name, switched off; the second word is whether it is active
            low.
        open_wires: Opens the wires of a key matrix.
    """

    open_lock: Callable[[LockSettings], Lock]
    open_input: Callable[[InputSettings], Input]
    open_output: Callable[[str, bool], Output]
    open_wires: Callable[[KeypadSettings], Wires]


def mock() -> Lines:
    """Lines that gpiozero pretends; all that are opened by one `Lines` belong to one machine."""

    @functools.cache
    def pins() -> Factory:
        from hw.gpio import mock as driver

        return driver.open_pins()

    def open_lock(settings: LockSettings) -> Lock:
        from hw.gpio import mock as driver

        return driver.MockLock(pins(), settings)

    def open_input(settings: InputSettings) -> Input:
        from hw.gpio import mock as driver

        return driver.MockInput(pins(), settings)

    def open_output(line: str, active_low: bool) -> Output:  # noqa: FBT001 - the shape of `Lines.open_output`
        from hw.gpio import mock as driver

        return driver.MockOutput(pins(), line, active_low=active_low)

    def open_wires(settings: KeypadSettings) -> Wires:
        from hw.gpio import mock as driver

        return driver.MockWires(pins(), settings)

    return Lines(open_lock, open_input, open_output, open_wires)


def header() -> Lines:
    """The lines of a Pi's header, by gpiozero and lgpio: one factory for all, opened with the first."""
    pins = functools.cache(_header_pins)

    def open_lock(settings: LockSettings) -> Lock:
        from hw.gpio import gpiozero as driver

        return driver.GpioLock(pins(), settings)

    def open_input(settings: InputSettings) -> Input:
        from hw.gpio import gpiozero as driver

        return driver.GpioInput(pins(), settings)

    def open_output(line: str, active_low: bool) -> Output:  # noqa: FBT001 - the shape of `Lines.open_output`
        from hw.gpio import gpiozero as driver

        return driver.GpioOutput(pins(), line, active_low=active_low)

    def open_wires(settings: KeypadSettings) -> Wires:
        from hw.gpio import matrix

        return matrix.GpioWires(pins(), settings)

    return Lines(open_lock, open_input, open_output, open_wires)


def gpiochip() -> Lines:
    """The lines of any gpiochip, by libgpiod."""

    def open_lock(settings: LockSettings) -> Lock:
        lock: Lock = _gpiod().GpiodLock(settings)
        return lock

    def open_input(settings: InputSettings) -> Input:
        button: Input = _gpiod().GpiodInput(settings)
        return button

    def open_output(line: str, active_low: bool) -> Output:  # noqa: FBT001 - the shape of `Lines.open_output`
        _gpiod()
        from hw.gpio import gpiod_lines

        return gpiod_lines.GpiodOutput(line, active_low=active_low)

    def open_wires(settings: KeypadSettings) -> Wires:
        _gpiod()
        from hw.gpio import gpiod_lines

        return gpiod_lines.GpiodWires(settings)

    return Lines(open_lock, open_input, open_output, open_wires)


def _header_pins() -> Factory:
    try:
        from hw.gpio import lgpio
    except (ImportError, OSError) as error:
        raise HardwareError(
            f"lgpio cannot be imported ({error}): install python3-lgpio from the Pi's own packages and make the "
            "virtual environment with --system-site-packages"
        ) from error
    return lgpio.open_pins()


def _gpiod() -> ModuleType:
    try:
        from hw.gpio import gpiod
    except ImportError as error:
        raise HardwareError(
            f'gpiod cannot be imported ({error}): install this package with its extra "jetson", as in '
            "pip install 'door-terminal[jetson]'"
        ) from error
    return gpiod
