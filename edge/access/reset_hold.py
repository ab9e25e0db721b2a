"""When a reset button was meant: held for a while, and let go. Pure.

It acts when it is let go, and only within a while: a button that is stuck, or a wire that is shorted, is not let go,
and so resets nothing, at no start. What was doubtful for one moment (a faulty wire, a closed housing) is doubtful until
the button is let go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.config import ResetSettings


class Seen(Enum):
    """What a button says."""

    NOTHING = auto()
    LET_GO_NOW = auto()
    MEANT = auto()
    STUCK = auto()


@dataclass(frozen=True, slots=True)
class Holding:
    """A button that is held, as far as it is known.

    Attributes:
        since: Monotonic seconds since when; None while it is not held.
        doubtful: Whether it can no longer be meant.
    """

    since: float | None = None
    doubtful: bool = False


FREE = Holding()


def look(
    holding: Holding, now: float, settings: ResetSettings, *, pressed: bool, doubtful: bool
) -> tuple[Holding, Seen]:
    """Return what is known of a button after another look at it.

    Args:
        holding: What was known.
        now: Monotonic seconds.
        settings: How long it must be held, and from when it is stuck.
        pressed: Whether it is down.
        doubtful: Whether its wire is faulty, or the housing is closed.
    """
    if not pressed:
        return FREE, Seen.MEANT if not doubtful and _ripe(holding, now, settings) else Seen.NOTHING
    if holding.since is None:
        return Holding(now, doubtful), Seen.NOTHING
    since, holding = holding.since, replace(holding, doubtful=holding.doubtful or doubtful)
    if now - since >= settings.stuck_s:
        return holding, Seen.STUCK
    return holding, Seen.LET_GO_NOW if _ripe(holding, now, settings) else Seen.NOTHING


def _ripe(holding: Holding, now: float, settings: ResetSettings) -> bool:
    if holding.since is None or holding.doubtful:
        return False
    return settings.hold_s <= now - holding.since < settings.stuck_s
