"""Which proof of being alive is asked for at a moment: what is usual, or what is stricter. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.access.schedule import began
from edge.values import MODES

if TYPE_CHECKING:
    from datetime import datetime

    from edge.config import DoorSettings, LivenessSettings
    from edge.config.liveness import Stricter
    from edge.values import Mode

_RELEASED = 2026
"""The year of this code; a clock that shows an earlier one was never set."""


def mode_at(settings: LivenessSettings, door: DoorSettings, local: datetime) -> Mode:
    """Return what is asked for at a moment: of all that apply the strictest, and never less than `settings.mode`.

    A clock that cannot be right is no reason to ask for less: then every time of day and every day applies.

    Args:
        settings: The configured liveness. When it is off, it stays off.
        door: Which door, and what its terminal is for.
        local: The local time.
    """
    if settings.mode == "off":
        return "off"
    asked = [settings.mode, *(one.mode for one in settings.stricter if applies(one, door, local))]
    return min(asked, key=MODES.index)


def applies(one: Stricter, door: DoorSettings, local: datetime) -> bool:
    """Whether every condition of a stricter rule holds."""
    return concerns(one, door) and (local.year < _RELEASED or began(one, local) is not None)


def concerns(one: Stricter, door: DoorSettings) -> bool:
    """Whether a stricter rule is for this door and for what its terminal serves, at whatever time."""
    return (not one.doors or door.name in one.doors) and (not one.purposes or door.purpose in one.purposes)
