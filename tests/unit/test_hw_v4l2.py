"""The USB camera: a scripted device behind the real reader thread, and a make-believe sysfs."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from hw.base import CameraIdentity, CameraSettings, CameraTimeoutError, HardwareError
from hw.board import open_board
from hw.camera.v4l2 import FAILED_READS, V4l2Camera, exposed_at, identified, refuse_swapped

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 5.0
IDENTITY = CameraIdentity(driver="v4l2", model="scripted", path="/dev/video0", replayed=False)


class Device:
    """Gives what is put into its queue."""

    def __init__(self) -> None:
        self.frames: queue.Queue[int | Exception | None] = queue.Queue()
        self.released = 0

    def read(self) -> tuple[bool, Any]:
        level = self.frames.get(timeout=2 * PATIENCE_S)
        if isinstance(level, Exception):
            raise level
        return level is not None, None if level is None else np.full((4, 4, 3), level, np.uint8)

    def release(self) -> None:
        self.released += 1


def opened(device: Device) -> V4l2Camera:
    return V4l2Camera(device, IDENTITY, interval_s=0.001, buffers=1)


def closed(camera: V4l2Camera, device: Device) -> None:
    device.frames.put(1)
    camera.close()


def test_a_frame_is_given_once() -> None:
    device = Device()
    camera = opened(device)
    device.frames.put(1)
    first = camera.capture(PATIENCE_S)
    assert (first.sequence, first.pixels[0, 0, 0]) == (1, 1)
    with pytest.raises(CameraTimeoutError):
        camera.capture(0.01)
    closed(camera, device)
    assert device.released == 1


def test_only_the_newest_frame_is_kept() -> None:
    device = Device()
    camera = opened(device)
    for level in range(1, 50):
        device.frames.put(level)
    end = time.monotonic() + PATIENCE_S
    while not device.frames.empty() and time.monotonic() < end:
        threading.Event().wait(0.001)
    levels = [int(camera.capture(PATIENCE_S).pixels[0, 0, 0])]
    assert levels[0] >= 48
    closed(camera, device)


def test_s1_frames_that_may_have_waited_in_a_buffer_are_left_out() -> None:
    device = Device()
    camera = opened(device)
    device.frames.put(1)
    camera.capture(PATIENCE_S)
    with pytest.raises(CameraTimeoutError):
        camera.capture(0.2)
    for level in (2, 3):  # the two that a driver with one buffer may have held since the reader was last seen
        device.frames.put(level)
    with pytest.raises(CameraTimeoutError):
        camera.capture(0.05)
    for level in (4, 5, 6):
        device.frames.put(level)
    assert camera.capture(PATIENCE_S).pixels[0, 0, 0] >= 4
    closed(camera, device)


def test_s1_a_frame_counts_as_old_as_its_drivers_buffers_allow() -> None:
    assert exposed_at(10.0, 0.1, 4) == pytest.approx(9.5)


def test_a_camera_that_stops_giving_frames_is_an_error_and_is_released() -> None:
    device = Device()
    camera = opened(device)
    for _ in range(FAILED_READS):
        device.frames.put(None)
    with pytest.raises(HardwareError, match="stopped giving frames"):
        camera.capture(PATIENCE_S)
    camera.close()
    assert device.released == 1


@pytest.mark.parametrize("error", [cv2.error("corrupt JPEG"), MemoryError("corrupt JPEG")])
def test_a_read_that_raises_is_an_error_and_no_time_out_for_ever(error: Exception) -> None:
    device = Device()
    camera = opened(device)
    device.frames.put(error)
    for _ in range(2):
        with pytest.raises(HardwareError, match=r"/dev/video0: reading the camera failed \(.*corrupt.*plug") as caught:
            camera.capture(PATIENCE_S)
    assert caught.value.__cause__ is error
    camera.close()
    assert device.released == 1


def test_a_read_that_hangs_becomes_an_error_and_a_slow_one_does_not() -> None:
    device = Device()
    camera = V4l2Camera(device, IDENTITY, interval_s=0.001, buffers=1, hang_s=0.5)
    with pytest.raises(CameraTimeoutError):
        camera.capture(0.01)
    with pytest.raises(HardwareError, match=r"/dev/video0: a read of the camera hangs for .*plug the camera in"):
        camera.capture(0.6)
    closed(camera, device)


def test_a_camera_that_has_long_given_frames_does_not_count_as_hanging() -> None:
    device = Device()
    camera = V4l2Camera(device, IDENTITY, interval_s=0.001, buffers=1, hang_s=0.5)
    end = time.monotonic() + 0.6
    while time.monotonic() < end:
        device.frames.put(1)
        with suppress(CameraTimeoutError):
            camera.capture(0.01)
    with suppress(CameraTimeoutError):
        camera.capture(0.01)  # the last one put there, should it have been slow
    with pytest.raises(CameraTimeoutError):
        camera.capture(0.01)
    closed(camera, device)


def test_a_few_failed_reads_are_forgiven() -> None:
    device = Device()
    camera = opened(device)
    for _ in range(5):
        device.frames.put(None)
    device.frames.put(7)
    assert camera.capture(PATIENCE_S).pixels[0, 0, 0] == 7
    closed(camera, device)


def sysfs(folder: Path, *, name: str, driver: str, place: str = "pci0000") -> Path:
    entry = folder / "devices" / place / "video4linux" / "video0"
    (entry / "device").mkdir(parents=True)
    (entry / "name").write_text(name + "\n")
    (folder / "drivers" / driver).mkdir(parents=True)
    (entry / "device" / "driver").symlink_to(folder / "drivers" / driver)
    (folder / "class").mkdir()
    (folder / "class" / "video0").symlink_to(entry)
    return folder / "class"


def test_s11_a_usb_camera_is_real_and_named(tmp_path: Path) -> None:
    found = identified("/dev/video0", sysfs(tmp_path, name="Integrated Camera", driver="uvcvideo"))
    assert found == CameraIdentity("v4l2/uvcvideo", "Integrated Camera", "/dev/video0", replayed=False)


def test_two_cameras_of_one_model_are_told_apart_by_their_serial_numbers(tmp_path: Path) -> None:
    root = sysfs(tmp_path, name="HD Webcam", driver="uvcvideo")
    (root / "video0" / "serial").write_text("4F2A\n")  # beside the interface, which is called device
    found = identified("/dev/video0", root)
    assert found.model == "HD Webcam (4F2A)"
    assert found.matches("v4l2/uvcvideo HD Webcam (4F2A) /dev/video0")
    assert not found.matches("v4l2/uvcvideo HD Webcam (77B0) /dev/video0")


def test_a_path_that_becomes_another_camera_while_it_is_opened_is_refused(tmp_path: Path) -> None:
    before = identified("/dev/video0", sysfs(tmp_path / "one", name="HD Webcam", driver="uvcvideo"))
    after = identified("/dev/video0", sysfs(tmp_path / "two", name="Integrated Camera", driver="uvcvideo"))
    device = Device()
    with pytest.raises(HardwareError, match=r"became another camera.*HD Webcam.*Integrated Camera.*open it again"):
        refuse_swapped(before, after, device)
    assert device.released == 1
    refuse_swapped(before, before, device)
    assert device.released == 1


def test_a_webcam_that_is_unplugged_is_gone_for_good_and_its_path_is_looked_at_afresh(tmp_path: Path) -> None:
    device = Device()
    camera = opened(device)
    device.frames.put(1)
    camera.capture(PATIENCE_S)
    for _ in range(FAILED_READS):
        device.frames.put(None)
    begun = time.monotonic()
    for _ in range(2):
        with pytest.raises(HardwareError, match="stopped giving frames; plug the camera in"):
            camera.capture(PATIENCE_S)
    assert time.monotonic() - begun < PATIENCE_S
    root = sysfs(tmp_path, name="Dummy video device", driver="uvcvideo")
    assert not identified("/dev/video0", root).matches(str(IDENTITY))
    camera.close()


@pytest.mark.parametrize(
    ("name", "driver", "place"),
    [
        ("anything", "vivid", "platform"),
        ("vivid-000-vid-cap", "uvcvideo", "pci0000"),
        ("OBS Virtual Camera", "uvcvideo", "pci0000"),
        ("Integrated Camera", "uvcvideo", "virtual"),
    ],
)
def test_s11_a_virtual_camera_counts_as_replayed(tmp_path: Path, name: str, driver: str, place: str) -> None:
    assert identified("/dev/video0", sysfs(tmp_path, name=name, driver=driver, place=place)).replayed is True


def test_s11_a_camera_nothing_is_known_of_counts_as_replayed(tmp_path: Path) -> None:
    assert identified("/dev/video0", tmp_path).replayed is True
    root = sysfs(tmp_path, name="Integrated Camera", driver="uvcvideo")
    (root / "video0" / "device" / "driver").unlink()  # v4l2loopback has none
    assert identified("/dev/video0", root).replayed is True


@pytest.mark.parametrize("source", ["/dev/video97", "97"])
def test_a_camera_that_is_not_there_says_what_to_do(source: str) -> None:
    with pytest.raises(HardwareError, match=r"there is no /dev/video97: plug the camera in"):
        open_board("pc").open_camera(CameraSettings(source=source))


def test_a_device_that_is_no_camera_says_what_to_do() -> None:
    with pytest.raises(HardwareError, match=r"/dev/null does not open as a camera"):
        open_board("pc").open_camera(CameraSettings(source="/dev/null"))
