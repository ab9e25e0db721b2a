"""The figures of a new set of models that runs beside the old one: counts of visits, day by day. Pure."""

from __future__ import annotations

from collections import Counter

import msgspec
from msgspec import Struct


class Share(Struct, frozen=True, forbid_unknown_fields=True):
    """Visits that went alike.

    Attributes:
        frames: How many frames of each were compared.
        old: In how many of them the old set accepted the person.
        new: In how many the new one did.
        visits: How many visits that were.
    """

    frames: int
    old: int
    new: int
    visits: int = 1


class Day(Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen on one day.

    Attributes:
        day: Which, as "2026-11-29".
        shares: The visits of people whom the new set knows.
        faceless: Frames of them that the new set could not compare though the old one could.
        open: Comparisons of the new set that might have named somebody wrongly: of refused strangers, and those in
            which it did not accept the right person.
        confused: Visits of people in which it took them for somebody else.
        strangers: Visits that the old set refused.
        taken: Those of them in which the new set took the stranger for somebody the old one does not think likely.
        granted: Visits in which somebody was let in, compared or not.
        unknown: Visits in which the old set recognised somebody who has no template of the new one.
        passed: Visits in which the old set saw enough of somebody to let them in, and let nobody in: who walks past.
        turned: Visits that were refused, for whatever reason.
    """

    day: str
    shares: tuple[Share, ...] = ()
    faceless: int = 0
    open: int = 0
    confused: int = 0
    strangers: int = 0
    taken: int = 0
    granted: int = 0
    unknown: int = 0
    passed: int = 0
    turned: int = 0


class Figures(Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen so far of a set that runs beside the old one; no picture, no embedding, nobody's name.

    Attributes:
        slot: Which set.
        days: Oldest first.
        old: The set that it was compared with.
    """

    slot: str = ""
    days: tuple[Day, ...] = ()
    old: str = ""

    @property
    def visits(self) -> int:
        """How many visits were compared."""
        return sum(share.visits for day in self.days for share in day.shares)

    @property
    def compared_days(self) -> int:
        """On how many days visits were compared."""
        return sum(1 for day in self.days if day.shares)

    @property
    def granted(self) -> int:
        """In how many visits somebody was let in."""
        return sum(day.granted for day in self.days)

    @property
    def refused(self) -> int:
        """How many visits were refused."""
        return sum(day.turned for day in self.days)

    @property
    def passed(self) -> int:
        """In how many visits somebody might have been let in, and was not."""
        return sum(day.passed for day in self.days)

    @property
    def loss(self) -> float:
        """By how much smaller a share of a visit's frames the new set accepted, on average; negative for a gain."""
        if not self.visits:
            return 0.0
        return -sum(change * visits for change, visits in self.changes().items()) / self.visits

    def changes(self) -> Counter[float]:
        """Return how many visits the new set changed by which share of their frames, -1 to 1."""
        found: Counter[float] = Counter()
        for share in (share for day in self.days for share in day.shares):
            found[(share.new - share.old) / share.frames] += share.visits
        return found


def parse(raw: bytes) -> Figures:
    """Read what `dump` wrote.

    Raises:
        msgspec.DecodeError: It is something else.
    """
    return msgspec.json.decode(raw, type=Figures)


def dump(figures: Figures) -> bytes:
    """Return the figures as a file's content."""
    return msgspec.json.format(msgspec.json.encode(figures)) + b"\n"
