"""Everything that can be set, as frozen dataclasses: each key with its unit, its bounds and its default."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated

from msgspec import Meta

from edge.config.adaptation import AdaptationSettings
from edge.config.challenge import ChallengeSettings
from edge.config.codes import CodeSettings
from edge.config.door import ContactSettings, DoorSettings, ExitSettings, FireSettings, ResetSettings, TamperSettings
from edge.config.journal import JournalSettings
from edge.config.keys import KeySettings
from edge.config.liveness import Fraction, LivenessSettings
from edge.config.ota import OtaSettings
from edge.config.people import PeopleSettings
from edge.config.purposes import ApiSettings, Purpose
from edge.config.rules import RuleSettings
from hw.base import CameraSettings, IndicatorSettings, KeypadSettings, LockSettings, OsdpSettings
from hw.settings import PromptSettings

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
        min_iou: The least overlap with the last box, or with where its motion has brought it.
        gap_s: The longest time between two sights.
        missed_frames: How many frames in a row may not show the face.
        fmr: The false-match rate at which two sights of a track count as one person's; a new track begins otherwise.
        nearer: How many times larger another face must be to be followed instead, by area.
        first_frames: So many judged frames of a track are compared whatever their quality.
        spare_s: Later ones are compared when none was for this long (less where many votes are asked for),
        spare_points: or when their quality score is at most so far below the best of the last frames.
    """

    min_iou: Fraction = 0.3
    gap_s: Annotated[float, Meta(gt=0, le=10)] = 0.5
    missed_frames: Annotated[int, Meta(ge=0, le=100)] = 2
    fmr: Rate = 1e-4
    nearer: Annotated[float, Meta(ge=1, le=10)] = 1.5
    first_frames: Annotated[int, Meta(ge=1, le=1000)] = 4
    spare_s: Annotated[float, Meta(ge=0, le=10)] = 0.25
    spare_points: Annotated[float, Meta(ge=0, le=100)] = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLimits:
    """What a face must show to be judged; the measures are those of `edge.values.Quality`.

    Attributes:
        min_eyes_px: Least distance between the eyes (`inter_eye_px`).
        max_yaw_deg: Furthest turn to either side.
        max_pitch_deg: Furthest turn up or down.
        min_sharpness: Least sharpness.
        min_brightness: Darkest mean grey level (`luminance_mean`).
        max_brightness: Brightest mean grey level.
        min_contrast: Least standard deviation of grey levels (the root of `luminance_variance`).
        min_presence: Least confidence of the mesh that it sits on a face.
        min_eyes_visible: Least `eyes_visible`; dark glasses show less.
        min_mouth_visible: Least `mouth_visible`; a mask shows less.
        max_outside: The share of its side that a face's box may reach over the picture's edge; foreheads often do.
    """

    min_eyes_px: Annotated[float, Meta(ge=0, le=1000)] = 24.0
    max_yaw_deg: Annotated[float, Meta(ge=0, le=180)] = 35.0
    max_pitch_deg: Annotated[float, Meta(ge=0, le=180)] = 30.0
    min_sharpness: Annotated[float, Meta(ge=0, le=10_000)] = 20.0
    min_brightness: Annotated[float, Meta(ge=0, le=255)] = 40.0
    max_brightness: Annotated[float, Meta(ge=0, le=255)] = 220.0
    min_contrast: Annotated[float, Meta(ge=0, le=128)] = 15.0
    min_presence: Fraction = 0.5
    min_eyes_visible: Fraction = 0.55
    min_mouth_visible: Fraction = 0.18
    max_outside: Fraction = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionSettings:
    """When the terminal believes it knows who stands there.

    Attributes:
        fpir: False-positive identification rate: the share of strangers' searches that may match anybody (1:N).
        fmr: False-match rate of a 1:1 comparison with a claimed person, however many templates (`edge verify`).
        accept_extrapolation: Whether a threshold beyond the measured evidence may be used (S9).
        margin: The least distance, in cosine similarity, to the second most similar person.
        votes: How many frames of one track must agree.
        window_frames: Among how many judged frames.
        window_s: Within what time.
        max_judged_frames: How many judged frames a track may cast before it is refused; each is another draw.
        patience_s: After how long of being judged without success a track is refused.
        rate_limit_s: How long nobody is judged after a stranger was refused.
        cool_down_s: How long after being recognised the same person is not reported again.
        lockout_failures: How many failures under one identity lock it out.
        lockout_s: For how long, the first time.
        lockout_factor: How many times longer each time that follows, until they are let in,
        lockout_longest_s: and for how long at most.
        max_faces: With more faces in the zone nobody is judged; up to so many, the largest is.
    """

    fpir: Rate = 1e-3
    fmr: Rate = 1e-4
    accept_extrapolation: bool = False
    margin: Annotated[float, Meta(ge=0, le=2)] = 0.05
    votes: Annotated[int, Meta(ge=1, le=50)] = 2
    window_frames: Annotated[int, Meta(ge=1, le=100)] = 4
    window_s: Annotated[float, Meta(gt=0, le=30)] = 1.0
    max_judged_frames: Annotated[int, Meta(ge=1, le=1000)] = 15
    patience_s: Annotated[float, Meta(gt=0, le=60)] = 3.0
    rate_limit_s: Annotated[float, Meta(ge=0, le=60)] = 1.0
    cool_down_s: Annotated[float, Meta(ge=0, le=600)] = 3.0
    lockout_failures: Annotated[int, Meta(ge=1, le=100)] = 5
    lockout_s: Annotated[float, Meta(ge=1, le=86_400)] = 300.0
    lockout_factor: Annotated[float, Meta(ge=1, le=10)] = 2.0
    lockout_longest_s: Annotated[float, Meta(ge=1, le=604_800)] = 3600.0
    max_faces: Annotated[int, Meta(ge=1, le=20)] = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that can be set; each section is a table of the TOML file, and each key has a default.

    Attributes:
        board: The kind of machine: "pc", "pi", "jetson", "gpiochip" or "fake".
        camera: The camera.
        lock: The lock's wiring.
        exit_button: The exit button.
        contact: The door contact.
        fire: The fire alarm's input.
        tamper: The tamper contact.
        reset: The reset button inside of the housing.
        indicator: Lamp and beeper at the door.
        prompt: The voice at the door.
        keypad: The keypad.
        osdp: The serial line to an access controller.
        models: The model bundles.
        detection: Which faces count.
        track: What one track is.
        quality: What a face must show.
        liveness: How it proves to be alive.
        challenge: How movements that are asked for are judged.
        decision: When it is believed.
        adaptation: Whether templates follow faces over the years.
        door: How the door behaves.
        rules: Who may pass when, and with what.
        keys: Who keeps the key that everybody's keys are wrapped with.
        codes: Codes that people show to the camera.
        journal: How much of the journal is kept.
        people: Whom this terminal may know.
        purposes: What people are verified for (1:1).
        api: Who may ask for it.
        ota: Models over the air.
    """

    board: str = "pc"
    camera: CameraSettings = field(default_factory=CameraSettings)
    lock: LockSettings = field(default_factory=LockSettings)
    exit_button: ExitSettings = field(default_factory=ExitSettings)
    contact: ContactSettings = field(default_factory=ContactSettings)
    fire: FireSettings = field(default_factory=FireSettings)
    tamper: TamperSettings = field(default_factory=TamperSettings)
    reset: ResetSettings = field(default_factory=ResetSettings)
    indicator: IndicatorSettings = field(default_factory=IndicatorSettings)
    prompt: PromptSettings = field(default_factory=PromptSettings)
    keypad: KeypadSettings = field(default_factory=KeypadSettings)
    osdp: OsdpSettings = field(default_factory=OsdpSettings)
    models: ModelSettings = field(default_factory=ModelSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    track: TrackSettings = field(default_factory=TrackSettings)
    quality: QualityLimits = field(default_factory=QualityLimits)
    liveness: LivenessSettings = field(default_factory=LivenessSettings)
    challenge: ChallengeSettings = field(default_factory=ChallengeSettings)
    decision: DecisionSettings = field(default_factory=DecisionSettings)
    adaptation: AdaptationSettings = field(default_factory=AdaptationSettings)
    door: DoorSettings = field(default_factory=DoorSettings)
    rules: RuleSettings = field(default_factory=RuleSettings)
    keys: KeySettings = field(default_factory=KeySettings)
    codes: CodeSettings = field(default_factory=CodeSettings)
    journal: JournalSettings = field(default_factory=JournalSettings)
    people: PeopleSettings = field(default_factory=PeopleSettings)
    purposes: tuple[Purpose, ...] = ()
    api: ApiSettings = field(default_factory=ApiSettings)
    ota: OtaSettings = field(default_factory=OtaSettings)

    def without_liveness(self) -> Config:
        """Return the same with liveness off, for photographs: they are no people; a real lock refuses it (S11)."""
        return replace(self, liveness=replace(self.liveness, mode="off"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring(Config):
    """A configuration that is nothing but wiring, nobody's door: who runs with it lets nobody in (S3)."""
