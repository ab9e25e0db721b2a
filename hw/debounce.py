"""An input driver's own thread: debounces, and notices a line that bounces, cannot be read, or has a cut wire.

It is made when the line is opened, so that no press ever has to create one.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from hw.relock import CLOSE_S, Complaints

if TYPE_CHECKING:
    from collections.abc import Callable

RESAMPLE_S = 0.25
REST_S = 0.1
BOUNCE_S = 1.0
_UNREAD = "an input's line could not be read; it is tried again"
_UNTOLD = "a watcher of an input failed"


class Debounce:
    """Tells watchers of a level once it has lasted `debounce_s`; any edge starts the time anew."""

    def __init__(
        self,
        sample: Callable[[], bool],
        debounce_s: float,
        *,
        bounce_s: float = BOUNCE_S,
        complement: Callable[[], bool] | None = None,
    ) -> None:
        """Start with the level of now as the one that counts; with a cut wire, which shows none, at rest.

        Args:
            sample: Reads the line.
            debounce_s: How long a level must last to count.
            bounce_s: After so long without rest, or with a complement that agrees, the line is faulty.
            complement: Reads the line that always shows the opposite; a level counts only when it does.
        """
        self._sample = sample
        self._complement = complement
        self._debounce_s = debounce_s
        self._bounce_s = bounce_s
        self._rest_s = max(3 * debounce_s, REST_S)
        self._changed = threading.Condition()
        self._watchers: tuple[Callable[[bool, float], None], ...] = ()
        self._counted: list[tuple[bool, float]] = []
        self._level = sample()
        cut = complement is not None and complement() == self._level
        self._stable = self._level and not cut
        self._complaints = Complaints()
        self._since = self._restless = time.monotonic()
        self._agreeing: float | None = self._since if cut else None
        self._unread = ""
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="debounce", daemon=True)
        self._thread.start()

    @property
    def stable(self) -> bool:
        """The last level that counted."""
        with self._changed:
            return self._stable

    @property
    def fault(self) -> str:
        """What is wrong with the line now; empty when nothing is."""
        with self._changed:
            now = time.monotonic()
            if self._unread:
                return f"cannot be read: {self._unread}"
            if self._agreeing is not None and now - self._agreeing > self._bounce_s:
                return "cut wire"
            bouncing = now - self._since < self._rest_s and self._since - self._restless > self._bounce_s
            return "bouncing" if bouncing else ""

    def edge(self, level: bool, at: float | None = None) -> None:  # noqa: FBT001 - a level is what an edge is
        """Note that the line has become `level`: just now, or at the monotonic second that the kernel gives for it."""
        with self._changed:
            now = time.monotonic() if at is None else min(at, time.monotonic())
            self._count(now)
            self._turn(level, now)
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
        due_s = self._since + self._debounce_s - time.monotonic()
        # A level that is due and does not count waits for its complement.
        return RESAMPLE_S if self._level == self._stable or self._agreeing is not None else max(0.0, due_s)

    def _look(self) -> None:
        try:
            level = self._sample()
            agrees = self._complement is not None and self._complement() == level
        except Exception as error:  # noqa: BLE001 - a line that fails once must not end the thread that lets people out (S10)
            self._complaints.failed(_UNREAD, error)
            self._level, self._unread = self._stable, str(error) or type(error).__name__
            return
        self._complaints.worked(_UNREAD)
        self._unread = ""
        now = time.monotonic()
        self._agreeing = (self._agreeing or now) if agrees else None
        if level != self._level:  # an edge was lost on the way
            self._turn(level, now)
        self._count(now)

    def _turn(self, level: bool, now: float) -> None:  # noqa: FBT001 - as above
        if now - self._since >= self._rest_s:
            self._restless = now
        self._level, self._since = level, now

    def _count(self, now: float) -> None:
        if self._level != self._stable and now >= self._since + self._debounce_s and self._agreeing is None:
            self._stable = self._level
            self._counted.append((self._stable, self._since))

    def _tell(self, notify: Callable[[bool, float], None], level: bool, since: float) -> None:  # noqa: FBT001 - as above
        try:
            notify(level, since)
        except Exception as error:  # noqa: BLE001 - one watcher's fault must not end the thread that lets people out (S10)
            self._complaints.failed(_UNTOLD, error)
        else:
            self._complaints.worked(_UNTOLD)
