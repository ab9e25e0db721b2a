"""The way out, and what faulty wires do: exit button, fire, tampering, each with its `on_fault` (S10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from edge.access.deeds import Pulse, Secure, Shorten
from edge.access.door import HOLD_S
from edge.access.happenings import JournalChanged, Part, Ticked, WireFailed, WireFound
from edge.access.state import DoorState, Hold, Wire
from edge.access.watch import status
from edge.config import ContactSettings, ExitSettings, FireSettings, TamperSettings
from edge.values import Alarm, Occasion, OrderKind, Reason, Status
from tests.unit.door_builders import REAL, Told, alarms, occasions, ready, secured


def held(told: Told, seconds: float = 60.0) -> bool:
    """Whether the lock stays unlocked for so long, as its driver would have it: no pulse ends before the next."""
    ends = told.state.unlocked_until or 0.0
    until = told.now + seconds
    while told.now < until:
        if told.now >= ends:
            return False
        done = told.later(0.1)
        ends = max([ends, *(told.now + action.seconds for action in done if isinstance(action, Pulse))])
        if secured(done):
            return False
    return True


def test_s10_fire_unlocks_whatever_else_holds_for_as_long_as_it_lasts() -> None:
    told = Told()  # no terminal, no journal, no clock
    told.order(OrderKind.LOCK_DOWN)
    assert Pulse(HOLD_S) in told.wire(Part.FIRE, active=True)
    assert held(told, 600.0)
    assert told.state.hold is Hold.FIRE
    assert status(told.state, told.policy) is Status.EMERGENCY
    done = told.wire(Part.FIRE, active=False)
    assert secured(done) == 1
    assert not told.unlocked()


def test_s10_a_lock_down_during_a_fire_does_not_lock_for_even_a_moment() -> None:
    told = ready()
    told.wire(Part.FIRE, active=True)
    before = len(told.actions)
    assert told.order(OrderKind.LOCK_DOWN).done
    assert Secure() not in told.actions[before:]
    assert held(told)
    assert told.comes() is Reason.LOCK_DOWN


def test_s10_a_fire_that_burns_when_the_door_starts_unlocks_it() -> None:
    told = Told(state=DoorState().with_wire(Part.FIRE, Wire(active=True, since=100.0)))
    assert Pulse(HOLD_S) in told.tell(Ticked(told.now))
    assert held(told)


@pytest.mark.parametrize(("on_fault", "unlocks"), [("open", True), ("alarm", False)])
@pytest.mark.parametrize("fault", ["cut wire", "bouncing", "cannot be read: gone", "cannot be opened: taken"])
def test_s10_a_faulty_fire_input_does_what_its_on_fault_says(
    fault: str, on_fault: Literal["open", "alarm"], *, unlocks: bool
) -> None:
    told = ready(replace(REAL, fire=FireSettings(line="FIRE", on_fault=on_fault)))
    done = told.tell(WireFailed(told.now, Part.FIRE, fault))
    assert alarms(done) == [Alarm.FIRE_FAULT]
    assert (told.state.hold is Hold.FIRE) is unlocks
    assert held(told, 10.0) is unlocks
    told.tell(WireFailed(told.now, Part.FIRE, ""))
    assert not told.unlocked()
    assert told.state.alarms == frozenset()


@pytest.mark.parametrize(("on_fault", "unlocks"), [("open", True), ("ignore", False)])
def test_s10_a_stuck_exit_button_opens_once_and_then_does_what_its_on_fault_says(
    on_fault: Literal["open", "ignore"], *, unlocks: bool
) -> None:
    told = ready(replace(REAL, exit_button=ExitSettings(line="EXIT", on_fault=on_fault, stuck_s=20.0)))
    told.wire(Part.EXIT, active=True)
    told.later(19.5)
    assert told.pulses == [5.0]
    assert told.state.alarms == frozenset()
    told.later(1.0)
    assert told.state.alarms == {Alarm.EXIT_FAULT}
    assert (told.state.hold is Hold.EXIT_FAULT) is unlocks
    assert held(told, 30.0) is unlocks
    told.wire(Part.EXIT, active=False)
    assert not told.unlocked()
    assert told.state.alarms == frozenset()


@pytest.mark.parametrize(("on_fault", "unlocks"), [("open", True), ("ignore", False)])
def test_s10_an_exit_button_with_a_cut_wire_does_what_its_on_fault_says_in_a_lock_down_too(
    on_fault: Literal["open", "ignore"], *, unlocks: bool
) -> None:
    told = ready(replace(REAL, exit_button=ExitSettings(line="EXIT", on_fault=on_fault)))
    told.order(OrderKind.LOCK_DOWN)
    told.tell(WireFailed(told.now, Part.EXIT, "cut wire"))
    assert held(told, 10.0) is unlocks


def test_a_dead_loop_holds_nothing_open() -> None:
    told = ready()
    done = told.wire(Part.FIRE, active=True)
    assert max(action.seconds for action in done if isinstance(action, Pulse)) == HOLD_S
    told.later(30.0)
    assert max(told.pulses) == HOLD_S == 3.0  # the driver's timer locks by itself when nobody renews it


def test_a_loop_that_was_stopped_for_too_long_writes_down_that_the_driver_locked_and_unlocks_anew() -> None:
    told = ready()
    told.wire(Part.FIRE, active=True)
    told.now += 10.0
    done = told.tell(Ticked(told.now))
    assert done[:2] == (Secure(), Pulse(HOLD_S))
    assert Occasion.LOCKED in occasions(done)


def test_tampering_alarms_and_lets_nobody_in_while_it_lasts_and_everybody_out() -> None:
    told = ready()
    assert alarms(told.wire(Part.TAMPER, active=True)) == [Alarm.TAMPER]
    assert status(told.state, told.policy) is Status.TAMPER
    assert told.comes() is Reason.TAMPERED
    told.press()
    assert told.pulses == [5.0]
    told.wire(Part.TAMPER, active=False)
    assert told.comes() is Reason.GRANTED


def test_tampering_only_alarms_where_it_is_configured_so() -> None:
    told = ready(replace(REAL, tamper=TamperSettings(line="TAMPER", on_fault="alarm", lock_down=False)))
    told.wire(Part.TAMPER, active=True)
    assert told.state.alarms == {Alarm.TAMPER}
    assert told.comes() is Reason.GRANTED


@pytest.mark.parametrize("part", [Part.CONTACT, Part.TAMPER])
@pytest.mark.parametrize(("on_fault", "reason"), [("alarm", Reason.GRANTED), ("lock-down", Reason.LOCK_DOWN)])
def test_a_faulty_contact_does_what_its_on_fault_says(
    part: Part, on_fault: Literal["alarm", "lock-down"], reason: Reason
) -> None:
    told = ready(
        replace(
            REAL,
            contact=ContactSettings(line="CONTACT", on_fault=on_fault),
            tamper=TamperSettings(line="TAMPER", on_fault=on_fault),
        )
    )
    told.tell(WireFailed(told.now, part, "bouncing"))
    assert told.comes() is reason
    told.press()
    assert told.pulses[-1] == 5.0
    told.tell(WireFailed(told.now, part, ""))
    assert told.comes() is Reason.GRANTED


def test_free_access_ends_while_the_terminal_is_tampered_with_and_while_nothing_can_be_written_down() -> None:
    told = ready()
    told.order(OrderKind.FREE_ACCESS)
    assert told.state.hold is Hold.ORDER
    told.wire(Part.TAMPER, active=True)
    assert not told.unlocked()
    told.wire(Part.TAMPER, active=False)
    assert told.unlocked()
    told.tell(JournalChanged(told.now, up=False))
    assert not told.unlocked()


def test_an_alarm_is_written_down_when_it_begins_and_when_it_ends_and_not_in_between() -> None:
    told = ready()
    told.wire(Part.TAMPER, active=True)
    told.later(10.0)
    told.wire(Part.TAMPER, active=False)
    assert alarms(told.actions) == [Alarm.TAMPER]
    assert alarms(told.actions, Occasion.ALARM_ENDED) == [Alarm.TAMPER]


@pytest.mark.parametrize("part", Part)
def test_s2_an_input_that_is_found_active_late_is_no_edge_and_must_first_come_to_rest(part: Part) -> None:
    told = ready(replace(REAL, exit_button=ExitSettings(line="EXIT", on_fault="ignore")))
    told.tell(WireFailed(told.now, part, "cannot be opened"))
    done = told.tell(WireFound(told.now, part, active=True), WireFailed(told.now, part, ""))
    assert told.state.wire(part).active
    assert not set(occasions(done)) & {Occasion.EXIT, Occasion.OPENED}
    assert Alarm.FORCED_OPEN not in told.state.alarms
    assert bool(told.pulses) == (part is Part.FIRE)  # a fire is one however late it is found (S10)


def test_a_door_that_is_found_open_late_is_held_after_its_time() -> None:
    told = ready()
    told.tell(WireFound(told.now, Part.CONTACT, active=True))
    told.later(31.0)
    assert told.state.alarms == {Alarm.HELD_OPEN}


@pytest.mark.parametrize("ends", ["lock-down", "journal", "free access", "tamper"])
def test_s10_whoever_pressed_the_exit_button_has_their_time_whatever_begins_meanwhile(ends: str) -> None:
    told = ready()
    if ends != "lock-down":
        told.order(OrderKind.FREE_ACCESS, seconds=10.0)
        told.later(9.5)
    told.press()
    until = told.now + 5.0
    if ends == "lock-down":
        told.order(OrderKind.LOCK_DOWN)
    elif ends == "journal":
        told.tell(JournalChanged(told.now, up=False))
    elif ends == "tamper":
        told.wire(Part.TAMPER, active=True)
    told.later(4.8)
    assert told.state.unlocked_until == until
    told.later(0.3)
    assert not told.unlocked()


def test_a_lock_down_ends_what_is_longer_than_the_exit_button_s_time() -> None:
    told = ready()
    told.press()
    told.order(OrderKind.UNLOCK, seconds=15.0)
    before = len(told.actions)
    assert told.order(OrderKind.LOCK_DOWN).done
    assert [one for one in told.actions[before:] if isinstance(one, Pulse | Secure | Shorten)] == [Shorten(5.0)]
    assert told.state.unlocked_until == told.now + 5.0


@pytest.mark.parametrize(
    ("part", "alarm"),
    [
        (Part.EXIT, Alarm.EXIT_FAULT),
        (Part.CONTACT, Alarm.CONTACT_FAULT),
        (Part.TAMPER, Alarm.TAMPER_FAULT),
        (Part.FIRE, Alarm.FIRE_FAULT),
    ],
)
def test_every_faulty_wire_has_an_alarm_of_its_own(part: Part, alarm: Alarm) -> None:
    told = ready()
    assert alarms(told.tell(WireFailed(told.now, part, "cut wire"))) == [alarm]
    assert told.state.alarms == {alarm}
