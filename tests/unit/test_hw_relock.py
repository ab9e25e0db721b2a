"""The relock timer: never shortened, never gives up."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.base import HardwareError
from hw.debounce import Debounce
from hw.relock import Relock

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 5.0


@given(st.lists(st.floats(min_value=1.0, max_value=255.0), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_s3_arming_never_shortens_a_running_pulse(pulses: list[float]) -> None:
    relock = Relock(lambda: None)
    before = 0.0
    for seconds in pulses:
        earliest = time.monotonic() + seconds
        relock.arm(seconds)
        latest = time.monotonic() + seconds
        deadline = relock.deadline
        assert deadline is not None
        assert max(before, earliest) <= deadline <= max(before, latest)
        before = deadline
    relock.close()


def test_s3_a_release_that_fails_is_tried_until_it_works() -> None:
    tried = []
    worked = threading.Event()

    def release() -> None:
        tried.append(time.monotonic())
        if len(tried) < 4:
            raise OSError("the line does not answer")
        worked.set()

    relock = Relock(release)
    relock.arm(0.01)
    assert worked.wait(PATIENCE_S)
    relock.close()
    assert len(tried) == 5  # three failures, one that worked, and the one of close


class Stuck(logging.Handler):
    """A log that nobody reads: whoever writes to it waits."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.waiting = threading.Event()
        self.read = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(record.getMessage())
        self.waiting.set()
        self.read.wait(10 * PATIENCE_S)


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    handler, log = Stuck(), logging.getLogger("hw.relock")
    log.addHandler(handler)
    yield handler
    handler.read.set()
    log.removeHandler(handler)


def test_s3_a_log_that_nobody_reads_holds_up_no_lock_and_is_not_flooded(stuck: Stuck) -> None:
    tried: list[float] = []
    worked = threading.Event()

    def release() -> None:
        tried.append(time.monotonic())
        if len(tried) <= 8:
            raise OSError("the line does not answer")
        worked.set()

    relock = Relock(release)
    relock.arm(0.01)
    assert stuck.waiting.wait(PATIENCE_S)
    with relock.mutex:
        pass  # it is free: a pulse or a lock-up would not wait for the log either
    assert worked.wait(PATIENCE_S)
    stuck.read.set()
    relock.close()
    assert stuck.written == ["the lock's line could not be released; it is tried again"]


def test_s10_a_log_that_nobody_reads_does_not_silence_the_button(stuck: Stuck) -> None:
    level = [False]
    failing = threading.Event()
    told = threading.Event()

    def sample() -> bool:
        if failing.is_set():
            raise OSError("the line cannot be read")
        return level[0]

    debounce = Debounce(sample, 0.0)
    debounce.watch(lambda active, _at: told.set() if active else None)
    failing.set()
    debounce.edge(level=True)
    assert stuck.waiting.wait(PATIENCE_S)
    failing.clear()
    level[0] = True
    debounce.edge(level=True)
    assert told.wait(PATIENCE_S)
    debounce.close()


def test_s3_a_cancel_that_fails_says_so_and_is_tried_again_by_the_timer() -> None:
    worked = threading.Event()
    failures = [OSError("the line does not answer")]

    def release() -> None:
        if failures:
            raise failures.pop()
        worked.set()

    relock = Relock(release)
    relock.arm(60.0)
    with pytest.raises(OSError, match="does not answer"):
        relock.cancel()
    assert worked.wait(PATIENCE_S)
    relock.close()


def test_s3_a_timer_that_is_due_waits_for_a_driver_that_is_still_energising() -> None:
    order: list[str] = []
    released = threading.Event()

    def release() -> None:
        order.append("release")
        released.set()

    relock = Relock(release)
    with relock.mutex:
        relock.arm(0.001)
        released.wait(0.1)
        order.append("energise")
    assert released.wait(PATIENCE_S)
    assert order == ["energise", "release"]
    relock.close()


def test_s3_closing_a_line_that_cannot_be_released_is_an_error_and_the_thread_goes_on_trying() -> None:
    let_go = threading.Event()
    worked = threading.Event()

    def release() -> None:
        if not let_go.is_set():
            raise OSError("the line does not answer")
        worked.set()

    relock = Relock(release)
    with pytest.raises(HardwareError, match="cut the lock's power"):
        relock.close()
    let_go.set()
    assert worked.wait(PATIENCE_S)
    relock.close()


def test_an_edge_that_was_lost_is_found_by_looking_again() -> None:
    level = [False]
    told = threading.Event()
    debounce = Debounce(lambda: level[0], 0.01)
    debounce.watch(lambda active, _at: told.set() if active else None)
    level[0] = True  # and nobody calls edge()
    assert told.wait(PATIENCE_S)
    debounce.close()


def test_s10_a_line_that_fails_to_be_read_once_does_not_silence_the_button() -> None:
    level = [False]
    failures: list[OSError] = []
    told = threading.Event()

    def sample() -> bool:
        if failures:
            raise failures.pop()
        return level[0]

    debounce = Debounce(sample, 0.0)
    debounce.watch(lambda active, _at: told.set() if active else None)
    failures.append(OSError("once"))
    level[0] = True
    debounce.edge(level=True)
    assert told.wait(PATIENCE_S)
    assert not failures
    debounce.close()


def test_a_press_that_lasted_counts_even_when_the_thread_comes_late() -> None:
    level = [False]
    told: list[bool] = []
    first, all_four, busy = threading.Event(), threading.Event(), threading.Event()

    def notify(active: bool, _at: float) -> None:
        told.append(active)
        first.set()
        busy.wait(PATIENCE_S)  # the thread is held up while a whole press goes by
        if len(told) == 4:
            all_four.set()

    debounce = Debounce(lambda: level[0], 0.01)
    debounce.watch(notify)
    for turn in (True, False, True, False):
        level[0] = turn
        debounce.edge(turn)
        assert first.wait(PATIENCE_S)
        threading.Event().wait(0.03)
    busy.set()
    assert all_four.wait(PATIENCE_S)
    assert told == [True, False, True, False]
    debounce.close()


def test_a_wire_that_is_cut_from_the_beginning_is_a_fault_and_shows_nothing() -> None:
    mended = [False]
    told = threading.Event()
    debounce = Debounce(lambda: True, 0.0, bounce_s=0.1, complement=lambda: not mended[0])
    debounce.watch(lambda active, _at: told.set() if active else None)
    end = time.monotonic() + PATIENCE_S
    while debounce.fault != "cut wire":
        assert time.monotonic() < end
        assert debounce.stable is False
        threading.Event().wait(0.01)
    mended[0] = True
    assert told.wait(PATIENCE_S)
    assert debounce.fault == ""
    debounce.close()
