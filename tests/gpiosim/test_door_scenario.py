"""The door process on a real kernel's gpiochip: the lock's line does what was asked for, and nothing else (S2)."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from edge.values import Occasion
from tests.gpiosim.chip import find_chip
from tests.gpiosim.site import SOON_S, SimSite, end, until

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
