"""What to tell the person at the door: one stable sentence for everything that they can mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.values.decision import Reason
from edge.values.quality import Flaw

if TYPE_CHECKING:
    from collections.abc import Iterable

ADVICE: dict[Flaw, str] = {
    Flaw.NOT_A_FACE: "Show your whole face.",
    Flaw.CUT_OFF: "Stand in front of the camera.",
    Flaw.TOO_FAR: "Come closer.",
    Flaw.TOO_DARK: "Face the light.",
    Flaw.TOO_BRIGHT: "Step out of the bright light.",
    Flaw.LOW_CONTRAST: "Turn until the light falls on your face.",
    Flaw.TURNED_AWAY: "Look at the camera.",
    Flaw.BLURRED: "Hold still.",
}
"""The sentence of each flaw."""

REQUESTS: dict[Reason, str] = {
    Reason.TOO_MANY_FACES: "One at a time, please.",
    Reason.UNSURE: "Step back and come again.",
}
"""The sentence of each refusal that the person can mend though their face was well seen."""

_OF_THE_VIEW = frozenset({Reason.POOR_VIEW, Reason.UNKNOWN, Reason.UNSURE})
"""Refusals that a better view may turn into a grant; who is refused for another reason is told nothing of it."""

_ORDER = {flaw: place for place, flaw in enumerate(Flaw)}


def advice(flaws: Iterable[Flaw]) -> str | None:
    """Return the one thing to do about several flaws: the one whose mending helps most; None for none."""
    first = min(flaws, key=_ORDER.__getitem__, default=None)
    return None if first is None else ADVICE[first]


def request(reason: Reason, flaws: Iterable[Flaw] = ()) -> str | None:
    """Return what to ask of the person after a decision; None when there is nothing that they could do.

    Args:
        reason: Why it fell as it did.
        flaws: What was wrong with the view.
    """
    better = advice(flaws) if reason in _OF_THE_VIEW else None
    return better or REQUESTS.get(reason)
