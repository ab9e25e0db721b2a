"""A watch on what a camera shows: a live sensor has noise, so a picture that repeats itself is a hang; and one without
any light is a covered lens or a dead sensor.

Only cameras are watched: a replay shows one photograph many times on purpose.
"""  # noqa: D205 - the rule is one sentence

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hw.base import CameraTimeoutError, HardwareError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hw.base import Camera, CameraIdentity, CameraSettings, Frame

SAMPLES = 64  # along each side: enough to see noise, and 12 kB to compare
DARK = 24  # of 255: noise and black level stay below, the dimmest street lamp does not
DARK_SHARE = 0.99  # hot pixels and a device's own lamp may shine
FLAT = 4


class Watch:
    """Looks at one camera's pictures, in their order.

    A flat picture (all dark, or blown out) may repeat itself without a hang: it has until `black_s`.
    """

    def __init__(self, *, frozen_s: float, black_s: float) -> None:
        """Take how long a picture may repeat itself, and for how long there may be none to see; in seconds."""
        self._frozen_s = frozen_s
        self._black_s = black_s
        self._last: NDArray[np.uint8] | None = None
        self._small: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._at = self._changed_at = self._seen_at = 0.0

    def repeats(self, pixels: NDArray[np.uint8], at: float) -> bool:
        """Whether this picture, exposed at monotonic `at`, is the one before, byte for byte, and not flat."""
        small = _sampled(pixels)
        blank = _blank(small)
        same = self._last is not None and np.array_equal(self._small, small) and np.array_equal(self._last, pixels)
        if blank or not same:
            self._changed_at = at
        if not blank or self._last is None:
            self._seen_at = at
        self._last, self._small = pixels, small  # the sample tells nearly always; every byte only where it does not
        self._at = at
        return same and not blank

    @property
    def fault(self) -> str:
        """What is wrong with the pictures; empty when nothing is."""
        if self._at - self._changed_at >= self._frozen_s:
            return f"the picture has been frozen for {self._at - self._changed_at:.1f} s: the camera hangs"
        if self._at - self._seen_at >= self._black_s:
            return (
                f"the picture has been black, or all of one colour, for {self._at - self._seen_at:.0f} s: "
                "is the lens covered, or the sensor dead? Is there any light at the door?"
            )
        return ""


def watch_for(identity: CameraIdentity, settings: CameraSettings) -> Watch | None:
    """Return a watch for a real camera; a replay is left alone."""
    return None if identity.replayed else Watch(frozen_s=settings.frozen_s, black_s=settings.black_s)


class WatchedCamera:
    """A camera whose pictures are watched; a picture that repeats itself is not delivered, as it is not newer (S1)."""

    def __init__(self, camera: Camera, watch: Watch) -> None:
        """Take an opened camera."""
        self._camera = camera
        self._watch = watch
        self._sequence = 0

    @property
    def identity(self) -> CameraIdentity:
        """Which camera this is."""
        return self._camera.identity

    def capture(self, timeout_s: float) -> Frame:
        """Return a frame exposed after the last one that was returned, and that is not the same picture.

        Raises:
            CameraTimeoutError: None came within `timeout_s`.
            HardwareError: The picture is frozen or black for too long, or the camera is gone: the process ends, and
                opens the camera afresh.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            frame = self._camera.capture(max(0.0, deadline - time.monotonic()))
            repeated = self._watch.repeats(frame.pixels, frame.at)
            if self._watch.fault:
                raise HardwareError(f"{self.identity.path}: {self._watch.fault}")
            if not repeated:
                self._sequence += 1
                return replace(frame, sequence=self._sequence)
            if time.monotonic() >= deadline:
                raise CameraTimeoutError(f"{self.identity.path}: nothing but the same picture within {timeout_s:g} s")

    def close(self) -> None:
        """Release the camera; a second call does nothing."""
        self._camera.close()


def watched(camera: Camera, settings: CameraSettings) -> Camera:
    """Return the camera with a watch on it if it is a real one, or else as it is."""
    watch = watch_for(camera.identity, settings)
    return WatchedCamera(camera, watch) if watch else camera


def _sampled(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    return np.ascontiguousarray(pixels[:: max(1, height // SAMPLES), :: max(1, width // SAMPLES)])


def _blank(small: NDArray[np.uint8]) -> bool:
    flat = int(small.max()) - int(small.min()) <= FLAT
    return flat or bool(np.mean(small <= DARK) >= DARK_SHARE)
