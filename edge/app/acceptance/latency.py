"""How long the door took, from the times that its journal keeps. Pure.

All of them are CLOCK_MONOTONIC of this machine, which every process reads alike, and which begins anew at each start:
only times of one event are compared. What no journal can show: a press until the door process heard of it (the
debounce, the driver's thread), the relay's own coil and the bolt, and the way from the sensor to the exposure's stamp.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from edge.values import Occasion, counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.journal.events import Event

BUDGET_S = 0.3
"""From the last frame that counts to the relay, on a Raspberry Pi 5."""
LIMITED = "Raspberry Pi 5"


@dataclass(frozen=True, slots=True)
class Spread:
    """Some times.

    Attributes:
        count: How many.
        p50_s: Half of them were no longer than this,
        p95_s: and 95 of 100 no longer than this; the longest one where there are fewer than 20.
    """

    count: int
    p50_s: float
    p95_s: float

    @classmethod
    def of(cls, times: Iterable[float]) -> Self:
        """Return the spread of at least one time: each percentile is a time that was measured (nearest rank)."""
        ordered = sorted(times)
        return cls(len(ordered), _rank(ordered, 0.50), _rank(ordered, 0.95))

    def __str__(self) -> str:
        """What the protocol says of it."""
        return f"p50 {self.p50_s * 1e3:.0f} ms, p95 {self.p95_s * 1e3:.0f} ms ({counted(self.count, 'sample')})"


def to_relay(events: Iterable[Event]) -> list[float]:
    """Return, for each face that was let in, the seconds from its last frame's exposure to the switched line."""
    return [
        event.relay_at - event.frame_at
        for event in events
        if event.occasion is Occasion.GRANTED and event.frame_at is not None and event.relay_at is not None
    ]


def within(spread: Spread, model: str) -> bool:
    """Whether it keeps the budget; on another machine than it was made for there is none."""
    return LIMITED not in model or spread.p95_s <= BUDGET_S


def _rank(ordered: list[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
