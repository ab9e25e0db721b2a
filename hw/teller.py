"""Tells a keypad's watchers of presses, and logs what is wrong; never a key, for the keys are somebody's PIN."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hw.base import HardwareError
from hw.presses import UNREAD, Presses, due, step, stuck
from hw.relock import Complaints

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.presses import Press

_STUCK = "a key of the keypad is stuck; the others still work"
_UNTOLD = "a watcher of the keypad failed"
_AWAY = "the keypad could not be read; it is tried again"


class Teller:
    """Turns what is down into presses; a driver calls it from one thread of its own."""

    def __init__(self, debounce_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with all keys up."""
        self._debounce_s = debounce_s
        self._clock = clock
        self._presses = Presses()
        self._watchers: tuple[Callable[[str, float], None], ...] = ()
        self._complaints = Complaints()

    def watch(self, notify: Callable[[str, float], None]) -> None:
        """Call `notify(key, at)` for each press from now on; any thread may ask for it."""
        self._watchers = (*self._watchers, notify)

    def see(self, down: frozenset[str]) -> float:
        """Note what is down now, tell of a press, and return in how many seconds to look again at the latest."""
        now = self._clock()
        self._presses, press = step(self._presses, down, now, self._debounce_s)
        if stuck(self._presses, now):
            self._complaints.failed(_STUCK, HardwareError("it has been down for half a minute: clean it or replace it"))
        else:
            self._complaints.worked(_STUCK)
        if press is not None:
            told = [self._tells(notify, press) for notify in self._watchers]
            if all(told):
                self._complaints.worked(_UNTOLD)
        return due(self._presses, now, self._debounce_s) - now

    def failed(self, error: Exception) -> None:
        """Note that the keypad could not be read: what was down is not known any more."""
        self._presses = UNREAD
        self._complaints.failed(_AWAY, error)

    def worked(self) -> None:
        """Note that it could be read."""
        self._complaints.worked(_AWAY)

    def close(self) -> None:
        """Tell nobody any more; a second call does nothing."""
        self._watchers = ()
        self._complaints.close()

    def _tells(self, notify: Callable[[str, float], None], press: Press) -> bool:
        try:
            notify(press.key, press.at)
        except Exception as error:  # noqa: BLE001 - one watcher's fault must not end the keypad's thread
            # The error's words, and what its traceback shows, may hold the key: only its kind is logged.
            self._complaints.failed(_UNTOLD, HardwareError(type(error).__name__))
            return False
        return True
