"""The gpiozero driver: what it says when something is wrong, and what it asks of lgpio."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from hw.base import HardwareError, InputSettings, LockSettings, RecordedLock
from hw.board import open_board
from hw.gpio.gpiozero import GpioInput, GpioLock, explained
from hw.gpio.mock import RecordingPin, open_pins

if TYPE_CHECKING:
    from pathlib import Path

LGPIO = """
import os, sys
os.chdir(os.environ["LG_WD"])  # as the real one does
open("fifo", "w").close()
calls = []
SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN, BOTH_EDGES, RISING_EDGE, FALLING_EDGE = range(6)
class error(Exception): pass
class callback:
    def __init__(self, *args): pass
    def cancel(self): pass
def gpiochip_open(chip):
    if os.environ.get("NO_CHIP"): raise error("can not open gpiochip")
    opened.append(chip)
    return 1
outputs = set()
opened = []
def gpiochip_close(handle): pass
def gpio_claim_input(handle, number, flags=0): outputs.discard(number); calls.append("input")
def gpio_claim_output(handle, number, value=0): outputs.add(number); calls.append(f"output={value}")
def gpio_write(handle, number, value): calls.append(f"write={int(value)}")
def gpio_get_mode(handle, number): return 2 if number in outputs else 0
def gpio_free(handle, number): calls.append("free")
def gpio_claim_alert(*args): calls.append("alert")
def gpio_read(handle, number): return 1
"""

STORY = """
import os
here = os.getcwd()
import gpiozero.pins.local
gpiozero.pins.local.get_pi_revision = lambda: 0xC03111
from hw.base import HardwareError, InputSettings, LockSettings
from hw.board import open_board
board = open_board("pi")
"""


def on_a_pi(folder: Path, story: str, **environment: str) -> list[str]:
    (folder / "lgpio.py").write_text(environment.pop("lgpio", LGPIO))
    path = os.pathsep.join([str(folder), *(entry for entry in sys.path if entry)])
    inherited = {name: value for name, value in os.environ.items() if name != "LG_WD"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", STORY + story],
        capture_output=True,
        text=True,
        check=False,
        env={**inherited, "PYTHONPATH": path, "TMPDIR": str(folder), **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("active_low", [False, True])
def test_s2_a_relay_on_a_pi_is_claimed_once_at_its_locked_level(tmp_path: Path, active_low: bool) -> None:
    story = f"""
lock = board.open_lock(LockSettings(active_low={active_low}))
import lgpio
print(*lgpio.calls); lgpio.calls.clear()
lock.pulse(60); lock.close()
print(*lgpio.calls)
"""
    locked, unlocked = int(active_low), int(not active_low)
    calls = on_a_pi(tmp_path, story)
    assert calls == [f"output={locked}", f"write={unlocked}", f"write={locked}", "input"]


@pytest.mark.parametrize("active_low", [False, True])
def test_a_beeper_on_a_pi_is_claimed_once_at_its_off_level(tmp_path: Path, active_low: bool) -> None:
    story = f"""
from hw.base import IndicatorSettings
indicator = board.open_indicator(IndicatorSettings(beeper="GPIO5", active_low={active_low}))
import lgpio
print(*lgpio.calls); lgpio.calls.clear()
indicator.close()
print(*lgpio.calls)
"""
    off = int(active_low)
    assert on_a_pi(tmp_path, story) == [f"output={off}", f"write={off}", "input"]


def test_the_rows_of_a_matrix_on_a_pi_are_pulled_up_or_low_and_never_driven_high(tmp_path: Path) -> None:
    story = """
from hw.base import KeypadSettings
from hw.gpio.matrix import GpioWires
keypad = KeypadSettings(rows=("GPIO5", "GPIO6"), columns=("GPIO13",), keys=("1", "2"))
board.open_keypad(keypad).close()
import lgpio
print(*[call for call in lgpio.calls if call.startswith("output")])
"""
    calls = on_a_pi(tmp_path, story)
    assert calls[:2] == ["output=0", "output=0"]
    assert set(calls) == {"output=0"}


def test_importing_lgpio_leaves_the_working_directory_and_no_litter(tmp_path: Path) -> None:
    story = "board.open_lock(LockSettings()).close(); print(os.getcwd() == here, *os.listdir(os.environ['LG_WD']))"
    assert on_a_pi(tmp_path, story) == ["True", "fifo"]
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_dir() and "lgpio" in entry.name] == []


def test_a_button_on_a_pi_is_an_input_with_its_pull_and_shares_the_locks_chip(tmp_path: Path) -> None:
    story = """
lock = board.open_lock(LockSettings())
button = board.open_input(InputSettings(line="GPIO27"))
import lgpio
print(button.read(), len(lgpio.opened))
try: board.open_input(InputSettings(line="GPIO17"))
except HardwareError as error: print("in use" in str(error))
button.close(); lock.close()
"""
    assert on_a_pi(tmp_path, story) == ["False", "1", "True"]


@pytest.mark.parametrize(
    ("environment", "said"),
    [({"NO_CHIP": "1"}, "group gpio"), ({"lgpio": "raise ImportError('none')"}, "python3-lgpio")],
)
def test_a_pi_without_gpio_says_what_to_do(tmp_path: Path, environment: dict[str, str], said: str) -> None:
    story = f"""
try: board.open_lock(LockSettings())
except HardwareError as error: print({said!r} in str(error))
"""
    assert on_a_pi(tmp_path, story, **environment) == ["True"]


def test_an_unknown_line_is_refused_by_name() -> None:
    with pytest.raises(HardwareError, match=r"'GPIO99'.*no such line"):
        open_board("pc").open_lock(LockSettings(line="GPIO99"))
    with pytest.raises(HardwareError, match=r"'banana'.*no such line"):
        open_board("pc").open_input(InputSettings(line="banana"))


def test_chip_and_offset_name_the_same_line_as_its_number() -> None:
    board = open_board("pc")
    lock = board.open_lock(LockSettings(line="gpiochip0:17"))
    for line in ("GPIO17", "/dev/gpiochip0:17"):
        with pytest.raises(HardwareError, match="in use"):
            board.open_input(InputSettings(line=line))
    lock.pulse(60.0)
    lock.close()
    assert isinstance(lock, RecordedLock)
    assert [unlocked for _, unlocked in lock.history] == [False, True, False]


def test_a_line_of_a_chip_that_is_not_the_headers_is_refused_by_name() -> None:
    with pytest.raises(HardwareError, match=r"'gpiochip3:1'.*lines of gpiochip0 only"):
        open_board("pc").open_lock(LockSettings(line="gpiochip3:1"))
    with pytest.raises(HardwareError, match=r"'gpiochip0:99'.*no such line"):
        open_board("pc").open_lock(LockSettings(line="gpiochip0:99"))


def test_a_line_that_is_taken_is_refused_until_it_is_given_back() -> None:
    board = open_board("pc")
    lock = board.open_lock(LockSettings(line="GPIO5"))
    with pytest.raises(HardwareError, match="give each part its own line"):
        board.open_input(InputSettings(line="GPIO5"))
    lock.close()
    board.open_input(InputSettings(line="GPIO5")).close()


@pytest.mark.parametrize(("line", "active_low", "safe"), [("GPIO2", False, False), ("GPIO2", True, True)])
def test_s2_a_line_whose_fixed_pull_would_unlock_is_refused(line: str, active_low: bool, safe: bool) -> None:
    settings = LockSettings(line=line, active_low=active_low)
    if safe:
        open_board("pc").open_lock(settings).close()
    else:
        with pytest.raises(HardwareError, match="pull-up would unlock"):
            open_board("pc").open_lock(settings)


class BrokenPin(RecordingPin):
    """A line that reports an error although it was driven high."""

    def _set_state(self, value: float) -> None:
        super()._set_state(value)
        if value:
            raise OSError("I/O error")


def test_s3_a_line_that_cannot_be_energised_is_locked_and_the_pulse_is_an_error() -> None:
    factory = open_pins()
    factory.pin_class = BrokenPin
    lock = GpioLock(factory, LockSettings())
    with pytest.raises(HardwareError, match=r"GPIO17.*does not answer.*I/O error"):
        lock.pulse(60.0)
    assert [level for _, level in factory.pin("GPIO17").driven] == [False, True, False]
    lock.close()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied"), "group gpio"),
        (RuntimeError("GPIO busy"), "in use"),
        (RuntimeError("bang"), "wiring"),
    ],
)
def test_a_foreign_error_is_explained(error: Exception, said: str) -> None:
    assert said in str(explained(error, "lock.line", "GPIO17"))


class EdgelessPin(RecordingPin):
    """A line that tells of no edges."""

    def _set_edges(self, value: str) -> None:
        if value != "none":
            raise OSError("no edges")
        super()._set_edges(value)


def test_an_input_that_cannot_be_opened_leaves_nothing_running() -> None:
    pins = open_pins()
    pins.pin_class = EdgelessPin
    with pytest.raises(HardwareError, match="no edges"):
        GpioInput(pins, InputSettings(line="GPIO4"))
    before = set(threading.enumerate())
    for _ in range(5):
        with pytest.raises(HardwareError):
            GpioInput(pins, InputSettings(line="GPIO4"))
    for thread in set(threading.enumerate()) - before:  # complaints may still be ending
        thread.join(5.0)
        assert not thread.is_alive()
