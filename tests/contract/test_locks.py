"""One suite over every lock that loads here: S2 and S3 are what it is about."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from hw.base import HardwareError, LockSettings, RecordedLock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.rigs import Rig

PATIENCE_S = 5.0


def changes(lock: RecordedLock) -> list[bool]:
    return [unlocked for _, unlocked in lock.history]


def wait_until(lock: RecordedLock, wanted: list[bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    tick = threading.Event()
    while changes(lock) != wanted and time.monotonic() < end:
        tick.wait(0.002)
    assert changes(lock) == wanted


@pytest.fixture(params=[False, True], ids=["active-high", "active-low"])
def settings(request: pytest.FixtureRequest) -> LockSettings:
    return LockSettings(line="GPIO17", active_low=request.param)


@pytest.fixture
def lock(rig: Rig, settings: LockSettings) -> Iterator[RecordedLock]:
    opened = rig.lock(settings)
    yield opened
    opened.close()


def test_s2_opening_and_closing_never_pulses(lock: RecordedLock) -> None:
    assert changes(lock) == [False]
    lock.close()
    assert changes(lock) == [False]


def test_s2_securing_a_locked_lock_never_pulses(lock: RecordedLock) -> None:
    lock.secure()
    assert changes(lock) == [False]


def test_s3_a_pulse_ends_while_its_caller_is_blocked(lock: RecordedLock) -> None:
    begun = time.monotonic()
    lock.pulse(0.1)
    wait_until(lock, [False, True, False])  # this thread only looks on
    (_, (opened, _), (locked, _)) = lock.history
    assert begun <= opened
    assert locked - begun >= 0.099  # the timer runs from before the line is energised
    assert locked - begun < PATIENCE_S


def test_s3_a_pulse_ends_after_the_thread_that_asked_for_it_died(lock: RecordedLock) -> None:
    caller = threading.Thread(target=lock.pulse, args=(0.05,))
    caller.start()
    caller.join(PATIENCE_S)
    assert not caller.is_alive()
    wait_until(lock, [False, True, False])


def test_a_pulse_needs_no_new_thread(lock: RecordedLock) -> None:
    before = threading.active_count()
    lock.pulse(PATIENCE_S)
    assert threading.active_count() == before


def test_a_second_pulse_lengthens_the_first(lock: RecordedLock) -> None:
    lock.pulse(0.1)
    begun = time.monotonic()
    lock.pulse(0.4)
    wait_until(lock, [False, True, False])
    (*_, (locked, _)) = lock.history
    assert locked - begun >= 0.399


def test_a_shorter_pulse_does_not_shorten_the_first(lock: RecordedLock) -> None:
    begun = time.monotonic()
    lock.pulse(0.3)
    lock.pulse(0.01)
    wait_until(lock, [False, True, False])
    (*_, (locked, _)) = lock.history
    assert locked - begun >= 0.299


def test_s2_a_pulse_is_shortened_without_locking_in_between(lock: RecordedLock) -> None:
    lock.pulse(60.0)
    begun = time.monotonic()
    lock.shorten(0.1)
    lock.shorten(60.0)
    wait_until(lock, [False, True, False])
    (*_, (locked, _)) = lock.history
    assert 0.099 <= locked - begun < PATIENCE_S


def test_s2_shortening_what_is_locked_pulses_nothing(lock: RecordedLock) -> None:
    lock.shorten(0.05)
    lock.pulse(0.1)
    wait_until(lock, [False, True, False])


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_a_pulse_cannot_be_shortened_to_nothing(lock: RecordedLock, seconds: float) -> None:
    lock.pulse(60.0)
    with pytest.raises(ValueError, match="shortened"):
        lock.shorten(seconds)
    assert changes(lock) == [False, True]


def test_s3_secure_ends_a_pulse_at_once_and_for_good(lock: RecordedLock) -> None:
    lock.pulse(60.0)
    lock.secure()
    assert changes(lock) == [False, True, False]


def test_a_lock_that_was_secured_can_be_pulsed_again(lock: RecordedLock) -> None:
    lock.pulse(60.0)
    lock.secure()
    lock.pulse(0.05)
    wait_until(lock, [False, True, False, True, False])
    (*_, (opened, _), (locked, _)) = lock.history
    assert locked - opened < 30.0


def test_s3_closing_during_a_pulse_locks(lock: RecordedLock) -> None:
    lock.pulse(60.0)
    lock.close()
    assert changes(lock) == [False, True, False]


def test_s3_a_second_close_does_nothing_and_a_pulse_after_it_is_refused(lock: RecordedLock) -> None:
    lock.close()
    lock.close()
    with pytest.raises(HardwareError, match="open the lock again"):
        lock.pulse(1.0)
    assert changes(lock) == [False]


@pytest.mark.parametrize("seconds", [0.0, -1.0, 256.0, float("nan"), float("inf")])
def test_s3_a_pulse_without_a_sensible_end_never_begins(lock: RecordedLock, seconds: float) -> None:
    with pytest.raises(ValueError, match="pulse"):
        lock.pulse(seconds)
    assert changes(lock) == [False]


def test_s3_pulses_from_many_threads_end_locked(lock: RecordedLock) -> None:
    callers = [threading.Thread(target=lock.pulse, args=(0.001 * turn,)) for turn in range(1, 40)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(PATIENCE_S)
    lock.pulse(0.05)
    end = time.monotonic() + PATIENCE_S
    while lock.history[-1][1] and time.monotonic() < end:
        threading.Event().wait(0.002)
    recorded = changes(lock)
    assert recorded == [index % 2 == 1 for index in range(len(recorded))]
    assert recorded[-1] is False
