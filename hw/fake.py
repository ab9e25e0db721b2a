"""Hardware that is scripted in and recorded out; it keeps the rules of the real drivers, relock thread and all."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from hw.base import (
    CameraEndError,
    CameraIdentity,
    CameraSettings,
    Frame,
    HardwareError,
    InputSettings,
    LockSettings,
    Signal,
)
from hw.debounce import Debounce
from hw.relock import Relock, refuse_unlocked_at_rest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray


FAKE_IDENTITY = CameraIdentity(driver="fake", model="fake", path="", replayed=True)


class FakeCamera:
    """A camera that shows what it is told to.

    Attributes:
        closed: Whether it was closed.
        captured: How many times a frame was asked for.
    """

    def __init__(
        self,
        script: Iterable[NDArray[np.uint8] | Frame | HardwareError],
        *,
        identity: CameraIdentity = FAKE_IDENTITY,
    ) -> None:
        """Take the script.

        Args:
            script: For each capture a picture (delivered as exposed now), a whole frame (delivered as it is, be it
                stale or out of order), or an error (raised). After the last one the camera is at its end.
            identity: What the camera says it is.
        """
        self.identity = identity
        self.closed = False
        self.captured = 0
        self._script = iter(script)
        self._sequence = 0

    def capture(self, timeout_s: float) -> Frame:
        """Return the script's next frame at once, or raise its error; `timeout_s` is never used up."""
        del timeout_s
        if self.closed:
            raise HardwareError("fake camera: closed; open it again before a capture")
        self.captured += 1
        item = next(self._script, None)
        if item is None:
            raise CameraEndError("fake camera: the script is at its end")
        if isinstance(item, Exception):
            raise item
        if isinstance(item, Frame):
            return item
        self._sequence += 1
        return Frame(pixels=item, at=time.monotonic(), sequence=self._sequence)

    def close(self) -> None:
        """End the camera; a second call does nothing."""
        self.closed = True


def grey_pictures(settings: CameraSettings) -> Iterator[NDArray[np.uint8]]:
    """Endless empty pictures of the settings' size."""
    import numpy as np  # noqa: PLC0415 - a door with a fake lock never loads numpy

    picture = np.full((settings.height_px, settings.width_px, 3), 128, np.uint8)
    while True:
        yield picture


class FakeLock:
    """A lock that moves nothing; it records each change and can be told to fail.

    Attributes:
        settings: The wiring it was opened with.
        failing_pulses: How many of the next attempts to energise it fail.
        failing_releases: How many of the next attempts to release it fail.
        closed: Whether it was closed.
    """

    def __init__(self, settings: LockSettings | None = None) -> None:
        self.settings = settings or LockSettings()
        refuse_unlocked_at_rest(self.settings)
        self.failing_pulses = 0
        self.failing_releases = 0
        self.closed = False
        self._changed = threading.Condition()
        self._history: list[tuple[float, bool]] = [(time.monotonic(), False)]
        self._relock = Relock(self._de_energise)

    @property
    def history(self) -> tuple[tuple[float, bool], ...]:
        """(monotonic seconds, whether unlocked) at opening and after each change, oldest first."""
        with self._changed:
            return tuple(self._history)

    @property
    def unlocked(self) -> bool:
        """Whether it is open now."""
        return self.history[-1][1]

    def wait_for(self, *, unlocked: bool, timeout_s: float) -> bool:
        """Wait until it is unlocked, or locked; False when it was not within `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: self._history[-1][1] == unlocked, timeout_s)

    def wait_changes(self, count: int, timeout_s: float) -> bool:
        """Wait until it has changed `count` times since it was opened; False when it had not within `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._history) > count, timeout_s)

    def pulse(self, seconds: float) -> None:
        """Unlock, and lock again after `seconds`."""
        self._relock.pulse(seconds, self._energise)

    def shorten(self, seconds: float) -> None:
        """Lock in `seconds` at the latest, without locking in between."""
        self._relock.shorten(seconds)

    def secure(self) -> None:
        """Lock now."""
        self._relock.cancel()

    def close(self) -> None:
        """Lock; a second call does nothing."""
        self._relock.close()
        self.closed = True

    def _energise(self) -> None:
        if self.failing_pulses > 0:
            self.failing_pulses -= 1
            raise HardwareError("fake lock: told to fail; it was locked")
        self._record(unlocked=True)

    def _de_energise(self) -> None:
        if self.failing_releases > 0:
            self.failing_releases -= 1
            raise HardwareError("fake lock: told to fail to lock")
        self._record(unlocked=False)

    def _record(self, *, unlocked: bool) -> None:
        with self._changed:
            if self._history[-1][1] != unlocked:
                self._history.append((time.monotonic(), unlocked))
                self._changed.notify_all()


class FakePrompt:
    """A prompt that nobody sees; it records what it is told, and can be told to fail.

    Attributes:
        failing: How many of the next changes cannot be shown; they are counted, and dropped as the protocol says.
        dropped: How many were.
        closed: Whether it was closed.
    """

    def __init__(self) -> None:
        self.failing = 0
        self.dropped = 0
        self.closed = False
        self._mutex = threading.Lock()
        self._history: list[tuple[float, Signal, str, str]] = []

    @property
    def history(self) -> tuple[tuple[float, Signal, str, str], ...]:
        """(monotonic seconds, signal, code, words) of each change that was shown, oldest first."""
        with self._mutex:
            return tuple(self._history)

    def tell(self, signal: Signal, code: str, words: str) -> None:
        """Record it, unless it is shown already."""
        with self._mutex:
            if self.closed or (self._history and self._history[-1][1:] == (signal, code, words)):
                return
            if self.failing > 0:
                self.failing -= 1
                self.dropped += 1
                return
            self._history.append((time.monotonic(), signal, code, words))

    def close(self) -> None:
        """Record nothing more; a second call does nothing."""
        self.closed = True


class FakeInput:
    """A button that software presses, debounced like a real one.

    Attributes:
        settings: The wiring it was opened with.
        closed: Whether it was closed.
        unreadable: Why its line cannot be read; empty when it can.
        cut: Whether its wire is cut: the line then shows its pull, whatever is pressed.
    """

    def __init__(self, settings: InputSettings | None = None) -> None:
        self.settings = settings or InputSettings()
        self.closed = False
        self.unreadable = ""
        self.cut = False
        self._active = False
        self._debounce = Debounce(
            self._sample,
            self.settings.debounce_s,
            bounce_s=self.settings.bounce_s,
            complement=(lambda: not self._active) if self.settings.complement else None,
        )

    @property
    def fault(self) -> str:
        """What is wrong with the line now; empty when nothing is."""
        return self._debounce.fault

    def press(self) -> None:
        """Make it active; it counts once it has lasted `debounce_s`."""
        self._active = True
        self._debounce.edge(level=True)

    def release(self) -> None:
        """Make it inactive; it counts once it has lasted `debounce_s`."""
        self._active = False
        self._debounce.edge(level=False)

    def read(self) -> bool:
        """Whether it is active now, debounced."""
        return self._debounce.stable

    def watch(self, notify: Callable[[bool, float], None]) -> None:
        """Call `notify(active, since)` from the driver's thread after each debounced change."""
        self._debounce.watch(notify)

    def close(self) -> None:
        """Stop watching; a second call does nothing."""
        self._debounce.close()
        self.closed = True

    def _sample(self) -> bool:
        if self.unreadable:
            raise HardwareError(self.unreadable)
        return (self.settings.pull == "up") != self.settings.active_low if self.cut else self._active
