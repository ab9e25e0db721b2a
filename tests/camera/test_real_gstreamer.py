"""The Jetson's camera driver on real GStreamer; the sources are software, as no Argus is here."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hw.base import CameraSettings, CameraTimeoutError, HardwareError
from tests.camera import real

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hw.camera.gstreamer import GstSensor

PATIENCE_S = 5.0
SLOW = real.MOVING.replace("60/1", "10/1")  # a loaded machine keeps up with it


def sensor(description: str = real.MOVING) -> GstSensor:
    from hw.camera.gstreamer import GstSensor, Source  # noqa: PLC0415 - only the tests' machine has it

    return GstSensor(Source(description, CameraSettings(fps=60)))


def test_s1_a_live_picture_is_stamped_when_it_was_taken() -> None:
    """The source makes a picture at each tick of its clock: old by a frame for its exposure, and by the way here."""
    camera = real.gstreamer(SLOW, CameraSettings(fps=10))
    frames = [camera.capture(PATIENCE_S) for _ in range(10)]
    age_s = time.monotonic() - frames[-1].at
    steps = [later.at - earlier.at for earlier, later in pairwise(frames)]
    camera.close()
    assert 0.1 <= age_s < 0.5
    assert np.median(steps) == pytest.approx(0.1, rel=0.2)


def test_s1_a_picture_that_nobody_takes_grows_old_and_is_dropped_for_a_newer_one() -> None:
    camera = real.gstreamer(SLOW, CameraSettings(fps=10))
    camera.capture(PATIENCE_S)
    threading.Event().wait(1.0)
    frames = [camera.capture(PATIENCE_S) for _ in range(3)]
    assert time.monotonic() - frames[-1].at < 0.5
    camera.close()


def test_a_photograph_comes_through_with_its_colours(tmp_path: Path, report: Callable[[str], None]) -> None:
    real.attached()
    (tmp_path / "frame0.jpg").symlink_to(real.PICTURES / "scene" / "0.jpg")
    camera = real.gstreamer(
        f"multifilesrc name=source location={tmp_path}/frame%d.jpg index=0 stop-index=0 loop=true "
        "caps=image/jpeg,framerate=30/1 ! jpegdec ! videoconvert ! video/x-raw,format=BGRx"
    )
    frame = camera.capture(PATIENCE_S)
    camera.close()
    off = np.abs(frame.pixels.astype(int) - real.scene()).mean()
    report(f"a JPEG's colours through real GStreamer: off by {off:.2f} grey levels of 255 on average")
    assert off < 2.0
    assert camera.identity.replayed


@pytest.mark.parametrize("element", ["videotestsrc", "fakesrc"])
def test_s11_a_source_that_is_no_camera_is_a_replay_whatever_it_is_called(element: str) -> None:
    found = sensor(f"{element} name=source ! video/x-raw,format=BGRx,width=64,height=48")
    found.close()
    assert found.identity.replayed
    assert found.identity.driver == f"gstreamer/{element}"


def test_a_stream_that_ends_is_an_error() -> None:
    camera = real.gstreamer(f"{real.MOVING} ! identity eos-after=40")
    with pytest.raises(HardwareError, match=r"its stream has ended.*open it again"):
        until_dead(lambda: camera.capture(0.2))
    camera.close()


def test_an_error_on_the_bus_is_told_in_the_elements_own_words() -> None:
    camera = real.gstreamer(f"{real.MOVING} ! identity error-after=40")
    with pytest.raises(HardwareError, match=r"Failed after iterations as requested.*open it again"):
        until_dead(lambda: camera.capture(0.2))
    camera.close()


def until_dead(capture: Callable[[], object]) -> None:
    for _ in range(200):
        try:
            capture()
        except CameraTimeoutError:
            continue


def test_a_pipeline_that_stands_still_times_out_and_is_restarted() -> None:
    from gi.repository import Gst  # noqa: PLC0415 - only the tests' machine has it

    from hw.camera.recovery import RecoveringCamera  # noqa: PLC0415 - as above

    pipeline = sensor()
    camera = RecoveringCamera(pipeline, pipeline.identity, silent_s=0.0)
    camera.capture(PATIENCE_S)
    pipeline._pipeline.set_state(Gst.State.PAUSED)  # noqa: SLF001 - the fault is injected below the driver
    for _ in range(2):
        begun = time.monotonic()
        with pytest.raises(CameraTimeoutError):
            until_silent(camera.capture)
        assert time.monotonic() - begun < PATIENCE_S
    assert camera.capture(PATIENCE_S).pixels.shape == (480, 640, 3)
    camera.close()


def until_silent(capture: Callable[[float], object]) -> None:
    for _ in range(10):
        capture(0.2)


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("nosuchsource name=source", r"cannot be built \(no element \"nosuchsource\""),
        ("nvarguscamerasrc name=source", r"cannot be built \(no element \"nvarguscamerasrc\".*nvargus-daemon"),
        ("v4l2src name=source device=/dev/video97", r"cannot be started \(Cannot identify device '/dev/video97'"),
    ],
)
def test_a_pipeline_that_cannot_be_says_why(description: str, words: str) -> None:
    with pytest.raises(HardwareError, match=words):
        sensor(f"{description} ! videoconvert ! video/x-raw,format=BGRx")


def test_the_settings_pipeline_is_asked_for_on_a_machine_without_argus() -> None:
    from hw.camera.gstreamer import open_camera  # noqa: PLC0415 - only the tests' machine has it

    with pytest.raises(HardwareError, match="nvarguscamerasrc"):
        open_camera(CameraSettings())
    with pytest.raises(HardwareError, match="/dev/video97"):
        open_camera(CameraSettings(source="/dev/video97"))


def test_2000_frames_and_100_restarts_leak_nothing(
    report: Callable[[str], None], open_files: Callable[[], int], resident_mb: Callable[[], float]
) -> None:
    fast = real.MOVING.replace("width=640,height=480,framerate=60/1", "width=320,height=240,framerate=240/1")
    camera = real.gstreamer(fast, CameraSettings(fps=240))
    pipeline = sensor()
    for _ in range(3):
        pipeline.restart()
        pipeline.reopen()
        camera.capture(PATIENCE_S)
    files, before_mb, begun = open_files(), resident_mb(), time.monotonic()
    for _ in range(2000):
        camera.capture(PATIENCE_S)
    fps = 2000 / (time.monotonic() - begun)
    for _ in range(100):
        pipeline.restart()
        pipeline.shoot(PATIENCE_S)
    for _ in range(20):
        pipeline.reopen()
        pipeline.shoot(PATIENCE_S)
    grown_mb = resident_mb() - before_mb
    assert open_files() == files
    camera.close()
    pipeline.close()
    report(
        f"real GStreamer: 2,000 frames of 320 x 240 at {fps:.0f} a second, 100 stop/starts, 20 openings: "
        f"{files} file descriptors throughout, RSS {before_mb:.0f} MB {grown_mb:+.1f} MB"
    )
    assert grown_mb < 60


def test_s1_in_doubt_a_picture_is_the_older() -> None:
    from hw.camera.gstreamer import stamped  # noqa: PLC0415 - only the tests' machine has it

    assert stamped(90, 100, interval_ns=7) == 90
    assert stamped(110, 100, interval_ns=7) == 100  # a source that runs ahead of the clock
    assert stamped(None, 100, interval_ns=7) == 65  # all its buffers were full, and one exposing


def test_the_settings_words_never_become_a_part_of_the_pipeline() -> None:
    from hw.camera.gstreamer import described  # noqa: PLC0415 - only the tests' machine has it

    words = "/dev/video0 ! filesink location=/etc/passwd"
    source = described(CameraSettings(source=words))
    assert words not in source.description
    assert source.properties == (("device", words),)
    argus = described(CameraSettings(source="1", flip=True, fps=29.97))
    assert argus.properties == (("sensor-id", 1),)
    assert "nvvidconv flip-method=2" in argus.description
    assert "framerate=2997/100 " in argus.description
