"""How long signed metadata are still believed, and what that means for who holds them. Pure: the time is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY_S = 86_400.0
_SOON_DAYS = 30
_ONLINE_SOON_DAYS = {"timestamp": 2, "snapshot": 7}
"""A publisher's timer renews these, with a week and half a month to spare."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Until when one role's metadata are believed.

    Attributes:
        role: Of the repository.
        left_s: Seconds from now; 0 or less when they have expired.
        state: "long", "soon" or "over".
    """

    role: str
    left_s: float
    state: Literal["long", "soon", "over"]

    def __str__(self) -> str:
        """Say it for people; whole days, never more than there are."""
        days = int(abs(self.left_s) // _DAY_S)
        counted = f"{days} day{'' if days == 1 else 's'}" if days else "less than a day"
        return f"{self.role}: expired {counted} ago" if self.state == "over" else f"{self.role}: {counted} left"


def endings(until: Mapping[str, float], at: float) -> tuple[Ending, ...]:
    """Return each role's, the first to end first.

    Args:
        until: When its metadata expire, seconds since the epoch.
        at: What time it is.
    """
    found = (Ending(role, end - at, _state(role, end - at)) for role, end in until.items())
    return tuple(sorted(found, key=lambda one: one.left_s))


def _state(role: str, left_s: float) -> Literal["long", "soon", "over"]:
    if left_s <= 0:  # as TUF has it: at that very second they are believed no more
        return "over"
    return "soon" if left_s < _ONLINE_SOON_DAYS.get(role, _SOON_DAYS) * _DAY_S else "long"
