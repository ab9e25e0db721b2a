"""What the door writes down and tells: its records as the journal's events, and its state for whoever asks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edge.access import watch
from edge.access.deeds import Record
from edge.access.happenings import Part
from edge.journal import events
from edge.link.messages import Refused, plain
from edge.link.questions import Audit, Reload, Report
from edge.values import ALARMS, CODE_FAULTS, SIGNS, Handle, Occasion, Reason

if TYPE_CHECKING:
    from edge.access.state import DoorState, Policy
    from edge.values import Done, Evidence


SCORE_STEP = 0.05
"""How coarse the scores are that the journal keeps."""
UNLOCKING = frozenset({Occasion.GRANTED, Occasion.EXIT, Occasion.ORDERED, Occasion.UNLOCKED})
"""Of these the journal also keeps when the lock's driver had done it."""


def event(record: Record, wall: float) -> events.Event:
    """Return the journal's event of a record; `wall` is seconds since the epoch."""
    return events.Event(
        occasion=record.occasion,
        at=record.at,
        wall=wall,
        reason=record.reason,
        alarm=record.alarm,
        sentence=events.sentence(record.reason, record.words),
        handle=record.handle,
        evidence=None if record.evidence is None else coarse(record.evidence),
        flaws=record.flaws,
        sign=record.sign,
        track=record.track,
        session=record.session,
        operator=record.operator,
        frame_at=record.frame_at,
        relay_at=record.relay_at if record.occasion in UNLOCKING else None,
    )


def coarse(evidence: Evidence) -> Evidence:
    """Return evidence whose scores are rounded to `SCORE_STEP`.

    Whoever learns a fine score for every face they show can climb by it to one that matches (ISO/IEC 24745, hill
    climbing). An auditor needs to know how clear a case was, and that a step tells.
    """
    return replace(
        evidence,
        similarity=_rounded(evidence.similarity),
        margin=_rounded(evidence.margin),
        liveness=None if evidence.liveness is None else _rounded(evidence.liveness),
    )


def _rounded(score: float) -> float:
    return round(round(score / SCORE_STEP) * SCORE_STEP, 2)


def refused(message: Refused) -> Record:
    """Return the record of whom the terminal turned away."""
    return Record(
        occasion=Occasion.REFUSED,
        at=message.at,
        reason=message.reason,
        handle=message.handle,
        evidence=message.evidence,
        flaws=message.flaws,
        sign=message.sign,
        words=CODE_FAULTS[message.fault] if message.fault else SIGNS[message.sign] if message.sign else "",
        track=message.track,
    )


def reloaded(done: Done, message: Reload, now: float) -> Record:
    """Return the record of what became of a configuration that was read again."""
    operator = plain(message.operator)
    return Record(occasion=Occasion.RULES_CHANGED, at=now, reason=done.reason, operator=operator, words=done.words)


def forbidden(why: str, now: float) -> Record:
    """Return the record of an order from a user who may give none: a terminal never does by itself."""
    return Record(occasion=Occasion.ORDERED, at=now, reason=Reason.BAD_ORDER, words=f"not done: {why}")


def audited(message: Audit, at: float, wall: float) -> events.Event:
    """Return the journal's event of what another program did, in words that any screen can show."""
    return events.Event(
        occasion=message.occasion,
        at=at,
        wall=wall,
        reason=message.reason,
        sentence=plain(message.words),
        handle=None if message.handle is None else Handle(plain(message.handle)),
        operator=plain(message.operator),
    )


def started(policy: Policy, state: DoorState, now: float) -> Record:
    """Return the record of a door that starts."""
    return Record(occasion=Occasion.DOOR_STARTED, at=now, words=described(policy, state))


def described(policy: Policy, state: DoorState) -> str:
    """Return in words what door this is, when it starts."""
    lock = "a real lock" if policy.physical_lock else "no real lock: a simulation"
    parts = [lock, f"{policy.door.pulse_s:g} s a pulse"]
    if state.memory.lock_down is not None:
        parts.append(f"still locked down by {state.memory.lock_down.operator}: {state.memory.lock_down.why}")
    return ", ".join(parts)


def report(state: DoorState, policy: Policy, journal_fault: str) -> Report:
    """Return what the door is at this moment."""
    raised = dict(state.raised)
    down = state.memory.lock_down
    shown = policy.contact.line and not state.wire(Part.CONTACT).fault
    clock = "not read yet" if state.clock is None else state.clock.why
    return Report(
        status=watch.status(state, policy),
        alarms={
            str(alarm): f"{ALARMS[alarm]}: {raised[alarm]}" if raised.get(alarm) else ALARMS[alarm]
            for alarm in sorted(state.alarms)
        },
        open=state.leaf.opened_at is not None if shown else None,
        unlocked=state.unlocked_until is not None,
        held_by=state.hold or "",
        lock_down=f"{down.operator}: {down.why}" if down else "",
        terminal=state.session is not None,
        clock=clock or "trusted",
        journal=journal_fault or "up",
    )
