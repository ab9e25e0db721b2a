"""The log of a process that must never wait for whoever reads it: a stalled journald, or a pager that is paused.

Lines go into a bounded queue, and a thread of its own writes them; when the queue is full they are dropped and counted.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import queue
import threading
from logging.handlers import QueueHandler

STDERR = 2
CAPACITY = 1000
DRAIN_S = 0.5


class PatientLog(QueueHandler):
    """Takes log records without ever blocking.

    The writer goes past `sys.stderr` and `logging.Handler`: Python takes their locks when it ends, and a writer that
    is stuck would hold them.
    """

    def __init__(self, descriptor: int, capacity: int = CAPACITY) -> None:
        """Start the writer; `descriptor` is the file descriptor it writes to."""
        self._lines: queue.Queue[logging.LogRecord] = queue.Queue(capacity)
        super().__init__(self._lines)
        self.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        self._descriptor = descriptor
        self._dropped = 0
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def enqueue(self, record: logging.LogRecord) -> None:
        """Hand a record to the writer, or drop it."""
        try:
            self._lines.put_nowait(record)
        except queue.Full:
            self._dropped += 1

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Drop what cannot be formatted; the standard way would print to stderr, and wait."""
        del record
        self._dropped += 1

    def drain(self, timeout_s: float = DRAIN_S) -> None:
        """Wait for the writer, for at most `timeout_s`."""
        with self._lines.all_tasks_done:
            self._lines.all_tasks_done.wait_for(lambda: not self._lines.unfinished_tasks, timeout_s)

    def _write(self) -> None:
        while True:
            text = self._lines.get().getMessage()
            dropped, self._dropped = self._dropped, 0
            if dropped:
                text += f"\nWARNING {dropped} lines of the log were dropped: nobody read it"
            with contextlib.suppress(OSError):
                os.write(self._descriptor, (text + "\n").encode(errors="backslashreplace"))
            self._lines.task_done()


def log_patiently(level: int) -> None:
    """Send this process's log to standard error from now on, without ever waiting for it."""
    root = logging.getLogger()
    handler = PatientLog(STDERR)
    root.addHandler(handler)
    root.setLevel(level)
    atexit.register(handler.drain)
