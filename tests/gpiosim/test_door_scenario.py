"""The door process on a real kernel's gpiochip: the lock's line does what was asked for, and nothing else (S2)."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from edge.values import Alarm, Occasion, OrderKind, Reason, Status
from tests.gpiosim.chip import find_chip
from tests.gpiosim.site import CONTACT, FIRE, SOON_S, TAMPER, SimSite, end, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHIP = find_chip()
pytestmark = pytest.mark.skipif(CHIP is None, reason="this kernel has no gpio-sim chip: run scripts/check-gpio")


@pytest.fixture(params=[False, True], ids=["active-high", "active-low"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SimSite]:
    assert CHIP is not None
    made = SimSite(CHIP, tmp_path, active_low=request.param)
    yield made
    made.close()


def test_s2_a_day_at_the_door(site: SimSite) -> None:
    site.configure(pulse_s=1.0)
    door = site.door()
    assert [unlocked for _, unlocked in site.moves()] == [False]
    site.admit()
    until(lambda: not site.unlocked)
    site.press_exit()
    until(lambda: not site.unlocked)
    assert end(door) == 0
    (_, *moves) = site.moves()
    assert [unlocked for _, unlocked in moves] == [True, False, True, False]
    (opened, _), (locked, _), (again, _), (closed, _) = moves
    # The timer runs from before the line is energised, and a busy emulated processor dawdles between the two.
    assert 0.8 <= locked - opened < 3.0
    assert 0.8 <= closed - again < 3.0
    assert {Occasion.GRANTED, Occasion.EXIT} <= {event.occasion for event in site.events}
    assert site.whole


def test_s2_killed_while_unlocked(site: SimSite) -> None:
    site.configure(pulse_s=200.0)
    door = site.door()
    site.press_exit()
    killed = time.monotonic()
    assert end(door, signal.SIGKILL) == -signal.SIGKILL
    # gpio-sim lets go of a line when its holder dies; the pull that the driver gave it is then what locks.
    until(lambda: not site.unlocked)
    locked = site.moves()[-1][0] - killed
    done = subprocess.run(site.words("--secure"), capture_output=True, text=True, check=False, timeout=SOON_S)
    assert (done.returncode, done.stderr) == (0, "")
    assert not site.unlocked
    assert end(site.door()) == 0
    assert [unlocked for _, unlocked in site.moves()] == [False, True, False]
    assert locked < 1.0


def test_s2_every_wire_of_the_door_and_no_pulse_but_the_four_that_were_asked_for(site: SimSite) -> None:
    site.configure(pulse_s=120.0)
    door = site.door()
    site.becomes(Status.LOCKED)

    _comes_and_leaves(site)

    site.sense(TAMPER, active=True)  # somebody opens the terminal
    site.becomes(Status.TAMPER)
    assert site.refused() is Reason.TAMPERED
    site.sense(TAMPER, active=False)
    site.becomes(Status.LOCKED)

    assert site.order(OrderKind.LOCK_DOWN)  # fire, or its wire cut, opens also then (S10)
    assert site.refused() is Reason.LOCK_DOWN
    site.sense(FIRE, active=True)
    site.becomes(Status.EMERGENCY)
    until(lambda: site.unlocked)
    words = [*site.words()[:3], "control", "status", "--json", "--data", str(site.folder)]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=SOON_S)
    assert '"held_by":"fire"' in said.stdout

    end(door, signal.SIGKILL)  # systemd would secure it, and start it again: there still is a fire
    until(lambda: not site.unlocked)
    subprocess.run(site.words("--secure"), check=True, timeout=SOON_S)
    assert not site.unlocked
    again = site.door()
    until(lambda: site.unlocked)
    site.sense(FIRE, active=False)
    until(lambda: not site.unlocked)
    site.becomes(Status.LOCK_DOWN)
    assert end(again) == 0
    assert [unlocked for _, unlocked in site.moves()] == [False, *[True, False] * 4]
    assert site.whole


def test_s2_the_journal_tells_the_story_of_the_wires_in_order(site: SimSite) -> None:
    site.configure(pulse_s=120.0)
    door = site.door()
    until(lambda: site.report().journal == "up")
    for sensor in (CONTACT, TAMPER):
        site.sense(sensor, active=True)
        until(lambda: bool(site.report().alarms.keys() & {Alarm.FORCED_OPEN, Alarm.TAMPER}))
        site.sense(sensor, active=False)
        until(lambda: not site.report().alarms.keys() & {Alarm.FORCED_OPEN, Alarm.TAMPER})
    site.press_exit()
    site.sense(CONTACT, active=True)
    site.becomes(Status.OPEN)
    site.sense(CONTACT, active=False)
    until(lambda: not site.unlocked)
    assert end(door) == 0
    told = [(event.occasion, event.alarm) for event in site.events if event.alarm is not Alarm.CLOCK]
    assert told == [
        (Occasion.DOOR_STARTED, None),
        (Occasion.OPENED, None),
        (Occasion.ALARM_BEGUN, Alarm.FORCED_OPEN),
        (Occasion.CLOSED, None),
        (Occasion.ALARM_ENDED, Alarm.FORCED_OPEN),
        (Occasion.ALARM_BEGUN, Alarm.TAMPER),
        (Occasion.ALARM_ENDED, Alarm.TAMPER),
        (Occasion.EXIT, None),
        (Occasion.OPENED, None),
        (Occasion.CLOSED, None),
        (Occasion.LOCKED, None),
        (Occasion.DOOR_STOPPED, None),
    ]
    assert [unlocked for _, unlocked in site.moves()] == [False, True, False]


def _comes_and_leaves(site: SimSite) -> None:
    site.admit()  # somebody comes, goes through, and the door locks behind them, long before the pulse is over
    site.becomes(Status.UNLOCKED)
    site.sense(CONTACT, active=True)
    site.becomes(Status.OPEN)
    assert [unlocked for _, unlocked in site.moves()] == [False, True]
    site.sense(CONTACT, active=False)
    until(lambda: not site.unlocked)
    site.becomes(Status.LOCKED)

    site.sense(CONTACT, active=True)  # forced
    site.becomes(Status.FORCED_OPEN)
    site.sense(CONTACT, active=False)
    site.becomes(Status.LOCKED)

    site.press_exit()  # somebody leaves, and holds the door
    site.sense(CONTACT, active=True)
    until(lambda: Alarm.HELD_SOON in site.report().alarms)
    site.becomes(Status.HELD_OPEN)
    site.sense(CONTACT, active=False)
    until(lambda: not site.unlocked)
