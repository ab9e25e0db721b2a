"""Says in words how a face must prove to be alive at this terminal, and where its settings are weak. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.access.challenge import sequences
from edge.access.policy import concerns, mode_at
from edge.values import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from edge.config import Config, LivenessSettings
    from edge.config.liveness import Stricter

_MODES = {
    "off": "off: nothing is judged",
    "passive": "passive: whom no cue suspects",
    "motion": "motion: whose head moves as a solid one",
    "challenge": "challenge: who does what is drawn at random",
}
_SURE = 0.5
"""Below it a relief's score speaks for a flat picture."""


def asked(config: Config, local: datetime) -> str:
    """Return what is asked of a face here.

    Args:
        config: Everything that is set.
        local: The local time.

    Raises:
        ConfigError: There are too few movements to draw from.
    """
    settings, challenge = config.liveness, config.challenge
    now = mode_at(settings, config.door, local)
    parts = [_MODES[settings.mode]]
    if now != settings.mode:
        parts.append(f"{now} at this hour")
    if settings.stricter:
        parts.append(f"stricter {'; '.join(map(_when, settings.stricter))}")
    if settings.mode not in {"off", "challenge"}:
        suspect = "challenged" if settings.on_suspicion == "challenge" else "refused"
        parts.append(f"who is suspicious is {suspect}")
    chance = len(sequences(challenge.steps, challenge.moves))
    parts.append(f"a challenge is {counted(challenge.steps, 'movement')}, one draw of {chance}")
    return ", ".join(parts)


def weaknesses(config: Config) -> Iterator[tuple[str, str]]:
    """Yield what is weak, and what to do about it."""
    settings = config.liveness
    if settings.mode == "off":
        yield "a photograph would be taken for its person", "liveness.mode"
        return
    if settings.mode == "passive":
        yield "a photograph that is held without turning it may pass", 'liveness.mode = "motion"'
    if config.door.purpose == "payment" and not _always_challenged(config):
        yield "payments are approved without a challenge", 'liveness.mode = "challenge"'
    if settings.mode == "motion" and settings.relief_alive < _SURE:
        yield "what moves as a flat picture counts as a solid head", "raise liveness.relief_alive"
    for cue, keys in _silenced(settings):
        yield f"{cue} is never suspicious", f"raise {keys}"
    if not settings.fixed_camera:
        yield "a view that moves as a whole is not suspicious", "liveness.fixed_camera, if it is mounted"
    if config.challenge.reaction_s == 0:
        yield "a movement that begins before anybody could answer counts", "raise challenge.reaction_s"


def _silenced(settings: LivenessSettings) -> Iterator[tuple[str, str]]:
    """Yield each cue whose limits no score can be under, and the keys of these limits."""
    limits = {
        "the passive network": ("suspect_below", "min_median"),
        "what is around a face": ("surround_suspect", "surround_deny"),
        "a flat face": ("relief_deny",),
        "what looks like a screen": ("screen_suspect",),
        "what time shows": ("timing_suspect", "timing_deny"),
    }
    for cue, keys in limits.items():
        if not any(getattr(settings, key) for key in keys):
            yield cue, " or ".join(f"liveness.{key}" for key in keys)


def _always_challenged(config: Config) -> bool:
    settings = config.liveness
    if settings.mode == "challenge":
        return True
    rules = [one for one in settings.stricter if one.mode == "challenge" and concerns(one, config.door)]
    return any(not one.days and (one.since, one.until) == ("00:00", "24:00") for one in rules)


def _when(one: Stricter) -> str:
    """Return when a rule asks for more."""
    conditions = [*one.doors, *one.purposes, *one.days]
    if (one.since, one.until) != ("00:00", "24:00"):
        conditions.append(f"{one.since} to {one.until}")
    return f"({one.mode}: {', '.join(conditions) or 'always'})"
