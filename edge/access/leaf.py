"""The door leaf: what its contact's opening and closing mean, and when it was forced or is held open. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edge.access.deeds import Action, Record, Secure
from edge.access.happenings import Part
from edge.access.memory import Passage
from edge.access.state import DoorState, Leaf
from edge.values import Alarm, Occasion

if TYPE_CHECKING:
    from edge.access.happenings import WireChanged
    from edge.access.state import Policy, Step
    from edge.values import Handle


def moved(state: DoorState, event: WireChanged, policy: Policy) -> Step:
    """Return the state after the leaf was opened or closed, and what to do."""
    return _opened(state, event.now, policy) if event.active else _closed(state, event.now, policy)


def alarms(state: DoorState, now: float, policy: Policy) -> frozenset[Alarm]:
    """Return the leaf's alarms; a faulty contact shows nothing that could be believed."""
    leaf = state.leaf
    if leaf.opened_at is None or state.wire(Part.CONTACT).fault:
        return frozenset()
    if leaf.forced:
        return frozenset({Alarm.FORCED_OPEN})
    open_s = now - leaf.from_s
    if state.hold is not None or open_s < leaf.most_s - policy.door.prealarm_s:
        return frozenset()
    return frozenset({Alarm.HELD_OPEN if open_s >= leaf.most_s else Alarm.HELD_SOON})


def found(state: DoorState, now: float, policy: Policy, *, open_: bool) -> DoorState:
    """Return the state of a door process that starts and finds the leaf like this: an open one was not seen forced."""
    if not open_:
        return state
    return replace(state, leaf=Leaf(opened_at=now, from_s=now, most_s=policy.door.held_alarm_s))


def granted(state: DoorState, now: float, most_s: float) -> DoorState:
    """Return the state in which somebody was let through: the time that the door may stand open begins anew.

    A door that was forced stays so until it is closed.
    """
    return replace(state, leaf=replace(state.leaf, from_s=now, most_s=most_s))


def _opened(state: DoorState, now: float, policy: Policy) -> Step:
    lawful = _usable(state, now)
    most_s = state.leaf.most_s or policy.door.held_alarm_s
    leaf = Leaf(opened_at=now, forced=not lawful, from_s=now, most_s=most_s)
    words = "" if lawful else "it was not unlocked"
    record = Record(occasion=Occasion.OPENED, at=now, words=words)
    state = replace(state, leaf=leaf)
    return passed(state, state.passing, now, policy) if lawful else state, (record,)


def passed(state: DoorState, who: tuple[Handle, ...], now: float, policy: Policy) -> DoorState:
    """Return the state after these people passed."""
    memory = state.memory
    for handle in who:
        memory = memory.passed(Passage(handle, policy.rules.anti_passback.side, now))
    return replace(state, memory=memory, passing=())


def seen(state: DoorState, policy: Policy) -> bool:
    """Whether the contact will show that somebody who is let in now has opened the door."""
    return bool(policy.contact.line) and not state.wire(Part.CONTACT).fault and state.leaf.opened_at is None


def missed(state: DoorState, now: float) -> DoorState:
    """Return the state in which whoever did not open the door while they could has not passed."""
    return state if _usable(state, now) or not state.passing else replace(state, passing=())


def _usable(state: DoorState, now: float) -> bool:
    """Whether the door may be opened now: it is unlocked, or was a moment ago."""
    lately = state.usable_until is not None and now <= state.usable_until
    return state.hold is not None or state.unlocked_until is not None or lately


def _closed(state: DoorState, now: float, policy: Policy) -> Step:
    actions: tuple[Action, ...] = (Record(occasion=Occasion.CLOSED, at=now),)
    opened_at = state.leaf.opened_at
    # Whoever was let in while the door stood open is still to pass.
    through = opened_at is not None and not state.leaf.forced and state.leaf.from_s <= opened_at
    state = replace(state, leaf=Leaf())
    relocks = policy.door.relock_on_close and not policy.door.automatic and through and state.hold is None
    if not relocks:
        return state, actions
    if state.unlocked_until is not None:
        actions += (Secure(), Record(occasion=Occasion.LOCKED, at=now, words="the door was closed"))
    return replace(state, unlocked_until=None, exit_until=None, usable_until=None), actions
