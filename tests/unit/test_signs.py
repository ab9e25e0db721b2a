"""What the door's lamp shows: alarms first, silent ones never, else what the terminal says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.access.state import DoorState, Session
from edge.app.signs import Signs
from edge.link.messages import Tell
from edge.values import ALARMS, SILENT, Alarm
from hw.base import Signal
from hw.fake import FakePrompt

HERE = DoorState(session=Session("a", live=True))


def shown(prompt: FakePrompt) -> tuple[Signal, str]:
    _, signal, code, _ = prompt.history[-1]
    return signal, code


def test_the_terminals_word_stands_until_an_alarm_and_again_after_it() -> None:
    prompt = FakePrompt()
    signs = Signs(prompt)
    signs.hear(Tell("attention", "turn-left", "Turn left."))
    signs.show(HERE)
    assert shown(prompt) == (Signal.ATTENTION, "turn-left")
    signs.show(replace(HERE, alarms=frozenset({Alarm.HELD_SOON})))
    assert shown(prompt) == (Signal.WARNING, Alarm.HELD_SOON)
    signs.show(replace(HERE, alarms=frozenset({Alarm.HELD_OPEN, Alarm.FORCED_OPEN})))
    assert shown(prompt) == (Signal.ALARM, Alarm.FORCED_OPEN)
    signs.show(HERE)
    assert shown(prompt) == (Signal.ATTENTION, "turn-left")


@pytest.mark.parametrize("alarm", sorted(SILENT | {Alarm.CLOCK, Alarm.CONTROLLER, Alarm.MEMORY, Alarm.RULES}))
def test_a_silent_alarm_and_one_that_concerns_nobody_at_the_door_show_nothing(alarm: Alarm) -> None:
    prompt = FakePrompt()
    signs = Signs(prompt)
    signs.show(replace(HERE, alarms=frozenset({alarm})))
    assert shown(prompt) == (Signal.IDLE, "")


def test_a_request_of_a_terminal_that_is_gone_is_no_longer_shown_nor_is_a_word_that_nobody_knows() -> None:
    prompt = FakePrompt()
    signs = Signs(prompt)
    signs.hear(Tell("attention", "nod", "Nod."))
    signs.show(HERE)
    signs.show(DoorState())
    assert shown(prompt) == (Signal.IDLE, "")
    signs.hear(Tell("open sesame", "x", "y"))
    signs.show(HERE)
    assert shown(prompt) == (Signal.IDLE, "")


@pytest.mark.parametrize("word", ["good", "refused"])
def test_what_became_of_somebody_before_an_alarm_is_not_shown_as_news_when_it_ends(word: str) -> None:
    prompt = FakePrompt()
    signs = Signs(prompt)
    signs.hear(Tell(word, "granted", "Come in."))
    signs.show(HERE)
    signs.show(replace(HERE, alarms=frozenset({Alarm.TAMPER})))
    signs.show(HERE)
    assert shown(prompt) == (Signal.IDLE, "")
    signs.obey(Signal.GOOD, "controller")  # a controller's lamp stays as it was ordered
    signs.show(replace(HERE, alarms=frozenset({Alarm.TAMPER})))
    signs.show(HERE)
    assert shown(prompt) == (Signal.GOOD, "controller")


def test_every_alarm_has_a_sentence() -> None:
    assert set(ALARMS) == set(Alarm)
