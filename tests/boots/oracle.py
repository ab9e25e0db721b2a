"""What may have switched an output: an independent account of lawful causes, held against what the recorder saw.

It knows nothing of the door's own rules but what the safety rules say: the lock is energised by a fresh and valid grant
in the current session, by an edge of the exit button, by an operator's order, by fire, by a faulty exit button that is
configured to open, and by nothing else (S1, S2, S10, S11).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.boots.lines import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.boots.lines import Change

SLACK_S = 3.0
"""So late a busy machine may switch off what is over; nothing is ever switched on late."""


@dataclass
class Cause:
    """Something that may switch an output on between two moments, monotonic seconds.

    Attributes:
        what: Which.
        since: From when on.
        until: Up to when; infinite while it lasts.
        seconds: How long the output stays on after it; a pulse.
        once: Whether it explains a single switching on.
    """

    what: str
    since: float
    until: float = math.inf
    seconds: float = 0.0
    once: bool = True

    def explains(self, at: float) -> bool:
        """Whether it may have switched something on at a moment."""
        return self.since <= at <= self.until


@dataclass
class Verdict:
    """What the recorder's account amounts to.

    Attributes:
        pulses: How many times the lock was energised for a lawful cause,
        shows: and a lamp or the beeper.
        unexpected: What was switched on without one, or left on.
    """

    pulses: int = 0
    shows: int = 0
    unexpected: list[str] = field(default_factory=list)


def judge(changes: Iterable[Change], pulses: list[Cause], shows: list[Cause], *, kept: bool) -> Verdict:
    """Hold what was recorded against what was lawful.

    Args:
        changes: What every output did.
        pulses: What may have energised the lock.
        shows: What may have lit a lamp, or sounded the beeper.
        kept: Whether the lines keep their levels after a process that was killed: then they may be on for too long.
    """
    found, used = Verdict(), set[int]()
    by_line: dict[str, list[Change]] = {}
    for change in changes:
        by_line.setdefault(change.line, []).append(change)
    for line, own in by_line.items():
        causes = pulses if line == LOCK else shows
        for change in own:
            if change.on:
                _explain(change, causes, used, found)
        if line == LOCK and not kept:
            for before, change in itertools.pairwise(own):
                if before.on:
                    _over_in_time(before, change, pulses, found)
        if own and own[-1].on and not kept:
            found.unexpected.append(f"{line} was left on at {own[-1].at:.3f}")
    return found


def _explain(change: Change, causes: list[Cause], used: set[int], found: Verdict) -> None:
    fitting = [one for one in causes if id(one) not in used and one.explains(change.at)]
    cause = min(fitting, key=lambda one: (one.once, one.until), default=None)  # what lasts explains any number
    if cause is None:
        found.unexpected.append(f"{change.line} was switched on at {change.at:.3f} for no cause")
        return
    if cause.once:
        used.add(id(cause))
    if change.line == LOCK:
        found.pulses += 1
    else:
        found.shows += 1


def _over_in_time(began: Change, ended: Change, pulses: list[Cause], found: Verdict) -> None:
    ends = [one.until + one.seconds for one in pulses if one.since <= ended.at and one.until >= began.at - SLACK_S]
    if not ends or ended.at > max(ends) + SLACK_S:
        found.unexpected.append(
            f"{ended.line} was on from {began.at:.3f} to {ended.at:.3f}, longer than anything asked"
        )
