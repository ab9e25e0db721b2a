"""One suite over the prompts of every board: what is told is shown once, in order, and nothing ever waits or raises."""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from hw.base import Prompt, Signal
from hw.board import open_board
from hw.console import STDERR, ConsolePrompt
from hw.fake import FakePrompt
from hw.fake_panel import FakeOutput
from hw.indicator import IndicatorPrompt
from hw.prompts import Prompts
from hw.settings import PromptSettings
from hw.spoken import SpokenPrompt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE_S = 5.0
LEFT = (Signal.ATTENTION, "turn-left", "Turn your head to the left.")
RIGHT = (Signal.ATTENTION, "turn-right", "Turn your head to the right.")
WELL = (Signal.GOOD, "well", "Thank you.")
NO = (Signal.REFUSED, "refused", "Access denied.")
IDLE = (Signal.IDLE, "", "")


class Shown:
    """A board's prompt, and what a person sees of it."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt

    def words(self, count: int) -> list[str]:
        """The sentences that were shown, once there are `count` of them, or patience is at an end.

        `capfd` made standard error a file. Its own `readouterr` empties that, and loses what is written meanwhile.
        """
        if isinstance(self.prompt, FakePrompt):
            return [words for _, _, _, words in self.prompt.history if words]
        end, tick = time.monotonic() + PATIENCE_S, threading.Event()
        while True:
            text = os.pread(STDERR, 4096, 0).decode()
            if text.count("\n") >= count or time.monotonic() >= end:
                return [line.split(" ", 1)[1] for line in text.splitlines()]
            tick.wait(0.002)


@pytest.fixture(params=["fake", "pc", "pi", "among-others"])
def shown(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Iterator[Shown]:
    del capfd
    if request.param == "among-others":
        prompt: Prompt = Prompts(FakePrompt(), open_board("pc").open_prompt(), IndicatorPrompt({"red": FakeOutput()}))
    else:
        prompt = open_board(request.param).open_prompt()
    yield Shown(prompt)
    prompt.close()
    join_writers()


def join_writers() -> None:
    for thread in threading.enumerate():
        if thread.name == "prompt":
            thread.join(PATIENCE_S)


def test_what_is_told_is_shown_in_order(shown: Shown) -> None:
    for told in (LEFT, WELL, NO):
        shown.prompt.tell(*told)
    assert shown.words(3) == [LEFT[2], WELL[2], NO[2]]


def test_what_is_shown_already_is_not_shown_again(shown: Shown) -> None:
    for told in (LEFT, LEFT, LEFT, RIGHT, RIGHT, LEFT):
        shown.prompt.tell(*told)
    shown.prompt.tell(*WELL)
    assert shown.words(4) == [LEFT[2], RIGHT[2], LEFT[2], WELL[2]]


def test_idle_has_no_words_and_what_follows_it_is_news(shown: Shown) -> None:
    for told in (LEFT, IDLE, LEFT, WELL):
        shown.prompt.tell(*told)
    assert shown.words(3) == [LEFT[2], LEFT[2], WELL[2]]


def test_the_same_words_of_another_kind_are_news(shown: Shown) -> None:
    for told in ((Signal.ATTENTION, "a", "Wait."), (Signal.REFUSED, "a", "Wait."), (Signal.REFUSED, "b", "Wait.")):
        shown.prompt.tell(*told)
    assert shown.words(3) == ["Wait."] * 3


def test_nothing_is_shown_after_close_and_a_second_close_does_nothing(shown: Shown) -> None:
    shown.prompt.tell(*LEFT)
    assert shown.words(1) == [LEFT[2]]
    shown.prompt.close()
    shown.prompt.close()
    shown.prompt.tell(*RIGHT)
    join_writers()
    assert RIGHT[2] not in shown.words(0)


def test_many_threads_may_tell(shown: Shown) -> None:
    tellers = [threading.Thread(target=shown.prompt.tell, args=(*LEFT[:2], f"Number {turn}.")) for turn in range(6)]
    for teller in tellers:
        teller.start()
    for teller in tellers:
        teller.join(PATIENCE_S)
    assert sorted(shown.words(6)) == [f"Number {turn}." for turn in range(6)]


def voice(folder: Path) -> Prompt:
    """The speaker, with a stand-in for espeak-ng that says nothing and lasts."""
    program = folder / "espeak-ng"
    program.write_text("#!/bin/sh\ncase $* in *-q*) exit 0;; esac\nexec sleep 60\n")
    program.chmod(0o755)
    return SpokenPrompt(PromptSettings(spoken=True))


class RaisingPrompt:
    """A prompt that breaks its promises."""

    def __init__(self) -> None:
        self.closes = 0

    def tell(self, signal: Signal, code: str, words: str) -> None:
        raise OSError(f"cannot show {signal} {code} {words}")

    def close(self) -> None:
        self.closes += 1
        raise OSError("cannot close")


PROMPTS: dict[str, Callable[[Path], Prompt]] = {
    "fake": lambda _: open_board("fake").open_prompt(),
    "console": lambda _: open_board("pc").open_prompt(),
    "indicator": lambda _: IndicatorPrompt({part: FakeOutput() for part in ("red", "green", "blue", "beeper")}),
    "indicator-on-nothing": lambda _: IndicatorPrompt({}),
    "spoken": voice,
    "many": lambda folder: Prompts(FakePrompt(), RaisingPrompt(), voice(folder), IndicatorPrompt({})),
    "none": lambda _: Prompts(),
}


@pytest.fixture(params=sorted(PROMPTS))
def prompt(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Prompt]:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    opened = PROMPTS[request.param](tmp_path)
    yield opened
    opened.close()
    join_writers()


def test_no_prompt_ever_waits_or_raises_whatever_it_is_told_and_when(prompt: Prompt) -> None:
    told = [
        (signal, code, words) for signal in Signal for code in ("", "x" * 9999, "\0\n") for words in ("", "\udcff-v\0")
    ]
    done = threading.Event()

    def tell() -> None:
        for turn in range(300):
            prompt.tell(*told[turn % len(told)])
        prompt.close()
        prompt.close()
        for each in told:
            prompt.tell(*each)
        done.set()

    threading.Thread(target=tell, daemon=True).start()
    assert done.wait(PATIENCE_S)


def test_a_prompt_that_raises_does_not_keep_words_from_the_others_and_all_are_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, broken, last = FakePrompt(), RaisingPrompt(), FakePrompt()
    prompts = Prompts(first, broken, last)
    prompts.tell(*LEFT)
    prompts.tell(*WELL)
    prompts.close()
    assert [told[1:] for told in first.history] == [told[1:] for told in last.history] == [LEFT, WELL]
    assert (first.closed, broken.closes, last.closed) == (True, 1, True)
    assert caplog.messages == ["a prompt failed; the others go on"]


def test_the_fake_drops_what_it_cannot_show_and_says_when_it_showed_the_rest() -> None:
    prompt = FakePrompt()
    prompt.failing = 1
    before = time.monotonic()
    prompt.tell(*LEFT)
    prompt.tell(*WELL)
    assert prompt.dropped == 1
    ((at, *rest),) = prompt.history
    assert before <= at <= time.monotonic()
    assert tuple(rest) == WELL
    prompt.close()
    assert prompt.closed


def test_a_console_line_says_its_kind_and_is_one_line_whatever_the_words() -> None:
    reader, writer = os.pipe()
    prompt = ConsolePrompt(writer)
    prompt.tell(Signal.ATTENTION, "odd", "Two\nlines \udcff and\ttabs.")
    prompt.close()
    join_writers()
    assert os.read(reader, 65536) == b"ATTENTION Two lines \\udcff and tabs.\n"
    os.close(reader)
    os.close(writer)


def stuffed_pipe() -> tuple[int, int]:
    """A pipe that is full: a write to it waits."""
    reader, writer = os.pipe()
    flags = fcntl.fcntl(writer, fcntl.F_GETFL)
    fcntl.fcntl(writer, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        fcntl.fcntl(writer, fcntl.F_SETFL, flags)
    return reader, writer


def test_a_console_that_nobody_reads_holds_nobody_up_and_keeps_the_newest_lines() -> None:
    reader, writer = stuffed_pipe()
    prompt = ConsolePrompt(writer)
    done = threading.Event()

    def tell() -> None:
        for turn in range(1000):
            prompt.tell(*LEFT[:2], f"Number {turn}.")
        prompt.close()
        done.set()

    threading.Thread(target=tell, daemon=True).start()
    assert done.wait(PATIENCE_S)
    text = b""
    while not text.endswith(b"Number 999.\n"):
        assert select.select([reader], [], [], PATIENCE_S)[0]
        text += os.read(reader, 65536)
    join_writers()
    lines = text.lstrip(b"x").splitlines()
    assert lines[-8:] == [f"ATTENTION Number {turn}.".encode() for turn in range(992, 1000)]
    assert len(lines) <= 10
    os.close(reader)
    os.close(writer)


def test_a_console_that_is_gone_drops_lines_and_goes_on() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    prompt = ConsolePrompt(writer)
    prompt.tell(*LEFT)
    prompt.tell(*WELL)
    prompt.close()
    join_writers()
    assert "prompt" not in {thread.name for thread in threading.enumerate()}
    os.close(writer)


def test_a_process_whose_console_is_stuck_can_end() -> None:
    reader, writer = stuffed_pipe()
    code = (
        "from hw.base import Signal\nfrom hw.board import open_board\n"
        "prompt = open_board('pc').open_prompt()\nprompt.tell(Signal.REFUSED, 'no', 'No.')\nprint('told')"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        stdout=subprocess.PIPE,
        stderr=writer,
        check=True,
        timeout=6 * PATIENCE_S,
    )
    assert done.stdout == b"told\n"
    os.close(reader)
    os.close(writer)
