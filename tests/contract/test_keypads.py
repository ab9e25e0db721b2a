"""One suite over every keypad: what is pressed alone is told once, and nobody ever reads it in a log."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from typing import TYPE_CHECKING, Protocol

import pytest

from hw.base import Keypad, KeypadSettings
from hw.board import open_board
from hw.fake_panel import FakeKeypad
from hw.gpio.mock import MockWires, open_pins
from hw.keypad.matrix import MatrixKeypad, layout
from hw.keypad.usb import EV_KEY, EV_SYN, EVENT, KEYMAP, SYN_REPORT, UsbKeypad
from hw.presses import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 5.0
QUIET_S = 0.2
MATRIX = KeypadSettings(rows=("GPIO5", "GPIO6", "GPIO13", "GPIO19"), columns=("GPIO12", "GPIO16", "GPIO20"))


class Rig(Protocol):
    """A keypad, and fingers for it."""

    @property
    def keypad(self) -> Keypad: ...

    def press(self, *keys: str) -> None: ...

    def release(self, *keys: str) -> None: ...

    def looked(self) -> None:
        """Wait until the driver has looked at the keys as they are now, however late it comes to that."""


class FakeRig:
    def __init__(self, folder: Path) -> None:
        del folder
        opened = open_board("fake").open_keypad(KeypadSettings())
        assert isinstance(opened, FakeKeypad)
        self.keypad = opened
        self.press = opened.press
        self.release = opened.release

    def looked(self) -> None:
        """It is told of each change."""


class WatchedWires(MockWires):
    """Lines that say when they were scanned, and what was found has been weighed."""

    def __init__(self) -> None:
        self.scans = 0
        self.scanned = threading.Condition()
        super().__init__(open_pins(), MATRIX)

    def scan(self) -> frozenset[tuple[int, int]]:
        with self.scanned:
            self.scans += 1
            self.scanned.notify_all()
        return super().scan()


class MatrixRig:
    def __init__(self, folder: Path) -> None:
        del folder
        self.wires = WatchedWires()
        self.keypad = MatrixKeypad(MATRIX, lambda: self.wires)
        self.place = {key: crossing for crossing, key in layout(MATRIX).items()}

    def press(self, *keys: str) -> None:
        with self.wires.at_once():
            for key in keys:
                self.wires.press(*self.place[key])

    def release(self, *keys: str) -> None:
        for key in keys:
            self.wires.release(*self.place[key])

    def looked(self) -> None:
        with self.wires.scanned:
            ended = self.wires.scans + 2  # the one that begins after this moment is weighed when its successor begins
            assert self.wires.scanned.wait_for(lambda: self.wires.scans >= ended, PATIENCE_S)


class UsbRig:
    """A pipe that speaks as the kernel does; what makes it the keypad's own is not asked of a pipe."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "event0"
        os.mkfifo(self.path)
        self.kernel = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        self.code = {key: code for code, key in KEYMAP.items()}
        self.keypad = UsbKeypad(KeypadSettings(device=str(self.path)), claim=lambda _: None)

    def press(self, *keys: str) -> None:
        self.report(1, keys)
        self.report(2, keys)  # the kernel repeats what is held

    def release(self, *keys: str) -> None:
        self.report(0, keys)

    def report(self, value: int, keys: tuple[str, ...]) -> None:
        events = [EVENT.pack(0, 0, EV_KEY, self.code[key], value) for key in keys]
        os.write(self.kernel, b"".join([*events, EVENT.pack(0, 0, EV_SYN, SYN_REPORT, 0)]))

    def looked(self) -> None:
        """The kernel keeps each change until it is read."""


@pytest.fixture(params=[FakeRig, MatrixRig, UsbRig])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    opened: Rig = request.param(tmp_path)
    yield opened
    opened.keypad.close()
    if isinstance(opened, UsbRig):
        os.close(opened.kernel)


def watched(rig: Rig) -> queue.Queue[tuple[str, float, str]]:
    told: queue.Queue[tuple[str, float, str]] = queue.Queue()
    rig.keypad.watch(lambda key, at: told.put((key, at, threading.current_thread().name)))
    return told


def rest(rig: Rig) -> None:
    """Leave the keys as they are for several times as long as counts, from a look of the driver's until another."""
    rig.looked()
    threading.Event().wait(QUIET_S)
    rig.looked()


def typed(rig: Rig, told: queue.Queue[tuple[str, float, str]], key: str) -> str:
    rig.press(key)
    heard = told.get(timeout=PATIENCE_S)[0]
    rig.release(key)
    rest(rig)
    return heard


def test_each_key_is_told_as_it_is_printed(rig: Rig) -> None:
    told = watched(rig)
    assert "".join(typed(rig, told, key) for key in KEYS) == KEYS
    assert told.empty()


def test_a_press_is_told_with_the_moment_it_began_on_the_drivers_own_thread(rig: Rig) -> None:
    told = watched(rig)
    before = time.monotonic()
    rig.press("5")
    key, at, thread = told.get(timeout=PATIENCE_S)
    assert (key, thread) == ("5", "keypad")
    assert before <= at <= time.monotonic()


def test_a_key_that_is_held_counts_once(rig: Rig) -> None:
    told = watched(rig)
    rig.press("7")
    assert told.get(timeout=PATIENCE_S)[0] == "7"
    with pytest.raises(queue.Empty):
        told.get(timeout=2 * QUIET_S)
    rig.release("7")
    rest(rig)
    assert typed(rig, told, "7") == "7"


def test_two_at_once_count_as_none_and_so_does_what_is_left_of_them(rig: Rig) -> None:
    told = watched(rig)
    rig.press("1", "2")
    rest(rig)
    rig.release("1")
    rest(rig)
    rig.release("2")
    rest(rig)
    assert told.empty()
    assert typed(rig, told, "3") == "3"


def test_a_second_key_while_one_is_held_does_not_count(rig: Rig) -> None:
    told = watched(rig)
    rig.press("4")
    assert told.get(timeout=PATIENCE_S)[0] == "4"
    rig.press("9")
    rest(rig)
    rig.release("4")
    rest(rig)
    rig.release("9")
    rest(rig)
    assert told.empty()
    assert typed(rig, told, "9") == "9"


def test_a_watcher_that_fails_does_not_silence_the_keypad_and_no_key_is_logged(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(key: str, _at: float) -> None:
        raise RuntimeError(f"what to do with {key}?")

    caplog.set_level(logging.DEBUG)
    rig.keypad.watch(fail)
    told = watched(rig)
    assert [typed(rig, told, key) for key in "80"] == ["8", "0"]
    assert [record.getMessage() for record in caplog.records] == ["a watcher of the keypad failed"]
    assert "RuntimeError" in caplog.text
    assert "what to do" not in caplog.text


def test_what_is_typed_is_not_logged(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = watched(rig)
    assert [typed(rig, told, key) for key in "49"] == ["4", "9"]
    assert caplog.records == []


def test_nothing_is_told_after_close_and_a_second_close_does_nothing(rig: Rig) -> None:
    told = watched(rig)
    driver = next(thread for thread in threading.enumerate() if thread.name == "keypad")
    rig.keypad.close()
    rig.keypad.close()
    assert not driver.is_alive()
    if not isinstance(rig, MatrixRig):  # its lines are no lines any more
        rig.press("1")
    assert told.empty()


def test_a_watcher_may_close_the_keypad(rig: Rig) -> None:
    closed = threading.Event()

    def stop(_key: str, _at: float) -> None:
        rig.keypad.close()
        closed.set()

    driver = next(thread for thread in threading.enumerate() if thread.name == "keypad")
    rig.keypad.watch(stop)
    rig.press("1")
    assert closed.wait(PATIENCE_S)
    driver.join(PATIENCE_S)
    assert not driver.is_alive()


def test_three_corners_of_a_square_show_a_fourth_and_count_as_none(tmp_path: Path) -> None:
    rig = MatrixRig(tmp_path)
    told = watched(rig)
    rig.press("1", "2", "4")
    assert rig.wires.scan() == {(0, 0), (0, 1), (1, 0), (1, 1)}
    rest(rig)
    for key in "124":
        rig.release(key)
        rest(rig)
    assert told.empty()
    rig.keypad.close()


def test_a_usb_keypad_that_was_unplugged_is_read_again_when_it_is_back(tmp_path: Path) -> None:
    rig = UsbRig(tmp_path)
    told = watched(rig)
    assert typed(rig, told, "1") == "1"
    rig.press("2")
    assert told.get(timeout=PATIENCE_S)[0] == "2"
    rig.path.unlink()
    os.close(rig.kernel)  # pulled out with the key down
    os.mkfifo(rig.path)
    rig.kernel = os.open(rig.path, os.O_RDWR | os.O_NONBLOCK)
    assert typed(rig, told, "3") == "3"
    rig.keypad.close()
    os.close(rig.kernel)


def test_a_usb_keypad_that_is_plugged_in_late_is_found(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "event0"
    keypad = UsbKeypad(KeypadSettings(device=str(path)), claim=lambda _: None)
    told: queue.Queue[str] = queue.Queue()
    keypad.watch(lambda key, _at: told.put(key))
    end = time.monotonic() + PATIENCE_S
    while "not plugged in" not in caplog.text and time.monotonic() < end:
        threading.Event().wait(0.01)
    assert "not plugged in; it is looked for until it is" in caplog.text
    os.mkfifo(path)
    kernel = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    os.write(kernel, EVENT.pack(0, 0, EV_KEY, 2, 1) + EVENT.pack(0, 0, EV_SYN, SYN_REPORT, 0))
    assert told.get(timeout=PATIENCE_S) == "1"
    keypad.close()
    os.close(kernel)
