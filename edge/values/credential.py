"""What people show to be let in: the readers make them, the door's rules weigh them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Factor(StrEnum):
    """A kind of credential."""

    FACE = "face"
    PIN = "pin"
    QR = "qr"


@dataclass(frozen=True, slots=True)
class Credential:
    """One thing that somebody showed and that was found right.

    Attributes:
        factor: Of which kind.
        at: Monotonic seconds at which it was shown; of a face, its frame's.
        claimed: Whether an earlier credential had said who it is, and only that was checked (1:1); a face that was
            searched for among everybody (1:N) is not claimed.
        duress: Whether it was the one that stands for "I am being forced": it opens as usual, and alarms silently.
    """

    factor: Factor
    at: float
    claimed: bool = False
    duress: bool = False
