"""One suite over every output that loads here, and what the lamp and beeper on them do."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Protocol

import pytest

from hw.base import HardwareError, IndicatorSettings, Output, Signal
from hw.board import open_board
from hw.fake_panel import FakeOutput
from hw.gpio.mock import MockOutput, open_pins
from hw.indicator import IndicatorPrompt, open_indicator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 5.0
LINES = IndicatorSettings(red="GPIO5", green="GPIO6", blue="GPIO13", beeper="GPIO19")


class Recorded(Output, Protocol):
    """An output that shows what it did."""

    @property
    def history(self) -> tuple[tuple[float, bool], ...]: ...


OPENERS: dict[str, Callable[[], Recorded]] = {
    "fake": FakeOutput,
    "pc": lambda: MockOutput(open_pins(), "GPIO5", active_low=False),
    "pc-active-low": lambda: MockOutput(open_pins(), "GPIO5", active_low=True),
}


@pytest.fixture(params=sorted(OPENERS))
def output(request: pytest.FixtureRequest) -> Iterator[Recorded]:
    opened = OPENERS[request.param]()
    yield opened
    opened.close()


def levels(output: Recorded) -> list[bool]:
    return [on for _, on in output.history]


def test_s2_an_output_is_off_from_the_first_moment_to_the_last(output: Recorded) -> None:
    assert levels(output) == [False]
    output.close()
    output.close()
    assert levels(output) == [False]


def test_it_does_what_it_is_told_and_says_when(output: Recorded) -> None:
    before = time.monotonic()
    for on in (True, True, False, True):
        output.set(on)
    assert levels(output) == [False, True, False, True]
    assert all(before <= at <= time.monotonic() for at, _ in output.history[1:])


def test_closing_switches_off_and_what_is_closed_is_not_set(output: Recorded) -> None:
    output.set(True)
    output.close()
    assert levels(output) == [False, True, False]
    with pytest.raises(HardwareError):
        output.set(True)
    assert levels(output) == [False, True, False]


def test_an_unknown_or_taken_line_is_refused_by_name() -> None:
    pins = open_pins()
    with pytest.raises(HardwareError, match=r"'GPIO99'.*no such line"):
        MockOutput(pins, "GPIO99", active_low=False)
    output = MockOutput(pins, "GPIO5", active_low=False)
    with pytest.raises(HardwareError, match=r"'GPIO5'.*own line"):
        MockOutput(pins, "GPIO5", active_low=False)
    output.close()


class Lamp:
    """An indicator on fake outputs."""

    def __init__(self, *parts: str) -> None:
        self.outputs = {part: FakeOutput(part) for part in parts or ("red", "green", "blue", "beeper")}
        self.prompt = IndicatorPrompt(dict(self.outputs))

    def changes(self, part: str) -> list[bool]:
        return [on for _, on in self.outputs[part].history]

    def wait(self, part: str, count: int) -> None:
        assert self.outputs[part].wait_changes(count, PATIENCE_S)


@pytest.fixture
def lamp() -> Iterator[Lamp]:
    made = Lamp()
    yield made
    made.prompt.close()


def test_good_is_green_with_a_beep_and_then_dark(lamp: Lamp) -> None:
    lamp.prompt.tell(Signal.GOOD, "granted", "Welcome.")
    lamp.wait("green", 2)
    assert (lamp.changes("green"), lamp.changes("beeper"), lamp.changes("red")) == (
        [False, True, False],
        [False, True, False],
        [False],
    )
    (_, on_at, off_at) = (at for at, _ in lamp.outputs["green"].history)
    assert 0.9 <= off_at - on_at <= 0.9 + PATIENCE_S


def test_what_is_told_later_takes_the_place_of_what_is_playing(lamp: Lamp) -> None:
    lamp.prompt.tell(Signal.ALARM, "forced", "The door was forced.")
    lamp.wait("beeper", 1)
    lamp.prompt.tell(Signal.IDLE, "", "")
    lamp.wait("beeper", 2)
    assert lamp.changes("beeper") == [False, True, False]
    lamp.prompt.tell(Signal.ATTENTION, "turn-left", "Left.")
    lamp.wait("blue", 3)
    assert lamp.changes("green") == [False]


def test_what_is_playing_already_does_not_begin_anew(lamp: Lamp) -> None:
    told = (Signal.GOOD, "granted", "Welcome.")
    lamp.prompt.tell(*told)
    lamp.wait("beeper", 2)
    lamp.prompt.tell(*told)
    lamp.wait("green", 2)
    assert lamp.changes("beeper") == [False, True, False]


@pytest.mark.parametrize("broken", ["red", "beeper"])
def test_a_broken_line_does_not_stop_the_rest_and_works_again(
    lamp: Lamp, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole = "beeper" if broken == "red" else "red"
    lamp.outputs[broken].failing = 2
    lamp.prompt.tell(Signal.ALARM, "forced", "")
    lamp.wait(whole, 1)
    lamp.wait(broken, 1)
    lamp.prompt.close()
    assert f"does not answer; the others go on ({broken})" in caplog.text


def test_a_line_that_could_not_be_switched_off_is_tried_until_it_is(lamp: Lamp) -> None:
    lamp.prompt.tell(Signal.ALARM, "forced", "")
    lamp.wait("beeper", 1)
    lamp.outputs["beeper"].failing = 1
    lamp.prompt.tell(Signal.IDLE, "", "")
    lamp.wait("beeper", 2)
    assert lamp.changes("beeper") == [False, True, False]


def test_closing_switches_all_off_and_nothing_is_shown_after_it(lamp: Lamp) -> None:
    lamp.prompt.tell(Signal.ALARM, "forced", "")
    lamp.wait("beeper", 1)
    lamp.prompt.close()
    lamp.prompt.close()
    assert all(output.closed for output in lamp.outputs.values())
    before = {part: lamp.changes(part) for part in lamp.outputs}
    assert not any(changes[-1] for changes in before.values())
    lamp.prompt.tell(Signal.ALARM, "tamper", "")
    assert {part: lamp.changes(part) for part in lamp.outputs} == before
    assert "indicator" not in {thread.name for thread in threading.enumerate()}


class LyingOutput(FakeOutput):
    """A line that reports an error although it was switched on."""

    def set(self, on: bool) -> None:
        super().set(on)
        if on:
            raise HardwareError("I/O error")


def test_a_line_that_fails_may_be_on_and_is_switched_off_all_the_same() -> None:
    lying = LyingOutput()
    prompt = IndicatorPrompt({"beeper": lying})
    prompt.tell(Signal.ALARM, "forced", "")
    assert lying.wait_changes(1, PATIENCE_S)
    prompt.tell(Signal.IDLE, "", "")
    assert lying.wait_changes(2, PATIENCE_S)
    assert [on for _, on in lying.history] == [False, True, False]
    prompt.close()


class StuckOutput(FakeOutput):
    """A line that does not come back from being set, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def set(self, on: bool) -> None:
        self.go.wait(PATIENCE_S)
        super().set(on)


def test_a_line_that_hangs_holds_up_nobody_who_tells() -> None:
    stuck = StuckOutput()
    prompt = IndicatorPrompt({"beeper": stuck})
    done: queue.Queue[float] = queue.Queue()

    def tell() -> None:
        began = time.monotonic()
        for turn in range(1000):
            prompt.tell(Signal.ALARM, f"alarm-{turn}", "")
        done.put(time.monotonic() - began)

    threading.Thread(target=tell, daemon=True).start()
    assert done.get(timeout=PATIENCE_S) < PATIENCE_S / 2
    stuck.go.set()
    prompt.close()


def test_an_indicator_without_lines_shows_nothing_and_needs_no_pins() -> None:
    prompt = open_indicator(IndicatorSettings(), FakeOutput)
    prompt.tell(Signal.ALARM, "forced", "")
    prompt.close()
    open_board("pi").open_indicator(IndicatorSettings()).close()


def test_lines_that_were_opened_are_released_when_another_is_refused() -> None:
    board = open_board("pc")
    with pytest.raises(HardwareError, match="'GPIO5'"):
        board.open_indicator(IndicatorSettings(red="GPIO5", green="GPIO6", beeper="GPIO5"))
    board.open_indicator(LINES).close()
    opened: list[FakeOutput] = []

    def open_output(line: str) -> FakeOutput:
        if line == "GPIO13":
            raise HardwareError(f"{line}: told to be missing")
        opened.append(FakeOutput(line))
        return opened[-1]

    with pytest.raises(HardwareError, match="GPIO13"):
        open_indicator(LINES, open_output)
    assert [(output.line, output.closed) for output in opened] == [("GPIO5", True), ("GPIO6", True)]


def test_a_beeper_alone_is_enough() -> None:
    lamp = Lamp("beeper")
    lamp.prompt.tell(Signal.REFUSED, "refused", "")
    lamp.wait("beeper", 4)
    lamp.prompt.close()
    assert lamp.changes("beeper") == [False, True, False, True, False]
