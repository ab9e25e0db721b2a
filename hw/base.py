"""What a board promises: frames, a lock, inputs, prompts. Protocols and plain values; no driver is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, runtime_checkable

from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray


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
        small: The same view at a lower resolution and the same aspect, (h, w, 3) uint8 BGR, where the camera
            gives it for nothing; the detector looks at it first.
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


class Lock(Protocol):
    """An electric lock that is locked unless a pulse holds it open."""

    def pulse(self, seconds: float) -> None:
        """Unlock now and lock again after `seconds`, by the driver's own thread whatever becomes of the caller.

        A pulse during a pulse can only lengthen it.

        Raises:
            HardwareError: The lock does not answer; it has been told to lock.
        """

    def secure(self) -> None:
        """Lock now."""

    def close(self) -> None:
        """Lock, and release the line without a pulse; a second call does nothing."""


class Input(Protocol):
    """A contact or button."""

    def read(self) -> bool:
        """Whether it is active (pressed, closed) now."""

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


@runtime_checkable
class RecordedLock(Lock, Protocol):
    """A lock that moves nothing and writes down what it would have moved."""

    @property
    def history(self) -> tuple[tuple[float, bool], ...]:
        """(monotonic seconds, whether unlocked) at opening and after each change, oldest first."""


@runtime_checkable
class PressedInput(Input, Protocol):
    """A button that software presses, on a machine that has none."""

    def press(self) -> None:
        """Make the line active; it counts once it has lasted the settings' debounce_s."""

    def release(self) -> None:
        """Make the line inactive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSettings:
    """How to open a camera.

    Attributes:
        source: A device path (`/dev/video0`), a camera number, or the folder, picture or video to replay.
        width_px: Width of the main picture.
        height_px: Height of the main picture.
        fps: Frames a second asked of the camera, or the pace of a replay.
        paced: Whether a replay keeps the pace, or delivers as fast as it is asked.
        loop: Whether a replay starts again at its end.
        dwell_frames: For how many frames each photograph of a replayed folder stands still.
        gap_frames: How many empty frames follow each photograph.
        flip: Whether the picture is turned by 180 degrees, for a camera mounted upside down.
    """

    source: str = ""
    width_px: Annotated[int, Meta(ge=160, le=4096)] = 1280
    height_px: Annotated[int, Meta(ge=120, le=4096)] = 720
    fps: Annotated[float, Meta(gt=0, le=120)] = 15.0
    paced: bool = True
    loop: bool = False
    dwell_frames: Annotated[int, Meta(ge=1, le=10_000)] = 8
    gap_frames: Annotated[int, Meta(ge=0, le=10_000)] = 6
    flip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSettings:
    """How the lock is wired.

    Attributes:
        line: The line's name, such as "GPIO17".
        active_low: Whether the relay is energised by a low level.
    """

    line: str = "GPIO17"
    active_low: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """How a contact or button is wired.

    Attributes:
        line: The line's name; empty when there is none.
        active_low: Whether it is active when the line is low (a button to ground).
        pull: The board's own pull resistor.
        debounce_s: How long a level must last to count.
    """

    line: str = ""
    active_low: bool = True
    pull: Literal["up", "down", "none"] = "up"
    debounce_s: Annotated[float, Meta(ge=0, le=1)] = 0.03


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
