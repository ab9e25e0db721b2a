"""What the parts of a door promise: locks, plain outputs, keypads, and the wires of a keypad's matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Keypad", "Lock", "Output", "RecordedLock", "Wires"]


class Lock(Protocol):
    """An electric lock that is locked unless a pulse holds it open."""

    def pulse(self, seconds: float) -> None:
        """Unlock now and lock again after `seconds`, by the driver's own thread whatever becomes of the caller.

        A pulse during a pulse can only lengthen it.

        Raises:
            HardwareError: The lock does not answer; it has been told to lock.
        """

    def shorten(self, seconds: float) -> None:
        """Lock in `seconds` at the latest, without locking in between; a lock that is locked stays so."""

    def secure(self) -> None:
        """Lock now."""

    def close(self) -> None:
        """Lock, and release the line without a pulse; a second call does nothing."""


@runtime_checkable
class RecordedLock(Lock, Protocol):
    """A lock that moves nothing and writes down what it would have moved."""

    @property
    def history(self) -> tuple[tuple[float, bool], ...]:
        """(monotonic seconds, whether unlocked) at opening and after each change, oldest first."""


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
