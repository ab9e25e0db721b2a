"""A lock and inputs on the lines of any Linux gpiochip, by libgpiod: a Jetson's, a PC's with a GPIO card, gpio-sim's.

What a line does when nobody drives it any more is its chip's affair: some keep the level, some make it an input. So
the lock's line is given the pull of its locked level from the first moment on, and it is let go of while it is driven
locked; it is never made an input first, where an active-low relay without that pull would float and could pulse. A
chip that has no pulls of its own (a Jetson's) ignores them: there the wiring has to bring the resistor.
"""

from __future__ import annotations

import atexit
import os
import select
import threading
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import gpiod
from gpiod.line import Bias, Direction, Edge, Value

from hw.base import HardwareError, InputSettings, LockSettings
from hw.debounce import Debounce
from hw.gpio.lines import CONSUMER, explained, find
from hw.relock import CLOSE_S, Complaints, Relock, refuse_unlocked_at_rest

if TYPE_CHECKING:
    from collections.abc import Callable

PULLS = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "none": Bias.DISABLED}
RETRY_S = 0.25
_UNHEARD = "an input's edges could not be read; it is tried again"


class GpiodLock:
    """A relay on one line; the relock thread is made before the line is claimed, and the line is claimed locked."""

    def __init__(self, settings: LockSettings) -> None:
        """Claim the line at its locked level, and with the pull of it, in the request itself.

        Raises:
            HardwareError: The line is unknown, taken or not permitted, or the wiring is open at rest.
        """
        refuse_unlocked_at_rest(settings)
        self._line = settings.line
        self._claimed: ClaimedLine | None = None
        self._relock = Relock(self._release)
        try:
            self._claimed = ClaimedLine(
                settings.line,
                direction=Direction.OUTPUT,
                output_value=Value.INACTIVE,
                active_low=settings.active_low,
                bias=Bias.PULL_UP if settings.active_low else Bias.PULL_DOWN,
            )
        except Exception as error:
            self._relock.close()
            raise explained(error, "lock.line", settings.line) from error
        atexit.register(self._relock.close)  # a process that ends without closing still locks (S3)

    def pulse(self, seconds: float) -> None:
        """Unlock, and lock again after `seconds`: the timer is armed before the line is energised."""
        self._relock.pulse(seconds, self._energise)

    def shorten(self, seconds: float) -> None:
        """Lock in `seconds` at the latest, without locking in between."""
        self._relock.shorten(seconds)

    def secure(self) -> None:
        """Lock now; when the line does not answer, the timer goes on trying."""
        try:
            self._relock.cancel()
        except Exception as error:
            raise explained(error, "lock.line", self._line) from error

    def close(self) -> None:
        """Lock, and let go of the line as it is; a second call does nothing."""
        self._relock.close()
        atexit.unregister(self._relock.close)
        with self._relock.mutex:
            claimed, self._claimed = self._claimed, None
        if claimed is not None:
            claimed.close()

    def _energise(self) -> None:
        try:
            self._drive(Value.ACTIVE)
        except Exception as error:
            raise explained(error, "lock.line", self._line) from error

    def _release(self) -> None:
        self._drive(Value.INACTIVE)

    def _drive(self, value: Value) -> None:
        if self._claimed is not None:
            self._claimed.request.set_value(self._claimed.offset, value)


class GpiodInput:
    """A contact or button on one line: the kernel tells of its edges and their moments, and they are debounced here."""

    def __init__(self, settings: InputSettings) -> None:
        """Claim the line as an input with its pull.

        Raises:
            HardwareError: The line is unknown, taken or not permitted.
        """
        self._lines: list[ClaimedLine] = []
        with ExitStack() as undo:
            for line, edges in ((settings.line, Edge.BOTH), (settings.complement, Edge.NONE)):
                if line or edges is Edge.BOTH:
                    self._lines.append(undo.enter_context(closing(_input(settings, line, edges))))
            try:
                self._debounce = Debounce(
                    self._lines[0].active,
                    settings.debounce_s,
                    bounce_s=settings.bounce_s,
                    complement=self._lines[1].active if settings.complement else None,
                )
            except OSError as error:
                raise explained(error, "input line", settings.line) from error
            undo.pop_all()
        self._edges = _Edges(self._lines[0], self._debounce)

    @property
    def fault(self) -> str:
        """What is wrong with the line now; empty when nothing is."""
        return self._edges.fault or self._debounce.fault

    def read(self) -> bool:
        """Whether it is active now, debounced."""
        return self._debounce.stable

    def watch(self, notify: Callable[[bool, float], None]) -> None:
        """Call `notify(active, since)` from the driver's thread after each debounced change."""
        self._debounce.watch(notify)

    def close(self) -> None:
        """Release the line; a second call does nothing."""
        self._debounce.close()
        self._edges.close()
        for line in self._lines:
            line.close()


class ClaimedLine:
    """One line that is claimed by this process.

    Attributes:
        offset: Its number on its chip.
        request: libgpiod's handle of it.
    """

    def __init__(self, name: str, **settings: object) -> None:
        """Claim the line of this name with `gpiod.LineSettings` of these words."""
        place = find(name)
        self.offset = place.offset
        with gpiod.Chip(place.chip) as chip:
            wanted = {place.offset: gpiod.LineSettings(**settings)}
            self.request = chip.request_lines(wanted, consumer=CONSUMER)

    def active(self) -> bool:
        """Whether it is active now."""
        return bool(self.request.get_value(self.offset) is Value.ACTIVE)

    def close(self) -> None:
        """Let go of it as it is; a second call does nothing."""
        self.request.release()


class _Edges:
    """The thread that waits for a line's edges; it outlives what goes wrong with them, and says so (S10)."""

    def __init__(self, line: ClaimedLine, debounce: Debounce) -> None:
        self.fault = ""
        self._line = line
        self._debounce = debounce
        self._complaints = Complaints()
        self._closing = os.eventfd(0, os.EFD_CLOEXEC)
        self._poll = select.poll()
        self._poll.register(self._closing, select.POLLIN)
        self._poll.register(line.request.fd, select.POLLIN)
        self._thread = threading.Thread(target=self._run, name="edges", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; a second call does nothing."""
        if self._closing < 0:
            return
        os.eventfd_write(self._closing, 1)
        self._thread.join(CLOSE_S)
        os.close(self._closing)
        self._closing = -1

    def _run(self) -> None:
        again = select.poll()
        again.register(self._closing, select.POLLIN)
        while True:
            try:
                ready = dict(self._poll.poll(RETRY_S * 1000 if self.fault else None))
                if self._closing in ready:
                    break
                self._read(ready.get(self._line.request.fd, 0))
            except Exception as error:  # noqa: BLE001 - whatever it was, this thread lets people out
                self._complaints.failed(_UNHEARD, error)
                self.fault = f"cannot be read: {error or type(error).__name__}"
                if again.poll(RETRY_S * 1000):
                    break
            else:
                self._complaints.worked(_UNHEARD)
                self.fault = ""
        self._complaints.close()

    def _read(self, ready: int) -> None:
        if ready & (select.POLLERR | select.POLLHUP | select.POLLNVAL):
            raise HardwareError("its GPIO chip is gone")
        if ready:
            for event in self._line.request.read_edge_events():
                self._debounce.edge(event.event_type is event.Type.RISING_EDGE, event.timestamp_ns / 1e9)


def _input(settings: InputSettings, line: str, edges: Edge) -> ClaimedLine:
    try:
        return ClaimedLine(
            line,
            direction=Direction.INPUT,
            active_low=settings.active_low,
            bias=PULLS[settings.pull],
            edge_detection=edges,
        )
    except Exception as error:
        raise explained(error, "input line", line) from error
