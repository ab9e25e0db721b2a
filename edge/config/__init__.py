"""The configuration: one TOML file becomes frozen dataclasses; every fault is reported at once, with key and line."""

from edge.config.challenge import ChallengeSettings
from edge.config.file import dump, load, parse
from edge.config.liveness import LivenessSettings
from edge.config.settings import (
    Config,
    DecisionSettings,
    DetectionSettings,
    DoorSettings,
    ModelSettings,
    QualityLimits,
    TrackSettings,
)

__all__ = [
    "ChallengeSettings",
    "Config",
    "DecisionSettings",
    "DetectionSettings",
    "DoorSettings",
    "LivenessSettings",
    "ModelSettings",
    "QualityLimits",
    "TrackSettings",
    "dump",
    "load",
    "parse",
]
