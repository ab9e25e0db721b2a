"""Boards by name: the only importer of drivers, each loaded when its part is opened. An unknown name is an error."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from hw.base import (
    Board,
    Camera,
    CameraSettings,
    Controller,
    HardwareError,
    IndicatorSettings,
    Input,
    InputSettings,
    Keypad,
    KeypadSettings,
    Lock,
    LockSettings,
    OsdpSettings,
    Prompt,
)
from hw.board import eyes, lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.board.lines import Lines

SIMULATED_LOCK = Path("/usr/lib/door-terminal/simulated-lock")
"""What the test image alone carries, on a root that nobody can write: the lines of its gpiochip move no lock (S11)."""

# Imports inside functions are this package's purpose: a board loads only the drivers of the parts that are opened.
# ruff: noqa: PLC0415


def open_board(name: str) -> Board:
    """Return the board called `name`; nothing is opened yet, and no driver is imported.

    Raises:
        HardwareError: There is no such board.
    """
    if name not in _BOARDS:
        raise HardwareError(f"unknown board {name!r}: set board to one of {', '.join(_BOARDS)}")
    return _BOARDS[name]()


def _wired(
    name: str, wires: Callable[[], Lines], open_camera: Callable[[CameraSettings], Camera], *, physical_lock: bool
) -> Board:
    """A board whose parts are on lines."""
    drivers = wires()

    def open_indicator(settings: IndicatorSettings) -> Prompt:
        from hw import indicator

        return indicator.open_indicator(settings, lambda line: drivers.open_output(line, settings.active_low))

    def open_keypad(settings: KeypadSettings) -> Keypad:
        from hw.keypad import choice

        return choice.open_keypad(settings, lambda: drivers.open_wires(settings))

    return Board(
        name=name,
        physical_lock=physical_lock,
        open_camera=open_camera,
        open_lock=drivers.open_lock,
        open_input=drivers.open_input,
        open_prompt=_console,
        replays=eyes.replays,
        open_controller=_controller,
        open_indicator=open_indicator,
        open_keypad=open_keypad,
    )


def gpiochip(marker: Path = SIMULATED_LOCK) -> Board:
    """Return the board of any gpiochip; its lock is real unless the marker of an emulated machine is there (S11)."""
    return _wired("gpiochip", lines.gpiochip, eyes.webcam, physical_lock=not marker.exists())


def _fake() -> Board:
    def open_camera(settings: CameraSettings) -> Camera:
        from hw import fake

        return eyes.replay(settings) if settings.source else fake.FakeCamera(fake.grey_pictures(settings))

    def open_lock(settings: LockSettings) -> Lock:
        from hw import fake

        return fake.FakeLock(settings)

    def open_input(settings: InputSettings) -> Input:
        from hw import fake

        return fake.FakeInput(settings)

    def open_prompt() -> Prompt:
        from hw import fake

        return fake.FakePrompt()

    def open_keypad(settings: KeypadSettings) -> Keypad:
        from hw import fake_panel

        return fake_panel.FakeKeypad(settings)

    return Board(
        name="fake",
        physical_lock=False,
        open_camera=open_camera,
        open_lock=open_lock,
        open_input=open_input,
        open_prompt=open_prompt,
        replays=lambda _: True,  # it has no eyes at all
        open_controller=_controller,
        open_indicator=lambda _: open_prompt(),  # it records what it is told
        open_keypad=open_keypad,
    )


def _controller(settings: OsdpSettings) -> Controller:
    try:
        from hw.osdp import device
    except (ImportError, OSError) as error:
        raise HardwareError(
            f'libosdp cannot be imported ({error}): pip install "door-terminal[osdp]", or leave osdp.device out of the '
            "configuration"
        ) from error
    return device.OsdpController(settings)


def _console() -> Prompt:
    from hw import console

    return console.ConsolePrompt()


_BOARDS: dict[str, Callable[[], Board]] = {
    "pc": functools.partial(_wired, "pc", lines.mock, eyes.webcam, physical_lock=False),
    "pi": functools.partial(_wired, "pi", lines.header, eyes.pi_camera, physical_lock=True),
    "jetson": functools.partial(_wired, "jetson", lines.gpiochip, eyes.jetson_camera, physical_lock=True),
    "gpiochip": gpiochip,
    "fake": _fake,
}
