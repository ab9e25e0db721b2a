"""A driver's own clock: the thread that locks again whatever becomes of the caller (S3), and the one that debounces.

Each has ONE thread, made when the line is opened, so that neither a pulse nor a button press ever has to create one.
What goes wrong is logged by a thread of its own: a log that nobody reads holds up neither a lock nor a button.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from typing import TYPE_CHECKING

from hw.base import HardwareError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PULSE_S = 255.0
RETRY_S = 0.05
CLOSE_S = 1.0
RESAMPLE_S = 0.25
COMPLAIN_S = 60.0
_UNRELEASED = "the lock's line could not be released; it is tried again"
_UNREAD = "an input's line could not be read; it is tried again"
_UNTOLD = "a watcher of an input failed"

_log = logging.getLogger(__name__)


class Complaints:
    """Logs the first failure of an episode, and then one a minute; an episode ends when the same works again."""

    def __init__(self) -> None:
        """Start the thread that logs."""
        self._next_at: dict[str, float] = {}
        self._said: queue.SimpleQueue[tuple[str, Exception] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="complaints", daemon=True).start()

    def failed(self, words: str, error: Exception) -> None:
        """Note a failure, without waiting."""
        now = time.monotonic()
        if now >= self._next_at.get(words, -math.inf):
            self._next_at[words] = now + COMPLAIN_S
            self._said.put((words, error))

    def worked(self, words: str) -> None:
        """End the episode."""
        self._next_at.pop(words, None)

    def close(self) -> None:
        """Log what waits, and end the thread without waiting for it."""
        self._said.put(None)

    def _run(self) -> None:
        while (said := self._said.get()) is not None:
            words, error = said
            _log.error(words, exc_info=error)


class Relock:
    """Calls `release` when a pulse is over; when that fails, again and again until it works.

    Attributes:
        mutex: Held by the driver from arming until the line is energised, and by the timer while it releases: a
            timer that runs out early waits for the line, and a pulse that comes late is not cut short.
    """

    def __init__(self, release: Callable[[], None]) -> None:
        self.mutex = threading.RLock()
        self._release = release
        self._changed = threading.Condition(self.mutex)
        self._deadline: float | None = None
        self._closed = False
        self._complaints = Complaints()
        self._thread = threading.Thread(target=self._run, name="relock", daemon=True)
        self._thread.start()

    @property
    def deadline(self) -> float | None:
        """The monotonic second at which the line is released; None when it is."""
        with self.mutex:
            return self._deadline

    def arm(self, seconds: float) -> None:
        """Release `seconds` from now; a pulse that already runs longer keeps its end.

        Raises:
            ValueError: `seconds` is not between 0 and 255; nothing was armed.
            HardwareError: The timer is closed, or its thread is dead.
        """
        if not 0 < seconds <= MAX_PULSE_S:  # also refuses NaN, which would never come due
            raise ValueError(f"a pulse of {seconds} s is not between 0 and {MAX_PULSE_S:g} s")
        with self._changed:
            if self._closed or not self._thread.is_alive():
                raise HardwareError("the relock timer is closed: open the lock again before a pulse")
            self._deadline = max(time.monotonic() + seconds, self._deadline or -math.inf)
            self._changed.notify_all()

    def cancel(self) -> None:
        """End the pulse: release on this thread; if that fails the error is raised, and the timer goes on trying."""
        with self._changed:
            self._deadline = time.monotonic()
            self._changed.notify_all()
            self._release()
            self._deadline = None

    def close(self) -> None:
        """Release, and end the thread; a second call does nothing.

        Raises:
            HardwareError: The line could not be released for a second; the thread goes on trying.
        """
        with self._changed:
            if not self._closed:
                self._closed = True
                self._deadline = time.monotonic()
                self._changed.notify_all()
        self._thread.join(CLOSE_S)
        if self._thread.is_alive():
            raise HardwareError("the lock's line could not be released: cut the lock's power, then look at the wiring")

    def _run(self) -> None:
        with self._changed:
            while not (self._closed and self._deadline is None):
                wait_s = None if self._deadline is None else self._deadline - time.monotonic()
                if wait_s is None or wait_s > 0:
                    self._changed.wait(wait_s)
                elif self._released():
                    self._deadline = None
                else:
                    self._changed.wait(RETRY_S)
        self._complaints.close()

    def _released(self) -> bool:
        try:
            self._release()
        except Exception as error:  # noqa: BLE001 - whatever it was, a lock must be tried again, and this thread must live
            self._complaints.failed(_UNRELEASED, error)
            return False
        self._complaints.worked(_UNRELEASED)
        return True


class Debounce:
    """Tells watchers of a level once it has lasted `debounce_s`; any edge starts the time anew."""

    def __init__(self, sample: Callable[[], bool], debounce_s: float) -> None:
        """Start with the level of now as the one that counts; `sample` reads the line."""
        self._sample = sample
        self._debounce_s = debounce_s
        self._changed = threading.Condition()
        self._watchers: tuple[Callable[[bool, float], None], ...] = ()
        self._counted: list[tuple[bool, float]] = []
        self._stable = self._level = sample()
        self._complaints = Complaints()
        self._since = time.monotonic()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="debounce", daemon=True)
        self._thread.start()

    @property
    def stable(self) -> bool:
        """The last level that counted."""
        with self._changed:
            return self._stable

    def edge(self, level: bool) -> None:  # noqa: FBT001 - a level is what an edge is
        """Note that the line has just become `level`."""
        with self._changed:
            now = time.monotonic()
            self._count(now)
            self._level, self._since = level, now
            self._changed.notify_all()

    def watch(self, notify: Callable[[bool, float], None]) -> None:
        """Call `notify(level, since)` from this thread whenever another level counts; `since` is monotonic seconds."""
        with self._changed:
            self._watchers = (*self._watchers, notify)

    def close(self) -> None:
        """Stop watching; a second call does nothing. A watcher may call it."""
        with self._changed:
            self._closed.set()
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._closed.is_set():
            with self._changed:
                if not self._counted and not self._closed.is_set():
                    self._changed.wait(self._wait_s())
                    self._look()
                counted, self._counted = self._counted, []
                watchers = () if self._closed.is_set() else self._watchers
            for level, since in counted:
                for notify in watchers:
                    self._tell(notify, level, since)
        self._complaints.close()

    def _wait_s(self) -> float:
        if self._level == self._stable:
            return RESAMPLE_S
        return max(0.0, self._since + self._debounce_s - time.monotonic())

    def _look(self) -> None:
        try:
            level = self._sample()
        except Exception as error:  # noqa: BLE001 - a line that fails once must not end the thread that lets people out (S10)
            self._complaints.failed(_UNREAD, error)
            self._level = self._stable
            return
        self._complaints.worked(_UNREAD)
        now = time.monotonic()
        if level != self._level:  # an edge was lost on the way
            self._level, self._since = level, now
        self._count(now)

    def _count(self, now: float) -> None:
        if self._level != self._stable and now >= self._since + self._debounce_s:
            self._stable = self._level
            self._counted.append((self._stable, self._since))

    def _tell(self, notify: Callable[[bool, float], None], level: bool, since: float) -> None:  # noqa: FBT001 - as above
        try:
            notify(level, since)
        except Exception as error:  # noqa: BLE001 - one watcher's fault must not end the thread that lets people out (S10)
            self._complaints.failed(_UNTOLD, error)
        else:
            self._complaints.worked(_UNTOLD)
