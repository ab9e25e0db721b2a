"""A lamp of three colours and a beeper as a prompt: a thread plays what `hw.patterns` says."""

from __future__ import annotations

import atexit
import math
import threading
import time
from typing import TYPE_CHECKING

from hw.patterns import DARK, Look, Pattern, look, pattern
from hw.relock import CLOSE_S, Complaints

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.base import IndicatorSettings, Output, Signal

_PARTS = ("red", "green", "blue", "beeper")
_RETRY_S = 1.0
_BROKEN = "a line of the lamp or beeper does not answer; the others go on"


class IndicatorPrompt:
    """Plays one pattern at a time; a line that fails is tried again, and none is left on by a caller that is gone."""

    def __init__(self, outputs: dict[str, Output]) -> None:
        """Start dark.

        Args:
            outputs: "red", "green", "blue" and "beeper", as far as there are any; all off.
        """
        self._outputs = outputs
        self._set: dict[str, bool | None] = dict.fromkeys(outputs, False)
        self._changed = threading.Condition()
        self._told: tuple[Signal, str, str] | None = None
        self._pattern: Pattern = DARK
        self._began = 0.0
        self._news = self._closed = False
        self._complaints = Complaints()
        self._thread = threading.Thread(target=self._run, name="indicator", daemon=True)
        self._thread.start()
        atexit.register(self.close)  # a process that ends without closing leaves no beeper on

    def tell(self, signal: Signal, code: str, words: str) -> None:
        """Play the pattern of this, from its beginning, unless it is playing already."""
        with self._changed:
            if self._closed or self._told == (signal, code, words):
                return
            self._told = (signal, code, words)
            self._pattern, self._began, self._news = pattern(signal, code), time.monotonic(), True
            self._changed.notify_all()

    def close(self) -> None:
        """Switch everything off and release the lines; a second call does nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSE_S)
        atexit.unregister(self.close)

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    break
                current, began, self._news = self._pattern, self._began, False
            shown, until = look(current, time.monotonic() - began)
            if not self._show(shown):
                until = min(until, time.monotonic() - began + _RETRY_S)
            with self._changed:
                self._changed.wait_for(lambda: self._news or self._closed, self._left_s(began + until))
        self._release()

    @staticmethod
    def _left_s(at: float) -> float | None:
        return None if at == math.inf else max(0.0, at - time.monotonic())

    def _show(self, shown: Look) -> bool:
        worked = True
        for part, output in self._outputs.items():
            on = getattr(shown, part)
            if self._set[part] == on:
                continue
            try:
                output.set(on)
            except Exception as error:  # noqa: BLE001 - a broken lamp must not stop the beeper, nor end the thread
                self._complaints.failed(f"{_BROKEN} ({part})", error)
                self._set[part], worked = None, False  # it may be on all the same
            else:
                self._complaints.worked(f"{_BROKEN} ({part})")
                self._set[part] = on
        return worked

    def _release(self) -> None:
        for part, output in self._outputs.items():
            try:
                output.close()
            except Exception as error:  # noqa: BLE001 - the others are switched off whatever one of them says
                self._complaints.failed(f"{_BROKEN} ({part})", error)
        self._complaints.close()


def open_indicator(settings: IndicatorSettings, open_output: Callable[[str], Output]) -> IndicatorPrompt:
    """Open what the settings name; where they name nothing, nothing is shown.

    Raises:
        HardwareError: A line is unknown, taken, or not permitted; those that were opened are released.
    """
    outputs: dict[str, Output] = {}
    try:
        for part in _PARTS:
            if line := getattr(settings, part):
                outputs[part] = open_output(line)
    except BaseException:
        for output in outputs.values():
            output.close()
        raise
    return IndicatorPrompt(outputs)
