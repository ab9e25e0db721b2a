"""Boards by name: the only importer of drivers, each loaded when its part is opened. An unknown name is an error."""

from __future__ import annotations

import functools
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
    Output,
    Prompt,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from gpiozero import Factory

    from hw.devices import Wires

# Imports inside functions are this module's purpose: a board loads only the drivers of the parts that are opened.
# ruff: noqa: PLC0415


def open_board(name: str) -> Board:
    """Return the board called `name`; nothing is opened yet, and no driver is imported.

    Raises:
        HardwareError: There is no such board.
    """
    if name not in _BOARDS:
        raise HardwareError(f"unknown board {name!r}: set board to one of {', '.join(_BOARDS)}")
    return _BOARDS[name]()


def _pc() -> Board:
    pins = functools.cache(_mock_pins)

    def open_lock(settings: LockSettings) -> Lock:
        from hw.gpio import mock

        return mock.MockLock(pins(), settings)

    def open_input(settings: InputSettings) -> Input:
        from hw.gpio import mock

        return mock.MockInput(pins(), settings)

    def open_indicator(settings: IndicatorSettings) -> Prompt:
        from hw import indicator

        def open_output(line: str) -> Output:
            from hw.gpio import mock

            return mock.MockOutput(pins(), line, active_low=settings.active_low)

        return indicator.open_indicator(settings, open_output)

    def open_keypad(settings: KeypadSettings) -> Keypad:
        from hw.keypad import choice

        def open_wires() -> Wires:
            from hw.gpio import mock

            return mock.MockWires(pins(), settings)

        return choice.open_keypad(settings, open_wires)

    return Board(
        name="pc",
        physical_lock=False,
        open_camera=_webcam,
        open_lock=open_lock,
        open_input=open_input,
        open_prompt=_console,
        replays=_webcam_replays,
        open_controller=_controller,
        open_indicator=open_indicator,
        open_keypad=open_keypad,
    )


def _mock_pins() -> Factory:
    from hw.gpio import mock

    return mock.open_pins()


def _pi() -> Board:
    pins = functools.cache(_pi_pins)  # one factory for all lines, opened with the first

    def open_lock(settings: LockSettings) -> Lock:
        from hw.gpio import gpiozero

        return gpiozero.GpioLock(pins(), settings)

    def open_input(settings: InputSettings) -> Input:
        from hw.gpio import gpiozero

        return gpiozero.GpioInput(pins(), settings)

    def open_indicator(settings: IndicatorSettings) -> Prompt:
        from hw import indicator

        def open_output(line: str) -> Output:
            from hw.gpio import gpiozero

            return gpiozero.GpioOutput(pins(), line, active_low=settings.active_low)

        return indicator.open_indicator(settings, open_output)

    def open_keypad(settings: KeypadSettings) -> Keypad:
        from hw.keypad import choice

        def open_wires() -> Wires:
            from hw.gpio import matrix

            return matrix.GpioWires(pins(), settings)

        return choice.open_keypad(settings, open_wires)

    return Board(
        name="pi",
        physical_lock=True,
        open_camera=_pi_camera,
        open_lock=open_lock,
        open_input=open_input,
        open_prompt=_console,
        replays=_webcam_replays,
        open_controller=_controller,
        open_indicator=open_indicator,
        open_keypad=open_keypad,
    )


def _pi_pins() -> Factory:
    try:
        from hw.gpio import lgpio
    except (ImportError, OSError) as error:
        raise HardwareError(
            f"lgpio cannot be imported ({error}): install python3-lgpio from the Pi's own packages and make the "
            "virtual environment with --system-site-packages"
        ) from error
    return lgpio.open_pins()


def _gpiochip(name: str) -> Board:
    def open_lock(settings: LockSettings) -> Lock:
        lock: Lock = _gpiod().GpiodLock(settings)
        return lock

    def open_input(settings: InputSettings) -> Input:
        button: Input = _gpiod().GpiodInput(settings)
        return button

    return Board(
        name=name,
        physical_lock=True,
        open_camera=_webcam,
        open_lock=open_lock,
        open_input=open_input,
        open_prompt=_console,
        replays=_webcam_replays,
    )


def _gpiod() -> ModuleType:
    try:
        from hw.gpio import gpiod
    except ImportError as error:
        raise HardwareError(
            f'gpiod cannot be imported ({error}): install this package with its extra "jetson", as in '
            "pip install 'door-terminal[jetson]'"
        ) from error
    return gpiod


def _fake() -> Board:
    def open_camera(settings: CameraSettings) -> Camera:
        from hw import fake

        return _replay(settings) if settings.source else fake.FakeCamera(fake.grey_pictures(settings))

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
    "pc": _pc,
    "pi": _pi,
    "jetson": functools.partial(_gpiochip, "jetson"),
    "gpiochip": functools.partial(_gpiochip, "gpiochip"),
    "fake": _fake,
}


def _webcam(settings: CameraSettings) -> Camera:
    if not _webcam_replays(settings):
        from hw.camera import v4l2, watch

        return watch.watched(v4l2.open_camera(settings), settings)
    return _replay(settings)


def _pi_camera(settings: CameraSettings) -> Camera:
    if not _is_number(settings.source):
        return _webcam(settings)  # a USB camera, or photographs: composition refuses those with a real lock (S11)
    try:
        from hw.camera.picamera2 import open_camera
    except ImportError as error:
        raise HardwareError(
            f"picamera2 cannot be imported ({error}): install python3-picamera2 from the Pi's own packages and make "
            "the virtual environment with --system-site-packages, or set camera.source to a USB camera"
        ) from error
    return open_camera(settings)


def _jetson_camera(settings: CameraSettings) -> Camera:
    if not _is_number(settings.source):
        return _webcam(settings)
    try:
        from hw.camera.gstreamer import open_camera
    except (ImportError, ValueError) as error:  # gi says ValueError of a library without its description
        raise HardwareError(
            f"GStreamer cannot be imported ({error}): install python3-gi, gir1.2-gstreamer-1.0 and "
            "gir1.2-gst-plugins-base-1.0 and make the virtual environment with --system-site-packages, or set "
            "camera.source to a USB camera"
        ) from error
    return open_camera(settings)


def _replay(settings: CameraSettings) -> Camera:
    from hw import replay

    return replay.ReplayCamera(settings)


def _webcam_replays(settings: CameraSettings) -> bool:
    return not (_is_number(settings.source) or _is_device(settings.source))


def _is_number(source: str) -> bool:
    return source == "" or (source.isascii() and source.isdigit())


def _is_device(source: str) -> bool:
    return source.startswith("/dev/")
