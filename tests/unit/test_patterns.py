"""What the lamp shows and the beeper sounds: told apart by whoever sees no colours, hears nothing, or sees nothing."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.base import Signal
from hw.patterns import DARK, Look, look, pattern

ASKED = ("turn-left", "turn-right", "turn-a-little", "nod", "look-up", "look-straight", "come-closer", "something-new")
TOLD = [
    *((Signal.ATTENTION, code) for code in ASKED),
    *((signal, "") for signal in (Signal.IDLE, Signal.GOOD, Signal.REFUSED, Signal.WARNING, Signal.ALARM)),
]
TICK_S = 0.02


def played(signal: Signal, code: str, seconds: float) -> list[Look]:
    return [look(pattern(signal, code), tick * TICK_S)[0] for tick in range(round(seconds / TICK_S))]


def lit(shown: Look) -> bool:
    return shown.red or shown.green or shown.blue


def share_that_differs(one: list[bool], other: list[bool]) -> float:
    return sum(a != b for a, b in zip(one, other, strict=True)) / len(one)


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(TOLD, 2)))
def test_two_prompts_differ_in_rhythm_without_colours_and_in_sound(
    one: tuple[Signal, str], other: tuple[Signal, str]
) -> None:
    first, second = played(*one, 3.0), played(*other, 3.0)
    assert share_that_differs([lit(shown) for shown in first], [lit(shown) for shown in second]) > 0.08
    heard = [[shown.beeper for shown in shows] for shows in (first, second)]
    assert share_that_differs(*heard) > 0.03


def test_every_refusal_looks_and_sounds_the_same() -> None:
    reasons = ("refused", "not-live", "locked-out", "")
    shows = [played(Signal.REFUSED, reason, 5.0) for reason in reasons]
    assert all(show == shows[0] for show in shows)
    assert not any(shown.green or shown.blue for shown in shows[0])


def beeps(signal: Signal, code: str, seconds: float) -> int:
    sounds = [shown.beeper for shown in played(signal, code, seconds)]
    return sum(now and not before for before, now in itertools.pairwise([False, *sounds]))


def test_good_is_a_second_of_green_and_one_beep_and_a_refusal_two() -> None:
    good = played(Signal.GOOD, "granted", 3.0)
    assert sum(shown.green for shown in good) * TICK_S == pytest.approx(1.0, abs=TICK_S)
    assert not any(shown.red for shown in good)
    assert (beeps(Signal.GOOD, "", 9.0), beeps(Signal.REFUSED, "", 9.0)) == (1, 2)


def test_left_blinks_once_and_right_twice_in_a_round() -> None:
    assert (beeps(Signal.ATTENTION, "turn-left", 0.9), beeps(Signal.ATTENTION, "turn-right", 0.9)) == (1, 2)


def test_a_warning_grows_more_urgent() -> None:
    sounds = [shown.beeper for shown in played(Signal.WARNING, "held-open", 20.0)]
    starts = [tick for tick, (before, now) in enumerate(itertools.pairwise([False, *sounds])) if now and not before]
    gaps = [later - sooner for sooner, later in itertools.pairwise(starts)]
    assert all(later <= sooner + 1 for sooner, later in itertools.pairwise(gaps))
    assert gaps[-1] < gaps[0] / 2


def test_an_alarm_sounds_without_a_pause_and_idle_shows_nothing() -> None:
    assert all(shown.beeper for shown in played(Signal.ALARM, "forced", 60.0))
    assert pattern(Signal.IDLE, "") is DARK
    assert look(DARK, 1.0) == (Look(), math.inf)


@pytest.mark.parametrize(("signal", "code"), TOLD)
def test_no_pattern_beeps_for_ever(signal: Signal, code: str) -> None:
    shown = pattern(signal, code)
    assert shown.beeps_s <= 300.0
    assert not any(look(shown, 300.0 + tick * TICK_S)[0].beeper for tick in range(500))


@pytest.mark.parametrize("signal", [Signal.ALARM, Signal.WARNING])
def test_the_lamp_goes_on_when_the_beeper_has_sounded_for_long_enough(signal: Signal) -> None:
    assert any(lit(look(pattern(signal, ""), 3600.0 + tick * TICK_S)[0]) for tick in range(50))


@given(st.sampled_from(TOLD), st.floats(0, 1000))
def test_a_look_stays_until_its_end_and_its_end_comes(told: tuple[Signal, str], since_s: float) -> None:
    shown = pattern(*told)
    now, until = look(shown, since_s)
    assert until > since_s or math.isclose(until, since_s)
    if until < math.inf:
        middle = since_s + (until - since_s) * 0.5
        assert look(shown, middle)[0] == now
