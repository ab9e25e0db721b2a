"""What becomes of the terminal's word that somebody stands there: the only way in by a face. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edge.access import entitlement, leaf
from edge.access.deeds import Action, Pulse, Record
from edge.access.lockout import Backoff
from edge.access.orders import unlocked
from edge.access.rules import Request, may_pass, missing, went_in_already
from edge.access.state import barred
from edge.values import Alarm, Answer, Occasion, Reason

if TYPE_CHECKING:
    from edge.access.happenings import Claimed, Reported
    from edge.access.state import DoorState, Policy, Session, Step
    from edge.values import Handle

_FAILURES = frozenset({Reason.NOT_LIVE, Reason.WRONG_PIN})
"""What counts against the identity that was matched or claimed. A code cannot be guessed, and an old one is in many
hands: counted, it would let whoever photographed it lock its owner out."""


def claimed(state: DoorState, event: Claimed, policy: Policy) -> Step:
    """Return the state after somebody was identified, and what to do."""
    identified, session = event.identified, state.session
    if (
        session is None
        or not session.name == event.session == identified.session
        or identified.sequence <= session.last
    ):
        return state, _refuse(event, Reason.REPLAYED)
    state = replace(state, session=replace(session, last=identified.sequence))
    if any(credential.duress for credential in identified.credentials):  # whatever becomes of the claim
        state = replace(state, memory=state.memory.latch(Alarm.DURESS))
    request = Request(
        identified=identified,
        now=event.now,
        local=state.local(event.now, policy.zone),
        policy=policy,
        memory=state.memory,
        host_at=state.host_at,
    )
    reason = _shut(state, session, policy) or may_pass(request)
    if reason is not None:
        return state, _refuse(event, reason, request)
    if _needs_company(request) and not _in_company(state, event, policy):
        # A visitor waits for somebody who is none, and does not vouch for another visitor.
        pending = state.pending if request.visitor else (identified.handle, event.now)
        return replace(state, pending=pending), _refuse(event, Reason.SECOND_PERSON)
    return _admit(state, event, request)


def reported(state: DoorState, event: Reported, policy: Policy) -> Step:
    """Return the state after the terminal turned somebody away: written down, and counted against who was claimed."""
    if state.session is None or state.session.name != event.session:
        return state, ()
    record = replace(event.record, session=event.session)
    if record.handle is None or record.reason not in _FAILURES:
        return state, (record,)
    terms = policy.rules.lock_out
    backoff = Backoff(failures=terms.failures, first_s=terms.first_s, factor=terms.factor, longest_s=terms.longest_s)
    if state.memory.lockouts.locked(record.handle, event.now):  # coming back does not prolong it
        return state, (record,)
    lockouts = state.memory.lockouts.failed(record.handle, event.now, backoff)
    return replace(state, memory=replace(state.memory, lockouts=lockouts)), (record,)


def _shut(state: DoorState, session: Session, policy: Policy) -> Reason | None:
    """Return why nobody at all is let in now."""
    reason = None
    if policy.physical_lock and not session.live:
        reason = Reason.UNSAFE_SOURCE
    elif state.stopped:
        reason = Reason.STOPPED
    elif not state.journal_up:
        reason = Reason.JOURNAL_DOWN
    return reason or barred(state, policy)


def _needs_company(request: Request) -> bool:
    demand = request.policy.rules.two_person
    if not request.among(demand.groups):
        return False
    if not demand.schedules or request.local is None:
        return True
    return entitlement.within(demand.schedules, request.local, request.policy)


def _in_company(state: DoorState, event: Claimed, policy: Policy) -> bool:
    if state.pending is None:
        return False
    other, at = state.pending
    if state.memory.lockouts.locked(other, event.now):
        return False
    return other != event.identified.handle and 0.0 <= event.now - at <= policy.rules.two_person.window_s


def _admit(state: DoorState, event: Claimed, request: Request) -> Step:
    identified, policy, rules = event.identified, request.policy, request.policy.rules
    seconds, most_open_s = policy.door.pulse_s, policy.door.held_alarm_s
    if request.among(rules.extended_groups):
        seconds = max(seconds, policy.door.extended_pulse_s)
        most_open_s = max(most_open_s, policy.door.extended_held_s)
    company = f"with {state.pending[0]}" if state.pending and _needs_company(request) else ""
    record = Record(
        occasion=Occasion.GRANTED,
        at=event.now,
        reason=Reason.GRANTED,
        handle=identified.handle,
        evidence=identified.evidence,
        session=event.session,
        words=company,
        frame_at=identified.at,
    )
    answer = Answer(identified.sequence, opened=True, reason=Reason.GRANTED)
    pulse = Pulse(seconds, not_after=identified.at + policy.door.max_frame_age_s)
    state = unlocked(_remembered(state, event, request), event.now, seconds, most_open_s)
    actions: tuple[Action, ...] = (pulse, record, answer)
    return state, actions


def _remembered(state: DoorState, event: Claimed, request: Request) -> DoorState:
    """Return the state in which this admission is known: who was first, who is inside, who is a host."""
    handle, rules = event.identified.handle, request.policy.rules
    memory = replace(state.memory, lockouts=state.memory.lockouts.cleared(handle))
    if request.local and request.among(rules.first_person.groups) and not request.visitor:
        running = entitlement.windows(rules.first_person.schedules, request.local, request.policy)
        memory = replace(memory, first=tuple(sorted(running)))
    if went_in_already(request):
        memory = memory.latch(Alarm.PASSBACK)
    host_at = state.host_at if request.visitor else event.now
    party: tuple[Handle, ...] = (state.pending[0], handle) if state.pending and _needs_company(request) else (handle,)
    state = replace(state, memory=memory, host_at=host_at, pending=None)
    if rules.anti_passback.mode == "off":
        return state
    party += tuple(one for one in state.passing if one not in party)
    if leaf.seen(state, request.policy):
        return replace(state, passing=party)
    return leaf.passed(state, party, event.now, request.policy)  # nothing will show whether they went through


def _refuse(event: Claimed, reason: Reason, request: Request | None = None) -> tuple[Action, ...]:
    record = Record(
        occasion=Occasion.REFUSED,
        at=event.now,
        reason=reason,
        handle=event.identified.handle,
        evidence=event.identified.evidence,
        session=event.session,
    )
    wants = missing(request) if request and reason is Reason.FACTOR_MISSING else ()
    return (record, Answer(event.identified.sequence, opened=False, reason=reason, wants=wants))
