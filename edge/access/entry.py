"""What is typed at a keypad, key by key. Pure: keys and their moments come in, finished words go out.

`#` ends a word, `*` takes it back, and a word that nobody goes on with is forgotten: the next person's first key does
not follow the last one's. A word that grows too long counts as none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FORGET_S = 10.0
LONGEST = 32
_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed so far; it may be a PIN, and is not shown as text.

    Attributes:
        digits: The digits since the last word.
        at: Monotonic seconds of the last key.
        lost: Whether there were too many.
    """

    digits: str = field(default="", repr=False)
    at: float = 0.0
    lost: bool = False


def press(entry: Entry, key: str, at: float) -> tuple[Entry, str | None]:
    """Return what was typed after one more key, and the word that it ended.

    Args:
        entry: What was typed before.
        key: "0" to "9", "*" or "#"; anything else is no key.
        at: Monotonic seconds.

    Returns:
        With "#" the digits before it, which may be none; None where no word ended.
    """
    entry = forgotten(entry, at)
    if key == "#":
        return Entry(at=at), None if entry.lost else entry.digits
    if key == "*":
        return Entry(at=at), None
    if key not in _DIGITS:
        return entry, None
    if entry.lost or len(entry.digits) >= LONGEST:
        return Entry(at=at, lost=True), None
    return Entry(entry.digits + key, at), None


def forgotten(entry: Entry, now: float) -> Entry:
    """Return what is still known at a moment of what was typed."""
    return entry if 0.0 <= now - entry.at <= FORGET_S else Entry(at=entry.at)
