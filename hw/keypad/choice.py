"""Which keypad the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hw.base import HardwareError
from hw.keypad.matrix import MatrixKeypad
from hw.keypad.usb import UsbKeypad

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.base import Keypad, KeypadSettings
    from hw.devices import Wires


def open_keypad(settings: KeypadSettings, open_wires: Callable[[], Wires]) -> Keypad:
    """Open the matrix, by `open_wires`, or the USB device.

    Raises:
        HardwareError: The settings name neither or both, or what they name cannot be opened.
    """
    if bool(settings.rows and settings.columns) == bool(settings.device):
        raise HardwareError("keypad: name either keypad.rows and keypad.columns (a matrix), or keypad.device (USB)")
    return UsbKeypad(settings) if settings.device else MatrixKeypad(settings, open_wires)
