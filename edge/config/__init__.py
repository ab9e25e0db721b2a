"""The configuration: one TOML file becomes frozen dataclasses; every fault is reported at once, with key and line."""

from edge.config.adaptation import AdaptationSettings
from edge.config.challenge import ChallengeSettings
from edge.config.codes import CodeSettings
from edge.config.door import ContactSettings, DoorSettings, ExitSettings, FireSettings, ResetSettings, TamperSettings
from edge.config.file import dump, load, parse
from edge.config.journal import JournalSettings
from edge.config.keys import KeySettings
from edge.config.liveness import LivenessSettings
from edge.config.ota import OtaSettings
from edge.config.people import PeopleSettings
from edge.config.purposes import ApiSettings, Purpose
from edge.config.rules import RuleSettings
from edge.config.settings import (
    Config,
    DecisionSettings,
    DetectionSettings,
    ModelSettings,
    QualityLimits,
    TrackSettings,
    Wiring,
)
from edge.config.zone import zone_of

__all__ = [
    "AdaptationSettings",
    "ApiSettings",
    "ChallengeSettings",
    "CodeSettings",
    "Config",
    "ContactSettings",
    "DecisionSettings",
    "DetectionSettings",
    "DoorSettings",
    "ExitSettings",
    "FireSettings",
    "JournalSettings",
    "KeySettings",
    "LivenessSettings",
    "ModelSettings",
    "OtaSettings",
    "PeopleSettings",
    "Purpose",
    "QualityLimits",
    "ResetSettings",
    "RuleSettings",
    "TamperSettings",
    "TrackSettings",
    "Wiring",
    "dump",
    "load",
    "parse",
    "zone_of",
]
