"""Which access rules let somebody in at a moment, and what they must show. Pure.

Of all rules that apply, one is enough to let in, and what they ask for adds up: the strictest counts (S4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.access.schedule import running
from edge.values import Factor, Reason, among

if TYPE_CHECKING:
    from datetime import datetime

    from edge.access.state import Policy
    from edge.config.rules import AccessRule

_FACTORS: dict[str, frozenset[Factor]] = {
    "face": frozenset({Factor.FACE}),
    "face+pin": frozenset({Factor.FACE, Factor.PIN}),
    "face+qr": frozenset({Factor.FACE, Factor.QR}),
    "qr>face": frozenset({Factor.FACE, Factor.QR}),
    "face+pin+qr": frozenset({Factor.FACE, Factor.PIN, Factor.QR}),
}


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What the access rules say of somebody at a moment.

    Attributes:
        reason: Why they may not pass; None when a rule lets them in.
        factors: What they must show where one does.
        code_first: Whether the code comes first, and the face is compared with whom it names alone.
    """

    reason: Reason | None
    factors: frozenset[Factor] = frozenset({Factor.FACE})
    code_first: bool = False


def of(groups: tuple[str, ...], local: datetime | None, policy: Policy) -> Entitlement:
    """Return what the access rules say; without any rule everybody may pass with their face, at all times.

    Args:
        groups: The person's.
        local: The local time; None while the clock cannot be trusted: then no rule with a schedule lets anybody in,
            and each still asks for what it asks for.
        policy: What this door demands.
    """
    rules = policy.rules.access
    if not rules:
        return Entitlement(None)
    theirs = [rule for rule in rules if _concerns(rule, groups, policy.door.name)]
    if not theirs:
        return Entitlement(Reason.NO_ACCESS)
    letting = [rule for rule in theirs if not rule.schedules or (local and within(rule.schedules, local, policy))]
    if not letting:
        return Entitlement(Reason.CLOCK_UNTRUSTED if local is None else Reason.OUTSIDE_SCHEDULE)
    asking = theirs if local is None else letting
    factors = frozenset[Factor]().union(*(_FACTORS[rule.factors] for rule in asking))
    return Entitlement(None, factors, any(rule.factors == "qr>face" for rule in asking))


def within(names: tuple[str, ...], local: datetime, policy: Policy) -> bool:
    """Whether one of the schedules of these names holds."""
    return bool(_running(names, local, policy))


def windows(names: tuple[str, ...], local: datetime, policy: Policy) -> frozenset[str]:
    """Return the names of the schedule windows that run now; without a schedule the day is the window.

    A window that runs past midnight is named after the day on which it began.
    """
    return _running(names, local, policy) if names else frozenset({local.date().isoformat()})


def _running(names: tuple[str, ...], local: datetime, policy: Policy) -> frozenset[str]:
    days = {
        schedule.name: running(schedule, policy.rules.holidays, local)
        for schedule in policy.rules.schedules
        if schedule.name in names
    }
    return frozenset(f"{name} {day.isoformat()}" for name, day in days.items() if day is not None)


def _concerns(rule: AccessRule, groups: tuple[str, ...], door: str) -> bool:
    return (not rule.groups or among(rule.groups, groups)) and (not rule.doors or door in rule.doors)
