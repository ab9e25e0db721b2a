"""The voice: what is spoken, what is cut off, and what is not said twice; by a stand-in, and by the real espeak-ng."""

from __future__ import annotations

import os
import shutil
import threading
import time
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hw.base import HardwareError, Signal
from hw.board import open_board
from hw.fake import FakePrompt
from hw.prompts import Prompts, with_voice
from hw.settings import PromptSettings
from hw.spoken import MAX_CHARACTERS, PROGRAM, SpokenPrompt

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 5.0
QUIET_S = 0.3
LEFT = (Signal.ATTENTION, "turn-left", "Turn your head to your left.")
RIGHT = (Signal.ATTENTION, "turn-right", "Turn your head to your right.")
IDLE = (Signal.IDLE, "", "")

SPEAKER = """#!/bin/sh
case "$*" in *-q) exit 0;; esac
words=$(cat)
echo "$$ $* < $words" >> "$HEARD"
case "$words" in
  *slowly*) exec sleep 60;;
  *badly*) echo "error: no such sound card" >&2;;
esac
"""


class Ears:
    """What the stand-in was told to speak."""

    def __init__(self, heard: Path) -> None:
        self.heard = heard

    def lines(self, count: int) -> list[str]:
        until(lambda: len(self.read()) >= count)
        return self.read()

    def read(self) -> list[str]:
        return self.heard.read_text().splitlines() if self.heard.exists() else []

    def words(self, count: int) -> list[str]:
        return [line.partition(" < ")[2] for line in self.lines(count)]


def until(condition: Callable[[], bool]) -> None:
    end, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not condition() and time.monotonic() < end:
        pause.wait(0.005)


@pytest.fixture
def ears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ears:
    program = tmp_path / PROGRAM
    program.write_text(SPEAKER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("HEARD", str(tmp_path / "heard"))
    return Ears(tmp_path / "heard")


def test_the_words_are_spoken_by_the_voice_that_was_chosen(ears: Ears) -> None:
    prompt = SpokenPrompt(PromptSettings(language="en-gb", variant="f3", words_per_minute=140))
    prompt.tell(*LEFT)
    (line,) = ears.lines(1)
    assert line.partition(" ")[2] == f"-v en-gb+f3 -s 140 --stdin < {LEFT[2]}"
    prompt.close()


def test_what_is_said_may_be_in_another_language_by_its_code(ears: Ears) -> None:
    prompt = SpokenPrompt(PromptSettings(language="de", phrases={"turn-left": "Drehen Sie den Kopf nach links."}))
    prompt.tell(*LEFT)
    ears.lines(1)
    prompt.tell(*RIGHT)
    assert ears.words(2) == ["Drehen Sie den Kopf nach links.", RIGHT[2]]
    prompt.close()


def is_alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def test_newer_words_cut_off_older_ones_and_idle_lets_them_end(ears: Ears) -> None:
    prompt = SpokenPrompt(PromptSettings())
    prompt.tell(Signal.ATTENTION, "nod", "Nod slowly.")
    speaker = int(ears.lines(1)[0].split()[0])
    prompt.tell(*IDLE)
    assert is_alive(speaker)
    prompt.tell(*LEFT)
    assert ears.words(2) == ["Nod slowly.", LEFT[2]]
    assert not is_alive(speaker)
    prompt.close()


def test_closing_cuts_off_what_is_spoken_and_nothing_is_spoken_after_it(ears: Ears) -> None:
    prompt = SpokenPrompt(PromptSettings())
    prompt.tell(Signal.ATTENTION, "nod", "Nod slowly.")
    speaker = int(ears.lines(1)[0].split()[0])
    prompt.close()
    prompt.close()
    assert not is_alive(speaker)
    prompt.tell(*LEFT)
    assert ears.words(1) == ["Nod slowly."]
    assert "spoken" not in {thread.name for thread in threading.enumerate()}


def test_the_same_words_are_not_repeated_at_once_but_an_older_request_is_made_again(ears: Ears) -> None:
    prompt = SpokenPrompt(PromptSettings())
    prompt.tell(*LEFT)
    ears.lines(1)
    for told in (LEFT, IDLE, LEFT):
        prompt.tell(*told)
    threading.Event().wait(QUIET_S)
    assert ears.words(1) == [LEFT[2]]
    prompt.tell(*RIGHT)
    ears.lines(2)
    prompt.tell(*LEFT)
    assert ears.words(3) == [LEFT[2], RIGHT[2], LEFT[2]]
    prompt.close()


def test_words_cannot_be_options_and_are_bounded(ears: Ears) -> None:
    prompt = SpokenPrompt(PromptSettings())
    prompt.tell(Signal.ATTENTION, "odd", "-w /etc/passwd\n" + "x" * 999)
    (line,) = ears.lines(1)
    options, _, words = line.partition(" < ")
    assert options.endswith("-v en -s 150 --stdin")
    assert words.startswith("-w /etc/passwd x")
    assert len(words) == MAX_CHARACTERS
    prompt.close()


def test_what_could_not_be_spoken_is_logged_and_the_next_is_spoken(
    ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    prompt = SpokenPrompt(PromptSettings())
    prompt.tell(Signal.ATTENTION, "odd", "Speak badly.")
    until(lambda: "no such sound card" in caplog.text)
    assert "group audio" in caplog.text
    prompt.tell(*LEFT)
    assert ears.words(2) == ["Speak badly.", LEFT[2]]
    prompt.close()


def test_a_voice_that_is_not_installed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    own = FakePrompt()
    with pytest.raises(HardwareError, match="apt install espeak-ng"):
        with_voice(own, PromptSettings(spoken=True))
    assert own.closed
    assert with_voice(own, PromptSettings()) is own


def test_a_board_speaks_beside_its_own_prompt(ears: Ears) -> None:
    prompt = with_voice(open_board("fake").open_prompt(), PromptSettings(spoken=True))
    assert isinstance(prompt, Prompts)
    prompt.tell(*LEFT)
    assert ears.words(1) == [LEFT[2]]
    prompt.close()


real = pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="espeak-ng is not installed: apt install espeak-ng")


@real
@pytest.mark.parametrize("language", ["en-gb", "de"])
def test_the_real_voice_speaks(tmp_path: Path, language: str) -> None:
    sound = tmp_path / "said.wav"
    prompt = SpokenPrompt(PromptSettings(language=language, variant="f2"), options=("-w", str(sound)))
    prompt.tell(*LEFT)

    def seconds() -> float:
        try:
            with wave.open(str(sound)) as read:
                return read.getnframes() / read.getframerate() if any(read.readframes(9**9)) else 0.0
        except (OSError, EOFError, wave.Error):
            return 0.0

    until(lambda: 1.0 < seconds() < 60.0)  # its length stands there when it is whole
    assert 1.0 < seconds() < 5.0
    prompt.close()


@real
def test_a_voice_that_the_real_one_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(HardwareError, match=r"prompt.language 'xx-none'.*no such voice.*--voices"):
        SpokenPrompt(PromptSettings(language="xx-none"))
