"""What is asked of a face at this terminal: the configured proof of being alive, stricter by schedule."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING

from edge.access.challenge import draw
from edge.access.policy import mode_at
from edge.access.proof import Demand

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from edge.access.attempt import Rule
    from edge.access.challenge import Chooser
    from edge.config import Config, DoorSettings


def demand(config: Config, chooser: Chooser | None = None) -> Demand:
    """Return what the configuration asks of a face.

    Args:
        config: Everything that is set.
        chooser: Draws the movements of a challenge; the system's own chance when left out.

    Raises:
        ConfigError: There are too few movements to draw from.
    """
    asked = config.challenge
    drawing = partial(draw, chooser or SystemRandom(), asked.steps, asked.moves)
    drawing()
    return Demand(config.liveness, asked, drawing, config.decision.max_faces)


def scheduled(rule: Rule, door: DoorSettings, now: Callable[[], datetime]) -> Callable[[], Rule]:
    """Return how to ask for the rule of this moment: of the schedules that apply the strictest counts.

    Args:
        rule: As configured.
        door: Which door, and what its terminal is for.
        now: Tells the local time.
    """
    if not rule.demand.settings.stricter:
        return lambda: rule
    return lambda: replace(rule, demand=demand_at(rule.demand, door, now()))


def demand_at(usual: Demand, door: DoorSettings, local: datetime) -> Demand:
    """Return what is asked of a face at a moment: what is usual, or what a schedule makes stricter.

    Args:
        usual: As configured.
        door: Which door, and what its terminal is for.
        local: The local time.
    """
    settings = usual.settings
    return replace(usual, settings=replace(settings, mode=mode_at(settings, door, local)))
