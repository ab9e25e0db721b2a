"""What the line's thread has to say: logged by another thread, so that a log that nobody reads holds up nothing."""

from __future__ import annotations

import logging
import math
import queue
import threading
import time

AGAIN_S = 60.0
_WAITING = 64
_REMEMBERED = 256

_log = logging.getLogger("hw.osdp")


class Notes:
    """Logs a sentence at most once a minute; while too many wait, further ones are dropped."""

    def __init__(self) -> None:
        """Start the thread that logs."""
        self._next_at: dict[str, float] = {}
        self._mutex = threading.Lock()
        self._said: queue.SimpleQueue[tuple[int, str] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="osdp-notes", daemon=True).start()

    def say(self, words: str, level: int = logging.WARNING) -> None:
        """Note a sentence, without waiting."""
        now = time.monotonic()
        with self._mutex:
            if now < self._next_at.get(words, -math.inf) or self._said.qsize() >= _WAITING:
                return
            if len(self._next_at) >= _REMEMBERED:
                self._next_at.clear()
            self._next_at[words] = now + AGAIN_S
            self._said.put((level, words))

    def close(self) -> None:
        """Log what waits, and end the thread without waiting for it."""
        self._said.put(None)

    def _run(self) -> None:
        while (said := self._said.get()) is not None:
            _log.log(*said)
