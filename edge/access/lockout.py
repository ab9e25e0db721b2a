"""Counts failures under an identity and locks it out; a door is never locked out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.config import DecisionSettings
    from edge.values import PersonId


@dataclass(frozen=True, slots=True)
class Lockouts:
    """Failures in a row under each identity.

    Attributes:
        failures: (identity, how many, until when it is locked out in monotonic seconds).
    """

    failures: tuple[tuple[PersonId, int, float], ...] = ()

    def locked(self, person: PersonId, at: float) -> bool:
        """Whether the identity is locked out at a moment, monotonic seconds."""
        return any(who == person and at < until for who, _, until in self.failures)

    def failed(self, person: PersonId, at: float, settings: DecisionSettings) -> Lockouts:
        """Return the counts after one more failure at a moment, monotonic seconds."""
        count = 1 + sum(n for who, n, _ in self.failures if who == person)
        full = count >= settings.lockout_failures
        until = max((until for who, _, until in self.failures if who == person), default=float("-inf"))
        entry = (person, 0, at + settings.lockout_s) if full else (person, count, until)
        return Lockouts((*self.cleared(person).failures, entry))

    def cleared(self, person: PersonId) -> Lockouts:
        """Return the counts after a success."""
        return Lockouts(tuple(entry for entry in self.failures if entry[0] != person))
