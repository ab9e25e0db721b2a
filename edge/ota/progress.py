"""How far people have come from one embedding space to another, and whether that is far enough. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.people.adapt import DAY_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.values import PersonId


@dataclass(frozen=True, slots=True)
class Known:
    """How far somebody has come.

    Attributes:
        id: Who.
        seen_until: The end of the day on which they were last here, seconds since the epoch; None for never.
        old: Whether they have an anchor in the old space.
        new: Whether they have one in the new space.
        days: On how many days they walked by so that it counts.
    """

    id: PersonId
    seen_until: float | None
    old: bool
    new: bool
    days: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far everybody has come.

    Attributes:
        active: How many people who can be recognised were here lately.
        migrated: How many of them have a template of the new space.
        waiting: Who of the active ones has none yet and walked by on how many days, by id.
        absent: Who has none either and was not here lately, by id: they hold nothing up, and show something else than
            their face the first time that they come back.
    """

    active: int
    migrated: int
    waiting: tuple[tuple[PersonId, int], ...]
    absent: tuple[PersonId, ...]

    @property
    def share(self) -> float:
        """The share of the active people who have a template of the new space; 1 when nobody is active."""
        return self.migrated / self.active if self.active else 1.0

    def enough(self, share: float) -> bool:
        """Whether so large a share has come."""
        return self.migrated >= share * self.active - 1e-9


def progress(people: Iterable[Known], at: float, active_days: int) -> Progress:
    """Return how far everybody has come.

    Whoever has no anchor in either space is nobody to recognise. A clock that was set back makes nobody absent.

    Args:
        people: Everybody.
        at: Now, seconds since the epoch.
        active_days: Who was here within so many days is active.
    """
    known = sorted((one for one in people if one.old or one.new), key=lambda one: one.id)
    since = at - active_days * DAY_S
    active = [one for one in known if one.seen_until is not None and one.seen_until > since]
    absent = (one for one in known if one.seen_until is None or one.seen_until <= since)
    return Progress(
        active=len(active),
        migrated=sum(one.new for one in active),
        waiting=tuple((one.id, one.days) for one in active if not one.new),
        absent=tuple(one.id for one in absent if not one.new),
    )
