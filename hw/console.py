"""Prompts as lines on standard error, for a PC and for a terminal that has no lamp or beeper yet.

Lamps and beepers on GPIO come later: the door process holds every GPIO line, and must be asked for them.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hw.base import Signal

STDERR = 2
_WAITING = 8
"""How many lines may wait to be written; a prompt that is older than these helps nobody."""


class ConsolePrompt:
    """Writes each change as one line; a thread of its own waits for whoever reads it, nobody else does.

    The writer goes past `sys.stderr`: Python takes its lock when it ends, and a writer that is stuck would hold it.
    """

    def __init__(self, descriptor: int = STDERR) -> None:
        """Start the writer; `descriptor` is the file descriptor it writes to, and stays open."""
        self._descriptor = descriptor
        self._lines: deque[str] = deque(maxlen=_WAITING)
        self._changed = threading.Condition()
        self._shown: tuple[Signal, str, str] | None = None
        self._closed = False
        threading.Thread(target=self._write, name="prompt", daemon=True).start()

    def tell(self, signal: Signal, code: str, words: str) -> None:
        """Hand the line to the writer, unless it is shown already; IDLE, and what has no words, writes nothing."""
        with self._changed:
            if self._closed or self._shown == (signal, code, words):
                return
            self._shown = (signal, code, words)
            line = " ".join(words.split())
            if line:
                self._lines.append(f"{signal.upper()} {line}\n")
                self._changed.notify()

    def close(self) -> None:
        """Write what is left, as far as somebody reads it, and end the writer; a second call does nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines or self._closed)
                if not self._lines:
                    return
                line = self._lines.popleft()
            with contextlib.suppress(OSError):
                os.write(self._descriptor, line.encode(errors="backslashreplace"))
