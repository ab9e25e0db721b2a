"""How far provisioning is, as the lamp shows it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from edge.access.state import DoorState
from edge.app.provisioning_sign import NONE, Progress, Provisioning
from edge.app.signs import Signs
from edge.link.messages import Tell
from hw.base import Signal
from hw.patterns import DARK, look, pattern

if TYPE_CHECKING:
    from pathlib import Path

STATES = ("waiting", "sealed", "working", "failed", "done")
HOUR_S = 3600.0


class Lamp:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[Signal, str]] = []

    def tell(self, signal: Signal, code: str, words: str) -> None:
        assert isinstance(words, str)
        self.told.append((signal, code))

    def close(self) -> None:
        self.told.append((Signal.IDLE, "closed"))


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_a_pattern_that_does_not_beep_for_ever(state: str) -> None:
    shown = pattern(Signal.ATTENTION, f"provisioning-{state}")
    assert shown != DARK
    assert not any(look(shown, HOUR_S + tick / 20)[0].beeper for tick in range(200))


def test_states_differ_by_their_rhythm_alone() -> None:
    shown = [pattern(Signal.ATTENTION, f"provisioning-{state}") for state in STATES]
    rhythms = {tuple(step.seconds for step in (*one.once, *one.again)) for one in shown}
    assert len(rhythms) == len(STATES)


def test_the_state_is_read_once_a_second_and_done_is_shown_for_ten(tmp_path: Path) -> None:
    file = tmp_path / "state"
    seen = Provisioning(file)
    assert seen.progress(0.0) == NONE
    file.write_text("failed\n")
    assert seen.progress(0.5) == NONE
    assert seen.progress(1.0).code == "provisioning-failed"
    file.write_text("done\n")
    assert [seen.progress(now).code for now in (2.0, 11.9, 12.0)] == ["provisioning-done"] * 2 + [""]


def test_s10_whatever_is_in_that_place_the_tick_does_not_wait_for_it(tmp_path: Path) -> None:
    pipe, folder, link, long = (tmp_path / name for name in ("pipe", "folder", "link", "long"))
    os.mkfifo(pipe)
    folder.mkdir()
    long.write_bytes(b"\xff" * 99_999)
    (tmp_path / "state").write_text("failed")
    link.symlink_to(tmp_path / "state")
    assert [Provisioning(one).progress(0.0) for one in (pipe, folder, link, long)] == [NONE] * 4


def test_what_the_terminal_says_comes_before_it() -> None:
    lamp = Lamp()
    signs = Signs(lamp)
    signs.provisioning(Progress("provisioning-working", "is being provisioned"))
    signs.show(DoorState())
    signs.hear(Tell(Signal.GOOD, "welcome", "come in"))
    signs.show(DoorState())
    assert lamp.told == [(Signal.ATTENTION, "provisioning-working"), (Signal.GOOD, "welcome")]
