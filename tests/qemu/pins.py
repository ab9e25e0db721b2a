"""What the emulated machine's GPIO lines did, from power-on to power-off; and which pulses were wrong. Pure.

QEMU writes a line for each change of a level, in the call that makes it: nothing polls, so no pulse is too short.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EVENTS = ("pl061_set_output", "pl061_input_change")
"""What QEMU is told to trace; the first is written for each line when the machine is reset, too: that is power-on."""
LOCK, EXIT = 3, 5
"""The lines of the test image's wiring."""
_OUTPUT = re.compile(r"^\d+@(\d+\.\d+):pl061_set_output \S+ setting output (\d) to ([01])$")
_INPUT = re.compile(r"^\d+@(\d+\.\d+):pl061_input_change \S+ input (\d) changed to ([01])$")


@dataclass(frozen=True, slots=True)
class Change:
    """A line that changed.

    Attributes:
        at: Seconds since 1970 of the host's clock, of which QEMU's trace is written.
        line: 0 to 7.
        high: Its level from now on.
        by: Whether the machine drove it, or somebody outside.
    """

    at: float
    line: int
    high: bool
    by: Literal["machine", "outside"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a lock's line may go high: from a moment on, for so long."""

    at: float
    lasts_s: float


@dataclass(frozen=True, slots=True)
class Pulse:
    """A lock's line that was high; `end` is None where the power went first."""

    start: float
    end: float | None


class TraceError(ValueError):
    """A trace from which nothing may be concluded."""


def changes(text: str) -> list[Change]:
    """Read a trace.

    Raises:
        TraceError: A line is none of QEMU's, or the controller's reset is missing: then pulses may be, too.
    """
    found: list[Change] = []
    for line in text.splitlines():
        if output := _OUTPUT.match(line):
            found.append(Change(float(output[1]), int(output[2]), output[3] == "1", "machine"))
        elif entered := _INPUT.match(line):
            found.append(Change(float(entered[1]), int(entered[2]), entered[3] == "1", "outside"))
        else:
            raise TraceError(f"not a line of a pin trace: {line!r}")
    if not any(one.by == "machine" and one.line == LOCK for one in found):
        raise TraceError("the lock's line is not in the trace: not even its level at power-on")
    return found


def pulses(trace: Iterable[Change], line: int = LOCK) -> list[Pulse]:
    """Return when a line was driven high, in order."""
    found: list[Pulse] = []
    start: float | None = None
    for one in trace:
        if one.line != line or one.by != "machine":
            continue
        if one.high and start is None:
            start = one.at
        elif not one.high and start is not None:
            found.append(Pulse(start, one.at))
            start = None
    if start is not None:
        found.append(Pulse(start, None))
    return found


def presses(trace: Iterable[Change], lasts_s: float) -> list[Reason]:
    """Return a reason for each press of the exit button; it is wired to the other level than a lock."""
    return [Reason(one.at, lasts_s) for one in trace if one.by == "outside" and one.line == EXIT and not one.high]


def wrong_pulses(found: Sequence[Pulse], reasons: Sequence[Reason], power_off: float) -> list[Pulse]:
    """Return the pulses that nothing allows, or that outlast what allows them.

    Args:
        found: Of a whole run.
        reasons: Presses, faces and orders of that run, by the host's clock as well.
        power_off: When the machine lost its power: a line that was still high was high until then.
    """
    return [one for one in found if not _allowed(one, reasons, power_off)]


def _allowed(pulse: Pulse, reasons: Sequence[Reason], power_off: float) -> bool:
    """Reasons that follow each other while the line is high add up: a second press keeps a door open longer."""
    end = power_off if pulse.end is None else pulse.end
    until = pulse.start
    for one in sorted(reasons, key=lambda reason: reason.at):
        if one.at <= until < one.at + one.lasts_s:
            until = one.at + one.lasts_s
    return pulse.start < until and end <= until
