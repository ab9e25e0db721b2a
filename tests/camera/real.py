"""Cameras by real libraries, for the contract suite and the tests in this folder."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from hw.base import CameraSettings
from hw.board import open_board
from tests.v4l2 import loopback

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hw.base import Camera
    from hw.camera.picamera2 import PiSensor

HERE = os.environ.get("DOOR_TERMINAL_REAL_CAMERAS") == "yes"  # as scripts/check-camera says
KINDS = ("picamera2", "gstreamer") if HERE else ("v4l2",) if loopback.HERE else ()
PHOTOGRAPHS = ("obama", "obama2", "obama3", "biden")
PICTURES = Path("/tmp/pictures")  # noqa: S108 - a file system of this run's own
MOVING = (
    "videotestsrc name=source is-live=true pattern=ball ! video/x-raw,format=BGRx,width=640,height=480,framerate=60/1"
)


def opened(kind: str, settings: CameraSettings | None = None) -> Camera:
    """A camera whose pictures move."""
    if kind == "gstreamer":
        return gstreamer(MOVING, settings)
    if kind == "v4l2":
        shown = loopback.Scene(loopback.numbered())
        given = settings or CameraSettings(source=str(loopback.DEVICE), fps=loopback.FPS)
        return loopback.Watching(shown, open_board("pc").open_camera(given))
    return virtual("bars", settings)


def gstreamer(description: str, settings: CameraSettings | None = None) -> Camera:
    from hw.camera.gstreamer import Source, open_source  # noqa: PLC0415 - only the tests' machine has it

    return open_source(Source(description, settings or CameraSettings(fps=60)))


def virtual(name: str, settings: CameraSettings | None = None) -> Camera:
    """The Pi board's camera, which shows a photograph, the scene, or moving bars."""
    given = settings or CameraSettings(fps=60)
    return open_board("pi").open_camera(CameraSettings(source=str(number(name)), fps=given.fps, flip=given.flip))


def pi_sensor(name: str) -> PiSensor:
    """The driver's sensor alone, without the ladder over it."""
    at = number(name)
    from hw.camera.picamera2 import PiSensor  # noqa: PLC0415 - only the tests' machine has it, once it is attached

    return PiSensor(at, CameraSettings(fps=60))


@functools.cache
def number(name: str) -> int:
    """picamera2 counts cameras from the last name to the first."""
    return sorted(attached(), reverse=True).index(name)


@functools.cache
def attached() -> tuple[str, ...]:
    """Attach every virtual camera, once a process."""
    from edge.app.pictures import fetch_pictures  # noqa: PLC0415 - not without libcamera
    from hw.replay import decoded, letterboxed  # noqa: PLC0415 - as above
    from tests.camera.virtual import attach  # noqa: PLC0415 - as above

    shown = {name: letterboxed(decoded(fetch_pictures() / f"{name}.jpg"), 1280, 720) for name in PHOTOGRAPHS}
    shown["scene"] = scene()
    for name, picture in shown.items():
        folder = PICTURES / name
        folder.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(folder / "0.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 98])
    cameras = {name: str(PICTURES / name) for name in shown} | {"bars": "bars"}
    attach(cameras)
    return tuple(cameras)


def scene() -> NDArray[np.uint8]:
    """Every brightness, and strong colours: a wrong matrix or range shows."""
    rows, columns = np.mgrid[0:720, 0:1280]
    grey = np.repeat((columns * 255 // 1279)[:, :, None], 3, axis=2)
    colours = np.stack([columns * 255 // 1279, rows * 255 // 719, (rows + columns) * 255 // 2000], axis=2)
    return np.where(rows[:, :, None] < 360, grey, colours).astype(np.uint8)
