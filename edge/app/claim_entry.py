"""A claim code that was typed at the door's keypad: tried here, as root, counted, and never written down.

The door passes on what was typed and knows nothing of it. After some wrong ones in a row it must wait, longer each
time: 2**50 codes need no more than that, and a switch-off begins anew.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from edge.disk import Disk, replace
from edge.errors import ProvisionError
from edge.provision import unseal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.provision import Document

TRIES = "run/door-terminal-provision/tries.json"
FREE = 5
"""So many wrong codes in a row cost nothing."""
_WAIT_S, _LONGEST_S = 60.0, 3600.0


class Tries(msgspec.Struct, frozen=True):
    """What was typed since this machine was switched on.

    Attributes:
        wrong: How many codes in a row were wrong.
        until: Until when no code is looked at, monotonic seconds.
    """

    wrong: int = 0
    until: float = 0.0

    def failed(self, now: float) -> Tries:
        """Return the tries after one more that was wrong."""
        wrong = self.wrong + 1
        over = wrong - FREE
        return Tries(wrong, now + min(_WAIT_S * 2.0**over, _LONGEST_S) if over >= 0 else 0.0)


def tries(root: Path) -> Tries:
    """Return what was typed; none where that cannot be read."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((root / TRIES).read_bytes(), type=Tries)
    return Tries()


def entered(root: Path, document: Document, code: str, clock: Callable[[], float] = time.monotonic) -> Document:
    """Return a document whose secrets a typed code opened.

    Args:
        root: Of the file system.
        document: What the file says.
        code: What was typed.
        clock: Monotonic seconds.

    Raises:
        ProvisionError: It is not the code, or it is too early to look at one. The message holds no code.
    """
    before, now = tries(root), clock()
    if now < before.until:
        raise ProvisionError(f"too many claim codes were wrong: wait {before.until - now:.0f} s, then type it again")
    after = before.failed(now)
    _count(root, after)  # before it is tried: who cuts the process short must not try for nothing
    try:
        found = unseal(document, code)
    except ProvisionError as error:
        wait = f"; wait {after.until - now:.0f} s" if after.until else ""
        raise ProvisionError(f"a claim code was typed, the {_nth(after.wrong)} wrong one: {error}{wait}") from error
    _count(root, Tries())
    return found


def _count(root: Path, counted: Tries) -> None:
    path = root / TRIES
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(Disk(), path, msgspec.json.encode(counted))
    except OSError as error:
        raise ProvisionError(f"{path}: tries cannot be counted: {error.strerror}; no code is looked at") from error


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
