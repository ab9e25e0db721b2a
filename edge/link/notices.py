"""What the door tells the terminal unasked: what was typed at its keypad, what it believes, and how it stands."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

LONGEST_DIGITS = 32


class Typed(Struct, frozen=True, forbid_unknown_fields=True, tag="typed"):
    """Somebody typed at the door's keypad. It may be a PIN: it is written down nowhere, and not shown as text.

    Attributes:
        at: Monotonic seconds of the last key.
        key: What ended it: "#" is yes, "*" takes back what was typed, or is no.
        digits: What was typed before; empty with "*".
    """

    at: float
    key: Literal["#", "*"]
    digits: Annotated[str, Meta(pattern="^[0-9]*$", max_length=LONGEST_DIGITS)] = ""

    def __repr__(self) -> str:
        return f"Typed(at={self.at!r}, key={self.key!r}, digits=…)"


class Trust(Struct, frozen=True, forbid_unknown_fields=True, tag="trust"):
    """Whether the door believes the wall clock; told with each welcome, and when it changes.

    Attributes:
        clock: Whether it does.
    """

    clock: bool


class Shut(Struct, frozen=True, forbid_unknown_fields=True, tag="shut"):
    """Whether the door is locked and, as far as it has a contact, closed; told with each welcome, and when it changes.

    Attributes:
        shut: Whether it is; not while anything keeps it unlocked, nor while its contact cannot be believed.
    """

    shut: bool


Notice = Typed | Trust | Shut
