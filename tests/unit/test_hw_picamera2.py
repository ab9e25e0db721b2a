"""The Pi's camera driver against a stand-in for picamera2: what it asks of the library, in which order.

The library itself needs libcamera, which only a Pi or a special machine has; there the same driver meets the real one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

STAND_IN = """
import time, types
import numpy as np
calls = []
broken = []
class MappedArray:
    def __init__(self, request, name, reshape=True, write=True):
        assert reshape is False and write is False
        self.array = request.buffers[name]
    def __enter__(self): return self
    def __exit__(self, *_): pass
class CompletedRequest:
    def __init__(self, buffers): self.buffers = buffers
    def get_metadata(self):
        return {"SensorTimestamp": time.clock_gettime_ns(time.CLOCK_BOOTTIME), "ExposureTime": 1000, "AeState": 2}
    def release(self):
        calls.append("release")
        for buffer in self.buffers.values(): buffer[:] = 0
class Picamera2:
    camera_properties = {"Model": "imx708"}
    def __init__(self, number):
        if number > 0: raise IndexError("list index out of range")
        calls.append("open")
        self.camera = types.SimpleNamespace(id=PLACE)
    def create_video_configuration(self, **wanted): calls.append(wanted); return wanted
    def configure(self, wanted): self.wanted = wanted
    def camera_configuration(self):
        width, height = self.wanted["main"]["size"]
        return {"main": {"format": FORM, "size": (width, height), "stride": width * (1 if FORM == "NV12" else 3)},
                "lores": {"format": "YUV420", "size": self.wanted["lores"]["size"], "stride": 384}, "raw": None}
    def start(self): calls.append("start")
    def stop(self): calls.append("stop")
    def close(self): calls.append("close")
    def cancel_all_and_flush(self): calls.append("flush")
    def capture_request(self, wait):
        assert 0 < wait < 60
        if broken: raise TimeoutError
        width, height = self.wanted["main"]["size"]
        size = width * height * 3 // (2 if FORM == "NV12" else 1)
        return CompletedRequest({"main": np.full(size, 128, np.uint8), "lores": np.full(384 * 270, 128, np.uint8)})
"""

STORY = """
import picamera2 as library
from hw.base import CameraSettings, CameraTimeoutError, HardwareError
from hw.board import open_board
camera = open_board("pi").open_camera(CameraSettings(flip=True))
wanted = library.calls[1]
"""


def told(folder: Path, story: str, *, form: str = "RGB888", place: str = "/base/soc/i2c0/imx708@1a") -> list[str]:
    (folder / "libcamera.py").write_text("class Transform:\n    def __init__(self, **turns): self.turns = turns\n")
    (folder / "picamera2.py").write_text(f"FORM = {form!r}\nPLACE = {place!r}\n{STAND_IN}")
    path = os.pathsep.join([str(folder), *(entry for entry in sys.path if entry)])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", STORY + story],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_two_streams_are_asked_for_without_a_queue_and_turned(tmp_path: Path) -> None:
    story = """
print(wanted["main"], wanted["lores"])
print(wanted["buffer_count"], wanted["queue"], wanted["controls"], wanted["transform"].turns)
"""
    assert told(tmp_path, story) == [
        "{'size': (1280, 720), 'format': 'RGB888'} {'size': (320, 180), 'format': 'YUV420'}",
        "4 False {'FrameDurationLimits': (66667, 66667)} {'hflip': True, 'vflip': True}",
    ]


def test_a_frame_has_both_pictures_and_survives_the_release_of_its_buffers(tmp_path: Path) -> None:
    story = """
frame = camera.capture(1.0)
print(frame.pixels.shape, frame.small.shape, frame.pixels.min() > 100, frame.small.min() > 100, library.calls[-1])
"""
    for form in ("RGB888", "NV12"):
        assert told(tmp_path, story, form=form) == ["(720, 1280, 3) (180, 320, 3) True True release"]


def test_the_remedies_reach_the_library_in_order_and_closing_flushes_first(tmp_path: Path) -> None:
    story = """
camera._silent_s = 0.0
library.broken.append(True)
library.calls.clear()
for _ in range(3):
    try: camera.capture(0.01)
    except CameraTimeoutError: pass
print(*[call for call in library.calls if isinstance(call, str)])
library.broken.clear()
camera.capture(1.0)
library.calls.clear()
camera.close()
print(*library.calls)
"""
    assert told(tmp_path, story) == ["flush flush stop start flush close open start", "flush close"]


def test_s11_only_a_camera_in_the_device_tree_is_real(tmp_path: Path) -> None:
    story = "print(camera.identity.replayed, camera.identity.model)"
    assert told(tmp_path, story) == ["False imx708"]
    assert told(tmp_path, story, place="Virtual0") == ["True imx708"]


def test_a_camera_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    story = """
try: open_board("pi").open_camera(CameraSettings(source="1"))
except HardwareError as error: print("ribbon cable" in str(error))
"""
    assert told(tmp_path, story) == ["True"]
