"""Counts failures under an identity and locks it out, longer each time; a door is never locked out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How failures lock an identity out.

    Attributes:
        failures: How many in a row do.
        first_s: For how long, the first time.
        factor: How many times longer each time that follows, until a success.
        longest_s: For how long at most.
    """

    failures: int
    first_s: float
    factor: float = 1.0
    longest_s: float = float("inf")

    def lasts_s(self, times: int) -> float:
        """Return how long the n-th lock-out since the last success lasts, n from 1."""
        seconds = self.first_s
        for _ in range(1, times):
            seconds *= self.factor
            if seconds >= self.longest_s:
                break
        return min(seconds, self.longest_s)


class Count(NamedTuple):
    """What is counted under one identity.

    Attributes:
        who: The identity.
        failures: How many since the last lock-out or success.
        until: Until when it is locked out, monotonic seconds.
        times: How often it was locked out since the last success.
    """

    who: str
    failures: int = 0
    until: float = 0.0
    times: int = 0


@dataclass(frozen=True, slots=True)
class Lockouts:
    """Failures in a row under each identity.

    Attributes:
        counts: One for each identity that failed since its last success.
    """

    counts: tuple[Count, ...] = ()

    def locked(self, who: str, at: float) -> bool:
        """Whether the identity is locked out at a moment, monotonic seconds."""
        return at < self._count(who).until

    def failed(self, who: str, at: float, terms: Backoff) -> Lockouts:
        """Return the counts after one more failure at a moment, monotonic seconds."""
        count = self._count(who)
        count = count._replace(failures=count.failures + 1)
        if count.failures >= terms.failures:
            times = count.times + 1
            count = Count(who, 0, at + terms.lasts_s(times), times)
        return Lockouts((*self.cleared(who).counts, count))

    def cleared(self, who: str) -> Lockouts:
        """Return the counts after a success."""
        return Lockouts(tuple(count for count in self.counts if count.who != who))

    def carried(self, seconds: float) -> Lockouts:
        """Return the counts with every moment `seconds` later."""
        return Lockouts(tuple(count._replace(until=count.until + seconds) for count in self.counts))

    def _count(self, who: str) -> Count:
        return next((count for count in self.counts if count.who == who), Count(who))
