"""A lock driver's own clock: the thread that locks again whatever becomes of the caller (S3).

It is made when the line is opened, so that no pulse ever has to create one. What goes wrong is logged by a thread of
its own: a log that nobody reads holds up neither a lock nor a button.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from hw.base import HardwareError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.base import LockSettings

MAX_PULSE_S = 255.0
RETRY_S = 0.05
CLOSE_S = 1.0
COMPLAIN_S = 60.0
_UNRELEASED = "the lock's line could not be released; it is tried again"

_OTHER = {"no": "nc", "nc": "no"}

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


def refuse_unlocked_at_rest(settings: LockSettings) -> None:
    """Refuse a wiring in which the relay at rest unlocks: whenever no process drives the line, the door would be open.

    Raises:
        HardwareError: It is one.
    """
    if (settings.fail == "secure") != (settings.contact == "no"):
        contact = "normally open" if settings.contact == "no" else "normally closed"
        raise HardwareError(
            f"lock.contact: a fail-{settings.fail} lock on the relay's {contact} contact is open whenever no process "
            f'drives the relay; wire it to the other contact, and set lock.contact = "{_OTHER[settings.contact]}" (S2)'
        )


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

    def pulse(self, seconds: float, energise: Callable[[], None]) -> None:
        """Arm, and only then energise the line; when that fails it is released, and what failed is raised.

        Raises:
            ValueError: As of `arm`.
            HardwareError: As of `arm`.
        """
        with self.mutex:
            self.arm(seconds)
            try:
                energise()
            except Exception:
                with suppress(Exception):  # the timer goes on trying
                    self.cancel()
                raise

    def shorten(self, seconds: float) -> None:
        """Release in `seconds` at the latest; a line that is released stays so.

        Raises:
            ValueError: `seconds` is not a positive number; nothing was changed.
        """
        if not seconds > 0:  # also refuses NaN
            raise ValueError(f"a pulse cannot be shortened to {seconds} s")
        with self._changed:
            if self._deadline is not None:
                self._deadline = min(self._deadline, time.monotonic() + seconds)
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
