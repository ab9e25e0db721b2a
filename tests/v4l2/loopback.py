"""What somebody writes into a loopback device of the kernel's V4L2 is what a camera program reads from it."""

from __future__ import annotations

import fcntl
import itertools
import os
import struct
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from numpy.typing import NDArray

    from hw.base import Camera

DEVICE = Path("/dev/video0")
HERE = os.environ.get("DOOR_TERMINAL_REAL_CAMERAS") == "v4l2"  # as the guest of scripts/check-gpio says
WIDTH, HEIGHT, FPS = 640, 480, 15.0
_SET_FORMAT = 0xC0D05605
"""VIDIOC_S_FMT of a 64-bit kernel's videodev2.h."""
_OUTPUT, _PROGRESSIVE, _SRGB = 2, 1, 8
_FORMAT = struct.Struct("=IIIIIIIIII168x")
"""v4l2_format: type, its padding, then v4l2_pix_format's width, height, format, field, bytes a line, bytes, colours."""
_STEPS, _DARKEST, _STEP = 20, 20, 10


class Scene:
    """Pictures that are written into the device at a steady rate, until it is left.

    Attributes:
        written: When each was first written, monotonic seconds, in order.
    """

    def __init__(self, pictures: Iterable[NDArray[np.uint8]], fps: float = FPS) -> None:
        """Begin to write.

        Args:
            pictures: BGR, HEIGHT x WIDTH; the last one stays.
            fps: How many are written a second.
        """
        self.written: list[float] = []
        self._pictures, self._interval_s = iter(pictures), 1 / fps
        self._left, self._last = threading.Event(), b""
        self._device = os.open(DEVICE, os.O_RDWR)
        size = WIDTH * HEIGHT * 2
        yuyv = cv2.VideoWriter.fourcc(*"YUYV")
        words = _FORMAT.pack(_OUTPUT, 0, WIDTH, HEIGHT, yuyv, _PROGRESSIVE, WIDTH * 2, size, _SRGB, 0)
        fcntl.ioctl(self._device, _SET_FORMAT, words)
        self._write()  # nobody may read before
        self._thread = threading.Thread(target=self._run, name="scene", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write no more, and who reads waits; once is enough."""
        if not self._left.is_set():
            self._left.set()
            self._thread.join()
            os.close(self._device)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        while not self._left.wait(self._interval_s):
            self._write()

    def _write(self) -> None:
        picture = next(self._pictures, None)
        if picture is not None:
            self._last = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_YUY2).tobytes()
            self.written.append(time.monotonic())
        os.write(self._device, self._last)


def numbered(count: int | None = None) -> Iterable[NDArray[np.uint8]]:
    """Make pictures that say which they are, up to the 400th; then it begins again."""
    for number in itertools.count() if count is None else range(count):
        picture = np.full((HEIGHT, WIDTH, 3), _DARKEST + number % _STEPS * _STEP, np.uint8)
        picture[:, : WIDTH // 2] = _DARKEST + number // _STEPS % _STEPS * _STEP
        yield picture


def number_of(picture: NDArray[np.uint8]) -> int:
    """Return which one it is."""
    halves = picture[:, : WIDTH // 2], picture[:, WIDTH // 2 :]
    high, low = (round((float(half.mean()) - _DARKEST) / _STEP) for half in halves)
    return high * _STEPS + low


class Watching:
    """A camera that watches a scene of its own, which ends with it."""

    def __init__(self, scene: Scene, camera: Camera) -> None:
        """Watch."""
        self.identity = camera.identity
        self.capture = camera.capture
        self._scene, self._camera = scene, camera

    def close(self) -> None:
        """Close both; once is enough."""
        self._camera.close()
        self._scene.close()
