"""The lines of one door, with an edge-triggered recorder on every output, and a hand on every input.

The drivers are the real ones (gpiozero's); the pins are the recording mock's, which outlive any one door process, as a
board's lines do.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from gpiozero.pins.mock import MockFactory

from edge.access.happenings import Part
from hw.base import Board, HardwareError
from hw.fake import FakePrompt
from hw.gpio.gpiozero import GpioInput, GpioLock, GpioOutput
from hw.gpio.mock import PI_4B, RecordingPin
from hw.indicator import open_indicator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gpiozero import Factory, PinInfo

    from hw.base import InputSettings, Lock, LockSettings

    Note = Callable[[str, bool], None]
    OpenLock = Callable[[Factory, LockSettings], Lock]

LOCK = "GPIO17"
LAMPS = ("GPIO5", "GPIO6", "GPIO13", "GPIO19")
WIRES = {Part.EXIT: "GPIO27", Part.CONTACT: "GPIO22", Part.FIRE: "GPIO23", Part.TAMPER: "GPIO24"}
SETTINGS = """\
board = "pc"
[lock]
line = "GPIO17"
active_low = {active_low}
[exit_button]
line = "GPIO27"
debounce_s = 0.0
on_fault = "{exit_fault}"
[contact]
line = "GPIO22"
debounce_s = 0.0
on_fault = "alarm"
[fire]
line = "GPIO23"
debounce_s = 0.0
on_fault = "open"
[tamper]
line = "GPIO24"
debounce_s = 0.0
on_fault = "alarm"
lock_down = {tamper_counts}
[indicator]
red = "GPIO5"
green = "GPIO6"
blue = "GPIO13"
beeper = "GPIO19"
[door]
pulse_s = {pulse_s}
[[rules.access]]
groups = ["{groups}"]
"""
PULSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Change:
    """An output was switched."""

    at: float
    line: str
    on: bool


@dataclass
class Tape:
    """What every output did, oldest first; in a file where the process that drives them is to be killed.

    Attributes:
        active_low: Whether the lock's relay is energised by a low level.
        file: Where it is kept; None for this process's memory.
    """

    active_low: bool
    file: Path | None = None
    noted: list[tuple[float, str, bool]] = field(default_factory=list)

    def changes(self) -> list[Change]:
        """Return every change so far; claiming a line at its resting level is none."""
        found: dict[str, list[Change]] = {}
        for at, line, level in self._noted():
            on = level != (self.active_low and line == LOCK)
            before = found.setdefault(line, [])
            if on != (before[-1].on if before else False):
                before.append(Change(at, line, on))
        return sorted((one for changes in found.values() for one in changes), key=lambda one: one.at)

    def on(self, line: str) -> bool:
        """Whether a line is on now."""
        changes = [one for one in self.changes() if one.line == line]
        return bool(changes) and changes[-1].on

    def switched_on(self, line: str, since: float) -> bool:
        """Whether a line was switched on since a moment, be it for ever so short."""
        return any(one.line == line and one.on and one.at >= since for one in self.changes())

    def note(self, line: str, level: bool) -> None:
        """Note what is driven."""
        self.noted.append((time.monotonic(), line, level))

    def _noted(self) -> list[tuple[float, str, bool]]:
        if self.file is None:
            return list(self.noted)
        rows = [row.split() for row in self.file.read_text().splitlines()] if self.file.exists() else []
        return [(float(at), line, level == "1") for at, line, level in rows]


def filed(file: Path) -> Note:
    """Return what notes into a file, so that nothing is forgotten by SIGKILL."""
    tape = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    return lambda line, level: (None, os.write(tape, f"{time.monotonic():.6f} {line} {level:d}\n".encode()))[0]


class WiredPin(RecordingPin):
    """A recording mock pin to which something is wired that is stronger than its pull, or that cannot be read."""

    def __init__(self, factory: Factory, info: PinInfo) -> None:
        self.wired: bool | None = None
        self.unreadable = False
        super().__init__(factory, info)

    def wire(self, *, high: bool) -> None:
        """Put a level on the line."""
        self.wired = high
        if self._function == "input":
            self._follow()

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.wired is not None:
            self._follow()

    def _get_state(self) -> bool:
        if self.unreadable:
            raise OSError(5, "the line cannot be read")
        return bool(super()._get_state())

    def _follow(self) -> None:
        (self.drive_high if self.wired else self.drive_low)()


def open_lines(note: Note) -> Factory:
    """Return lines whose every driven level is noted."""

    class NotedPin(WiredPin):
        def _record(self) -> None:
            super()._record()
            note(self.info.name, self._state)

    return MockFactory(revision=PI_4B, pin_class=NotedPin)


def wire(pins: Factory, part: Part, *, active: bool) -> None:
    """Press the button, open the contact, or the other way round."""
    pins.pin(WIRES[part]).wire(high=active != (part is Part.EXIT))


def board(pins: Factory, open_lock: OpenLock = GpioLock) -> Board:
    """Return the real drivers on these lines, with a lock that counts as a real one (S11)."""

    def no_camera(settings: object) -> NoReturn:
        raise HardwareError(f"a door opens no camera: {settings}")

    def open_input(settings: InputSettings) -> GpioInput:
        return GpioInput(pins, settings)

    return Board(
        name="pc",
        physical_lock=True,
        open_camera=no_camera,
        open_lock=lambda settings: open_lock(pins, settings),
        open_input=open_input,
        open_prompt=FakePrompt,
        replays=lambda _: False,
        open_indicator=lambda settings: open_indicator(
            settings, lambda line: GpioOutput(pins, line, active_low=settings.active_low)
        ),
    )
