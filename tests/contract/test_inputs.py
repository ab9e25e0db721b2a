"""One suite over every input that loads here."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hw.base import InputSettings, PressedInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.contract.rigs import Rig

PATIENCE_S = 5.0
DEBOUNCE_S = 0.1
SLOW_S = 0.5  # longer than a busy machine leaves a thread waiting

WIRINGS = {
    "to-ground": InputSettings(line="GPIO27", active_low=True, pull="up", debounce_s=DEBOUNCE_S),
    "to-supply": InputSettings(line="GPIO27", active_low=False, pull="down", debounce_s=DEBOUNCE_S),
}


@pytest.fixture(params=sorted(WIRINGS))
def settings(request: pytest.FixtureRequest) -> InputSettings:
    return WIRINGS[request.param]


@pytest.fixture
def button(rig: Rig, settings: InputSettings) -> Iterator[PressedInput]:
    opened = rig.button(settings)
    yield opened
    opened.close()


@pytest.fixture
def changeover(rig: Rig, settings: InputSettings) -> Iterator[PressedInput]:
    opened = rig.button(replace(settings, complement="GPIO22"))
    yield opened
    opened.close()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end
        pause.wait(0.005)


def watched(button: PressedInput) -> queue.Queue[tuple[bool, float, str]]:
    told: queue.Queue[tuple[bool, float, str]] = queue.Queue()
    button.watch(lambda active, at: told.put((active, at, threading.current_thread().name)))
    return told


def test_a_button_that_nobody_presses_is_inactive(button: PressedInput) -> None:
    assert button.read() is False


def test_a_press_that_lasts_is_told_once_with_the_moment_it_began(button: PressedInput) -> None:
    told = watched(button)
    before = time.monotonic()
    button.press()
    after = time.monotonic()
    active, at, _ = told.get(timeout=PATIENCE_S)
    assert active is True
    assert before <= at <= after
    assert time.monotonic() - before >= DEBOUNCE_S
    assert button.read() is True
    assert told.empty()


def test_a_watcher_is_told_on_the_drivers_own_thread(button: PressedInput) -> None:
    told = watched(button)
    button.press()
    assert told.get(timeout=PATIENCE_S)[2] == "debounce"


def test_a_bouncing_press_counts_as_one(button: PressedInput) -> None:
    told = watched(button)
    for _ in range(6):
        button.press()
        button.release()
    button.press()
    assert told.get(timeout=PATIENCE_S)[0] is True
    button.release()
    assert told.get(timeout=PATIENCE_S)[0] is False
    assert told.empty()


def test_each_bounce_starts_the_time_anew(rig: Rig, settings: InputSettings) -> None:
    with closing(rig.button(replace(settings, debounce_s=SLOW_S))) as button:
        told = watched(button)
        button.press()
        threading.Event().wait(SLOW_S / 5)
        button.release()
        last = time.monotonic()
        button.press()
        active, at, _ = told.get(timeout=PATIENCE_S)
        assert active is True
        assert at >= last
        assert time.monotonic() - at >= SLOW_S * 0.9


def test_a_glitch_is_not_told(button: PressedInput) -> None:
    told = watched(button)
    button.press()
    button.release()
    with pytest.raises(queue.Empty):
        told.get(timeout=3 * DEBOUNCE_S)
    assert button.read() is False


def test_s10_a_watcher_that_fails_does_not_silence_the_button(button: PressedInput) -> None:
    def fail(_active: bool, _at: float) -> None:
        raise RuntimeError("a watcher's own fault")

    button.watch(fail)
    told = watched(button)
    button.press()
    assert told.get(timeout=PATIENCE_S)[0] is True
    button.release()
    assert told.get(timeout=PATIENCE_S)[0] is False


def test_nothing_is_told_after_close_and_a_second_close_does_nothing(button: PressedInput) -> None:
    told = watched(button)
    before = set(threading.enumerate())
    button.press()
    button.close()
    button.close()
    with pytest.raises(queue.Empty):
        told.get(timeout=2 * DEBOUNCE_S)
    assert "debounce" in {thread.name for thread in before - set(threading.enumerate())}


def test_a_changeover_contact_counts_like_any_other(changeover: PressedInput) -> None:
    told = watched(changeover)
    changeover.press()
    assert told.get(timeout=PATIENCE_S)[0] is True
    changeover.release()
    assert told.get(timeout=PATIENCE_S)[0] is False
    assert changeover.fault == ""


def test_s10_a_cut_wire_of_a_changeover_contact_is_a_fault_and_changes_nothing(
    rig: Rig, changeover: PressedInput
) -> None:
    told = watched(changeover)
    changeover.press()
    assert told.get(timeout=PATIENCE_S)[0] is True
    rig.cut(changeover)
    until(lambda: changeover.fault == "cut wire")
    assert changeover.read() is True
    assert told.empty()


def test_s10_a_line_that_does_not_come_to_rest_is_a_fault_until_it_does(rig: Rig, settings: InputSettings) -> None:
    with closing(rig.button(replace(settings, debounce_s=SLOW_S))) as button:
        told = watched(button)
        end = time.monotonic() + PATIENCE_S
        while button.fault != "bouncing" and time.monotonic() < end:
            button.press()
            threading.Event().wait(0.01)
            button.release()
        assert button.fault == "bouncing"
        assert told.empty()
        until(lambda: button.fault == "")
        assert button.read() is False
