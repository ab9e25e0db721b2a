"""The gpiod driver without a gpiochip: which line a name means, what is asked of the kernel, what is said of faults."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

STORY = """
import errno, queue, sys, threading, time
from dataclasses import replace
from pathlib import Path
from tests.unit import gpiod_standin as kernel
sys.modules["gpiod"] = sys.modules["gpiod.line"] = kernel
from hw.gpio import lines
lines.DEV = Path(sys.argv[1])
from hw.base import HardwareError, InputSettings, LockSettings
from hw.board import open_board
board = open_board("gpiochip")
def refusal(opens, settings):
    try: opens(settings)
    except HardwareError as error: print(error)
def until(condition):
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end: threading.Event().wait(0.005)
    print(condition())
"""


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    for name in ("gpiochip0", "gpiochip1", "gpiochip9"):  # the last is no chip
        (tmp_path / name).touch()
    (tmp_path / "gpiochip4").symlink_to("gpiochip0")
    return tmp_path


def told(dev: Path, story: str) -> list[str]:
    words = [sys.executable, "-W", "error", "-c", STORY + story, str(dev)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(("active_low", "bias"), [(False, "PULL_DOWN"), (True, "PULL_UP")])
def test_s2_a_lock_is_claimed_once_at_its_locked_level_and_let_go_of_locked(
    dev: Path, active_low: bool, bias: str
) -> None:
    story = f"""
lock = board.open_lock(LockSettings(active_low={active_low}))
lock.pulse(60); lock.close(); lock.close()
print(*kernel.calls)
"""
    polarity = "low" if active_low else "high"
    claim = f"door-terminal:gpiochip0:17:INACTIVE:active-{polarity}:{bias}"
    assert told(dev, story) == [f"{claim} ACTIVE INACTIVE release"]


def test_s2_the_relock_thread_is_there_before_the_line_is_claimed(dev: Path) -> None:
    story = """
claim = kernel.Chip.request_lines
def seen(*words, **more):
    print("relock" in [thread.name for thread in threading.enumerate()])
    return claim(*words, **more)
kernel.Chip.request_lines = seen
board.open_lock(LockSettings()).close()
"""
    assert told(dev, story) == ["True"]


def test_s2_a_lock_that_would_be_open_at_rest_is_refused_before_its_line_is_touched(dev: Path) -> None:
    story = 'refusal(board.open_lock, LockSettings(contact="nc")); print(kernel.calls)'
    refusal, calls = told(dev, story)
    assert "fail-secure" in refusal
    assert calls == "[]"


def test_s3_a_line_that_cannot_be_energised_is_an_error_and_the_timer_locks_it(dev: Path) -> None:
    story = """
lock = board.open_lock(LockSettings())
line = kernel.requests[0]
line.broken = OSError(errno.EIO, "I/O error")
try: lock.pulse(60)
except HardwareError as error: print(error)
line.broken, line.value = None, kernel.Value.ACTIVE
until(lambda: line.value is kernel.Value.INACTIVE)
"""
    refusal, locked = told(dev, story)
    assert refusal.startswith("lock.line 'GPIO17': the line does not answer")
    assert locked == "True"


def test_s3_a_pulse_ends_by_itself(dev: Path) -> None:
    story = """
lock = board.open_lock(LockSettings())
lock.pulse(0.02)
until(lambda: kernel.calls[1:] == ["ACTIVE", "INACTIVE"])
"""
    assert told(dev, story) == ["True"]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("GPIO17", "gpiochip0:17"),
        ("LOCK", "gpiochip1:0"),
        ("gpiochip0:17", "gpiochip0:17"),
        ("gpiochip4:5", "gpiochip0:5"),
        ("{dev}/gpiochip1:2", "gpiochip1:2"),
        ("expander:2", "gpiochip1:2"),
    ],
)
def test_a_line_is_found_by_its_name_or_by_chip_and_offset(dev: Path, name: str, place: str) -> None:
    story = f"board.open_lock(LockSettings(line={name.format(dev=dev)!r})).close(); print(kernel.calls[0])"
    (claim,) = told(dev, story)
    assert claim.startswith(f"door-terminal:{place}:")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GPIO99", "no such line on this machine; gpiochip0 [pinctrl-rp1] has lines 0 to 27, called GPIO0"),
        ("GPIO3", "more than one line is called so: gpiochip0:3 and gpiochip1:1; set one of these"),
        ("17", "a number alone names no line: name its chip too, such as gpiochip0:17"),
        ("gpiochip7:1", "there is no GPIO chip 'gpiochip7' on this machine; gpiochip0 [pinctrl-rp1] has"),
        ("expander:4", "gpiochip1 [expander] has lines 0 to 3 only"),
        ("FREE", 'the line is in use by "lamp"; give each part its own line'),
        ("", "no line is named; name one such as GPIO17"),
    ],
)
def test_a_line_that_cannot_be_had_is_refused_by_name(dev: Path, name: str, said: str) -> None:
    story = f"""
refusal(board.open_lock, LockSettings(line={name!r}))
refusal(board.open_input, InputSettings(line={name!r}))
refusal(board.open_input, InputSettings(line="GPIO27", complement={name!r} or "GPIO99"))
print(kernel.calls[-1])
"""
    lock, button, complement, last = told(dev, story)
    assert lock.startswith(f"lock.line {name!r}: {said}")
    assert button.startswith(f"input line {name!r}: {said}")
    assert complement.startswith("input line")
    assert last == "release"  # the first line of the contact whose second one was refused


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("kernel.denied += kernel.CHIPS", "not permitted; let this user read and write /dev/gpiochip*"),
        ("kernel.CHIPS.clear()", "this machine has no GPIO chip"),
    ],
)
def test_a_machine_without_a_chip_for_this_user_says_what_to_do(dev: Path, before: str, said: str) -> None:
    (refusal,) = told(dev, f"{before}; refusal(board.open_lock, LockSettings())")
    assert said in refusal


def test_a_board_without_the_gpiod_package_says_how_to_get_it(dev: Path) -> None:
    story = """
sys.modules.pop("hw.gpio.lines"); sys.modules["gpiod"] = None
refusal(board.open_lock, LockSettings())
"""
    (refusal,) = told(dev, story)
    assert 'extra "jetson"' in refusal


def test_an_edge_counts_from_the_moment_that_the_kernel_gives(dev: Path) -> None:
    story = """
button = board.open_input(InputSettings(line="GPIO27", debounce_s=0.01))
told = queue.Queue()
button.watch(lambda active, at: told.put((active, at)))
at = time.monotonic() - 0.005
kernel.requests[0].happen(active=True, at=at)
active, since = told.get(timeout=10)
print(active, abs(since - at) < 1e-6, button.read())
button.close(); button.close()
print(*kernel.calls)
"""
    assert told(dev, story) == ["True True True", "door-terminal:gpiochip0:27:INPUT:active-low:PULL_UP release"]


def test_an_edge_from_the_future_counts_from_now(dev: Path) -> None:
    story = """
button = board.open_input(InputSettings(line="GPIO27", debounce_s=0.01))
kernel.requests[0].happen(active=True, at=time.monotonic() + 1000)
until(button.read)
button.close()
"""
    assert told(dev, story) == ["True"]


def test_s10_edges_that_cannot_be_read_are_a_fault_and_the_button_is_heard_all_the_same(dev: Path) -> None:
    story = """
button = board.open_input(InputSettings(line="GPIO27", debounce_s=0.01))
line = kernel.requests[0]
line.broken = OSError(errno.EIO, "I/O error")
line.happen(active=True, at=time.monotonic())
until(lambda: "I/O error" in button.fault)
until(button.read)
line.broken = None
until(lambda: button.fault == "")
line.happen(active=False, at=time.monotonic())
until(lambda: not button.read())
button.close()
"""
    assert told(dev, story) == ["True"] * 4
