"""A keypad that is a matrix of rows and columns: a thread scans it, `hw.presses` says what counts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hw.base import HardwareError, KeypadSettings
from hw.presses import KEYS
from hw.relock import CLOSE_S
from hw.teller import Teller

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.devices import Wires

SCAN_S = 0.01
_RETRY_S = 0.25


class MatrixKeypad:
    """Scans a matrix a hundred times a second, on a thread of its own."""

    def __init__(self, settings: KeypadSettings, open_wires: Callable[[], Wires]) -> None:
        """Open the wires and start to scan.

        Raises:
            HardwareError: The keys do not fit the wires, or a line is unknown, taken or not permitted.
        """
        self._keys = layout(settings)
        self._wires = open_wires()
        self._teller = Teller(settings.debounce_s)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keypad", daemon=True)
        self._thread.start()

    def watch(self, notify: Callable[[str, float], None]) -> None:
        """Call `notify(key, at)` from the driver's thread once a press."""
        self._teller.watch(notify)

    def close(self) -> None:
        """End the scanning and release the lines; a second call does nothing. A watcher may call it."""
        self._closed.set()
        self._teller.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSE_S)
        self._wires.close()

    def _run(self) -> None:
        wait_s = SCAN_S
        while not self._closed.wait(wait_s):
            try:
                crossings = self._wires.scan()
            except Exception as error:  # noqa: BLE001 - lines that fail once must not end the thread
                self._teller.failed(error)
                wait_s = _RETRY_S
                continue
            self._teller.worked()
            wait_s = min(SCAN_S, self._teller.see(frozenset(self._keys[crossing] for crossing in crossings)))


def layout(settings: KeypadSettings) -> dict[tuple[int, int], str]:
    """Which key is at which crossing (row, column), as printed on it.

    Raises:
        HardwareError: The keys do not fit the rows and columns, or are not those of a telephone.
    """
    if [len(row) for row in settings.keys] != [len(settings.columns)] * len(settings.rows):
        raise HardwareError(
            f"keypad.keys {list(settings.keys)}: {len(settings.rows)} rows of {len(settings.columns)} columns need as "
            "many words of as many characters; write down what is printed on the keys, row by row"
        )
    printed = "".join(settings.keys)
    for key in printed:
        if key not in KEYS or printed.count(key) > 1:
            raise HardwareError(
                f"keypad.keys: {key!r} is {'there twice' if key in KEYS else 'no key'}; each of 0 to 9, * and # may be "
                "there once; leave the column of other keys (A to D) unconnected"
            )
    return {
        (row, column): settings.keys[row][column]
        for row in range(len(settings.rows))
        for column in range(len(settings.columns))
    }
