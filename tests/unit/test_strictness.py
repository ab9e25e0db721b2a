"""What the doctor says of a terminal's liveness: what is asked, and where that is weak."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from edge.app.strictness import asked, weaknesses
from edge.config import ChallengeSettings, Config, DoorSettings, LivenessSettings
from edge.config.liveness import Stricter

NOON = datetime(2026, 11, 20, 12)  # noqa: DTZ001 - local time is what a schedule speaks of
NIGHT = datetime(2026, 11, 20, 23)  # noqa: DTZ001 - as above
NIGHTS = Stricter(mode="challenge", since="22:00", until="06:00")


def set_to(**liveness: Any) -> Config:  # noqa: ANN401 - any liveness setting
    return Config(liveness=LivenessSettings(**liveness))


def weak(config: Config) -> list[str]:
    return [what for what, _ in weaknesses(config)]


def test_the_defaults_are_said_and_have_no_weakness() -> None:
    assert asked(Config(), NOON).startswith("motion: whose head moves as a solid one, who is suspicious is challenged")
    assert weak(Config()) == []


def test_a_schedule_is_said_and_what_it_asks_for_now() -> None:
    config = set_to(stricter=(NIGHTS, Stricter(mode="challenge", doors=("vault",), days=("sat", "sun"))))
    words = "stricter (challenge: 22:00 to 06:00); (challenge: vault, sat, sun)"
    assert words in asked(config, NOON)
    assert "at this hour" not in asked(config, NOON)
    assert f"challenge at this hour, {words}" in asked(config, NIGHT)
    assert "(motion: always)" in asked(set_to(mode="passive", stricter=(Stricter(mode="motion"),)), NOON)


def test_what_becomes_of_suspicion_is_said_where_it_matters() -> None:
    assert "who is suspicious is refused" in asked(set_to(on_suspicion="refuse"), NOON)
    assert "suspicious" not in asked(set_to(mode="challenge"), NOON)
    assert "suspicious" not in asked(set_to(mode="off"), NOON)


def test_a_challenge_is_said_with_how_likely_a_guess_is() -> None:
    assert asked(Config(), NOON).endswith("a challenge is 2 movements, one draw of 10")
    config = replace(Config(), challenge=ChallengeSettings(steps=3))
    assert asked(config, NOON).endswith("a challenge is 3 movements, one draw of 34")


@pytest.mark.parametrize(
    ("liveness", "what"),
    [
        ({"mode": "off"}, "a photograph would be taken for its person"),
        ({"mode": "passive"}, "a photograph that is held without turning it may pass"),
        ({"relief_alive": 0.2}, "what moves as a flat picture counts as a solid head"),
        ({"suspect_below": 0, "min_median": 0}, "the passive network is never suspicious"),
        ({"surround_suspect": 0, "surround_deny": 0}, "what is around a face is never suspicious"),
        ({"relief_deny": 0}, "a flat face is never suspicious"),
        ({"screen_suspect": 0}, "what looks like a screen is never suspicious"),
        ({"timing_suspect": 0, "timing_deny": 0}, "what time shows is never suspicious"),
        ({"fixed_camera": False}, "a view that moves as a whole is not suspicious"),
    ],
)
def test_each_weak_setting_is_named_with_what_to_do(liveness: dict[str, Any], what: str) -> None:
    ((found, mend),) = weaknesses(set_to(**liveness))
    assert found == what
    assert next(iter(liveness)) in mend


def test_a_suspicion_without_a_deny_is_no_weakness() -> None:
    assert weak(set_to(surround_deny=0, timing_deny=0, suspect_below=0)) == []


def test_a_movement_that_comes_at_once_is_weak() -> None:
    config = replace(Config(), challenge=ChallengeSettings(reaction_s=0))
    assert weak(config) == ["a movement that begins before anybody could answer counts"]


@pytest.mark.parametrize(
    ("liveness", "enough"),
    [
        ({}, False),
        ({"mode": "challenge"}, True),
        ({"stricter": (Stricter(mode="challenge", purposes=("payment",)),)}, True),
        ({"stricter": (Stricter(mode="challenge", purposes=("desk",)),)}, False),
        ({"stricter": (Stricter(mode="challenge", doors=("vault",)),)}, False),
        ({"stricter": (Stricter(mode="motion"),)}, False),
        ({"stricter": (NIGHTS,)}, False),
    ],
)
def test_payments_without_a_challenge_are_weak(liveness: dict[str, Any], enough: bool) -> None:
    config = replace(set_to(**liveness), door=DoorSettings(purpose="payment"))
    assert weak(config) == ([] if enough else ["payments are approved without a challenge"])
