"""What a board promises: frames, a lock, inputs, prompts. Protocols and plain values; no driver is imported here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn, Protocol, runtime_checkable

from hw.devices import Keypad, Lock, Output, RecordedLock
from hw.settings import (
    CameraSettings,
    IndicatorSettings,
    InputSettings,
    KeypadSettings,
    LockSettings,
    OsdpSettings,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray


__all__ = [
    "Board",
    "Camera",
    "CameraEndError",
    "CameraIdentity",
    "CameraSettings",
    "CameraTimeoutError",
    "Controller",
    "Frame",
    "HardwareError",
    "IndicatorSettings",
    "Input",
    "InputSettings",
    "Keypad",
    "KeypadSettings",
    "Lock",
    "LockSettings",
    "Order",
    "OrderKind",
    "OsdpSettings",
    "Output",
    "PressedInput",
    "Prompt",
    "RecordedLock",
    "Signal",
    "absent",
]


class HardwareError(Exception):
    """A piece of hardware is missing, taken, or does not answer; the message says which and what to do."""


class CameraTimeoutError(HardwareError):
    """No frame arrived within the time that was allowed for it."""


class CameraEndError(HardwareError):
    """A replayed source has shown its last picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture and the moment it was taken.

    Attributes:
        pixels: (height, width, 3) uint8, BGR.
        at: CLOCK_MONOTONIC seconds at the start of exposure.
        sequence: Counts up by one a frame from one camera.
        small: The same view, smaller, (h, w, 3) uint8 BGR, where the camera gives it for nothing.
        origin: What a replayed frame shows, as found (a file's name); empty for a camera.
    """

    pixels: NDArray[np.uint8]
    at: float
    sequence: int
    small: NDArray[np.uint8] | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class CameraIdentity:
    """Which camera this is, and whether what it shows is happening now.

    Attributes:
        driver: The driver's name, such as "picamera2".
        model: The sensor or device model as the driver gives it.
        path: Where it is attached, or the folder or file that is replayed.
        replayed: True for photographs, video files and virtual cameras: never good enough for a physical lock (S11).
    """

    driver: str
    model: str
    path: str
    replayed: bool

    def __str__(self) -> str:
        """What `CameraSettings.pinned` is written with."""
        return f"{self.driver} {self.model} {self.path}"

    def matches(self, pinned: str) -> bool:
        """Whether this is the camera that is pinned; an empty pin is every camera's."""
        return not pinned.split() or pinned.split() == str(self).split()


class Camera(Protocol):
    """A source of frames."""

    @property
    def identity(self) -> CameraIdentity:
        """Which camera this is."""

    def capture(self, timeout_s: float) -> Frame:
        """Return a frame exposed after the last one that was returned.

        Raises:
            CameraTimeoutError: None came in time; the caller may try again.
            CameraEndError: A replayed source is at its end.
            HardwareError: The camera is gone for good and has to be reopened.
        """

    def close(self) -> None:
        """Release the camera; a second call does nothing."""


class Input(Protocol):
    """A contact or button."""

    @property
    def fault(self) -> str:
        """What is wrong with the line now ("bouncing", "cut wire", "cannot be read: …"); empty when nothing is."""

    def read(self) -> bool:
        """Whether it is active (pressed, closed), debounced; during a fault the last level that counted."""

    def watch(self, notify: Callable[[bool, float], None]) -> None:
        """Call `notify(active, at)` from the driver's thread after each debounced change; `at` is monotonic seconds."""

    def close(self) -> None:
        """Release the line; a second call does nothing."""


class Signal(StrEnum):
    """The kind of a prompt: what a lamp shows and a beeper sounds, for whoever does not read."""

    IDLE = "idle"
    ATTENTION = "attention"
    GOOD = "good"
    REFUSED = "refused"
    WARNING = "warning"
    ALARM = "alarm"


class Prompt(Protocol):
    """What tells the person at the door what to do: in words, and by lamp and sound where there are any."""

    def tell(self, signal: Signal, code: str, words: str) -> None:
        """Show this, in place of what was shown before, and return at once; what is shown already is not shown again.

        It never waits for whoever reads it and never raises: what cannot be shown is dropped, because a broken lamp
        must not stop recognition. After `close` nothing is shown.

        Args:
            signal: The kind.
            code: A stable name of what is said, such as "turn-left", for sounds and translations; empty for IDLE.
            words: One short sentence for the person; empty for IDLE.
        """

    def close(self) -> None:
        """Show nothing more; a second call does nothing."""


class OrderKind(StrEnum):
    """What an access controller orders."""

    OUTPUT = "output"
    LED = "led"
    BUZZER = "buzzer"


@dataclass(frozen=True, slots=True)
class Order:
    """An access controller's order to this terminal.

    Attributes:
        kind: What for.
        number: Which output, LED or reader, from 0.
        on: Whether it is switched on.
        seconds: For how long; 0 until the next order.
        colour: An LED's colour: "red", "green", "amber", "blue", or "" for none.
    """

    kind: OrderKind
    number: int
    on: bool
    seconds: float = 0.0
    colour: str = ""


class Controller(Protocol):
    """An access controller that this terminal reports to, such as one on an OSDP line."""

    @property
    def fault(self) -> str:
        """Why nothing reaches it now: it does not poll, or there is no secure channel; empty when all is well."""

    def report_card(self, number: int, bits: int) -> bool:
        """Tell of a granted credential, `bits` wide; returns at once, False when it is lost (offline, queue full)."""

    def report_inputs(self, inputs: tuple[bool, ...], *, tamper: bool) -> None:
        """Tell of the inputs' states (door contact, exit button, fire) and of tampering; returns at once."""

    def watch(self, notify: Callable[[Order], None]) -> None:
        """Call `notify(order)` from the driver's thread for each order."""

    def close(self) -> None:
        """Hang up; a second call does nothing."""


@runtime_checkable
class PressedInput(Input, Protocol):
    """A button that software presses, on a machine that has none."""

    def press(self) -> None:
        """Make the line active; it counts once it has lasted the settings' debounce_s."""

    def release(self) -> None:
        """Make the line inactive."""


def absent(part: str) -> Callable[[object], NoReturn]:
    """Return what opens a part that a board does not have: it raises HardwareError."""

    def refuse(_settings: object) -> NoReturn:
        raise HardwareError(f"this board has no {part}: leave it out of the configuration, or set board to another")

    return refuse


@dataclass(frozen=True, slots=True)
class Board:
    """What one kind of machine offers; each part is opened by a call, and only then is its driver imported.

    Attributes:
        name: The board's name.
        physical_lock: Whether a pulse moves a real lock (S11).
        open_camera: Opens its camera.
        open_lock: Opens its lock, locked.
        open_input: Opens a contact or button.
        open_prompt: Opens what tells people what to do.
        open_indicator: Opens the lamp and beeper at the door, in the door process.
        open_keypad: Opens its keypad.
        open_controller: Opens the serial line to an access controller.
        replays: Whether these settings name something other than a real camera; it only looks at the words, and opens
            nothing: a virtual camera is found out when it is opened (S11).
    """

    name: str
    physical_lock: bool
    open_camera: Callable[[CameraSettings], Camera]
    open_lock: Callable[[LockSettings], Lock]
    open_input: Callable[[InputSettings], Input]
    open_prompt: Callable[[], Prompt]
    replays: Callable[[CameraSettings], bool]
    open_indicator: Callable[[IndicatorSettings], Prompt] = field(default=absent("lamp or beeper"))
    open_keypad: Callable[[KeypadSettings], Keypad] = field(default=absent("keypad"))
    open_controller: Callable[[OsdpSettings], Controller] = field(default=absent("serial line to a controller"))
