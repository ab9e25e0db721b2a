"""The door as a state machine: pure. Whoever runs it tells it what happened and when, and does what it answers.

It is unlocked by a face (`admit`), by the exit button and an operator's order (`orders`), and by what holds it open
(`_hold`: fire, a faulty exit button, free access); on every other event, and in any doubt, it stays locked (S2, S3).
The relock itself is the lock driver's; the machine keeps count of when that was due, and repeats it. What holds the
door open is a pulse of `HOLD_S` that is renewed all the time: a loop that dies holds nothing open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from edge.access import admit, clock, leaf, watch
from edge.access.deeds import Deed, Keep, Pulse, Record, Secure
from edge.access.happenings import (
    AlarmChanged,
    Claimed,
    ClockRead,
    JournalChanged,
    Ordered,
    Part,
    Reported,
    SessionBegan,
    SessionEnded,
    ShutDown,
    Ticked,
    WireChanged,
    WireFailed,
    WireFound,
)
from edge.access.holding import held
from edge.access.orders import carry_out, exit_button, locked_again
from edge.access.state import DoorState, Session, Step, Wire
from edge.values import Alarm, Occasion

if TYPE_CHECKING:
    from edge.access.deeds import Action
    from edge.access.happenings import Event
    from edge.access.state import Policy

HOLD_S = 3.0
"""For how long the door stays unlocked after the last word of a process that holds it open."""


def step(state: DoorState, event: Event, policy: Policy) -> Step:
    """Return the state after `event`, and what to do, in this order: deeds come first, and words never hold them up.

    A `Pulse` whose `not_after` has passed must not be carried out; the same claim is then told anew, with its new
    `now`, to the state from before it.
    """
    before = state
    state, actions = _relocked(state, event.now, policy)
    state = leaf.missed(state, event.now)
    state, reactions = _react(state, event, policy)
    state, holding = _hold(state, event.now, policy)
    state, alarms = watch.changed(state, event.now, policy)
    actions += reactions + holding + alarms
    if state.memory != before.memory:
        actions += (Keep(state.memory),)
    deeds = tuple(action for action in actions if isinstance(action, Deed))
    return state, deeds + tuple(action for action in actions if not isinstance(action, Deed))


def _relocked(state: DoorState, now: float, policy: Policy) -> Step:
    if state.unlocked_until is None or now < state.unlocked_until:
        return state, ()
    usable = state.unlocked_until + policy.door.open_grace_s
    # The driver has locked by itself; that it is told so too finds out a driver that hangs: this process hangs then,
    # and is killed, and the line is forced.
    actions = (Secure(), Record(occasion=Occasion.LOCKED, at=now))
    return replace(state, unlocked_until=None, exit_until=None, usable_until=usable), actions


def _react(state: DoorState, event: Event, policy: Policy) -> Step:
    match event:
        case Claimed() | Reported() | SessionBegan() | SessionEnded():
            return _heard(state, event, policy)
        case WireChanged():
            return _wire_changed(state, event, policy)
        case WireFailed():
            return state.with_wire(event.part, replace(state.wire(event.part), fault=event.fault)), ()
        case Ordered():
            return carry_out(state, event, policy)
        case ShutDown():
            return _shut_down(state, event)
        case AlarmChanged() | JournalChanged() | ClockRead() | Ticked() | WireFound():
            return _learnt(state, event, policy), ()
        case _:  # pragma: no cover
            assert_never(event)


def _heard(state: DoorState, event: Claimed | Reported | SessionBegan | SessionEnded, policy: Policy) -> Step:
    """What a terminal says."""
    match event:
        case Claimed():
            return admit.claimed(state, event, policy)
        case Reported():
            return admit.reported(state, event, policy)
        case SessionBegan():
            return _began(state, event)
        case SessionEnded():
            return _ended(state, event)


def _learnt(
    state: DoorState, event: AlarmChanged | JournalChanged | ClockRead | Ticked | WireFound, policy: Policy
) -> DoorState:
    """What changes only what is known."""
    match event:
        case AlarmChanged(alarm=Alarm.DURESS, on=on):  # it stays until somebody has seen it, and nobody takes it back
            return replace(state, memory=state.memory.latch(Alarm.DURESS)) if on else state
        case AlarmChanged(alarm=alarm, on=on, words=words):
            others = tuple(one for one in state.raised if one[0] is not alarm)
            return replace(state, raised=(*others, (alarm, words)) if on else others)
        case JournalChanged(up=up):
            return replace(state, journal_up=up)
        case ClockRead(reading=reading):
            believed = clock.look(state.clock, reading, state.memory.newest)
            return watch.remembered(replace(state, clock=believed), reading.monotonic, policy)
        case WireFound():
            return _found(state, event, policy)
        case Ticked():
            return state


def _wire_changed(state: DoorState, event: WireChanged, policy: Policy) -> Step:
    known = state.wire(event.part)
    if known.active == event.active:
        return state, ()
    actions: tuple[Action, ...] = ()
    if event.part is Part.EXIT and event.active:
        state, actions = exit_button(state, event.now, policy)
    elif event.part is Part.CONTACT:
        state, actions = leaf.moved(state, event, policy)
    return state.with_wire(event.part, Wire(event.active, event.now, known.fault)), actions


def _found(state: DoorState, event: WireFound, policy: Policy) -> DoorState:
    known = state.wire(event.part)
    if known.active == event.active:
        return state
    if event.part is Part.CONTACT:
        state = leaf.found(state, event.now, policy, open_=event.active)
    return state.with_wire(event.part, Wire(event.active, event.now, known.fault))


def _hold(state: DoorState, now: float, policy: Policy) -> Step:
    """Renew what holds the door open, or end it."""
    hold = held(state, now, policy)
    if hold is None:
        return (state, ()) if state.hold is None else _let_go(state, now, policy)
    begins = state.hold is not hold
    due = state.unlocked_until is None or state.unlocked_until - now < HOLD_S / 2
    actions: tuple[Action, ...] = ()
    if due:
        actions += (Pulse(HOLD_S),)
        state = replace(state, unlocked_until=now + HOLD_S, usable_until=None)
    if begins:
        actions += (Record(occasion=Occasion.UNLOCKED, at=now, words=f"held open: {hold}"),)
    return replace(state, hold=hold), actions


def _let_go(state: DoorState, now: float, policy: Policy) -> Step:
    hold, open_leaf = state.hold, replace(state.leaf, from_s=now)  # an open door begins to count as held only now
    state, actions = locked_again(replace(state, hold=None, leaf=open_leaf), now, f"no longer held open: {hold}")
    usable = now + policy.door.open_grace_s if state.unlocked_until is None and actions else state.usable_until
    return replace(state, usable_until=usable), actions


def _began(state: DoorState, event: SessionBegan) -> Step:
    records: tuple[Action, ...] = ()
    if state.session is not None:
        words = "another terminal took its place"
        records += (Record(occasion=Occasion.SESSION_ENDED, at=event.now, session=state.session.name, words=words),)
    words = "live" if event.live else f"NOT LIVE: {event.why}"
    records += (Record(occasion=Occasion.SESSION_BEGUN, at=event.now, session=event.name, words=words),)
    # A terminal that sees well again has nothing to complain of yet.
    raised = tuple(one for one in state.raised if not (event.live and one[0] is Alarm.CAMERA))
    return replace(state, session=Session(event.name, event.live), pending=None, raised=raised), records


def _ended(state: DoorState, event: SessionEnded) -> Step:
    if state.session is None or state.session.name != event.name:
        return state, ()
    record = Record(occasion=Occasion.SESSION_ENDED, at=event.now, session=event.name, words=event.why)
    return replace(state, session=None), (record,)


def _shut_down(state: DoorState, event: ShutDown) -> Step:
    record = Record(occasion=Occasion.DOOR_STOPPED, at=event.now, words=event.why)
    return replace(state, session=None, unlocked_until=None, stopped=True), (Secure(), record)
