"""Settings that are right one by one and wrong together. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.liveness import LivenessSettings
    from edge.config.settings import Config, DecisionSettings


def contradictions(config: Config) -> Iterator[tuple[frozenset[str], str]]:
    """Yield each contradiction: the sections it lies between, and the fault, which begins with its key."""
    left, top, right, bottom = config.detection.zone
    if left >= right or top >= bottom:
        yield frozenset({"detection"}), "detection.zone: left must be less than right, and top less than bottom"
    if config.quality.min_brightness >= config.quality.max_brightness:
        yield frozenset({"quality"}), "quality.min_brightness: must be less than quality.max_brightness"
    if config.exit_button.line and config.exit_button.line == config.lock.line:
        yield frozenset({"exit_button", "lock"}), "exit_button.line: is lock.line already; give each its own line"
    for fault in _decision(config.decision):
        yield frozenset({"decision"}), fault
    for fault in _liveness(config.liveness):
        yield frozenset({"liveness"}), fault


def _decision(settings: DecisionSettings) -> Iterator[str]:
    if settings.votes > settings.window_frames:
        yield "decision.votes: more votes are asked for than decision.window_frames holds"
    if settings.max_judged_frames < settings.window_frames:
        yield "decision.max_judged_frames: must be at least decision.window_frames"
    if settings.patience_s < settings.window_s:
        yield "decision.patience_s: a track must be given at least decision.window_s"


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
    for number, one in enumerate(settings.stricter):
        if one.since == one.until:
            yield f"liveness.stricter: rule {number + 1} ends when it begins; leave since and until out for all day"
