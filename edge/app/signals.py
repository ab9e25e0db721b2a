"""SIGTERM and SIGINT end a process in order."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


@contextlib.contextmanager
def stop_on_signals(told: Callable[[], None] = lambda: None) -> Iterator[threading.Event]:
    """Give an event that SIGTERM and SIGINT set; the signals do what they did before, afterwards.

    Args:
        told: Called after the event was set, to wake whoever waits for something else.
    """
    stopped = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopped.set()
        told()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
