"""S2: boot, crash, SIGKILL, restart, reconnect, replay, new rules: nothing is switched on that was not asked for.

Every output has an edge-triggered recorder, and every deed an account apart from the door's own. The last tests break
the lock's driver, and must be found out: an oracle that finds nothing proves nothing.
"""

from __future__ import annotations

import os
import random
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from hw.gpio.gpiozero import GpioLock
from tests.bench.thousand_boots import measure
from tests.boots.killed import FarHand, Nursery, boot
from tests.boots.lines import LOCK, Change, Tape
from tests.boots.oracle import Cause, judge
from tests.boots.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from gpiozero import Factory

    from hw.base import LockSettings


class LateLock(GpioLock):
    """Claims its line energised, and locks a moment later: the classic fault at boot."""

    def __init__(self, factory: Factory, settings: LockSettings) -> None:
        factory.pin(settings.line).output_with_state(not settings.active_low)
        super().__init__(factory, settings)


class PartingLock(GpioLock):
    """Energises its line for a moment when it is closed."""

    def close(self) -> None:
        if not self._device.closed:
            self._device.on()
        super().close()


class StickingLock(GpioLock):
    """Does not lock when it is told to, only when its time is over."""

    def secure(self) -> None:
        self._device.on()
        super().secure()


def test_s2_sixty_boots_switch_nothing_on_that_was_not_asked_for() -> None:
    figures = measure(boots=60, killed_boots=6, seed=1)
    assert (figures.unexpected, figures.faults) == ([], [])
    assert figures.boots.total() == 60
    assert figures.boots["killed"] == 6
    assert figures.pulses > 10
    assert figures.deeds["replay"] > 10


@pytest.mark.long
@pytest.mark.minutes
@pytest.mark.parametrize("seed", [2])
def test_s2_a_thousand_boots_switch_nothing_on_that_was_not_asked_for(seed: int) -> None:
    figures = measure(boots=1000, killed_boots=100, seed=seed)
    assert (figures.unexpected, figures.faults) == ([], [])
    assert figures.boots.total() == 1000
    assert figures.boots["killed"] == 100
    assert figures.pulses > 200


@pytest.mark.parametrize("open_lock", [LateLock, PartingLock, StickingLock])
def test_a_driver_that_twitches_is_found_out(open_lock: type[GpioLock]) -> None:
    figures = measure(boots=3, killed_boots=0, seed=3, open_lock=open_lock)
    assert figures.unexpected


class StillBorn(Nursery):
    """Its doors end before anybody asks them anything."""

    def fork(self, **_words: object) -> int:
        process = subprocess.Popen(["true"])
        process.wait()
        return process.pid


def test_a_door_that_ends_by_itself_is_a_fault(tmp_path: Path) -> None:
    site = Site(tmp_path, Tape(active_low=True, file=tmp_path / "tape"), random.Random(1))  # noqa: S311 - no secret
    boot(site, StillBorn())
    assert site.faults == ["a door that nobody killed ended"]


def test_a_door_that_was_killed_is_gone_before_it_is_buried(tmp_path: Path) -> None:
    process = subprocess.Popen(["sleep", "60"])
    hand = FarHand(process.pid, tmp_path)
    assert hand.alive()
    killer = threading.Thread(target=hand.kill)
    killer.start()
    try:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not hand.alive()
    finally:
        process.wait()
        killer.join()


def on(at: float) -> Change:
    return Change(at, LOCK, on=True)


def off(at: float) -> Change:
    return Change(at, LOCK, on=False)


def test_a_pulse_needs_a_cause_of_its_own_and_an_end() -> None:
    causes = [Cause("grant", 1.0, 2.0, seconds=0.1), Cause("fire", 5.0, 9.0, once=False)]
    assert judge([on(1.5), off(1.6)], causes, [], kept=False).pulses == 1
    assert judge([on(5.5), off(6.0), on(7.0), off(9.0)], causes, [], kept=False).unexpected == []
    for changes in ([on(0.9), off(1.0)], [on(1.1), off(1.2), on(1.3), off(1.4)], [on(1.5)], [on(1.5), off(5.6)]):
        assert judge(changes, causes[:1], [], kept=False).unexpected
    assert judge([Change(1.5, "GPIO5", on=True)], causes, [], kept=False).unexpected
