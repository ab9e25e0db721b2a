"""What an operator may order, and what becomes of it. Pure.

An operator cannot open a door that is locked down, be it by an order, a faulty wire or tampering, nor while nothing can
be written down; they can always lock it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edge.access import clock, leaf
from edge.access.deeds import Action, Pulse, Record, Secure, Shorten
from edge.access.happenings import Part
from edge.access.memory import LockDown, Passage
from edge.access.state import Hold, barred
from edge.values import SENTENCES, Done, Occasion, OrderKind, Reason

if TYPE_CHECKING:
    from edge.access.happenings import Ordered
    from edge.access.state import DoorState, Policy, Step


def carry_out(state: DoorState, event: Ordered, policy: Policy) -> Step:
    """Return the state after an order, and what to do; the order and its outcome are written down."""
    order = event.order
    reason, fault = _impossible(state, event, policy)
    state, deeds = (state, ()) if reason else _OUTCOMES[order.kind](state, event, policy)
    subject = f" of {order.handle}" if order.handle else ""
    words = f"{order.kind}{subject}: {order.why}" + (f"; not done: {fault or SENTENCES[reason]}" if reason else "")
    record = Record(
        occasion=Occasion.ORDERED,
        at=event.now,
        reason=reason or (Reason.REMOTE_UNLOCK if order.kind is OrderKind.UNLOCK else None),
        handle=order.handle,
        operator=order.operator,
        words=words,
    )
    return state, (*deeds, record, Done(reason is None, reason, fault or (SENTENCES[reason] if reason else "")))


def _impossible(state: DoorState, event: Ordered, policy: Policy) -> tuple[Reason | None, str]:
    """Return why an order is not carried out, with words of its own where the reason says too little."""
    order = event.order
    opens = order.kind in {OrderKind.UNLOCK, OrderKind.FREE_ACCESS}
    longest_pulse_s = max(policy.door.pulse_s, policy.door.extended_pulse_s)
    longest_s = longest_pulse_s if order.kind is OrderKind.UNLOCK else clock.DAY_S
    reason, fault = None, ""
    if not order.operator.strip() or not order.why.strip():
        reason, fault = Reason.BAD_ORDER, "an order needs its operator and a reason"
    elif not 0.0 <= order.seconds <= longest_s:
        reason, fault = Reason.BAD_ORDER, f"{order.seconds} s is not a time for which this can be ordered"
    elif order.kind is OrderKind.PASSED and order.handle is None:
        reason, fault = Reason.BAD_ORDER, "whose passage it was is missing"
    elif order.kind is OrderKind.CONFIRM_CLOCK and (doubt := _confirmed(event).why):
        reason, fault = Reason.BAD_ORDER, doubt
    elif state.stopped:
        reason = Reason.STOPPED
    elif opens:
        reason = barred(state, policy) or (None if state.journal_up else Reason.JOURNAL_DOWN)
    return reason, fault


def _unlock(state: DoorState, event: Ordered, policy: Policy) -> Step:
    seconds = event.order.seconds or policy.door.pulse_s
    return unlocked(state, event.now, seconds, policy.door.held_alarm_s), (Pulse(seconds),)


def _lock_down(state: DoorState, event: Ordered, policy: Policy) -> Step:
    del policy
    memory = replace(state.memory, lock_down=LockDown(event.order.operator, event.order.why))
    locked = replace(state, memory=memory, free_until=None, pending=None, passing=())
    if state.unlocked_until is None or state.hold in {Hold.FIRE, Hold.EXIT_FAULT}:  # the way out stays open (S10)
        return locked, ()
    return locked_again(locked, event.now, "locked down")


def _free_access(state: DoorState, event: Ordered, policy: Policy) -> Step:
    del policy
    return replace(state, free_until=event.now + event.order.seconds if event.order.seconds else float("inf")), ()


def _normal(state: DoorState, event: Ordered, policy: Policy) -> Step:
    del event, policy
    return replace(state, free_until=None, memory=replace(state.memory, lock_down=None)), ()


def _acknowledge(state: DoorState, event: Ordered, policy: Policy) -> Step:
    del event, policy
    return replace(state, memory=replace(state.memory, latched=())), ()


def _forgive(state: DoorState, event: Ordered, policy: Policy) -> Step:
    del policy
    handle = event.order.handle
    memory = state.memory.forgive(handle) if handle else replace(state.memory, passages=())
    return replace(state, memory=memory), ()


def _passage(state: DoorState, event: Ordered, policy: Policy) -> Step:
    del policy
    handle = event.order.handle
    if handle is None:
        return state, ()
    return replace(state, memory=state.memory.passed(Passage(handle, event.order.side, event.now))), ()


def _confirm_clock(state: DoorState, event: Ordered, policy: Policy) -> Step:
    del policy
    believed = _confirmed(event)
    return replace(state, clock=believed, memory=replace(state.memory, newest=believed.newest)), ()


def _confirmed(event: Ordered) -> clock.Clock:
    return clock.confirm(None, clock.Reading(wall=event.wall, monotonic=event.now, synchronised=False))


_OUTCOMES = {
    OrderKind.UNLOCK: _unlock,
    OrderKind.LOCK_DOWN: _lock_down,
    OrderKind.FREE_ACCESS: _free_access,
    OrderKind.NORMAL: _normal,
    OrderKind.ACKNOWLEDGE: _acknowledge,
    OrderKind.FORGIVE: _forgive,
    OrderKind.PASSED: _passage,
    OrderKind.CONFIRM_CLOCK: _confirm_clock,
}


def unlocked(state: DoorState, now: float, seconds: float, most_open_s: float) -> DoorState:
    """Return the state in which a pulse runs; a shorter one ends no longer one."""
    ends = max(now + seconds, state.unlocked_until or now)
    return leaf.granted(replace(state, unlocked_until=ends, usable_until=None), now, most_open_s)


def locked_again(state: DoorState, now: float, words: str) -> Step:
    """Return the state in which nothing holds the door open any more but what the exit button still does (S10)."""
    if state.unlocked_until is None:
        return state, ()
    left_s = (state.exit_until or now) - now
    record = Record(occasion=Occasion.LOCKED, at=now, words=words)
    if left_s <= 0:
        return replace(state, unlocked_until=None, exit_until=None), (Secure(), record)
    if state.unlocked_until <= now + left_s:
        return state, ()
    return replace(state, unlocked_until=now + left_s), (Shorten(left_s),)


def exit_button(state: DoorState, now: float, policy: Policy) -> Step:
    """Return the state after the exit button went down: one pulse an edge, whatever else holds (S10)."""
    if state.stopped or state.wire(Part.EXIT).active:
        return state, ()
    record = Record(occasion=Occasion.EXIT, at=now, reason=Reason.EXIT_BUTTON)
    seconds = policy.door.pulse_s
    actions: tuple[Action, ...] = (Pulse(seconds), record)
    state = unlocked(state, now, seconds, policy.door.held_alarm_s)
    return replace(state, exit_until=now + seconds), actions
