"""The ladder of remedies for a camera that hangs, climbed by a scripted sensor."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hw.base import CameraIdentity, CameraTimeoutError, HardwareError
from hw.camera.recovery import AnotherCameraError, RecoveringCamera, Rung, Shot, rung_after
from hw.camera.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

IDENTITY = CameraIdentity(driver="scripted", model="imx000", path="/base/cam", replayed=False)
PICTURE = np.zeros((4, 4, 3), np.uint8)


class Sensor:
    """Takes one scripted step a shot: metadata to deliver, or an error to raise; writes down its remedies."""

    def __init__(self, *script: dict[str, Any] | Exception) -> None:
        self.script = list(script)
        self.remedies: list[str] = []
        self.hang: Callable[[], object] = bool
        self.stamp = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - 10**9

    def shoot(self, timeout_s: float) -> Shot:
        del timeout_s
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        self.stamp += 10**7
        return Shot(PICTURE, None, {"SensorTimestamp": self.stamp, **step})

    def flush(self) -> None:
        self.remedies.append("flush")

    def restart(self) -> None:
        self.remedies.append("restart")
        self.hang()

    def reopen(self) -> None:
        self.remedies.append("reopen")

    def close(self) -> None:
        self.remedies.append("close")


def camera(sensor: Sensor, **changes: float) -> RecoveringCamera:
    return RecoveringCamera(sensor, IDENTITY, None, **{"silent_s": 0.0, **changes})


def test_the_remedies_grow_stronger_and_then_end() -> None:
    assert [rung_after(turn) for turn in range(1, 7)] == [
        Rung.FLUSH,
        Rung.RESTART,
        Rung.REOPEN,
        Rung.GIVE_UP,
        Rung.GIVE_UP,
        Rung.GIVE_UP,
    ]


def test_each_time_out_in_a_row_tries_the_next_remedy_until_the_camera_is_given_up() -> None:
    sensor = Sensor(*(TimeoutError() for _ in range(4)))
    pi = camera(sensor)
    for _ in range(3):
        with pytest.raises(CameraTimeoutError):
            pi.capture(0.1)
    assert sensor.remedies == ["flush", "flush", "restart", "flush", "reopen"]
    for _ in range(2):
        with pytest.raises(HardwareError, match="look at its cable"):
            pi.capture(0.1)


def test_a_frame_between_time_outs_starts_the_ladder_anew() -> None:
    sensor = Sensor(TimeoutError(), {}, TimeoutError(), {})
    pi = camera(sensor)
    for _ in range(2):
        with pytest.raises(CameraTimeoutError):
            pi.capture(0.1)
        pi.capture(0.1)
    assert sensor.remedies == ["flush", "flush"]


def test_an_impatient_caller_only_flushes() -> None:
    sensor = Sensor(*(TimeoutError() for _ in range(9)))
    pi = camera(sensor, silent_s=60.0)
    for _ in range(9):
        with pytest.raises(CameraTimeoutError):
            pi.capture(0.001)
    assert sensor.remedies == ["flush"] * 9


def test_a_remedy_that_hangs_is_left_behind_and_the_process_told_to_end() -> None:
    let_go = threading.Event()
    sensor = Sensor(TimeoutError(), TimeoutError())
    sensor.hang = let_go.wait
    pi = camera(sensor, step_s=0.05)
    with pytest.raises(CameraTimeoutError):
        pi.capture(0.1)
    begun = time.monotonic()
    with pytest.raises(HardwareError, match=r"hangs even in its restart"):
        pi.capture(0.1)
    assert time.monotonic() - begun < 2.0
    let_go.set()


def test_a_remedy_that_fails_is_followed_by_the_next() -> None:
    def fail() -> None:
        raise RuntimeError("cannot restart")

    sensor = Sensor(TimeoutError(), TimeoutError(), TimeoutError(), {})
    sensor.hang = fail
    pi = camera(sensor)
    for _ in range(3):
        with pytest.raises(CameraTimeoutError):
            pi.capture(0.1)
    assert sensor.remedies[-1] == "reopen"
    assert pi.capture(0.1).sequence == 1


def test_frames_before_exposure_settles_are_never_delivered() -> None:
    sensor = Sensor({"AeState": 1}, {"AeState": 1}, {"AeState": 2}, {"AeState": 1})
    pi = camera(sensor)
    assert pi.capture(1.0).sequence == 1
    assert len(sensor.script) == 1
    assert pi.capture(1.0).sequence == 2  # searching again while people walk by is everyday


def test_s1_a_frame_that_is_not_newer_than_the_last_is_left_out() -> None:
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    sensor = Sensor(
        *({"SensorTimestamp": now + offset} for offset in (-9_000_000, -9_000_000, -20_000_000, -5_000_000))
    )
    pi = camera(sensor)
    first, second = pi.capture(1.0), pi.capture(1.0)
    assert second.at - first.at == pytest.approx(0.004, abs=1e-3)


def test_a_sensor_that_repeats_one_time_stamp_climbs_the_ladder_like_one_that_hangs() -> None:
    stuck = {"SensorTimestamp": time.clock_gettime_ns(time.CLOCK_BOOTTIME) - 10**8}
    sensor = Sensor(*(stuck for _ in range(5)))
    pi = camera(sensor)
    pi.capture(0.0)
    for _ in range(3):
        with pytest.raises(CameraTimeoutError):
            pi.capture(0.0)
    assert sensor.remedies == ["flush", "flush", "restart", "flush", "reopen"]
    with pytest.raises(HardwareError, match="look at its cable"):
        pi.capture(0.0)


def test_a_sensor_whose_exposure_is_still_settling_is_not_disturbed() -> None:
    class Slow(Sensor):
        def shoot(self, timeout_s: float) -> Shot:
            threading.Event().wait(timeout_s)
            return super().shoot(timeout_s)

    sensor = Slow({"AeState": 1}, {"AeState": 1}, {"AeState": 2})
    pi = camera(sensor, silent_s=0.2)
    for _ in range(2):
        with pytest.raises(CameraTimeoutError):
            pi.capture(0.25)
    assert sensor.remedies == []
    assert pi.capture(0.25).sequence == 1


def test_a_foreign_error_ends_the_camera_and_is_kept_as_the_cause() -> None:
    pi = camera(Sensor(RuntimeError("bang")))
    with pytest.raises(HardwareError, match=r"imx000 failed \(bang\)") as caught:
        pi.capture(0.1)
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_wait_that_never_comes_back_although_it_is_bounded_hangs_nobody() -> None:
    """picamera2's does, when its event thread hangs and keeps the lock that is needed to ask for a frame."""
    let_go = threading.Event()

    class Stuck(Sensor):
        def shoot(self, timeout_s: float) -> Shot:
            let_go.wait(5.0)
            return super().shoot(timeout_s)

    pi = camera(Stuck(), step_s=0.05)
    begun = time.monotonic()
    for _ in range(2):
        with pytest.raises(HardwareError, match=r"imx000 hangs even in its shoot\(\): end the process"):
            pi.capture(0.05)
    assert time.monotonic() - begun < 2.0
    let_go.set()


def test_another_camera_after_reopening_is_never_used() -> None:
    class Swapped(Sensor):
        def reopen(self) -> None:
            raise AnotherCameraError("camera 0 is another camera now")

    sensor = Swapped(TimeoutError(), TimeoutError(), TimeoutError(), {})
    pi = camera(sensor)
    for _ in range(2):
        with pytest.raises(CameraTimeoutError):
            pi.capture(0.1)
    for _ in range(2):
        with pytest.raises(HardwareError, match="another camera now"):
            pi.capture(0.1)
    assert len(sensor.script) == 1


def test_a_black_picture_climbs_the_ladder_and_says_what_was_seen() -> None:
    sensor = Sensor(*({} for _ in range(5)))
    pi = RecoveringCamera(sensor, IDENTITY, Watch(frozen_s=60.0, black_s=0.005), silent_s=0.0)
    pi.capture(0.0)
    for _ in range(3):
        with pytest.raises(CameraTimeoutError, match="is the lens covered"):
            pi.capture(0.0)
    assert sensor.remedies == ["flush", "flush", "restart", "flush", "reopen"]
    with pytest.raises(HardwareError, match=r"imx000: the picture has been black.*reopening did not help"):
        pi.capture(0.0)


def test_a_second_close_does_nothing() -> None:
    sensor = Sensor()
    pi = camera(sensor)
    pi.close()
    pi.close()
    assert sensor.remedies == ["close"]
