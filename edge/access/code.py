"""Whether a signed code is good here and now. Pure: what it states, the time and the place are arguments.

Its signature was proven before (`edge.keys.tokens`); that it was not used before is asked afterwards
(`edge.people.spent`). Everything that is not stated exactly as it must be refuses it (S3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from edge.values import CodeFault, Handle

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND = "door-code"
"""The sort of statement, its header's `typ`: a receipt never passes for a code, nor a code for a receipt."""

SLACK_S = 60.0
"""So far the issuer's clock may be ahead of this one."""

_LATEST = 253_370_764_800.0
"""9999-01-01, UTC; later times have no date."""

_STATED = frozenset({"sub", "aud", "purpose", "iat", "nbf", "exp", "jti"})
_HANDLE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_LONGEST_PLACE = 128


@dataclass(frozen=True, slots=True)
class Here:
    """Where a code is shown.

    Attributes:
        places: What this door is called, in codes for it alone.
        purpose: What the terminal is for.
        longest_s: The longest life that a code may have, in seconds.
    """

    places: frozenset[str]
    purpose: str
    longest_s: float


@dataclass(frozen=True, slots=True)
class Code:
    """A good code.

    Attributes:
        handle: Whom it names.
        name: Its own name, under which it is used once.
        until: Until when it is valid, seconds since the epoch.
    """

    handle: Handle
    name: str
    until: float


def judge(stated: Mapping[str, object], here: Here, now: float | None) -> Code | CodeFault:
    """Return what a code says, or why it is refused.

    Args:
        stated: What its signature covers: `sub` whom (a handle), `aud` for which door, `purpose` for what (one of the
            two at least), `iat` made, `nbf` first valid (may be left out), `exp` expires, `jti` its own name.
        here: Where it is shown.
        now: Seconds since the epoch; None while the clock cannot be trusted.
    """
    who, name, places = stated.get("sub"), stated.get("jti"), _places(stated)
    made, expires = _moment(stated.get("iat")), _moment(stated.get("exp"))
    begins = _moment(stated.get("nbf", stated.get("iat")))
    if not (isinstance(who, str) and _HANDLE.fullmatch(who) and isinstance(name, str) and _NAME.fullmatch(name)):
        return CodeFault.MALFORMED
    if places is None or made is None or begins is None or expires is None or not set(stated) <= _STATED:
        return CodeFault.MALFORMED
    if not made <= begins < expires:
        return CodeFault.MALFORMED
    fault = _elsewhere(stated, places, here) or _untimely(made, begins, expires, here, now)
    return fault or Code(Handle(who), name, expires)


def _elsewhere(stated: Mapping[str, object], places: frozenset[str], here: Here) -> CodeFault | None:
    purposed = stated.get("purpose", here.purpose) == here.purpose
    return None if purposed and (not places or places & here.places) else CodeFault.OTHER_PLACE


def _untimely(made: float, begins: float, expires: float, here: Here, now: float | None) -> CodeFault | None:
    if not expires - made <= here.longest_s:
        return CodeFault.TOO_LONG
    if now is None or not isfinite(now):
        return CodeFault.CLOCK
    if not now >= begins - SLACK_S:
        return CodeFault.NOT_YET
    return None if now < expires else CodeFault.OUT_OF_DATE


def _places(stated: Mapping[str, object]) -> frozenset[str] | None:
    """Return the doors that are named, none for any door of the purpose; None when it is not said as it must be."""
    named = stated.get("aud")
    purpose = stated.get("purpose")
    if "purpose" in stated and not (isinstance(purpose, str) and 0 < len(purpose) <= _LONGEST_PLACE):
        return None
    if "aud" not in stated:
        return frozenset() if "purpose" in stated else None
    several = named if isinstance(named, list) else [named]
    doors = [one for one in several if isinstance(one, str) and 0 < len(one) <= _LONGEST_PLACE]
    return frozenset(doors) if doors and len(doors) == len(several) else None


def _moment(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _LATEST else None
