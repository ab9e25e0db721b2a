"""A camera that may hang: bounded waits, and a ladder of ever stronger remedies, one rung a time-out.

A hung libcamera pipeline raises nothing; it goes silent. Rungs: flush; stop and start; close and reopen; give up, so
that the supervisor restarts the process. Each rung has a deadline of its own, because stop() can hang too.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from concurrent.futures import CancelledError, Future, wait
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hw.base import CameraIdentity, CameraTimeoutError, Frame, HardwareError
from hw.camera.formats import CLOCK_ERROR_S, exposed_at, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from hw.camera.watch import Watch

STEP_S = 3.0
SILENT_S = 1.0
SETTLE_S = 3.0

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What a sensor delivers: pictures as in `hw.base.Frame`, and libcamera's metadata."""

    pixels: NDArray[np.uint8]
    small: NDArray[np.uint8] | None
    metadata: Mapping[str, Any]


class AnotherCameraError(HardwareError):
    """Where the camera was, another one answers."""


class _HangsError(HardwareError):
    """A call into the library does not come back."""


class Sensor(Protocol):
    """A camera as its library gives it."""

    def shoot(self, timeout_s: float) -> Shot:
        """Wait for the next shot; TimeoutError when none comes in time."""

    def flush(self) -> None:
        """Drop what was asked for and never came."""

    def restart(self) -> None:
        """Stop and start."""

    def reopen(self) -> None:
        """Close, open, configure and start.

        Raises:
            AnotherCameraError: It is not the same camera any more.
        """

    def close(self) -> None:
        """Stop and close."""


class Rung(Enum):
    """What to do after a time-out, weakest first."""

    FLUSH = 1
    RESTART = 2
    REOPEN = 3
    GIVE_UP = 4


def rung_after(timeouts: int) -> Rung:
    """The remedy for the n-th time-out in a row, n from 1."""
    return Rung(min(max(timeouts, 1), Rung.GIVE_UP.value))


class RecoveringCamera:
    """A `Camera` over a `Sensor`; it delivers only settled frames, each newer than the one before."""

    def __init__(
        self,
        sensor: Sensor,
        identity: CameraIdentity,
        watch: Watch | None = None,
        *,
        step_s: float = STEP_S,
        silent_s: float = SILENT_S,
    ) -> None:
        """Take an opened, started sensor.

        Args:
            sensor: The sensor.
            identity: Which camera it is.
            watch: Looks at the pictures of a real camera.
            step_s: How long one remedy may take.
            silent_s: Time-outs climb the ladder only after this long without a new frame: a caller may be impatient.
        """
        self.identity = identity
        self._sensor = sensor
        self._watch = watch
        self._step_s = step_s
        self._silent_s = silent_s
        self._heard = time.monotonic()
        self._timeouts = 0
        self._sequence = 0
        self._at = -math.inf
        self._settle_until = time.monotonic() + SETTLE_S
        self._dead = ""

    def capture(self, timeout_s: float) -> Frame:
        """Return a frame exposed after the last one that was returned.

        Raises:
            CameraTimeoutError: None came within `timeout_s`; the next remedy was tried.
            HardwareError: The camera is closed, or every remedy has failed.
        """
        deadline = time.monotonic() + timeout_s
        while not self._dead:
            try:
                shot = self._within(partial(self._sensor.shoot, max(0.0, deadline - time.monotonic())), timeout_s)
            except (TimeoutError, CancelledError) as error:
                self._remedy()
                raise CameraTimeoutError(f"{self.identity.model}: no frame within {timeout_s:g} s") from error
            except (RuntimeError, OSError, ValueError) as error:
                self._dead = f"{self.identity.model} failed ({error}): close it and open it again"
                raise HardwareError(self._dead) from error
            frame = self._frame(shot)
            if frame:
                return frame
            if time.monotonic() >= deadline:
                if time.monotonic() - self._heard >= self._silent_s:
                    self._remedy()
                why = self._fault or f"no new, settled frame within {timeout_s:g} s"
                raise CameraTimeoutError(f"{self.identity.model}: {why}")
        raise HardwareError(self._dead)

    def close(self) -> None:
        """Stop and release the camera; a second call does nothing."""
        if self._dead != "closed":
            self._dead = "closed"
            self._try(self._sensor.close)

    @property
    def _fault(self) -> str:
        return self._watch.fault if self._watch else ""

    def _frame(self, shot: Shot) -> Frame | None:
        now = time.monotonic()
        at = exposed_at(shot.metadata, now, time.clock_gettime(time.CLOCK_BOOTTIME))
        if at <= self._at + CLOCK_ERROR_S:
            return None  # a sensor that repeats itself is as silent as one that hangs
        repeated = self._watch is not None and self._watch.repeats(shot.pixels, at)
        if self._fault:
            return None
        self._heard = now
        if repeated:
            return None
        if now < self._settle_until and not settled(shot.metadata):
            return None
        self._timeouts = 0
        self._settle_until = -math.inf
        self._at = at
        self._sequence += 1
        return Frame(pixels=shot.pixels, at=at, sequence=self._sequence, small=shot.small)

    def _remedy(self) -> None:
        if time.monotonic() - self._heard < self._silent_s:
            self._try(self._sensor.flush)
            return
        self._timeouts += 1
        rung = rung_after(self._timeouts)
        _log.warning("%s: time-out %d in a row: %s", self.identity.model, self._timeouts, rung.name.lower())
        if rung is Rung.GIVE_UP:
            why = self._fault or "it does not answer"
            self._dead = f"{self.identity.model}: {why}; reopening did not help: look at its cable"
            raise HardwareError(self._dead)
        self._try(self._sensor.flush)
        if rung is not Rung.FLUSH:
            self._try(self._sensor.restart if rung is Rung.RESTART else self._sensor.reopen)
        if self._dead:
            raise HardwareError(self._dead)
        self._heard = time.monotonic()
        self._settle_until = self._heard + SETTLE_S

    def _try(self, remedy: Callable[[], None]) -> None:
        try:
            self._within(remedy)
        except AnotherCameraError as error:
            self._dead = str(error)
        except _HangsError:
            raise
        except Exception as error:  # noqa: BLE001 - a remedy that fails is followed by a stronger one
            _log.warning("%s: the remedy failed: %s", self.identity.model, error)

    def _within(self, action: Callable[[], T], more_s: float = 0.0) -> T:
        """Do something in a thread of its own, which is left behind when it takes longer than it may."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(action())
            except Exception as error:  # noqa: BLE001 - raised again where it is waited for
                future.set_exception(error)

        threading.Thread(target=run, name="camera", daemon=True).start()
        if not wait([future], self._step_s + more_s).done:
            name = getattr(action, "func", action).__name__
            self._dead = f"{self.identity.model} hangs even in its {name}(): end the process and start it again"
            raise _HangsError(self._dead)
        return future.result()
