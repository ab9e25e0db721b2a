"""A USB camera through OpenCV's V4L2."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np

from hw.base import CameraIdentity, CameraSettings, CameraTimeoutError, Frame, HardwareError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SYSFS = Path("/sys/class/video4linux")
VIRTUAL_DRIVERS = frozenset({"vivid", "vimc", "vim2m", "v4l2loopback", "v4l2 loopback", "akvcam", "vcam"})
VIRTUAL_WORDS = ("loopback", "virtual", "dummy", "obs ", "vivid", "droidcam", "iriun")
BUFFERS = 4
FAILED_READS = 10
CLOSE_S = 2.0
HANG_S = 5.0
HELP = "plug the camera in, close what else uses it, let this user read it (group video), or set camera.source"


class Grabber(Protocol):
    """What is needed of `cv2.VideoCapture`."""

    def read(self) -> tuple[bool, Any]:
        """Wait for the next picture; (False, None) when there is none."""

    def release(self) -> None:
        """Close the device."""


class V4l2Camera:
    """A reader thread keeps the newest frame; `capture` waits for one, so that a read that hangs hangs only itself."""

    def __init__(
        self, grabber: Grabber, identity: CameraIdentity, *, interval_s: float, buffers: int, hang_s: float = HANG_S
    ) -> None:
        """Start reading.

        Args:
            grabber: The opened device; from now on only the reader thread touches it.
            identity: Which camera this is.
            interval_s: Time between two frames, as the driver says.
            buffers: How many frames the driver may hold back.
            hang_s: A read that takes longer than this never ends.
        """
        self.identity = identity
        self._grabber = grabber
        self._intervals = deque([interval_s], maxlen=buffers + 1)
        self._interval_s = interval_s
        self._buffers = buffers
        self._changed = threading.Condition()
        self._newest: tuple[NDArray[np.uint8], float] | None = None
        self._delivered_at = -math.inf
        self._sequence = 0
        self._failed = 0
        self._hang_s = hang_s
        self._reading_since = time.monotonic()
        self._ended = False
        self._fault: Exception | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="v4l2", daemon=True)
        self._thread.start()

    def capture(self, timeout_s: float) -> Frame:
        """Return a frame exposed after the last one that was returned.

        Raises:
            CameraTimeoutError: None came within `timeout_s`.
            HardwareError: The camera is closed, has stopped giving frames, or its reading failed or hangs.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._closed or self._ended, timeout_s)
            if self._closed:
                raise HardwareError(f"{self.identity.path}: the camera is closed; open it again before a capture")
            if self._newest is None:
                self._check()
                raise CameraTimeoutError(f"{self.identity.path}: no frame within {timeout_s:g} s; is the cable in?")
            pixels, self._delivered_at = self._newest
            self._newest = None
            self._sequence += 1
            return Frame(pixels=pixels, at=self._delivered_at, sequence=self._sequence)

    def close(self) -> None:
        """Release the camera (once is enough); a read that hangs is left to its thread, which releases it later."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(CLOSE_S)

    def _check(self) -> None:
        """Raise HardwareError when no frame can come any more."""
        path = self.identity.path
        if self._fault is not None:
            raise HardwareError(f"{path}: reading the camera failed ({self._fault}); {HELP}") from self._fault
        if self._ended:
            raise HardwareError(f"{path}: the camera stopped giving frames; {HELP}")
        hanging_s = time.monotonic() - self._reading_since
        if hanging_s > self._hang_s:
            raise HardwareError(f"{path}: a read of the camera hangs for {hanging_s:.1f} s; {HELP}")

    def _run(self) -> None:
        try:
            self._read()
        except Exception as error:  # noqa: BLE001 - kept, and raised where somebody waits for a frame
            self._fault = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()
            self._grabber.release()

    def _read(self) -> None:
        arrived = time.monotonic()
        while not self._closed:
            self._reading_since = time.monotonic()
            going, pixels = self._grabber.read()
            before, arrived = arrived, time.monotonic()
            with self._changed:
                self._failed = 0 if going else self._failed + 1
                if going:
                    self._offer(np.asarray(pixels, np.uint8), arrived, arrived - before)
                self._changed.notify_all()
                if self._failed >= FAILED_READS:
                    return
                if not going:
                    self._changed.wait_for(lambda: self._closed, self._interval_s)

    def _offer(self, pixels: NDArray[np.uint8], arrived: float, interval_s: float) -> None:
        self._intervals.append(max(interval_s, self._interval_s))
        at = exposed_at(arrived, max(self._intervals), self._buffers)
        if at > self._delivered_at:
            self._newest = pixels, at


def exposed_at(arrived: float, interval_s: float, buffers: int) -> float:
    """The latest moment a frame can be trusted to have been exposed after: every buffer was full, and one exposing.

    Args:
        arrived: Monotonic seconds at which it was read.
        interval_s: The longest recent time between two reads; longer than a frame's when the reader was held up.
        buffers: How many frames the driver may hold back.
    """
    return arrived - (buffers + 1) * interval_s


def open_camera(settings: CameraSettings) -> V4l2Camera:
    """Open /dev/videoN, by path or number; empty is the first.

    Raises:
        HardwareError: It is missing, taken or not permitted.
    """
    path = settings.source if settings.source.startswith("/dev/") else f"/dev/video{int(settings.source or 0)}"
    if not Path(path).exists():
        raise HardwareError(f"camera.source {settings.source!r}: there is no {path}: {HELP}")
    before = identified(path, SYSFS)
    device = cv2.VideoCapture(path, cv2.CAP_V4L2)
    if not device.isOpened():
        device.release()
        raise HardwareError(f"camera.source {settings.source!r}: {path} does not open as a camera: {HELP}")
    refuse_swapped(before, identified(path, SYSFS), device)
    device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # raw video at 720p does not fit through USB 2
    device.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width_px)
    device.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height_px)
    device.set(cv2.CAP_PROP_FPS, settings.fps)
    device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    device.set(cv2.CAP_PROP_CONVERT_RGB, 1)
    fps = device.get(cv2.CAP_PROP_FPS)
    buffers = int(device.get(cv2.CAP_PROP_BUFFERSIZE))
    return V4l2Camera(
        _Turned(device) if settings.flip else device,
        before,
        interval_s=1 / (fps if fps > 0 else settings.fps),
        buffers=buffers if buffers > 0 else BUFFERS,
    )


def refuse_swapped(before: CameraIdentity, after: CameraIdentity, device: Grabber) -> None:
    """Make sure that the device that was opened is the one that was looked at: a path can become another camera's.

    An open device never becomes another camera: when it is unplugged its reads fail, and it is identified afresh when
    it is opened again.

    Raises:
        HardwareError: It is another one; it has been closed.
    """
    if after != before:
        device.release()
        raise HardwareError(
            f"{before.path} became another camera while it was opened ({before}; {after}): open it again"
        )


class _Turned:
    def __init__(self, device: Grabber) -> None:
        self._device = device
        self.release = device.release

    def read(self) -> tuple[bool, Any]:
        going, pixels = self._device.read()
        return going, cv2.rotate(pixels, cv2.ROTATE_180) if going else None


def identified(path: str, sysfs: Path) -> CameraIdentity:
    """Say which camera stands behind a device path; what cannot be told to be real counts as replayed (S11)."""
    entry = sysfs / Path(path).resolve().name
    try:
        model = (entry / "name").read_text(encoding="utf-8", errors="replace").strip()
        driver = (entry / "device" / "driver").resolve(strict=True).name
        virtual = "virtual" in entry.resolve(strict=True).parts
    except (OSError, RuntimeError):
        return CameraIdentity(driver="v4l2", model="unknown", path=path, replayed=True)
    serial = _serial(entry / "device")
    named = any(word in model.lower() for word in VIRTUAL_WORDS)
    return CameraIdentity(
        driver=f"v4l2/{driver}",
        model=f"{model} ({serial})" if serial else model,
        path=path,
        replayed=virtual or named or driver in VIRTUAL_DRIVERS,
    )


def _serial(device: Path) -> str:
    """A USB device's serial number, kept beside its interfaces; many have none."""
    try:
        return (device.resolve().parent / "serial").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
