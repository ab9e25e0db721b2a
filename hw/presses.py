"""When a key that is down counts as a press. Pure: no clock, no lines; the caller says what is down, and when.

A key counts when it alone has been down for the debounce time, and once only, until all keys have been up for as long.
Two at once count as none, and so does what is still down of them: on a matrix without diodes three closed crossings
show a fourth that nobody touches, and a wrong digit is worse than none. A key that is down for half a minute is stuck
(or leant on): it is left out of the count, so that the others still work.

Looks may come late on a busy machine. What a look saw holds until the next one: keys that were up, and are found
changed no sooner than the debounce time later, were up for as long.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

KEYS = "0123456789*#"
STUCK_S = 30.0


@dataclass(frozen=True, slots=True)
class Press:
    """One press: which key, and the monotonic second at which it went down."""

    key: str
    at: float


@dataclass(frozen=True, slots=True)
class Presses:
    """What is known of the keys.

    Attributes:
        down: Each key that was down at the last look, and since when.
        changed: When the keys that are down last changed.
        ready: Whether a key may count: all others have been up since the last one did.
    """

    down: tuple[tuple[str, float], ...] = ()
    changed: float = -math.inf
    ready: bool = True


UNREAD = Presses(down=(("", math.inf),), ready=False)
"""What is known when the keys could not be read: anything may be down, so nothing counts until all have been up."""


def step(presses: Presses, down: frozenset[str], now: float, debounce_s: float) -> tuple[Presses, Press | None]:
    """Return what is known after a look at which `down` were down, and the press that now counts."""
    before = dict(presses.down)
    held = tuple((key, before.get(key, now)) for key in sorted(down))
    rested = now >= presses.changed + debounce_s and all(_is_stuck(since, now) for since in before.values())
    changed = presses.changed if down == before.keys() else now
    free = [(key, since) for key, since in held if not _is_stuck(since, now)]
    ready = (presses.ready or rested) and len(free) < 2
    if now < changed + debounce_s:
        return Presses(held, changed, ready), None
    if len(free) == 1 and ready:
        return Presses(held, changed, ready=False), Press(*free[0])
    return Presses(held, changed, ready or not free), None


def stuck(presses: Presses, now: float) -> frozenset[str]:
    """The keys that have been down for too long to be meant."""
    return frozenset(key for key, since in presses.down if _is_stuck(since, now))


def due(presses: Presses, now: float, debounce_s: float) -> float:
    """When `step` must be called again although nothing changes: infinity for never."""
    times = [presses.changed + debounce_s, *(since + STUCK_S for _, since in presses.down)]
    return min((at for at in times if at > now), default=math.inf)


def _is_stuck(since: float, now: float) -> bool:
    return now >= since + STUCK_S
