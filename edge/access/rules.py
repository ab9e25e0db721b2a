"""Who may pass now: pure. The moment, the clock and the policy are arguments; nothing is asked or kept.

A rule returns the reason that forbids, or None. All rules are asked, and one that forbids is enough (S4): there is no
weighing. Comparisons are written so that a number that is not a number forbids (S3). Whatever depends on the time of
day or on dates forbids while the clock cannot be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from edge.access import entitlement
from edge.values import Credential, Factor, Reason, among

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from edge.access.memory import Memory
    from edge.access.state import Policy
    from edge.values import Identified

_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a rule looks at.

    Attributes:
        identified: What the terminal says.
        now: Monotonic seconds.
        local: The local time; None while the clock cannot be trusted.
        policy: What this door demands.
        memory: What the door remembers.
        host_at: When somebody last passed who may bring visitors in, monotonic seconds.
    """

    identified: Identified
    now: float
    local: datetime | None
    policy: Policy
    memory: Memory
    host_at: float | None = None

    def among(self, groups: tuple[str, ...]) -> bool:
        """Whether the person belongs to one of these groups."""
        return among(groups, self.identified.groups)

    @property
    def visitor(self) -> bool:
        """Whether the person is a visitor."""
        return self.among(self.policy.rules.visitors.groups)


def may_pass(request: Request) -> Reason | None:
    """Return why this person may not pass at this moment; None when nothing forbids it."""
    return next((reason for rule in RULES if (reason := rule(request)) is not None), None)


def fresh(request: Request) -> Reason | None:
    """S1: the picture is at most `max_frame_age_s` old; one from the future is as wrong as an old one."""
    age_s = request.now - request.identified.at
    return None if 0.0 <= age_s <= request.policy.door.max_frame_age_s else Reason.STALE


def locked_out(request: Request) -> Reason | None:
    """S4: too many failures under this identity."""
    locked = request.memory.lockouts.locked(request.identified.handle, request.now)
    return Reason.LOCKED_OUT if locked else None


def valid(request: Request) -> Reason | None:
    """S12: now lies between the first and the last moment of access, both included."""
    begins, ends = request.identified.valid_from, request.identified.valid_until
    if begins is None and ends is None:
        return None
    if request.local is None:
        return Reason.CLOCK_UNTRUSTED
    wall = request.local.timestamp()
    if begins is not None and not wall >= begins:
        return Reason.NOT_YET_VALID
    if ends is not None and not wall <= ends:
        return Reason.EXPIRED
    return None


def bounded(request: Request) -> Reason | None:
    """A visitor's access ends soon, so that no pass is forgotten."""
    if not request.visitor:
        return None
    ends = request.identified.valid_until
    if ends is None:
        return Reason.VISIT_UNBOUNDED
    if request.local is None:
        return Reason.CLOCK_UNTRUSTED
    latest = request.local + timedelta(days=request.policy.rules.visitors.max_days)
    return None if ends <= latest.timestamp() else Reason.VISIT_UNBOUNDED


def entitled(request: Request) -> Reason | None:
    """A rule lets this person in, here and now."""
    return entitlement.of(request.identified.groups, request.local, request.policy).reason


def first(request: Request) -> Reason | None:
    """Whoever must be the first has come, or is coming now."""
    demand = request.policy.rules.first_person
    if not demand.groups or (request.among(demand.groups) and not request.visitor):
        return None
    if request.local is None:
        return Reason.CLOCK_UNTRUSTED
    windows = entitlement.windows(demand.schedules, request.local, request.policy)
    return Reason.FIRST_PERSON if not windows <= set(request.memory.first) else None


def escorted(request: Request) -> Reason | None:
    """A visitor passes right after somebody who is none."""
    escort_s = request.policy.rules.visitors.escort_s
    if not request.visitor or not escort_s:
        return None
    with_host = request.host_at is not None and 0.0 <= request.now - request.host_at <= escort_s
    return None if with_host else Reason.NO_ESCORT


def passback(request: Request) -> Reason | None:
    """Nobody goes in twice without coming out; softly it only alarms."""
    again = went_in_already(request)
    return Reason.PASSBACK if again and request.policy.rules.anti_passback.mode != "soft" else None


def went_in_already(request: Request) -> bool:
    """Whether this person is on the side already that this door leads to, or passed too recently."""
    terms = request.policy.rules.anti_passback
    last = request.memory.passage(request.identified.handle)
    if terms.mode == "off" or last is None or last.side != terms.side or request.among(terms.exempt):
        return False
    return terms.mode != "timed" or not request.now - last.at >= terms.minutes * _MINUTE_S


def shown(request: Request) -> Reason | None:
    """Everything that is asked for was shown, each thing lately, and in the order that is asked for."""
    if missing(request):
        return Reason.FACTOR_MISSING
    wanted = entitlement.of(request.identified.groups, request.local, request.policy)
    face = _credential(request, Factor.FACE)
    code = _credential(request, Factor.QR)
    if wanted.code_first and not (face and code and face.claimed and code.at <= face.at):
        return Reason.FACTOR_ORDER
    return None


def missing(request: Request) -> tuple[Factor, ...]:
    """Return what is asked for and was not shown, or too long ago, or after the face that it belongs to."""
    wanted = entitlement.of(request.identified.groups, request.local, request.policy)
    return tuple(factor for factor in Factor if factor in wanted.factors and not _lately(request, factor))


def _lately(request: Request, factor: Factor) -> bool:
    credential = _credential(request, factor)
    if credential is None:
        return False
    window_s = request.policy.door.max_frame_age_s if factor is Factor.FACE else request.policy.rules.factor_window_s
    return 0.0 <= request.now - credential.at <= window_s


def _credential(request: Request, factor: Factor) -> Credential | None:
    return next((one for one in request.identified.credentials if one.factor is factor), None)


RULES: tuple[Callable[[Request], Reason | None], ...] = (
    fresh,
    locked_out,
    valid,
    bounded,
    entitled,
    first,
    escorted,
    passback,
    shown,
)
