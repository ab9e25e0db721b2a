"""A camera that may hang: bounded waits, and a ladder of ever stronger remedies, one rung a time-out.

A hung libcamera pipeline raises nothing; it goes silent. Rungs: flush; stop and start; close and reopen; give up, so
that the supervisor restarts the process. Each rung has a deadline of its own, because stop() can hang too.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from hw.base import CameraIdentity, CameraTimeoutError, Frame, HardwareError
from hw.camera.formats import CLOCK_ERROR_S, exposed_at, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

STEP_S = 3.0
SILENT_S = 1.0
SETTLE_S = 3.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What a sensor delivers: pictures as in `hw.base.Frame`, and libcamera's metadata."""

    pixels: NDArray[np.uint8]
    small: NDArray[np.uint8] | None
    metadata: Mapping[str, Any]


class Sensor(Protocol):
    """A camera as its library gives it."""

    def shoot(self, timeout_s: float) -> Shot:
        """Wait for the next shot; TimeoutError when none comes in time."""

    def flush(self) -> None:
        """Drop what was asked for and never came."""

    def restart(self) -> None:
        """Stop and start."""

    def reopen(self) -> None:
        """Close, open, configure and start."""

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
        self, sensor: Sensor, identity: CameraIdentity, *, step_s: float = STEP_S, silent_s: float = SILENT_S
    ) -> None:
        """Take an opened, started sensor.

        Args:
            sensor: The sensor.
            identity: Which camera it is.
            step_s: How long one remedy may take.
            silent_s: Time-outs climb the ladder only after this long without a new frame: a caller may be impatient.
        """
        self.identity = identity
        self._sensor = sensor
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
                shot = self._sensor.shoot(max(0.0, deadline - time.monotonic()))
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
                raise CameraTimeoutError(f"{self.identity.model}: no new, settled frame within {timeout_s:g} s")
        raise HardwareError(self._dead)

    def close(self) -> None:
        """Stop and release the camera; a second call does nothing."""
        if self._dead != "closed":
            self._dead = "closed"
            self._within(self._sensor.close)

    def _frame(self, shot: Shot) -> Frame | None:
        now = time.monotonic()
        at = exposed_at(shot.metadata, now, time.clock_gettime(time.CLOCK_BOOTTIME))
        if at <= self._at + CLOCK_ERROR_S:
            return None  # a sensor that repeats itself is as silent as one that hangs
        self._heard = now
        if now < self._settle_until and not settled(shot.metadata):
            return None
        self._timeouts = 0
        self._settle_until = -math.inf
        self._at = at
        self._sequence += 1
        return Frame(pixels=shot.pixels, at=at, sequence=self._sequence, small=shot.small)

    def _remedy(self) -> None:
        if time.monotonic() - self._heard < self._silent_s:
            self._within(self._sensor.flush)
            return
        self._timeouts += 1
        rung = rung_after(self._timeouts)
        _log.warning("%s: time-out %d in a row: %s", self.identity.model, self._timeouts, rung.name.lower())
        if rung is Rung.GIVE_UP:
            self._dead = f"{self.identity.model} does not answer, and reopening did not help: look at its cable"
            raise HardwareError(self._dead)
        self._within(self._sensor.flush)
        if rung is not Rung.FLUSH:
            self._within(self._sensor.restart if rung is Rung.RESTART else self._sensor.reopen)
        self._heard = time.monotonic()
        self._settle_until = self._heard + SETTLE_S

    def _within(self, action: Callable[[], None]) -> None:
        def run() -> None:
            with suppress(Exception):  # a remedy that fails is followed by a stronger one
                action()

        thread = threading.Thread(target=run, name="camera-remedy", daemon=True)
        thread.start()
        thread.join(self._step_s)
        if thread.is_alive():
            self._dead = (
                f"{self.identity.model} hangs even in its {action.__name__}(): end the process and start it again"
            )
            raise HardwareError(self._dead)
