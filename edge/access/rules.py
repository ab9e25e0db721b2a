"""Who may pass now: pure. The moment, the wall clock and the policy are arguments; nothing is asked or kept.

A rule returns the reason that forbids, or None. All rules are asked, and one that forbids is enough (S4): there is no
weighing. Comparisons are written so that a number that is not a number forbids (S3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.values import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.values import Identified


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What this door demands.

    Attributes:
        max_frame_age_s: The oldest picture that may open it (S1).
        pulse_s: How long the lock is held open.
        physical_lock: Whether a pulse moves a real lock, so that only a live source may ask for one (S11).
        factors: What must have identified a person, all of it.
    """

    max_frame_age_s: float
    pulse_s: float
    physical_lock: bool
    factors: tuple[str, ...] = ("face",)


@dataclass(frozen=True, slots=True)
class Request:
    """What a rule looks at.

    Attributes:
        identified: What the terminal says.
        now: Monotonic seconds.
        wall_now: Seconds since the epoch.
        policy: What this door demands.
    """

    identified: Identified
    now: float
    wall_now: float
    policy: Policy


def may_pass(identified: Identified, now: float, wall_now: float, policy: Policy) -> Reason | None:
    """Return why this person may not pass at this moment; None when nothing forbids it.

    Args:
        identified: What the terminal says.
        now: Monotonic seconds.
        wall_now: Seconds since the epoch, for the dates between which a person has access.
        policy: What this door demands.
    """
    request = Request(identified, now, wall_now, policy)
    return next((reason for rule in RULES if (reason := rule(request)) is not None), None)


def fresh(request: Request) -> Reason | None:
    """S1: the picture is at most `max_frame_age_s` old; one from the future is as wrong as an old one."""
    age_s = request.now - request.identified.at
    return None if 0.0 <= age_s <= request.policy.max_frame_age_s else Reason.STALE


def valid(request: Request) -> Reason | None:
    """S12: now lies between the first and the last moment of access, both included."""
    begins, ends = request.identified.valid_from, request.identified.valid_until
    if begins is not None and not request.wall_now >= begins:
        return Reason.NOT_YET_VALID
    if ends is not None and not request.wall_now <= ends:
        return Reason.EXPIRED
    return None


def factors(request: Request) -> Reason | None:
    """Everything the door asks for was shown."""
    shown = set(request.identified.factors)
    return None if shown.issuperset(request.policy.factors) else Reason.FACTOR_MISSING


RULES: tuple[Callable[[Request], Reason | None], ...] = (fresh, valid, factors)
