"""Settings that are right one by one and wrong together. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.config.purposes import purpose_contradictions
from edge.config.rule_contradictions import rule_contradictions
from edge.config.wiring import wiring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.challenge import ChallengeSettings
    from edge.config.liveness import LivenessSettings
    from edge.config.settings import Config, DecisionSettings

_UNDECIDED = 0.5
"""The score of a relief that speaks neither for a solid head nor for a flat picture."""


def contradictions(config: Config) -> Iterator[tuple[frozenset[str], str]]:
    """Yield each contradiction: the sections or settings it lies between, and the fault, which begins with its key."""
    left, top, right, bottom = config.detection.zone
    if left >= right or top >= bottom:
        yield frozenset({"detection"}), "detection.zone: left must be less than right, and top less than bottom"
    if config.quality.min_brightness >= config.quality.max_brightness:
        yield frozenset({"quality"}), "quality.min_brightness: must be less than quality.max_brightness"
    yield from wiring(config)
    for fault in _decision(config.decision):
        yield frozenset({"decision"}), fault
    for fault in _liveness(config.liveness):
        yield frozenset({"liveness"}), fault
    for fault in _challenge(config.challenge):
        yield frozenset({"challenge"}), fault
    if config.liveness.passive_frames > config.decision.max_judged_frames:
        yield (
            frozenset({"liveness", "decision"}),
            "liveness.passive_frames: must not be more than decision.max_judged_frames: a track has no more",
        )
    yield from _adaptation(config)
    yield from rule_contradictions(config)
    yield from purpose_contradictions(config)


def _adaptation(config: Config) -> Iterator[tuple[frozenset[str], str]]:
    """Yield what would adapt to a photograph, or more loosely than the door decides."""
    if not config.adaptation.enabled:
        return
    if config.liveness.mode == "off":
        fault = "adaptation.enabled: with liveness.mode off a photograph would be adapted to; choose another mode"
        yield frozenset({"adaptation", "liveness"}), fault
    if config.adaptation.margin < config.decision.margin:
        fault = "adaptation.margin: must be at least decision.margin"
        yield frozenset({"adaptation", "decision"}), fault


def _decision(settings: DecisionSettings) -> Iterator[str]:
    if settings.votes > settings.window_frames:
        yield "decision.votes: more votes are asked for than decision.window_frames holds"
    if settings.max_judged_frames < settings.window_frames:
        yield "decision.max_judged_frames: must be at least decision.window_frames"
    if settings.patience_s < settings.window_s:
        yield "decision.patience_s: a track must be given at least decision.window_s"
    if settings.lockout_s > settings.lockout_longest_s:
        yield "decision.lockout_longest_s: must be at least decision.lockout_s"


def _liveness(settings: LivenessSettings) -> Iterator[str]:
    if settings.suspect_below > settings.min_median:
        yield "liveness.suspect_below: must not be more than liveness.min_median"
    if settings.mode == "passive" and settings.suspect_below == settings.min_median == 0:
        yield "liveness.min_median: with liveness.suspect_below also 0 no picture is suspicious; raise one of them"
    for cue in ("surround", "timing"):
        if getattr(settings, f"{cue}_deny") > getattr(settings, f"{cue}_suspect"):
            yield f"liveness.{cue}_deny: must not be more than liveness.{cue}_suspect"
    if settings.relief_deny >= settings.relief_alive:
        yield "liveness.relief_deny: must be less than liveness.relief_alive"
    elif settings.relief_alive < _UNDECIDED:
        yield f"liveness.relief_alive: must be at least {_UNDECIDED}: lower scores speak for a flat picture"
    if settings.ask_after_s >= settings.motion_s:
        yield "liveness.ask_after_s: must be less than liveness.motion_s, or nobody hears what is waited for"
    for number, one in enumerate(settings.stricter):
        if one.since == one.until:
            yield f"liveness.stricter: rule {number + 1} ends when it begins; leave since and until out for all day"


def _challenge(settings: ChallengeSettings) -> Iterator[str]:
    """Yield what nobody could pass, and what would let somebody pass who hardly moves."""
    if len(set(settings.moves)) < 2 or not {"turn-left", "turn-right"} & set(settings.moves):
        yield "challenge.moves: needs two different movements to draw from, one of them a turn"
    if settings.neutral_deg >= min(settings.turn_deg, settings.nod_deg):
        yield "challenge.neutral_deg: must be less than challenge.turn_deg and challenge.nod_deg"
    if settings.reaction_s >= settings.step_s:
        yield "challenge.reaction_s: must be less than challenge.step_s, or nobody can answer in time"
    if settings.neutral_s >= settings.return_s:
        yield "challenge.neutral_s: must be less than challenge.return_s, or nobody looks straight in time"
    if settings.steps * (settings.neutral_s + settings.reaction_s) >= settings.total_s:
        yield "challenge.total_s: is too short for challenge.steps movements, each after looking straight"
