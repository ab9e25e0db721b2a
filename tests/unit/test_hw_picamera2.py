"""The Pi's camera driver against a stand-in for picamera2: what it asks of the library, in which order.

The library itself needs libcamera, which only a Pi or a special machine has; there the same driver meets the real one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

STAND_IN = """
import time, types
import numpy as np
calls = []
broken = []
place = [PLACE]
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
    camera_controls = {"FrameDurationLimits": (1, 10**6, None), **CONTROLS}
    def __init__(self, number):
        if number > 0: raise IndexError("list index out of range")
        calls.append("open")
        self.camera = types.SimpleNamespace(id=place[0])
    def create_video_configuration(self, **wanted): calls.append(wanted); return wanted
    def configure(self, wanted): self.wanted = wanted
    def camera_configuration(self):
        width, height = self.wanted["main"]["size"]
        return {"main": {"format": FORM, "size": (width, height), "stride": width * (1 if FORM == "NV12" else 3)},
                "lores": {"format": "YUV420", "size": self.wanted["lores"]["size"], "stride": 384}, "raw": None,
                "colour_space": self.wanted["colour_space"]}
    def start(self): calls.append("start")
    def stop_preview(self): calls.append("stop_preview")
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


LIBCAMERA = """
import enum, types
class Transform:
    def __init__(self, **turns): self.turns = turns
class ColorSpace:
    Range = enum.Enum("Range", "Full Limited")
    YcbcrEncoding = enum.Enum("YcbcrEncoding", "Null Rec601 Rec709")
    @classmethod
    def Sycc(cls): return types.SimpleNamespace(ycbcrEncoding=cls.YcbcrEncoding.Rec601, range=cls.Range.Full)
"""
PLATFORM = "import enum\nPlatform = enum.Enum('Platform', 'VC4 PISP')\ndef get_platform(): return Platform.{}\n"


def told(
    folder: Path,
    story: str,
    *,
    form: str = "RGB888",
    place: str = "/base/soc/i2c0/imx708@1a",
    controls: str = "{}",
    platform: str = "PISP",
) -> list[str]:
    package = folder / "picamera2"
    package.mkdir(exist_ok=True)
    (folder / "libcamera.py").write_text(LIBCAMERA)
    (package / "platform.py").write_text(PLATFORM.format(platform))
    (package / "__init__.py").write_text(f"FORM = {form!r}\nPLACE = {place!r}\nCONTROLS = {controls}\n{STAND_IN}")
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
print(frame.pixels.shape, frame.small.shape, library.calls[-1])
print(*{int(level) for picture in (frame.pixels, frame.small) for level in (picture.min(), picture.max())})
"""
    for form in ("RGB888", "NV12"):  # 128 stays 128 in full range, as the camera labels it
        assert told(tmp_path, story, form=form) == ["(720, 1280, 3) (180, 320, 3) release", "128"]


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
    assert told(tmp_path, story) == ["flush flush stop_preview stop start flush close open start", "flush close"]


def test_s11_only_a_camera_in_the_device_tree_is_real(tmp_path: Path) -> None:
    story = "print(camera.identity.replayed, camera.identity.model)"
    assert told(tmp_path, story) == ["False imx708"]
    assert told(tmp_path, story, place="Virtual0") == ["True imx708"]


@pytest.mark.parametrize(
    ("platform", "controls", "expected"),
    [
        ("PISP", "{'HdrMode': (0, 4, 0), 'AeConstraintMode': (0, 3, 0)}", "{'HdrMode': 3, 'AeConstraintMode': 2}"),
        (
            "VC4",
            "{'AeMeteringMode': (0, 3, 0), 'ExposureValue': (-8.0, 8.0, 0.0), 'HdrMode': (0, 4, 0)}",
            "{'AeMeteringMode': 0, 'ExposureValue': 1.0}",
        ),
        ("VC4", "{}", "{}"),
    ],
)
def test_backlight_is_asked_of_the_camera_as_the_board_can(
    tmp_path: Path, platform: str, controls: str, expected: str
) -> None:
    story = """
camera.close()
print({name: value for name, value in wanted["controls"].items() if name != "FrameDurationLimits"})
open_board("pi").open_camera(CameraSettings(backlight="shadows"))
wanted = [call for call in library.calls if isinstance(call, dict)][-1]
print({name: value for name, value in wanted["controls"].items() if name != "FrameDurationLimits"})
"""
    assert told(tmp_path, story, platform=platform, controls=controls) == ["{}", expected]


def test_after_reopening_another_camera_under_the_same_number_is_told_and_never_used(tmp_path: Path) -> None:
    story = """
camera._silent_s = 0.0
library.broken.append(True)
for _ in range(2):
    try: camera.capture(0.01)
    except CameraTimeoutError: pass
library.place[0] = "/base/soc/i2c1/imx708@1a"
for _ in range(2):
    try: camera.capture(0.01)
    except HardwareError as error: print(str(error)[:30], "i2c0" in str(error), "i2c1" in str(error))
library.broken.clear()
try: camera.capture(1.0)
except HardwareError as error: print("another camera" in str(error), library.calls[-1])
"""
    told_of = "camera 0 is another camera now True True"
    assert told(tmp_path, story) == [told_of, told_of, "True close"]


def test_a_frozen_picture_is_as_silent_as_a_hang_and_a_virtual_camera_may_show_one(tmp_path: Path) -> None:
    story = """
camera.close()
import numpy as np
pattern = np.arange(1280 * 720 * 3, dtype=np.uint32).astype(np.uint8)
real = library.Picamera2.capture_request
def frozen(self, wait):
    request = real(self, wait)
    request.buffers["main"] = pattern.copy()
    return request
library.Picamera2.capture_request = frozen
camera = open_board("pi").open_camera(CameraSettings(frozen_s=1.0))
camera._silent_s = 0.05
library.calls.clear()
seen = 0
try:
    for _ in range(300):
        try: camera.capture(0.1); seen += 1
        except CameraTimeoutError: pass
except HardwareError as error: print(seen, error)
print(*[call for call in library.calls if isinstance(call, str) and call != "release"])
"""
    words = "the picture has been frozen for"
    lines = told(tmp_path, story)
    assert lines[0].startswith(f"1 imx708: {words}")
    assert lines[0].endswith("reopening did not help: look at its cable")
    assert lines[1] == "flush flush stop_preview stop start flush close open start"
    kept = story[: story.index("library.calls.clear")] + "print([camera.capture(1.0).sequence for _ in range(3)])"
    assert told(tmp_path, kept, place="Virtual0") == ["[1, 2, 3]"]


def test_a_camera_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    story = """
try: open_board("pi").open_camera(CameraSettings(source="1"))
except HardwareError as error: print("ribbon cable" in str(error))
"""
    assert told(tmp_path, story) == ["True"]
