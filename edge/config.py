"""The configuration: one TOML file becomes frozen dataclasses; every fault is reported at once, with key and line."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import Meta

from edge.errors import ConfigError
from hw.base import CameraSettings, InputSettings, LockSettings

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")
Fraction = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(gt=0)]
Rate = Annotated[float, Meta(gt=0, le=0.1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Which bundles run, and how.

    Attributes:
        detector: Name of the bundle that finds faces.
        landmarks: Name of the bundle that finds the face mesh.
        embedder: Name of the bundle that makes templates.
        liveness: Name of the bundle that judges liveness from one picture.
        threads: Processor threads a model may use.
        flip: Whether a template averages the face and its mirror image: twice the time, a little more accurate.
    """

    detector: str = "blazeface-dynamic-1"
    landmarks: str = "facemesh-dynamic-1"
    embedder: str = "mobilefacenet-dynamic-1"
    liveness: str = "passive-liveness-dynamic-1"
    threads: Annotated[int, Meta(ge=1, le=16)] = 2
    flip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionSettings:
    """Which faces count.

    Attributes:
        min_score: The least confidence of the detector.
        overlap: Detections that overlap by at least this intersection over union are one face.
        zone: Left, top, right, bottom of the part of the picture that counts, as fractions of its size; a face
            counts when its middle is inside.
    """

    min_score: Fraction = 0.5
    overlap: Fraction = 0.3
    zone: tuple[Fraction, Fraction, Fraction, Fraction] = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSettings:
    """When two sights of a face are one uninterrupted track.

    Attributes:
        min_iou: The least overlap with the last box.
        gap_s: The longest time between two sights.
        missed_frames: How many frames in a row may show no face.
    """

    min_iou: Fraction = 0.3
    gap_s: Positive = 0.5
    missed_frames: Annotated[int, Meta(ge=0, le=100)] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLimits:
    """What a face must show to be judged; the measures are those of `edge.values.Quality`.

    Attributes:
        min_eyes_px: Least distance between the eyes.
        max_yaw_deg: Furthest turn to either side.
        max_pitch_deg: Furthest turn up or down.
        min_sharpness: Least variance of the Laplacian of the aligned face.
        min_brightness: Darkest mean grey level.
        max_brightness: Brightest mean grey level.
        min_contrast: Least standard deviation of grey levels.
        min_presence: Least confidence of the mesh that it sits on a face.
    """

    min_eyes_px: Annotated[float, Meta(ge=0)] = 24.0
    max_yaw_deg: Annotated[float, Meta(ge=0, le=180)] = 35.0
    max_pitch_deg: Annotated[float, Meta(ge=0, le=180)] = 30.0
    min_sharpness: Annotated[float, Meta(ge=0)] = 20.0
    min_brightness: Annotated[float, Meta(ge=0, le=255)] = 40.0
    max_brightness: Annotated[float, Meta(ge=0, le=255)] = 220.0
    min_contrast: Annotated[float, Meta(ge=0, le=128)] = 15.0
    min_presence: Fraction = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LivenessSettings:
    """How a face must prove to be alive.

    Attributes:
        mode: "passive" judges each picture by a network; "off" judges nothing and is refused with a real lock (S11).
        deny_below: One frame under this score denies the whole track, whatever the others say (S4).
        min_median: The least median score over the frames that vote.
    """

    mode: Literal["passive", "off"] = "passive"
    deny_below: Fraction = 0.05
    min_median: Fraction = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionSettings:
    """When the terminal believes it knows who stands there.

    Attributes:
        fpir: False-positive identification rate: the share of strangers' searches that may match anybody (1:N).
        fmr: False-match rate of a 1:1 comparison (`edge verify`).
        accept_extrapolation: Whether a threshold beyond the measured evidence may be used (S9).
        margin: The least distance, in cosine similarity, to the second most similar person.
        votes: How many frames of one track must agree.
        window_frames: Among how many judged frames.
        window_s: Within what time.
        patience_s: After how long of being judged without success a track is refused.
        rate_limit_s: How long nobody is judged after a stranger was refused.
        cool_down_s: How long after being recognised the same person is not reported again.
        lockout_failures: How many failures under one identity lock it out.
        lockout_s: For how long.
        max_faces: With more faces in the zone nobody is judged; up to so many, the largest is.
    """

    fpir: Rate = 1e-3
    fmr: Rate = 1e-4
    accept_extrapolation: bool = False
    margin: Annotated[float, Meta(ge=0, le=2)] = 0.05
    votes: Annotated[int, Meta(ge=1, le=50)] = 2
    window_frames: Annotated[int, Meta(ge=1, le=100)] = 4
    window_s: Positive = 1.0
    patience_s: Positive = 3.0
    rate_limit_s: Annotated[float, Meta(ge=0)] = 1.0
    cool_down_s: Annotated[float, Meta(ge=0)] = 3.0
    lockout_failures: Annotated[int, Meta(ge=1, le=100)] = 5
    lockout_s: Positive = 300.0
    max_faces: Annotated[int, Meta(ge=1, le=20)] = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """How the door behaves.

    Attributes:
        pulse_s: How long the lock is held open.
        max_frame_age_s: The oldest picture that may open it (S1).
        tick_s: The longest the door process waits before it looks at everything again.
    """

    pulse_s: Annotated[float, Meta(ge=0.1, le=255)] = 5.0
    max_frame_age_s: Annotated[float, Meta(gt=0, le=1.0)] = 0.7
    tick_s: Annotated[float, Meta(gt=0, le=1.0)] = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that can be set; each section is a table of the TOML file, and each key has a default.

    Attributes:
        board: The kind of machine: "pc", "pi" or "fake".
        camera: The camera.
        lock: The lock's wiring.
        exit_button: The exit button's wiring.
        models: The model bundles.
        detection: Which faces count.
        track: What one track is.
        quality: What a face must show.
        liveness: How it proves to be alive.
        decision: When it is believed.
        door: How the door behaves.
    """

    board: str = "pc"
    camera: CameraSettings = field(default_factory=CameraSettings)
    lock: LockSettings = field(default_factory=LockSettings)
    exit_button: InputSettings = field(default_factory=InputSettings)
    models: ModelSettings = field(default_factory=ModelSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    track: TrackSettings = field(default_factory=TrackSettings)
    quality: QualityLimits = field(default_factory=QualityLimits)
    liveness: LivenessSettings = field(default_factory=LivenessSettings)
    decision: DecisionSettings = field(default_factory=DecisionSettings)
    door: DoorSettings = field(default_factory=DoorSettings)


def load(path: Path) -> Config:
    """Read a configuration file.

    Raises:
        ConfigError: The file cannot be read, is not TOML, or has faults; all of them are in the message.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as a text file: {error}") from error
    return parse(text, str(path))


def parse(text: str, name: str) -> Config:
    """Turn TOML text into a configuration; `name` is what its faults are reported under.

    Raises:
        ConfigError: The text is not TOML, or has faults; all of them are in the message.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: not valid TOML: {error}") from error
    faults: list[str] = []
    config = _section(Config, tables, "", faults)
    if not faults:
        faults += _contradictions(config)
    if faults:
        lines = "\n".join(f"  {_where(text, name, fault.partition(':')[0])} {fault}" for fault in faults)
        raise ConfigError(f"{name}: {len(faults)} fault(s):\n{lines}")
    return config


def _section(kind: type[T], table: dict[str, Any], prefix: str, faults: list[str]) -> T:
    hints = get_type_hints(kind, include_extras=True)
    found: dict[str, Any] = {}
    for key, value in table.items():
        path = f"{prefix}{key}"
        if key not in hints:
            known = ", ".join(sorted(hints))
            faults.append(f"{path}: unknown key; known here: {known}")
        elif dataclasses.is_dataclass(hints[key]) and isinstance(value, dict):
            found[key] = _section(hints[key], value, f"{path}.", faults)
        else:
            try:
                found[key] = msgspec.convert(value, hints[key])
            except msgspec.ValidationError as error:
                faults.append(f"{path}: {error}")
    return kind(**found)


def _contradictions(config: Config) -> list[str]:
    faults = []
    left, top, right, bottom = config.detection.zone
    if left >= right or top >= bottom:
        faults.append("detection.zone: left must be less than right, and top less than bottom")
    if config.decision.votes > config.decision.window_frames:
        faults.append("decision.votes: more votes are asked for than decision.window_frames holds")
    if config.decision.patience_s < config.decision.window_s:
        faults.append("decision.patience_s: a track must be given at least decision.window_s")
    if config.quality.min_brightness >= config.quality.max_brightness:
        faults.append("quality.min_brightness: must be less than quality.max_brightness")
    if config.liveness.deny_below > config.liveness.min_median:
        faults.append("liveness.deny_below: must not be more than liveness.min_median")
    return faults


def _where(text: str, name: str, path: str) -> str:
    """Return file and line of a key, else of the table it belongs to, else the file alone."""
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        header, setting = re.match(r"\s*\[+([^\[\]]+)\]", line), re.match(r"([^=#\[]+)=", line)
        section = _plain(header.group(1)) if header else section
        here = f"{section}.{_plain(setting.group(1))}".removeprefix(".") if setting else section
        if (header or setting) and here == path:
            return f"{name}:{number}:"
    table, _, _ = path.rpartition(".")
    return _where(text, name, table) if table else f"{name}:"


def _plain(key: str) -> str:
    return ".".join(part.strip(" \t\"'") for part in key.split("."))


def dump(config: Config) -> str:
    """Return the configuration as TOML text that `parse` reads back to an equal value."""
    tables: dict[str, Any] = msgspec.to_builtins(config)
    lines = [f"{key} = {_toml(value)}" for key, value in tables.items() if not isinstance(value, dict)]
    for name, table in tables.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, float):
        return repr(value)
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")  # JSON leaves DEL as it is
