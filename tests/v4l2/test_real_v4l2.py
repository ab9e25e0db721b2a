"""The driver of USB cameras on the kernel's own V4L2 and OpenCV's; only the sensor is a loopback device."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.app.eyes import open_eyes
from edge.app.pictures import fetch_pictures
from edge.config import Config
from edge.vision.picture import read
from hw.base import CameraSettings, CameraTimeoutError, HardwareError
from hw.board import open_board
from hw.replay import letterboxed
from tests.camera.real import scene
from tests.camera.recognition import enrolled, likeness, threshold
from tests.v4l2.loopback import DEVICE, FPS, HEIGHT, WIDTH, Scene, number_of, numbered

if TYPE_CHECKING:
    from hw.base import Camera, Frame

PATIENCE_S = 30.0
STALE = 14
"""How many frames of the scene before the device and the library may still hold, and some more."""


def opened() -> Camera:
    return open_board("pc").open_camera(CameraSettings(source=str(DEVICE), fps=FPS))


def taken(shown: Scene, count: int) -> list[Frame]:
    with shown:
        camera = opened()
        try:
            return [camera.capture(PATIENCE_S) for _ in range(count)]
        finally:
            camera.close()


def fault(camera: Camera) -> str:
    """Return what a capture says against the camera; nothing when it brings a frame."""
    try:
        camera.capture(1.0)
    except (CameraTimeoutError, HardwareError) as error:
        return str(error)
    return ""


def test_s1_v4l2_no_frame_is_stamped_later_than_the_scene_that_it_shows() -> None:
    shown = Scene(numbered())
    frames = taken(shown, STALE + 26)[STALE:]
    numbers = [number_of(frame.pixels) for frame in frames]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > len(numbers) / 2, "the scene moves"
    late = [frame.at - shown.written[number] for frame, number in zip(frames, numbers, strict=True)]
    assert max(late) <= 0.0, late


def test_v4l2_colours_come_through() -> None:
    wanted = np.ascontiguousarray(scene()[:HEIGHT, :WIDTH])
    frame = taken(Scene([wanted]), STALE)[-1]
    assert frame.pixels.shape == wanted.shape
    off = float(np.abs(frame.pixels.astype(int) - wanted).mean())
    print(f"\ncolours through V4L2: off by {off:.2f} grey levels of 255 on average")  # noqa: T201 - a figure
    assert off < 2.0


def test_s11_v4l2_a_loopback_device_says_that_it_is_no_real_camera() -> None:
    with Scene(numbered()):
        camera = opened()
        camera.close()
    assert camera.identity.replayed
    assert camera.identity.path == str(DEVICE)


def test_v4l2_a_camera_that_gives_no_more_frames_is_told() -> None:
    shown = Scene(numbered())
    camera = opened()
    try:
        camera.capture(PATIENCE_S)
        shown.close()
        told, deadline = "", time.monotonic() + PATIENCE_S
        while "hangs" not in told and "stopped" not in told:
            assert time.monotonic() < deadline, told
            told = fault(camera)
        assert str(DEVICE) in told
    finally:
        camera.close()


@pytest.mark.pictures
def test_v4l2_a_person_is_recognised_and_a_stranger_is_not() -> None:
    eyes, folder = open_eyes(Config()), fetch_pictures()
    search = enrolled(read(folder / "obama.jpg"), eyes)
    shown = {name: letterboxed(read(folder / f"{name}.jpg"), WIDTH, HEIGHT) for name in ("obama", "obama2", "biden")}
    alike = {name: likeness(taken(Scene([picture]), STALE)[-2:], eyes, search) for name, picture in shown.items()}
    print(f"\nenrolled from obama.jpg, seen through V4L2: {alike} (threshold {threshold():.3f})")  # noqa: T201 - figures
    assert alike["biden"] < threshold() / 2
    assert min(alike["obama"], alike["obama2"]) > threshold()
