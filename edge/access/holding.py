"""What keeps the door unlocked, the way out first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.access import entitlement
from edge.access.happenings import Part
from edge.access.state import Hold, barred

if TYPE_CHECKING:
    from edge.access.state import DoorState, Policy


def held(state: DoorState, now: float, policy: Policy) -> Hold | None:
    """Return the strongest thing that keeps the door unlocked at a moment, monotonic seconds; None when nothing does.

    Fire and a faulty exit button are ways out, and override everything but the end of the process (S10). Free access
    is a way in: it ends with a lock-down, tampering, a clock that cannot be trusted, and a journal that is down.
    """
    if state.stopped:
        return None
    fire = state.wire(Part.FIRE)
    if fire.active or (fire.fault and policy.fire.on_fault == "open"):
        return Hold.FIRE
    if exit_fault(state, now, policy) and policy.exit_button.on_fault == "open":
        return Hold.EXIT_FAULT
    if barred(state, policy) or not state.journal_up:
        return None
    if state.free_until is not None and now < state.free_until:
        return Hold.ORDER
    return Hold.SCHEDULE if _scheduled(state, now, policy) else None


def exit_fault(state: DoorState, now: float, policy: Policy) -> str:
    """Return what is wrong with the exit button: its wire, or that it is down for too long; empty when nothing is."""
    wire = state.wire(Part.EXIT)
    if wire.fault:
        return wire.fault
    stuck = wire.active and now - wire.since >= policy.exit_button.stuck_s
    return f"down for {policy.exit_button.stuck_s:g} s" if stuck else ""


def _scheduled(state: DoorState, now: float, policy: Policy) -> bool:
    free = policy.rules.free_access
    local = state.local(now, policy.zone)
    if local is None or not free.schedules or not entitlement.within(free.schedules, local, policy):
        return False
    if not free.first_person:
        return True
    windows = entitlement.windows(policy.rules.first_person.schedules, local, policy)
    return bool(windows) and windows <= set(state.memory.first)
