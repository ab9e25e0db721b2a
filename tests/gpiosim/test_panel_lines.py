"""Lamps and a key matrix on a real kernel's gpiochip."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from hw.base import HardwareError, IndicatorSettings, KeypadSettings, Signal
from hw.board import open_board
from hw.board.lines import gpiochip
from tests.gpiosim.chip import SimLine, find_chip

if TYPE_CHECKING:
    from collections.abc import Callable

CHIP = find_chip()
SOON_S = 10.0
pytestmark = pytest.mark.skipif(CHIP is None, reason="this kernel has no gpio-sim chip: run scripts/check-gpio")


def line(number: int) -> SimLine:
    assert CHIP is not None
    return SimLine(CHIP, number)


def until(condition: Callable[[], bool]) -> None:
    deadline, pause = time.monotonic() + SOON_S, threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.01)


@pytest.mark.parametrize("active_low", [False, True])
def test_scenario_an_output_is_off_when_it_is_opened_and_when_it_is_closed(active_low: bool) -> None:
    line(5).pull(up=active_low)
    with closing(gpiochip().open_output("GPIO5", active_low)) as output:
        assert line(5).high is active_low
        output.set(True)
        assert line(5).high is not active_low
        with pytest.raises(HardwareError, match="in use"):
            gpiochip().open_output("GPIO5", active_low)
    assert line(5).high is active_low


def test_scenario_the_lamp_shows_an_alarm_and_is_off_afterwards() -> None:
    for number in (5, 6):
        line(number).pull(up=False)
    board = open_board("gpiochip")
    with closing(board.open_indicator(IndicatorSettings(red="GPIO5", beeper="GPIO6"))) as lamp:
        lamp.tell(Signal.ALARM, "forced-open", "forced")
        until(lambda: line(5).high)
        until(lambda: line(6).high)
    assert (line(5).high, line(6).high) == (False, False)


def test_scenario_a_matrix_reads_the_column_that_is_low_and_rests_with_its_rows_low() -> None:
    for number in (10, 11, 12, 13):
        line(number).pull(up=True)
    settings = KeypadSettings(rows=("GPIO10", "GPIO11"), columns=("GPIO12", "GPIO13"), keys=("12", "45"))
    with closing(gpiochip().open_wires(settings)) as wires:
        assert (line(10).high, line(11).high) == (False, False)
        assert wires.scan() == frozenset()
        line(13).pull(up=False)  # a column shorted to ground closes a crossing of every row
        assert wires.scan() == {(0, 1), (1, 1)}
        line(13).pull(up=True)
        assert wires.scan() == frozenset()
