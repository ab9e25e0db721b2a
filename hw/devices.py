"""What small parts beside a door promise: plain outputs, keypads, and the wires of a keypad's matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Keypad", "Output", "Wires"]


class Output(Protocol):
    """A lamp, a beeper, or anything else that is switched on and off; off when it is opened."""

    def set(self, on: bool) -> None:  # noqa: FBT001 - what it is set to is all it is told
        """Switch it on or off now.

        Raises:
            HardwareError: The line does not answer.
        """

    def close(self) -> None:
        """Switch it off and release the line; a second call does nothing."""


class Keypad(Protocol):
    """Keys that people type a number with."""

    def watch(self, notify: Callable[[str, float], None]) -> None:
        """Call `notify(key, at)` from the driver's thread once a press; `key` is "0" to "9", "*" or "#".

        `at` is monotonic seconds. A key that is held counts once; two at once count as none. It never logs a key.
        """

    def close(self) -> None:
        """Release the lines or the device; a second call does nothing."""


class Wires(Protocol):
    """The rows and columns of a key matrix."""

    def scan(self) -> frozenset[tuple[int, int]]:
        """The crossings (row, column) that are closed now, counted from 0 at the top left.

        Raises:
            HardwareError: A line does not answer.
        """

    def close(self) -> None:
        """Release the lines; a second call does nothing."""
