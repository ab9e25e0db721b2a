"""The laxest that head office lets a purpose be (`[[purposes]]` in `limits.toml`), and where one goes beyond. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from edge.values.assurance import ASSURANCES, Assurance, Confirmation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge.config.purposes import Purpose

EACH = "*"
_STRICTEST_FIRST: dict[str, tuple[str, ...]] = {"liveness": ASSURANCES, "confirm": ("keypad", "none")}

EXAMPLE = """
# Purposes of verifications; none is limited by default. What is not said of one is not limited.
# [[purposes]]
# name = "*"  # each purpose, whatever a branch calls it; or the name of one, which must be within both
# fmr = 0.0001  # at most this
# attempts = 1  # at most this
#
# [[purposes]]
# name = "vault"
# kind = "identity"  # "identity", "desk" or "payment": this one
# liveness = "active"  # no laxer than this
# confirm = "keypad"  # no laxer than this
# max_amount = 1000.0  # at most this
# window_s = 30.0  # at most this
# confirm_s = 20.0  # at most this
# daily = 5  # at most this; 0, which is as often as they like, is beyond it
"""


class PurposeLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What head office allows of a purpose; None where it says nothing. The words are those of `Purpose`.

    Attributes:
        name: Of the purpose; "*" for each.
        kind: What it must be: a payment that is called otherwise would take less.
        fmr: The largest false-match rate.
        liveness: The laxest.
        confirm: The laxest.
        max_amount: The largest.
        window_s: The longest.
        confirm_s: The longest.
        attempts: The most.
        daily: The most on one day.
    """

    name: Annotated[str, Meta(pattern=r"^(\*|[a-z0-9][a-z0-9-]{0,39})$")]
    kind: Literal["identity", "desk", "payment"] | None = None
    fmr: Annotated[float, Meta(gt=0, le=0.1)] | None = None
    liveness: Assurance | None = None
    confirm: Confirmation | None = None
    max_amount: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    window_s: Annotated[float, Meta(ge=5, le=120)] | None = None
    confirm_s: Annotated[float, Meta(ge=5, le=60)] | None = None
    attempts: Annotated[int, Meta(ge=1, le=3)] | None = None
    daily: Annotated[int, Meta(ge=1, le=1000)] | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One setting of one purpose beside its limit.

    Attributes:
        key: The setting, as in "purposes[2].fmr"; purposes are counted from 1.
        name: Of the purpose.
        bound: Which side of the limit is the laxer one, in words.
        limit: The laxest value.
        value: The one that is configured.
        laxer: Whether that is laxer.
    """

    key: str
    name: str
    bound: str
    limit: float | str
    value: float | str
    laxer: bool


def compared(purposes: Sequence[Purpose], limits: Sequence[PurposeLimits]) -> Iterator[Compared]:
    """Yield each setting that head office limits, of each purpose that is configured.

    A purpose that head office names and nobody configures is none: nobody is verified for it.
    """
    for number, purpose in enumerate(purposes, start=1):
        for limit in limits:
            if limit.name not in {EACH, purpose.name}:
                continue
            for name in limit.__struct_fields__:
                most = getattr(limit, name)
                if name != "name" and most is not None:
                    value = getattr(purpose, name)
                    key = f"purposes[{number}].{name}"
                    yield Compared(key, purpose.name, _bound(name), most, value, _laxer(name, value, most))


def _bound(name: str) -> str:
    if name in _STRICTEST_FIRST:
        return "no laxer than"
    return "exactly" if name == "kind" else "at most"


def _laxer(name: str, value: float | str, limit: float | str) -> bool:
    if name == "kind":
        return value != limit
    if name in _STRICTEST_FIRST:
        order = _STRICTEST_FIRST[name]
        return order.index(str(value)) > order.index(str(limit))
    if name == "daily" and value == 0:  # as often as they like
        return True
    return not float(value) <= float(limit)
