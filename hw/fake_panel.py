"""The small parts beside a door, scripted in and recorded out: an output that drives nothing, keys without a keypad."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from hw.base import HardwareError, KeypadSettings
from hw.relock import CLOSE_S
from hw.teller import Teller

if TYPE_CHECKING:
    from collections.abc import Callable


class FakeOutput:
    """A lamp or beeper that nobody sees or hears; it records each change and can be told to fail.

    Attributes:
        line: The line that it was opened with.
        failing: How many of the next settings fail.
        closed: Whether it was closed.
    """

    def __init__(self, line: str = "") -> None:
        self.line = line
        self.failing = 0
        self.closed = False
        self._changed = threading.Condition()
        self._history: list[tuple[float, bool]] = [(time.monotonic(), False)]

    @property
    def history(self) -> tuple[tuple[float, bool], ...]:
        """(monotonic seconds, whether on) at opening and after each change, oldest first."""
        with self._changed:
            return tuple(self._history)

    def set(self, on: bool) -> None:  # noqa: FBT001 - what it is set to is all it is told
        """Record it."""
        with self._changed:
            if self.closed:
                raise HardwareError("fake output: closed; open it again before it is set")
            if self.failing > 0:
                self.failing -= 1
                raise HardwareError("fake output: told to fail")
            self._record(on)

    def wait_changes(self, count: int, timeout_s: float) -> bool:
        """Wait until it has changed `count` times since it was opened; False when it had not within `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._history) > count, timeout_s)

    def close(self) -> None:
        """Switch it off; a second call does nothing."""
        with self._changed:
            self._record(on=False)
            self.closed = True

    def _record(self, on: bool) -> None:  # noqa: FBT001 - as above
        if self._history[-1][1] != on:
            self._history.append((time.monotonic(), on))
            self._changed.notify_all()


class FakeKeypad:
    """A keypad whose keys software presses; they count by the rules of the real ones."""

    def __init__(self, settings: KeypadSettings | None = None) -> None:
        """Start with all keys up."""
        self._teller = Teller((settings or KeypadSettings()).debounce_s)
        self._changed = threading.Condition()
        self._down: frozenset[str] = frozenset()
        self._news = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="keypad", daemon=True)
        self._thread.start()

    def press(self, *keys: str) -> None:
        """Put keys down, all at once; they count once they have been down for the settings' debounce_s."""
        self._set(self._down | set(keys))

    def release(self, *keys: str) -> None:
        """Let keys go."""
        self._set(self._down - set(keys))

    def watch(self, notify: Callable[[str, float], None]) -> None:
        """Call `notify(key, at)` from the driver's thread once a press."""
        self._teller.watch(notify)

    def close(self) -> None:
        """Tell of no more keys; a second call does nothing. A watcher may call it."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._teller.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSE_S)

    def _set(self, down: frozenset[str]) -> None:
        with self._changed:
            self._down, self._news = down, True
            self._changed.notify_all()

    def _run(self) -> None:
        wait_s = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._news or self._closed, min(max(0.0, wait_s), threading.TIMEOUT_MAX))
                if self._closed:
                    return
                down, self._news = self._down, False
            wait_s = self._teller.see(down)
