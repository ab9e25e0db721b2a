"""The fake ships, so it is tested itself."""

from __future__ import annotations

import numpy as np
import pytest

from hw.base import CameraEndError, CameraTimeoutError, Frame, HardwareError
from hw.fake import FakeCamera, FakeLock

PATIENCE_S = 5.0
PICTURE = np.zeros((4, 4, 3), np.uint8)


def test_the_camera_follows_its_script_and_then_ends() -> None:
    stale = Frame(pixels=PICTURE, at=1.0, sequence=7)
    camera = FakeCamera([PICTURE, CameraTimeoutError("scripted"), stale])
    assert camera.capture(0).sequence == 1
    with pytest.raises(CameraTimeoutError, match="scripted"):
        camera.capture(0)
    assert camera.capture(0) is stale
    with pytest.raises(CameraEndError):
        camera.capture(0)
    assert camera.captured == 4


def test_s3_a_pulse_that_fails_leaves_the_lock_locked_and_says_so() -> None:
    lock = FakeLock()
    lock.failing_pulses = 1
    with pytest.raises(HardwareError, match="told to fail"):
        lock.pulse(60.0)
    assert not lock.unlocked
    assert len(lock.history) == 1
    lock.close()


def test_s3_a_pulse_that_fails_tells_the_line_to_lock_before_it_says_so() -> None:
    lock = FakeLock()
    lock.failing_pulses, lock.failing_releases = 1, 1
    with pytest.raises(HardwareError, match="told to fail; it was locked"):
        lock.pulse(60.0)
    assert lock.failing_releases == 0
    lock.close()


def test_s3_a_lock_that_fails_to_lock_is_locked_as_soon_as_it_answers() -> None:
    lock = FakeLock()
    lock.pulse(60.0)
    lock.failing_releases = 3
    with pytest.raises(HardwareError, match="fail to lock"):
        lock.secure()
    assert lock.wait_for(unlocked=False, timeout_s=PATIENCE_S)
    assert lock.failing_releases == 0
    lock.close()
    assert lock.closed


def test_waiting_for_a_change_ends_when_it_comes_and_gives_up_when_it_does_not() -> None:
    lock = FakeLock()
    assert not lock.wait_changes(1, 0.01)
    lock.pulse(0.05)
    assert lock.wait_changes(2, PATIENCE_S)
    assert not lock.wait_for(unlocked=True, timeout_s=0.01)
    lock.close()
