"""Which alarms are on, what the door is in one word, and what it shows; and what time alone changes. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edge.access import leaf
from edge.access.deeds import Action, Record
from edge.access.happenings import Part
from edge.access.holding import exit_fault
from edge.access.state import Hold, barred
from edge.values import ALARMS, Alarm, Occasion, Reason, Status

if TYPE_CHECKING:
    from edge.access.state import DoorState, Policy, Step

_SAVE_CLOCK_S = 3600.0
_FAULTS = {
    Part.EXIT: Alarm.EXIT_FAULT,
    Part.CONTACT: Alarm.CONTACT_FAULT,
    Part.TAMPER: Alarm.TAMPER_FAULT,
    Part.FIRE: Alarm.FIRE_FAULT,
}


def changed(state: DoorState, now: float, policy: Policy) -> Step:
    """Return the state with the alarms of this moment, and a record for each that began or ended."""
    on = dict(_alarms(state, now, policy))
    records: tuple[Action, ...] = tuple(
        Record(occasion=Occasion.ALARM_BEGUN, at=now, alarm=alarm, words=_words(alarm, on[alarm]))
        for alarm in sorted(on.keys() - state.alarms)
    )
    records += tuple(
        Record(occasion=Occasion.ALARM_ENDED, at=now, alarm=alarm, words=ALARMS[alarm])
        for alarm in sorted(state.alarms - on.keys())
    )
    return replace(state, alarms=frozenset(on)), records


def status(state: DoorState, policy: Policy) -> Status:
    """Return what the door is in one word: the first that holds, in the order of `Status`."""
    if state.hold in {Hold.FIRE, Hold.EXIT_FAULT}:
        return Status.EMERGENCY
    if barred(state, policy) is Reason.LOCK_DOWN:
        return Status.LOCK_DOWN
    named = {
        Alarm.FORCED_OPEN: Status.FORCED_OPEN,
        Alarm.HELD_OPEN: Status.HELD_OPEN,
        Alarm.TAMPER: Status.TAMPER,
        **dict.fromkeys(_FAULTS.values(), Status.FAULT),
    }
    for alarm, word in named.items():
        if alarm in state.alarms:
            return word
    if state.hold is not None:
        return Status.FREE_ACCESS
    if state.leaf.opened_at is not None:
        return Status.OPEN
    return Status.LOCKED if state.unlocked_until is None else Status.UNLOCKED


def remembered(state: DoorState, now: float, policy: Policy) -> DoorState:
    """Return the state after time alone: the newest time believed is kept now and then, and passages are forgiven."""
    believed, local = state.clock, state.local(now, policy.zone)
    if believed is None or local is None:
        return state
    memory = state.memory
    if memory.newest is None or not believed.newest - memory.newest < _SAVE_CLOCK_S:
        memory = replace(memory, newest=believed.newest)
    due = _last(policy.rules.anti_passback.forgive_at, local)
    ahead = memory.forgiven is not None and memory.forgiven > local.timestamp()  # the clock was once
    if due is not None and (memory.forgiven is None or memory.forgiven < due or ahead):
        memory = replace(memory, passages=() if memory.forgiven is not None else memory.passages, forgiven=due)
    return replace(state, memory=memory)


def _last(time_of_day: str, local: datetime) -> float | None:
    """Return the last moment at which the local clock showed a time of day, seconds since the epoch."""
    if not time_of_day:
        return None
    hour, minute = (int(part) for part in time_of_day.split(":"))
    today = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (today if today <= local else today - timedelta(days=1)).timestamp()


def _alarms(state: DoorState, now: float, policy: Policy) -> list[tuple[Alarm, str]]:
    found = [(alarm, "") for alarm in leaf.alarms(state, now, policy)]
    found += [(Alarm.TAMPER, "")] if state.wire(Part.TAMPER).active else []
    found += [(Alarm.FIRE, "")] if state.wire(Part.FIRE).active else []
    for part, alarm in _FAULTS.items():
        fault = exit_fault(state, now, policy) if part is Part.EXIT else state.wire(part).fault
        found += [(alarm, fault)] if fault else []
    if state.clock is not None and not state.clock.trusted:
        found.append((Alarm.CLOCK, state.clock.why))
    found += [(alarm, "") for alarm in state.memory.latched]
    return [*found, *state.raised]


def _words(alarm: Alarm, more: str) -> str:
    return f"{ALARMS[alarm]}: {more}" if more else ALARMS[alarm]
