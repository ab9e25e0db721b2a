"""Boards by name, and what opening their parts loads."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from hw.base import CameraSettings, HardwareError, KeypadSettings
from hw.board import SIMULATED_LOCK, gpiochip, open_board

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("cv2", "numpy", "gpiozero", "picamera2", "lgpio", "gpiod")


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_an_unknown_board_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(HardwareError, match=r"unknown board 'px'.*pc, pi, jetson, gpiochip, fake"):
        open_board("px")


@pytest.mark.parametrize(
    ("name", "physical"), [("pc", False), ("pi", True), ("jetson", True), ("gpiochip", True), ("fake", False)]
)
def test_s11_a_board_with_lines_of_its_own_has_a_physical_lock(name: str, physical: bool) -> None:
    board = open_board(name)
    assert (board.name, board.physical_lock) == (name, physical)


def test_s11_lines_of_a_gpiochip_move_a_real_lock_unless_the_root_itself_says_otherwise(tmp_path: Path) -> None:
    marker = tmp_path / "simulated-lock"
    assert gpiochip(marker).physical_lock
    marker.touch()
    assert not gpiochip(marker).physical_lock
    assert not SIMULATED_LOCK.is_relative_to("/etc")  # a place that is written to on a device would be a switch
    assert not SIMULATED_LOCK.is_relative_to("/var")


@pytest.mark.parametrize("name", ["pc", "pi", "jetson", "gpiochip"])
@pytest.mark.parametrize(
    ("source", "replay"),
    [("", False), ("0", False), ("/dev/video0", False), ("frames", True), ("a.mp4", True), ("/media/dev/x", True)],
)
def test_s11_a_replay_is_known_by_its_settings_before_anything_is_opened(name: str, source: str, replay: bool) -> None:
    assert open_board(name).replays(CameraSettings(source=source)) is replay


@pytest.mark.parametrize("source", ["", "0", "/dev/video0", "frames"])
def test_s11_a_fake_camera_is_never_real(source: str) -> None:
    assert open_board("fake").replays(CameraSettings(source=source))


@pytest.mark.parametrize("name", ["pc", "pi", "jetson", "gpiochip", "fake"])
def test_the_board_table_loads_no_driver(name: str) -> None:
    code = (
        "from hw.base import CameraSettings\nfrom hw.board import open_board\n"
        f"board = open_board({name!r})\nboard.replays(CameraSettings(source='frames'))"
    )
    assert loaded_by(code) == set()


@pytest.mark.parametrize(("name", "expected"), [("pc", {"gpiozero"}), ("fake", set())])
def test_a_lock_and_a_button_load_no_vision(name: str, expected: set[str]) -> None:
    code = (
        "from hw.base import InputSettings, LockSettings\nfrom hw.board import open_board\n"
        f"board = open_board({name!r})\n"
        "lock = board.open_lock(LockSettings())\nbutton = board.open_input(InputSettings(line='GPIO27'))\n"
        "lock.pulse(1); button.press(); lock.close(); button.close()"
    )
    assert loaded_by(code) == expected


@pytest.mark.parametrize("name", ["pc", "pi", "fake"])
def test_a_controllers_line_loads_no_vision(name: str) -> None:
    code = (
        "import contextlib\nfrom hw.base import HardwareError, OsdpSettings\nfrom hw.board import open_board\n"
        "with contextlib.suppress(HardwareError):\n"
        f"    open_board({name!r}).open_controller(OsdpSettings(device='/dev/null', key_file='/nowhere/key'))\n"
        "assert 'osdp_sys' in sys.modules"
    )
    assert loaded_by(code) == set()


@pytest.mark.parametrize(("name", "expected"), [("pc", {"gpiozero"}), ("fake", set())])
def test_a_lamp_and_a_keypad_load_no_vision(name: str, expected: set[str]) -> None:
    code = (
        "from hw.base import IndicatorSettings, KeypadSettings, Signal\nfrom hw.board import open_board\n"
        f"board = open_board({name!r})\n"
        "lamp = board.open_indicator(IndicatorSettings(red='GPIO5'))\nlamp.tell(Signal.ALARM, 'forced', '')\n"
        "keypad = board.open_keypad(KeypadSettings(rows=('GPIO6',), columns=('GPIO13',), keys=('1',)))\n"
        "lamp.close(); keypad.close()"
    )
    assert loaded_by(code) == expected


@pytest.mark.parametrize("name", ["pc", "pi"])
@pytest.mark.parametrize(
    "settings",
    [
        KeypadSettings(),
        KeypadSettings(rows=("GPIO5",)),
        KeypadSettings(rows=("GPIO5",), columns=("GPIO6",), device="/dev/input/event0"),
    ],
)
def test_a_keypad_is_either_a_matrix_or_a_device(name: str, settings: KeypadSettings) -> None:
    with pytest.raises(HardwareError, match=r"either keypad\.rows and keypad\.columns"):
        open_board(name).open_keypad(settings)


def test_s3_a_process_that_ends_without_closing_locks_first() -> None:
    code = (
        "import atexit\nfrom hw.base import LockSettings\nfrom hw.board import open_board\n"
        "atexit.register(lambda: print(*[unlocked for _, unlocked in lock.history]))\n"
        "lock = open_board('pc').open_lock(LockSettings())\nlock.pulse(60)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]
