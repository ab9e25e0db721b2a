"""What to tell the person at the door: one stable sentence for everything that they can mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.values.quality import Flaw
from edge.values.reason import OPENING, Reason

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
    Flaw.COVERED: "Take off what covers your face.",
}
"""The sentence of each flaw."""

_AGAIN = "Step back and come again."

REQUESTS: dict[Reason, str] = {
    **{reason: _AGAIN for reason in Reason if reason not in OPENING | {Reason.POOR_VIEW, Reason.VERIFIED}},
    Reason.TOO_MANY_FACES: "One at a time, please.",
    Reason.FACTOR_MISSING: "Show your code or enter your PIN.",
    Reason.FACTOR_ORDER: "Show your code first.",
    Reason.SECOND_PERSON: "The second person, please.",
}
"""The sentence of each refusal.

Whoever was judged hears the same whatever was found, the door's own refusals too: a sentence of its own would tell a
stranger that the face they imitate matched, and somebody with a photograph that only liveness failed. What the door
still asks for is said: nobody can show it otherwise, and whoever hears it has passed for live and enrolled already.
"""

_ASKED_FOR = frozenset({Reason.FACTOR_MISSING, Reason.FACTOR_ORDER, Reason.SECOND_PERSON})

_OF_THE_VIEW = frozenset(Reason) - OPENING - _ASKED_FOR - {Reason.TOO_MANY_FACES, Reason.VERIFIED}
"""After these the view is spoken of; it is the same after all of them, and says no more than a poor view does."""

_ORDER = {flaw: place for place, flaw in enumerate(Flaw)}


NOTICES: dict[str, str] = {
    "look": "Look at the camera.",
    "enter-pin": "Enter your PIN, then press #.",
    "show-code": "Show your code to the camera.",
    "enter-pin-show-code": "Enter your PIN, then press #, and show your code.",
}
"""What somebody is asked to do at the door beside showing their face; the code is that of prompts."""


def advice(flaws: Iterable[Flaw]) -> str | None:
    """Return the one thing to do about several flaws: the one whose mending helps most; None for none."""
    first = min(flaws, key=_ORDER.__getitem__, default=None)
    return None if first is None else ADVICE[first]


def request(reason: Reason, flaws: Iterable[Flaw] = ()) -> str | None:
    """Return what to ask of the person after a decision; None when there is nothing to ask.

    Args:
        reason: Why it fell as it did.
        flaws: What was wrong with the view.
    """
    better = advice(flaws) if reason in _OF_THE_VIEW else None
    return better or REQUESTS.get(reason)
