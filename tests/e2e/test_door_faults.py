"""Faults brought into a door that runs: bouncing and cut wires, a stuck button, wrong clocks, a full disk."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import pytest

from edge.config.rules import AccessRule, FreeAccess, RuleSettings, Schedule
from edge.values import Alarm, Occasion, OrderKind, Reason, Status
from tests.e2e.commands import SOON_S, until
from tests.e2e.faulty_door import GUARD, QUICK, FaultyDoor, FullDisk, LostDisk, Times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hw.fake import FakeInput

MONDAY = 1_796_032_800.0
"""Monday 2026-11-30, 11:00 in Berlin."""

DAY_S = 86_400.0
DAYTIME = RuleSettings(
    time_zone="Europe/Berlin",
    schedules=(Schedule(name="day", since="06:00", until="20:00"),),
    access=(AccessRule(groups=("staff",), schedules=("day",)), AccessRule(groups=("guards",))),
)
NIGHT = replace(
    DAYTIME,
    schedules=(Schedule(name="night", since="22:00", until="02:30", holidays="open"),),
    access=(AccessRule(groups=("staff",), schedules=("night",)),),
    free_access=FreeAccess(schedules=("night",)),
)


@pytest.fixture
def door(tmp_path: Path) -> FaultyDoor:
    (tmp_path / "data").mkdir()
    return FaultyDoor(tmp_path / "data")


@contextlib.contextmanager
def chattering(wire: FakeInput) -> Iterator[None]:
    """Let a contact chatter, and come to rest in the end."""
    rest, pause = threading.Event(), threading.Event()

    def chatter() -> None:
        while not rest.is_set():
            wire.press()
            pause.wait(0.005)
            wire.release()

    thread = threading.Thread(target=chatter)
    thread.start()
    try:
        yield
    finally:
        rest.set()
        thread.join()


def test_a_contact_that_bounces_lets_nobody_in_until_it_rests_and_everybody_out(door: FaultyDoor) -> None:
    door.config = replace(QUICK, contact=replace(QUICK.contact, debounce_s=0.05))
    with door.serving():
        assert door.comes() is Reason.GRANTED
        with chattering(door.inputs["CONTACT"]):
            until(lambda: door.alarmed(Alarm.CONTACT_FAULT))
            until(lambda: door.comes() is Reason.LOCK_DOWN)
            assert door.leaves()
        until(lambda: not door.alarmed(Alarm.CONTACT_FAULT))
        assert door.comes() is Reason.GRANTED
    assert Occasion.OPENED not in [event.occasion for event in door.events]  # it never rested at "open"


def test_s10_an_exit_button_that_bounces_leaves_the_door_open_until_it_rests(door: FaultyDoor) -> None:
    door.config = replace(QUICK, exit_button=replace(QUICK.exit_button, debounce_s=0.05))
    with door.serving():
        with chattering(door.inputs["EXIT"]):
            assert door.lock.wait_for(unlocked=True, timeout_s=SOON_S)
            until(lambda: door.alarmed(Alarm.EXIT_FAULT))
        assert door.lock.wait_for(unlocked=False, timeout_s=SOON_S)
        until(lambda: not door.alarmed(Alarm.EXIT_FAULT))
        assert door.leaves()


@pytest.mark.parametrize("on_fault", ["open", "alarm"])
def test_s10_a_fire_wire_that_is_cut_does_what_was_configured_and_a_real_fire_opens(
    door: FaultyDoor, on_fault: Literal["open", "alarm"]
) -> None:
    door.config = replace(QUICK, fire=replace(QUICK.fire, on_fault=on_fault))
    with door.serving():
        door.inputs["FIRE"].cut = True
        until(lambda: door.alarmed(Alarm.FIRE_FAULT))
        assert not door.alarmed(Alarm.FIRE)
        assert door.report().unlocked is (on_fault == "open")
        door.inputs["FIRE"].cut = False
        until(lambda: not door.alarmed(Alarm.FIRE_FAULT))
        assert door.lock.wait_for(unlocked=False, timeout_s=SOON_S)
        door.order(OrderKind.LOCK_DOWN)
        door.inputs["FIRE"].press()
        until(lambda: door.report().status is Status.EMERGENCY)
        assert door.lock.unlocked


@pytest.mark.parametrize("on_fault", ["open", "ignore"])
def test_s10_a_button_that_is_stuck_does_what_was_configured(
    door: FaultyDoor, on_fault: Literal["open", "ignore"]
) -> None:
    door.config = replace(QUICK, exit_button=replace(QUICK.exit_button, on_fault=on_fault, stuck_s=0.4))
    with door.serving():
        door.inputs["EXIT"].press()
        until(lambda: door.alarmed(Alarm.EXIT_FAULT))
        if on_fault == "open":
            assert door.report().status is Status.EMERGENCY
            assert door.lock.unlocked
        else:
            assert door.lock.wait_for(unlocked=False, timeout_s=SOON_S)
            assert door.comes() is Reason.GRANTED
        door.inputs["EXIT"].release()
        until(lambda: not door.alarmed(Alarm.EXIT_FAULT))
        assert door.leaves()
    (stuck, *_) = [event.sentence for event in door.events if event.alarm is Alarm.EXIT_FAULT]
    assert stuck.endswith("down for 0.4 s")


def test_s10_an_exit_button_that_cannot_be_read_is_a_faulty_one_and_comes_back(door: FaultyDoor) -> None:
    with door.serving():
        door.inputs["EXIT"].unreadable = "the chip is gone"
        until(lambda: door.alarmed(Alarm.EXIT_FAULT))
        assert door.lock.unlocked
        door.inputs["EXIT"].unreadable = ""
        until(lambda: not door.alarmed(Alarm.EXIT_FAULT))
        assert door.leaves()


def test_a_tamper_wire_that_cannot_be_read_lets_nobody_in_and_a_lock_down_stays_one(door: FaultyDoor) -> None:
    with door.serving():
        door.inputs["TAMPER"].unreadable = "the chip is gone"
        until(lambda: door.alarmed(Alarm.TAMPER_FAULT))
        assert door.comes() is Reason.LOCK_DOWN
        assert door.leaves()


@pytest.mark.parametrize("wall", [0.0, MONDAY + 3650 * DAY_S], ids=["1970", "ten years on"])
def test_a_clock_that_cannot_be_right_refuses_what_hangs_on_it_and_nothing_else(door: FaultyDoor, wall: float) -> None:
    door.config, door.times = replace(QUICK, rules=DAYTIME), Times(synchronised=False)
    door.times.set(wall)
    with door.serving():
        until(lambda: door.alarmed(Alarm.CLOCK))
        assert door.comes() is Reason.CLOCK_UNTRUSTED
        assert door.comes(GUARD) is Reason.GRANTED
        assert door.leaves()
        if wall == 0.0:  # it cannot be right, whatever anybody says
            refused = door.order(OrderKind.CONFIRM_CLOCK)
            assert (refused.done, refused.reason) == (False, Reason.BAD_ORDER)
            assert "1970" in refused.words
        door.times.set(MONDAY)
        assert door.comes() is Reason.CLOCK_UNTRUSTED  # being right again is not enough
        assert door.order(OrderKind.CONFIRM_CLOCK).done
        assert door.comes() is Reason.GRANTED
        until(lambda: not door.alarmed(Alarm.CLOCK))


def test_a_clock_that_steps_backward_is_no_longer_believed_and_stays_so_over_a_restart(door: FaultyDoor) -> None:
    door.config, door.times = replace(QUICK, rules=DAYTIME), Times(synchronised=False)
    door.times.set(MONDAY)
    with door.serving():
        until(lambda: door.report().clock == "trusted")
        assert door.comes() is Reason.GRANTED
        door.times.set(MONDAY - 3 * DAY_S)
        until(lambda: door.alarmed(Alarm.CLOCK))
        assert door.comes() is Reason.CLOCK_UNTRUSTED
    with door.serving():
        until(lambda: door.alarmed(Alarm.CLOCK))
        assert "but it was 2026-11-30" in door.report().clock
        assert door.comes() is Reason.CLOCK_UNTRUSTED
        door.times.synchronised = True  # a time server, and the right time
        door.times.set(MONDAY + 60)
        until(lambda: not door.alarmed(Alarm.CLOCK))
        assert door.comes() is Reason.GRANTED


@pytest.mark.parametrize(
    ("utc", "holds"),
    [
        ("2027-10-31 00:29", True),  # 02:29 by summer time
        ("2027-10-31 00:30", False),
        ("2027-10-31 01:00", True),  # the same hour again: 02:00 by winter time
        ("2027-10-31 01:30", False),
    ],
)
def test_a_window_that_ends_where_the_clocks_are_turned_back_holds_in_both_hours(
    door: FaultyDoor, utc: str, holds: bool
) -> None:
    door.config = replace(QUICK, rules=NIGHT)
    door.times.set(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp())
    with door.serving():
        until(lambda: door.report().clock == "trusted")
        until(lambda: (door.report().held_by == "free-access-schedule") is holds)
        assert door.lock.unlocked is holds
        assert door.comes() is (Reason.GRANTED if holds else Reason.OUTSIDE_SCHEDULE)


def test_a_window_that_would_end_in_the_hour_that_is_left_out_ends_with_the_change(door: FaultyDoor) -> None:
    door.config = replace(QUICK, rules=NIGHT)
    change = datetime(2027, 3, 28, 1, tzinfo=UTC).timestamp()  # from 02:00 to 03:00
    door.times.set(change - 4.0)
    with door.serving():
        until(lambda: door.report().held_by == "free-access-schedule")
        assert door.lock.unlocked
        until(lambda: door.report().held_by == "")  # by itself, at the change
        assert door.lock.wait_for(unlocked=False, timeout_s=SOON_S)
        assert door.times.clocks().wall() >= change
        assert door.comes() is Reason.OUTSIDE_SCHEDULE


@pytest.fixture(params=[LostDisk, FullDisk], ids=["gone", "full"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FullDisk | LostDisk]:
    made: FullDisk | LostDisk = request.param(tmp_path / "disk")
    if not made.mounted:
        pytest.skip("only root can make a small file system")
    yield made
    made.close()


def test_s3_s7_s10_a_disk_that_fails_lets_nobody_in_everybody_out_and_is_said_to_whoever_locks_down(
    disk: FullDisk | LostDisk,
) -> None:
    door = FaultyDoor(disk.folder)
    with door.serving():
        assert door.comes() is Reason.GRANTED
        until(lambda: Occasion.GRANTED in [event.occasion for event in door.events])
        disk.fail()
        until(lambda: door.comes() is Reason.JOURNAL_DOWN)
        assert door.report().journal != "up"
        refused = door.order(OrderKind.UNLOCK)
        assert (refused.done, refused.reason) == (False, Reason.JOURNAL_DOWN)
        assert door.leaves()
        locked = door.order(OrderKind.LOCK_DOWN)
        assert locked.done
        assert "it could not be written down in time: a power cut may undo it" in locked.words
        assert door.report().status is Status.LOCK_DOWN
        assert door.alarmed(Alarm.MEMORY)
        assert door.comes() is Reason.JOURNAL_DOWN
        assert door.leaves()
        disk.mend()
        until(lambda: door.report().journal == "up" and not door.alarmed(Alarm.MEMORY))
        assert door.comes() is Reason.LOCK_DOWN
    occasions = [event.occasion for event in door.events]
    assert occasions.count(Occasion.EXIT) == 2  # what had to wait was written down in the end
    with door.serving():
        assert door.report().status is Status.LOCK_DOWN
        assert door.order(OrderKind.NORMAL).words == ""
        assert door.comes() is Reason.GRANTED
