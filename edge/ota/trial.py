"""Whether a set of models that decides since a moment ago has shown by use that it works, or goes back. Pure.

A machine that starts and answers proves nothing: people have to be let in. What is compared is the share of visits that
were refused, with that of the days before. And somebody looks on: the set that decided before still sees each frame,
without deciding. When it would have let in one person after the other and the new one lets in nobody, the new one is
blind, and no clock and no holiday can say that otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec
from msgspec import Struct
from msgspec.structs import replace

RARE = 1e-3
"""The chance at which as many refusals would come by bad luck that a set is taken back for."""

BLIND = 8
"""At least so many visits in a row in which the set before would have let somebody in, and this one let in nobody."""


class Figures(Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen of a set since it decides; nobody's name.

    Attributes:
        slot: Which set.
        began: When it began to decide, seconds since the epoch.
        granted: How many people were let in.
        refused: How many visits were refused.
        missed: Visits in a row in which the set before would have let somebody in, since anybody was let in last.
        granted_before: The same of the time before the cut-over: people who were let in,
        refused_before: visits that were refused,
        passed_before: and visits in which somebody might have been let in, and was not: who walks past.
    """

    slot: str
    began: float
    granted: int = 0
    refused: int = 0
    missed: int = 0
    granted_before: int = 0
    refused_before: int = 0
    passed_before: int = 0

    @property
    def rise(self) -> float:
        """By how much the share of refused visits has risen; 0 where either is unknown."""
        now, before = self.granted + self.refused, self.granted_before + self.refused_before
        return self.refused / now - self.refused_before / before if now and before else 0.0


@dataclass(frozen=True, slots=True)
class Policy:
    """What must be seen.

    Attributes:
        grants: How many people must have been let in,
        hours: and how much time passed.
        rise: How much larger the share of refused visits may be.
    """

    grants: int
    hours: float
    rise: float


@dataclass(frozen=True, slots=True)
class Going:
    """Nothing is decided yet.

    Attributes:
        missing: What is missing, in words.
    """

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proven:
    """Use confirmed the set."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The set goes back.

    Attributes:
        why: In words.
    """

    why: str


def granted(figures: Figures) -> Figures:
    """Return the figures after somebody was let in."""
    return replace(figures, granted=figures.granted + 1, missed=0)


def refused(figures: Figures) -> Figures:
    """Return the figures after a visit was refused."""
    return replace(figures, refused=figures.refused + 1)


def missed(figures: Figures) -> Figures:
    """Return the figures after a visit in which the set before would have let somebody in, and this one did not."""
    return replace(figures, missed=figures.missed + 1)


def judged(figures: Figures, policy: Policy, now: float) -> Going | Proven | Failed:
    """Say what the figures allow.

    Args:
        figures: What was seen.
        policy: What must be seen.
        now: Seconds since the epoch; a clock that was set back only makes it longer.
    """
    if figures.missed >= BLIND and _walking_past(figures) < RARE:
        return Failed(f"the set before would have let somebody in {figures.missed} times in a row, it let in nobody")
    if figures.rise > policy.rise and _chance(figures) < RARE:
        return Failed(f"refusals have risen by {100 * figures.rise:.1f} points, and not by bad luck: {_told(figures)}")
    hours = (now - figures.began) / 3600
    missing = []
    if figures.granted < policy.grants:
        missing.append(f"{figures.granted} of {policy.grants} people let in")
    if not hours >= policy.hours:
        missing.append(f"{max(hours, 0.0):.1f} of {policy.hours:g} hours")
    if figures.rise > policy.rise:
        missing.append(f"refusals have risen by {100 * figures.rise:.1f} points: {_told(figures)}")
    return Going(tuple(missing)) if missing else Proven()


def parse(raw: bytes) -> Figures:
    """Read what `dump` wrote.

    Raises:
        msgspec.DecodeError: It is something else.
    """
    return msgspec.json.decode(raw, type=Figures)


def dump(figures: Figures) -> bytes:
    """Return the figures as a file's content."""
    return msgspec.json.format(msgspec.json.encode(figures)) + b"\n"


def _chance(figures: Figures) -> float:
    """Return the chance of so many of all refusals falling after the cut-over, were it no worse (Fisher, one-sided)."""
    now, before = figures.granted + figures.refused, figures.granted_before + figures.refused_before
    total = figures.refused + figures.refused_before
    most = min(now, total)
    whole = _ways(now + before, total)
    logs = (_ways(now, k) + _ways(before, total - k) - whole for k in range(figures.refused, most + 1))
    return min(sum(math.exp(one) for one in logs), 1.0)


def _walking_past(figures: Figures) -> float:
    """Return the chance that as many people in a row only walked past, as some did before."""
    share = (figures.passed_before + 1) / (figures.granted_before + figures.passed_before + 2)
    return float(share**figures.missed)


def _ways(many: int, few: int) -> float:
    """Return the logarithm of how many ways there are to choose; minus infinity where there is none."""
    if not 0 <= few <= many:
        return -math.inf
    return math.lgamma(many + 1) - math.lgamma(few + 1) - math.lgamma(many - few + 1)


def _told(figures: Figures) -> str:
    now, before = figures.granted + figures.refused, figures.granted_before + figures.refused_before
    return f"{figures.refused} of {now} visits, {figures.refused_before} of {before} before"
