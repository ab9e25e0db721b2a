"""Keypads that are wired, named or set wrongly; what the kernel says and what becomes of it."""

from __future__ import annotations

import errno
import fcntl
import os
import queue
import struct
import subprocess
import sys
import termios
import threading
import time
from typing import TYPE_CHECKING

import pytest

from hw.base import HardwareError, KeypadSettings
from hw.board import open_board
from hw.gpio.mock import MockWires, open_pins
from hw.keypad.matrix import MatrixKeypad, layout
from hw.keypad.usb import EV_KEY, EV_SYN, EVENT, SYN_DROPPED, SYN_REPORT, Report, UsbKeypad
from hw.presses import STUCK_S
from hw.teller import Teller

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 5.0
ROWS, COLUMNS = ("GPIO5", "GPIO6", "GPIO13", "GPIO19"), ("GPIO12", "GPIO16", "GPIO20")
KEYPAD = KeypadSettings(rows=ROWS, columns=COLUMNS)
REPORT = (EV_SYN, SYN_REPORT, 0)


def test_the_keys_are_where_they_are_printed() -> None:
    keys = layout(KEYPAD)
    assert [keys[crossing] for crossing in ((0, 0), (0, 2), (3, 0), (3, 1), (3, 2))] == ["1", "3", "*", "0", "#"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("123", "456", "789"), "4 rows of 3 columns need as many words"),
        (("123", "456", "789", "*0"), "4 rows of 3 columns need as many words"),
        (("12A", "456", "789", "*0#"), "'A' is no key.*unconnected"),
        (("122", "456", "789", "*0#"), "'2' is there twice"),
    ],
)
def test_keys_that_do_not_fit_are_refused(keys: tuple[str, ...], said: str) -> None:
    with pytest.raises(HardwareError, match=said):
        open_board("pc").open_keypad(KeypadSettings(rows=ROWS, columns=COLUMNS, keys=keys))


@pytest.mark.parametrize("line", ["GPIO99", "GPIO5"])
def test_a_line_that_is_unknown_or_twice_is_refused_and_the_others_are_released(line: str) -> None:
    board = open_board("pc")
    with pytest.raises(HardwareError, match=rf"keypad.rows '{line}'"):
        board.open_keypad(KeypadSettings(rows=("GPIO5", "GPIO6", "GPIO13", line), columns=COLUMNS))
    board.open_keypad(KEYPAD).close()


class FailingWires(MockWires):
    """Lines that do not answer for a while."""

    failing = 0

    def scan(self) -> frozenset[tuple[int, int]]:
        if self.failing > 0:
            self.failing -= 1
            raise HardwareError("told to fail")
        return super().scan()


def test_a_matrix_that_fails_is_scanned_again_and_a_key_held_meanwhile_does_not_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wires = FailingWires(open_pins(), KEYPAD)
    keypad = MatrixKeypad(KEYPAD, lambda: wires)
    told: queue.Queue[str] = queue.Queue()
    keypad.watch(lambda key, _at: told.put(key))
    wires.failing = 2
    wires.press(0, 0)
    with pytest.raises(queue.Empty):
        told.get(timeout=1.0)
    assert "the keypad could not be read" in caplog.text
    wires.release(0, 0)
    threading.Event().wait(0.2)
    wires.press(1, 1)
    assert told.get(timeout=PATIENCE_S) == "5"
    keypad.close()


def test_a_stuck_key_is_logged_once_without_its_name(caplog: pytest.LogCaptureFixture) -> None:
    seconds = iter([0.0, STUCK_S, STUCK_S + 1])
    teller = Teller(0.0, clock=lambda: next(seconds))
    for _ in range(3):
        teller.see(frozenset("4"))
    end = time.monotonic() + PATIENCE_S
    while not caplog.records and time.monotonic() < end:
        threading.Event().wait(0.005)
    teller.close()
    (record,) = caplog.records
    assert record.getMessage() == "a key of the keypad is stuck; the others still work"
    assert str(record.exc_info[1] if record.exc_info else "") == (
        "it has been down for half a minute: clean it or replace it"
    )


def test_events_are_as_the_kernel_writes_them() -> None:
    assert EVENT.size == 2 * struct_long() + 8
    report = Report()
    assert not report.takes(EV_KEY, 2, 1)
    assert not report.takes(4, 4, 458782)  # MSC_SCAN comes with each key
    assert report.takes(*REPORT)
    assert report.down == {"1"}
    report.takes(EV_KEY, 2, 2)
    report.takes(EV_KEY, 69, 1)  # Num Lock, which some keypads press by themselves
    assert report.takes(*REPORT)
    assert report.down == {"1"}
    report.takes(EV_SYN, SYN_DROPPED, 0)
    assert report.takes(*REPORT)
    assert report.down == frozenset()


def struct_long() -> int:
    return 8 if sys.maxsize > 2**32 else 4


@pytest.mark.parametrize(
    ("code", "key"), [(11, "0"), (82, "0"), (79, "1"), (28, "#"), (96, "#"), (14, "*"), (522, "*")]
)
def test_both_blocks_of_a_keyboard_and_a_telephones_count(code: int, key: str) -> None:
    report = Report()
    report.takes(EV_KEY, code, 1)
    report.takes(*REPORT)
    assert report.down == {key}


def test_what_is_no_input_device_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("no device")
    for device in (path, tmp_path, "/dev/null"):
        with pytest.raises(HardwareError, match=r"keypad.device .*it is no input device.*/dev/input/by-id"):
            UsbKeypad(KeypadSettings(device=str(device)))


def unread(pipe: int) -> int:
    return int(struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0])


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.EBUSY, "another program holds it"), (errno.EACCES, "group input"), (errno.ENODEV, "not plugged in")],
)
def test_a_device_that_cannot_be_had_now_is_logged_and_tried_again(
    tmp_path: Path, number: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "event0"
    os.mkfifo(path)
    kernel = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    refusals = [OSError(number, os.strerror(number))] * 2

    def claim(_descriptor: int) -> None:
        if refusals:
            raise refusals.pop()

    keypad = UsbKeypad(KeypadSettings(device=str(path)), claim=claim)
    told: queue.Queue[str] = queue.Queue()
    keypad.watch(lambda key, _at: told.put(key))
    os.write(kernel, EVENT.pack(0, 0, EV_KEY, 2, 1)[:10])  # a pipe may tear what the kernel never does
    end = time.monotonic() + PATIENCE_S
    while unread(kernel) and time.monotonic() < end:
        threading.Event().wait(0.005)
    os.write(kernel, EVENT.pack(0, 0, EV_KEY, 2, 1)[10:] + EVENT.pack(0, 0, *REPORT))
    assert told.get(timeout=PATIENCE_S) == "1"
    assert said in caplog.text
    keypad.close()
    os.close(kernel)


def test_a_process_that_ends_without_closing_leaves_no_beeper_on() -> None:
    code = (
        "import atexit, threading\nfrom hw.base import Signal\nfrom hw.fake_panel import FakeOutput\n"
        "from hw.indicator import IndicatorPrompt\nbeeper = FakeOutput()\n"
        "atexit.register(lambda: print(*[on for _, on in beeper.history]))\n"
        "IndicatorPrompt({'beeper': beeper}).tell(Signal.ALARM, 'forced', '')\nbeeper.wait_changes(1, 5)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]
