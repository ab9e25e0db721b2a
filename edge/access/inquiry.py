"""How far one verification has come, from the question to its outcome. Pure: values in, values out; no clock, no I/O.

An inquiry ends once, and nothing that comes later changes how. The face comes first and the keypad after it: a key
pressed before the face was verified confirms nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from edge.values import Reason

if TYPE_CHECKING:
    from edge.values import Verdict
    from edge.values.assurance import Confirmation

YES, NO = "#", "*"

UNDECIDED = frozenset({Reason.POOR_VIEW, Reason.TOO_MANY_FACES})
"""What a person is told while their track goes on: no attempt was made yet."""


class Stage(StrEnum):
    """What is waited for."""

    FACE = "face"
    KEYPAD = "keypad"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """How far it is.

    Attributes:
        confirm: How the person confirms.
        confirm_s: How long they have for it, seconds.
        until: Until when what is waited for may come, monotonic seconds.
        attempts: How many more tracks may be judged.
        stage: What is waited for.
        since: Since when, monotonic seconds.
        lacked: What is said when nothing comes any more.
        verdict: The granted one; None before.
        outcome: `VERIFIED`, or why not; None while it is open.
    """

    confirm: Confirmation
    confirm_s: float
    until: float
    attempts: int = 1
    stage: Stage = Stage.FACE
    since: float = 0.0
    lacked: Reason = Reason.NOBODY
    verdict: Verdict | None = None
    outcome: Reason | None = None


def hear(inquiry: Inquiry, verdict: Verdict, at: float) -> Inquiry:
    """Take a verdict into account, at a moment in monotonic seconds."""
    inquiry = tick(inquiry, at)
    if inquiry.stage is not Stage.FACE:
        return inquiry
    if verdict.reason in UNDECIDED:
        return replace(inquiry, lacked=verdict.reason)
    if not verdict.granted:
        left = inquiry.attempts - 1
        return _over(inquiry, verdict.reason) if left < 1 else replace(inquiry, attempts=left, lacked=verdict.reason)
    if inquiry.confirm == "none":
        return _over(replace(inquiry, verdict=verdict), Reason.VERIFIED)
    waits = replace(inquiry, stage=Stage.KEYPAD, since=at, until=at + inquiry.confirm_s, lacked=Reason.NOT_CONFIRMED)
    return replace(waits, verdict=verdict)


def press(inquiry: Inquiry, key: str, at: float) -> Inquiry:
    """Take a key into account that was pressed at a moment, monotonic seconds; "*" declines at any time."""
    inquiry = tick(inquiry, at)
    if inquiry.stage is Stage.OVER:
        return inquiry
    if key == NO:
        return _over(inquiry, Reason.DECLINED)
    confirmed = key == YES and inquiry.stage is Stage.KEYPAD and at > inquiry.since
    return _over(inquiry, Reason.VERIFIED) if confirmed else inquiry


def tick(inquiry: Inquiry, at: float) -> Inquiry:
    """Take it into account that it is this late, monotonic seconds."""
    late = inquiry.stage is not Stage.OVER and at > inquiry.until
    return _over(inquiry, inquiry.lacked) if late else inquiry


def cancel(inquiry: Inquiry) -> Inquiry:
    """Take it into account that whoever asked is gone."""
    return inquiry if inquiry.stage is Stage.OVER else _over(inquiry, Reason.CANCELLED)


def _over(inquiry: Inquiry, outcome: Reason) -> Inquiry:
    return replace(inquiry, stage=Stage.OVER, outcome=outcome)
