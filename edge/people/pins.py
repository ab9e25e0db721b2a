"""PINs: which are too easy to guess, and whether what was typed is somebody's.

A duress PIN differs from the usual one by more than a slip of the finger: one wrong, missing, doubled or swapped digit
must neither call for help nor keep the call from being made.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from edge.errors import EnrolError
from edge.keys.hashing import hashed, matches

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST, LONGEST = 4, 12
_APART = 2
"""So many slips lie at least between a PIN and the duress PIN."""

_COMMON = frozenset({"1004", "1122", "1313", "2468", "1357", "2580", "0852", "1470", "1590", "7410", "8520", "9630"})
_COMMON_LONGER = frozenset({"147258", "159753", "147258369", "112233", "135790", "246810", "520131", "1470369"})
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$MDAwMDAwMDAwMDAwMDAwMA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""A hash of the usual cost that no PIN has: with it the check of nobody's PIN takes as long as anybody's."""


class Hashes(Protocol):
    """What is kept of somebody's PINs."""

    @property
    def pin(self) -> str:
        """The PHC string of the PIN; empty when there is none."""

    @property
    def duress_pin(self) -> str:
        """The PHC string of the duress PIN; empty when there is none."""


class PinMatch(Enum):
    """What was typed."""

    NONE = "none"
    RIGHT = "right"
    DURESS = "duress"


def check(secrets: Hashes | None, typed: str) -> PinMatch:
    """Return whose PIN was typed; it takes as long whether it is right, wrong, or there is nobody to have one.

    Args:
        secrets: What is kept of the person's PINs; None when there is no such person.
        typed: What was typed.
    """
    plausible = is_pin(typed)
    attempt = typed if plausible else "0"
    right = matches(attempt, (secrets and secrets.pin) or _NOBODYS)
    duress = matches(attempt, (secrets and secrets.duress_pin) or _NOBODYS)
    if not plausible or not (right or duress):
        return PinMatch.NONE
    return PinMatch.DURESS if duress else PinMatch.RIGHT


def is_pin(text: str) -> bool:
    """Whether a text has the form of a PIN: 4 to 12 of the digits 0 to 9."""
    return SHORTEST <= len(text) <= LONGEST and text.isascii() and text.isdigit()


def new(pin: str, person: str) -> str:
    """Return the hash of a new PIN.

    Args:
        pin: The PIN.
        person: The id of whose it is to be.

    Raises:
        EnrolError: It is no PIN, or too easy to guess.
    """
    why = weakness(pin, person)
    if why:
        raise EnrolError(f"this PIN cannot be used: {why}; choose another one")
    return hashed(pin)


def new_duress(duress: str, pin: str, person: str) -> str:
    """Return the hash of a new duress PIN.

    Args:
        duress: The duress PIN.
        pin: The person's usual PIN.
        person: The person's id.

    Raises:
        EnrolError: As of a PIN, or a slip of the finger lies between the two.
    """
    if slips(duress, pin) < _APART:
        raise EnrolError(
            "this duress PIN cannot be used: it is the usual PIN, or one wrong, missing, added or swapped digit away "
            "from it; choose one that nobody types by mistake"
        )
    return new(duress, person)


def weakness(pin: str, person: str) -> str:
    """Say why a PIN is too easy to guess, as half a sentence; empty when it is not."""
    if not is_pin(pin):
        return f"it must be {SHORTEST} to {LONGEST} digits"
    digits = "".join(letter for letter in person if letter.isascii() and letter.isdigit())
    if len(digits) >= SHORTEST and (pin in {digits, digits[::-1]} or (len(pin) > SHORTEST and pin in digits)):
        return "it is the person's own number"
    if any(pin == (pin[:size] * len(pin))[: len(pin)] for size in range(1, len(pin) // 2 + 1)):
        return "it repeats itself"
    if any(all((int(b) - int(a)) % 10 == step for a, b in pairwise(pin)) for step in (1, 9)):
        return "its digits follow each other"
    if pin in _COMMON | _COMMON_LONGER:
        return "it is one of the most common"
    return "it looks like a date" if any(_dates(pin)) else ""


def slips(one: str, other: str) -> int:
    """Return how many slips lead from one to the other: a wrong, missing, added or swapped digit each.

    The optimal string alignment distance (G. Navarro, ACM Computing Surveys 33, 2001).
    """
    rows = [list(range(len(other) + 1))]
    for i, mine in enumerate(one, start=1):
        row = [i]
        for j, theirs in enumerate(other, start=1):
            least = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (mine != theirs))
            if i > 1 and j > 1 and mine == other[j - 2] and one[i - 2] == theirs:
                least = min(least, rows[i - 2][j - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]


def _dates(pin: str) -> Iterator[bool]:
    """Yield whether it reads as a year, or as a day in the orders that people write them."""
    if len(pin) == 4:
        yield pin[:2] in {"19", "20"}
    elif len(pin) == 6:
        a, b, c = pin[:2], pin[2:4], pin[4:]
        for year, month, day in ((c, b, a), (c, a, b), (a, b, c)):
            yield _is_date(f"20{year}", month, day)
    elif len(pin) == 8:
        for year, month, day in (
            (pin[4:], pin[2:4], pin[:2]),
            (pin[4:], pin[:2], pin[2:4]),
            (pin[:4], pin[4:6], pin[6:]),
        ):
            yield year[:2] in {"19", "20"} and _is_date(year, month, day)


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
