"""What a lamp shows and a beeper sounds, as data. Pure: no clock, no lines.

Whoever cannot tell the colours knows a pattern by its rhythm, whoever cannot hear by the lamp, whoever cannot see by
the beeps. Every refusal looks and sounds the same: why somebody is refused is not told to strangers. No pattern beeps
for ever, whatever becomes of whoever asked for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hw.base import Signal


@dataclass(frozen=True, slots=True)
class Look:
    """What is on at a moment."""

    red: bool = False
    green: bool = False
    blue: bool = False
    beeper: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A look, and for how many seconds."""

    look: Look
    seconds: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """Steps in time.

    Attributes:
        once: What is played first,
        again: and then over and over; empty to be dark afterwards.
        beeps_s: After so many seconds the beeper is silent, and only the lamp goes on.
    """

    once: tuple[Step, ...] = ()
    again: tuple[Step, ...] = ()
    beeps_s: float = 0.0


_OFF = Look()
DARK = Pattern()

_SHORT, _LONG, _GAP = 0.12, 0.5, 0.2


def _flashes(lit: Look, seconds: tuple[float, ...], pause_s: float, *, beep: bool = True) -> tuple[Step, ...]:
    """Flashes of so many seconds, a short gap between two, and a pause at the end; each sounds as long as it shines."""
    on = Look(lit.red, lit.green, lit.blue, beeper=beep)
    steps = [step for length in seconds for step in (Step(on, length), Step(_OFF, _GAP))]
    return (*steps[:-1], Step(_OFF, pause_s))


_RED, _GREEN, _BLUE = Look(red=True), Look(green=True), Look(blue=True)
_AMBER, _WHITE = Look(red=True, green=True), Look(red=True, green=True, blue=True)

_REQUESTED_BEEPS_S = 4.0
_REQUESTS: dict[str, tuple[Look, tuple[float, ...], float]] = {
    "turn-left": (_BLUE, (_SHORT,), 0.9),
    "turn-right": (_BLUE, (_SHORT, _SHORT), 0.9),
    "turn-a-little": (_BLUE, (_SHORT, _LONG), 0.9),
    "nod": (_WHITE, (_LONG, _LONG), 0.9),
    "look-up": (_WHITE, (_SHORT, _SHORT, _SHORT), 0.9),
    "look-straight": (_WHITE, (1.2,), 0.3),
    "enter-pin": (_BLUE, (_LONG, _SHORT), 0.9),
    "show-code": (_BLUE, (_LONG, _LONG), 0.9),
    "come-closer": (_AMBER, (_SHORT, _SHORT, _SHORT, _SHORT, _SHORT), 0.5),
}
_OTHER_REQUEST = (_AMBER, (_LONG,), 0.5)

_PROVISIONING = {
    "provisioning-waiting": Pattern(again=_flashes(_BLUE, (_SHORT,), 2.5, beep=False)),
    "provisioning-sealed": Pattern(again=_flashes(_BLUE, (_LONG, _SHORT, _LONG), 1.5, beep=False)),
    "provisioning-wrong": Pattern(again=_flashes(_RED, (_LONG, _SHORT, _LONG, _SHORT), 1.0), beeps_s=2.0),
    "provisioning-working": Pattern(again=_flashes(_WHITE, (_LONG,), _LONG, beep=False)),
    "provisioning-failed": Pattern(again=_flashes(_RED, (_SHORT, _SHORT, _SHORT, _LONG), 1.0), beeps_s=10.0),
    "provisioning-done": Pattern(once=_flashes(_GREEN, (1.0, 1.0, 1.0), _GAP, beep=False)),
}
"""Nobody need do anything at once: the beeper is heard when it failed, for ten seconds, and when a code was wrong."""

_KEY = Pattern(once=(Step(Look(blue=True, beeper=True), 0.05), Step(_BLUE, 0.45)), beeps_s=0.05)
_GOOD = Pattern(once=(Step(Look(green=True, beeper=True), 0.15), Step(_GREEN, 0.85)), beeps_s=1.0)
_REFUSED = Pattern(once=_flashes(_RED, (0.4, 0.4), _GAP) + _flashes(_RED, (0.4, 0.4), _GAP, beep=False), beeps_s=1.0)
_WARNING = Pattern(
    once=tuple(step for pause_s in (1.0, 1.0, 0.8, 0.6, 0.4) for step in _flashes(_AMBER, (0.1,), pause_s) * 2),
    again=_flashes(_AMBER, (0.1,), 0.2),
    beeps_s=120.0,
)
_ALARM = Pattern(again=(Step(Look(red=True, beeper=True), 0.1), Step(Look(beeper=True), 0.1)), beeps_s=300.0)


def pattern(signal: Signal, code: str) -> Pattern:
    """What is shown and sounded for this; only what is asked of a person differs by its code."""
    if signal is Signal.ATTENTION and code == "key":
        return _KEY
    if signal is Signal.ATTENTION and code in _PROVISIONING:
        return _PROVISIONING[code]
    if signal is Signal.ATTENTION:
        lit, seconds, pause_s = _REQUESTS.get(code, _OTHER_REQUEST)
        return Pattern(again=_flashes(lit, seconds, pause_s), beeps_s=_REQUESTED_BEEPS_S)
    return {Signal.GOOD: _GOOD, Signal.REFUSED: _REFUSED, Signal.WARNING: _WARNING, Signal.ALARM: _ALARM}.get(
        signal, DARK
    )


def look(shown: Pattern, since_s: float) -> tuple[Look, float]:
    """What is on `since_s` after a pattern began, and until how many seconds after its beginning at the latest."""
    first_s = sum(step.seconds for step in shown.once)
    if since_s < first_s:
        found, until_s = _within(shown.once, since_s, 0.0)
    elif shown.again:
        round_s = sum(step.seconds for step in shown.again)
        begun_s = first_s + (since_s - first_s) // round_s * round_s
        found, until_s = _within(shown.again, since_s, begun_s)
    else:
        return _OFF, math.inf
    if found.beeper and since_s >= shown.beeps_s:
        return Look(found.red, found.green, found.blue), until_s
    return found, min(until_s, shown.beeps_s) if found.beeper else until_s


def _within(steps: tuple[Step, ...], since_s: float, begun_s: float) -> tuple[Look, float]:
    for step in steps:
        begun_s += step.seconds
        if since_s < begun_s:
            return step.look, begun_s
    return steps[-1].look, begun_s  # a rounding error past the last one
