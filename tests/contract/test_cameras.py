"""One suite over every camera that loads here: the fake, photographs, a video, a scripted webcam and a scripted Pi.

`scripts/check-camera` adds real picamera2 on real libcamera, and real GStreamer.
"""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from hw.base import Camera, CameraEndError, CameraIdentity, CameraSettings, CameraTimeoutError, HardwareError
from hw.board import open_board
from hw.camera.recovery import RecoveringCamera, Shot
from hw.camera.v4l2 import V4l2Camera
from hw.camera.watch import Watch, WatchedCamera
from tests.camera import real

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 5.0
REAL = CameraIdentity(driver="scripted", model="scripted", path="nowhere", replayed=False)
GREY = np.full((48, 64, 3), 128, np.uint8)


class Webcam:
    """Twenty frames a second, and a release that can be seen."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def read(self) -> tuple[bool, Any]:
        self.released.wait(0.005)
        return True, GREY.copy()

    def release(self) -> None:
        self.released.set()


class Sensor:
    """A Pi's camera that has settled."""

    def shoot(self, timeout_s: float) -> Shot:
        del timeout_s
        threading.Event().wait(0.005)
        return Shot(GREY, None, {"SensorTimestamp": time.clock_gettime_ns(time.CLOCK_BOOTTIME), "ExposureTime": 1000})

    def flush(self) -> None:
        """Nothing waits."""

    def restart(self) -> None:
        """Never hangs."""

    def reopen(self) -> None:
        """Never hangs."""

    def close(self) -> None:
        """Never hangs."""


def photographs(folder: Path) -> Path:
    for name in ("b.png", "a.jpg"):
        assert cv2.imwrite(str(folder / name), GREY)
    return folder


def video(folder: Path) -> Path:
    path = folder / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15, (64, 48))
    for level in range(6):
        writer.write(np.full((48, 64, 3), level * 40, np.uint8))
    writer.release()
    return path


@pytest.fixture(params=["fake", "folder", "picture", "video", "webcam", "watched", "pi", *real.KINDS])
def camera(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Camera]:
    opened = opened_camera(request.param, tmp_path)
    yield opened
    opened.close()


def opened_camera(kind: str, folder: Path) -> Camera:
    if kind == "webcam":
        return V4l2Camera(Webcam(), REAL, interval_s=0.005, buffers=1)
    if kind == "watched":
        return WatchedCamera(opened_camera("webcam", folder), Watch(frozen_s=PATIENCE_S, black_s=PATIENCE_S))
    if kind == "pi":
        return RecoveringCamera(Sensor(), REAL)
    if kind in real.KINDS:
        return real.opened(kind)
    if kind == "fake":
        return open_board("fake").open_camera(CameraSettings())
    source = {"folder": photographs(folder), "picture": folder / "a.jpg", "video": folder / "clip.avi"}[kind]
    if kind == "video":
        video(folder)
    settings = CameraSettings(source=str(source), paced=False, loop=True, dwell_frames=2, gap_frames=1)
    return open_board("pc").open_camera(settings)


def test_s1_a_frame_is_never_stamped_later_than_its_delivery_nor_long_before(camera: Camera) -> None:
    for _ in range(8):
        frame = camera.capture(PATIENCE_S)
        assert frame.at <= time.monotonic()
        assert time.monotonic() - frame.at < PATIENCE_S


def test_s1_exposure_times_strictly_increase_and_sequences_count_by_one(camera: Camera) -> None:
    frames = [camera.capture(PATIENCE_S) for _ in range(20)]
    assert all(earlier.at < later.at for earlier, later in itertools.pairwise(frames))
    assert [frame.sequence for frame in frames] == list(range(1, 21))


def test_a_frame_is_a_colour_picture_of_bytes(camera: Camera) -> None:
    frame = camera.capture(PATIENCE_S)
    assert frame.pixels.dtype == np.uint8
    assert frame.pixels.ndim == 3
    assert frame.pixels.shape[2] == 3


def test_a_frame_outlives_its_camera(camera: Camera) -> None:
    frame = camera.capture(PATIENCE_S)
    kept = frame.pixels.copy()
    camera.capture(PATIENCE_S)
    camera.close()
    assert np.array_equal(frame.pixels, kept)


def test_a_closed_camera_refuses_and_a_second_close_does_nothing(camera: Camera) -> None:
    camera.close()
    camera.close()
    with pytest.raises(HardwareError, match="closed"):
        camera.capture(PATIENCE_S)


@pytest.mark.parametrize("kind", ["folder", "picture", "video"])
def test_s11_whatever_is_replayed_says_so(kind: str, tmp_path: Path) -> None:
    assert opened_camera(kind, photographs(tmp_path)).identity.replayed is True


def test_s11_the_pi_board_replays_a_folder_only_as_replayed(tmp_path: Path) -> None:
    board = open_board("pi")
    camera = board.open_camera(CameraSettings(source=str(photographs(tmp_path))))
    assert board.physical_lock
    assert camera.identity.replayed is True


@pytest.mark.parametrize("kind", ["folder", "picture", "video"])
def test_a_source_that_does_not_loop_ends(kind: str, tmp_path: Path) -> None:
    photographs(tmp_path)
    source = {"folder": tmp_path, "picture": tmp_path / "a.jpg", "video": video(tmp_path)}[kind]
    settings = CameraSettings(source=str(source), paced=False, dwell_frames=2, gap_frames=1)
    camera = open_board("pc").open_camera(settings)
    shown = {"folder": 6, "picture": 3, "video": 6}[kind]
    assert [camera.capture(PATIENCE_S).sequence for _ in range(shown)] == list(range(1, shown + 1))
    for _ in range(2):
        with pytest.raises(CameraEndError):
            camera.capture(PATIENCE_S)


class Silent(Webcam):
    """A webcam whose read hangs until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def read(self) -> tuple[bool, Any]:
        self.let_go.wait(PATIENCE_S * 2)
        return False, None


class SilentSensor(Sensor):
    """A Pi's camera that has hung."""

    def shoot(self, timeout_s: float) -> Shot:
        threading.Event().wait(timeout_s)
        raise TimeoutError


@pytest.mark.parametrize("kind", ["webcam", "pi", "paced"])
def test_a_camera_that_hangs_hangs_nobody(kind: str, tmp_path: Path) -> None:
    silent = Silent()
    camera: Camera
    if kind == "webcam":
        camera = V4l2Camera(silent, REAL, interval_s=0.005, buffers=1)
    elif kind == "pi":
        camera = RecoveringCamera(SilentSensor(), REAL)
    else:
        camera = open_board("pc").open_camera(CameraSettings(source=str(photographs(tmp_path)), fps=0.1))
        camera.capture(PATIENCE_S)
    begun = time.monotonic()
    with pytest.raises(CameraTimeoutError):
        camera.capture(0.05)
    assert 0.04 <= time.monotonic() - begun < PATIENCE_S
    silent.let_go.set()
    camera.close()
