"""How a board's parts are wired and asked for: what the configuration says of the hardware, as frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta


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
        pinned: The identity that the camera must have, "driver model path" as `edge doctor` prints it; another one is
            an alarm and opens nothing. Empty accepts any real camera.
        backlight: How exposure treats a bright background: "none", or "shadows" (a Pi 5 has HDR and a constraint mode
            for it, a Pi 4 exposes by the middle of the picture instead).
        frozen_s: The same picture for so long is a camera that hangs,
        black_s: and so is one without any light: a covered lens, a dead sensor.
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
    pinned: str = ""
    backlight: Literal["none", "shadows"] = "none"
    frozen_s: Annotated[float, Meta(ge=1, le=3600)] = 5.0
    black_s: Annotated[float, Meta(ge=1, le=3600)] = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSettings:
    """How the lock is wired. Whatever the wiring, the door is unlocked by energising the relay, and by nothing else:
    a process that does not run drives no line, and the door must be locked then (S2).

    Attributes:
        line: The line's name: "GPIO17", "gpiochip0:17" (chip and offset), or a name that the device tree gives.
        active_low: Whether the relay is energised by a low level.
        fail: What the lock does without current: "secure" stays locked (a strike), "safe" is open (a magnet).
        contact: Which of the relay's contacts feeds the lock, normally open ("no") or normally closed ("nc").
    """  # noqa: D205 - the promise is one sentence

    line: str = "GPIO17"
    active_low: bool = False
    fail: Literal["secure", "safe"] = "secure"
    contact: Literal["no", "nc"] = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """How a contact or button is wired.

    Attributes:
        line: The line's name, as of `LockSettings.line`; empty when there is none.
        active_low: Whether it is active when the line is low (a button to ground).
        pull: The board's own pull resistor.
        debounce_s: How long a level must last to count.
        complement: A second line that always shows the opposite (a changeover contact), with the same wiring: when
            both show the same for longer than `bounce_s`, a wire is cut or shorted. Empty when there is none.
        bounce_s: A line that does not come to rest for so long is faulty.
    """

    line: str = ""
    active_low: bool = True
    pull: Literal["up", "down", "none"] = "up"
    debounce_s: Annotated[float, Meta(ge=0, le=1)] = 0.03
    complement: str = ""
    bounce_s: Annotated[float, Meta(ge=0.1, le=60)] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorSettings:
    """A lamp of three colours and a beeper at the door, on lines of the door process.

    Attributes:
        red: The red lamp's line; empty when there is none.
        green: The green lamp's line.
        blue: The blue lamp's line.
        beeper: The beeper's line.
        active_low: Whether a low level switches them on.
    """

    red: str = ""
    green: str = ""
    blue: str = ""
    beeper: str = ""
    active_low: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeypadSettings:
    """A keypad: a matrix on lines, or a USB device.

    Attributes:
        rows: The lines of a matrix that are driven, top first; empty when there is no matrix.
        columns: The lines that are read, left first.
        keys: What is printed on the keys, row by row.
        device: An input device such as "/dev/input/by-id/…-kbd"; empty when there is none.
        debounce_s: How long a key of a matrix must be down to count; a USB device sees to that itself.
    """

    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ("123", "456", "789", "*0#")
    device: str = ""
    debounce_s: Annotated[float, Meta(ge=0, le=1)] = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSettings:
    """How people at the door are told what to do, besides lamp and beeper.

    Attributes:
        spoken: Whether the words are spoken, by espeak-ng.
        language: The voice that speaks them, as `espeak-ng --voices` lists it: "en", "en-gb", "de".
        variant: Who speaks: "f1" to "f5" or "m1" to "m8" (`espeak-ng --voices=variant`); empty for the voice's own.
        words_per_minute: How fast.
        phrases: What is said in place of the terminal's own English words, by the prompt's code:
            `turn-left = "Drehen Sie den Kopf nach links."`.
    """

    spoken: bool = False
    language: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,39}$")] = "en"
    variant: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{0,20}$")] = ""
    words_per_minute: Annotated[int, Meta(ge=80, le=400)] = 150
    phrases: dict[Annotated[str, Meta(pattern="^[a-z][a-z-]*$")], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OsdpSettings:
    """A serial line to an access controller (OSDP peripheral device).

    Attributes:
        device: The serial device, such as "/dev/ttyAMA0"; empty when there is none.
        address: This terminal's address on the line.
        baud: The line's speed.
        key_file: A file with the secure channel's base key, 32 hexadecimal digits, readable by its owner alone.
        installing: Installation mode: only then the key may be missing, and be set by the controller; the door tells
            so at every start, and never grants by the controller's order meanwhile.
        obey: Which orders are carried out: "none", "signals" (lamp and beeper), or "outputs" (also output 0: a remote
            unlock, written down as the controller's).
    """

    device: str = ""
    address: Annotated[int, Meta(ge=0, le=126)] = 101
    baud: Literal[9600, 19200, 38400, 57600, 115200, 230400] = 9600
    key_file: str = ""
    installing: bool = False
    obey: Literal["none", "signals", "outputs"] = "signals"
