"""What an operator may order of a door, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from edge.values.reason import Reason
from edge.values.sight import Handle

Side = Literal["in", "out"]


class OrderKind(StrEnum):
    """What can be ordered."""

    UNLOCK = "unlock"
    LOCK_DOWN = "lock-down"
    FREE_ACCESS = "free-access"
    NORMAL = "normal"
    ACKNOWLEDGE = "acknowledge"
    FORGIVE = "forgive"
    PASSED = "passed"
    CONFIRM_CLOCK = "confirm-clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An operator's order.

    Attributes:
        kind: What.
        operator: Who gives it; what they are called, for the journal.
        why: Their reason.
        seconds: Of free access: for how long, 0 for until another order; of an unlock: 0 for the usual pulse.
        handle: Of forgiveness and a passage: whose; None of forgiveness means everybody's.
        side: Of a passage: to which side.
    """

    kind: OrderKind
    operator: str
    why: str
    seconds: float = 0.0
    handle: Handle | None = None
    side: Side = "in"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an operator's order.

    Attributes:
        done: Whether it was carried out.
        reason: Why not; None when it was.
        words: The same for people.
    """

    done: bool
    reason: Reason | None = None
    words: str = ""
