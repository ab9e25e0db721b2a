"""What the emulated machine's GPIO lines did, from power-on to power-off; and which pulses were wrong. Pure.

QEMU writes a line for each change of a level, in the call that makes it: nothing polls, so no pulse is too short.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

EVENTS = ("pl061_set_output", "pl061_input_change")
"""What QEMU is told to trace; the first is written for each line when the machine is reset, too: that is power-on."""
TIMER_EVENTS = ("arm_gt_cval_write", "arm_gt_recalc")
"""What it is told to trace, too: by its timer's alarms one knows what its own clock said."""
LOCK, EXIT = 3, 5
"""The lines of the test image's wiring."""
_OUTPUT = re.compile(r"^\d+@(\d+\.\d+):pl061_set_output \S+ setting output (\d) to ([01])$")
_INPUT = re.compile(r"^\d+@(\d+\.\d+):pl061_input_change \S+ input (\d) changed to ([01])$")
_ALARM = re.compile(r"^\d+@\d+\.\d+:arm_gt_cval_write gt_cval_write: timer 1 value 0x([0-9a-f]+)$")
_RANG = re.compile(r"^\d+@\d+\.\d+:arm_gt_recalc gt recalc: timer 1 irqstate 1 ")
_TIMER = re.compile(r"^\d+@\d+\.\d+:arm_gt_")
_TICK_HZ = 62_500_000
"""Of the machine's counter, which begins at power-on; the kernel says so at boot: "arch_timer: … at 62.50MHz"."""


@dataclass(frozen=True, slots=True)
class Change:
    """A line that changed.

    Attributes:
        at: Seconds since 1970 of the host's clock, of which QEMU's trace is written.
        line: 0 to 7.
        high: Its level from now on.
        by: Whether the machine drove it, or somebody outside.
        guest: Between which seconds since power-on by the machine's own clock: its last alarm that rang, and the one
            that it waited for.
    """

    at: float
    line: int
    high: bool
    by: Literal["machine", "outside"]
    guest: tuple[float, float] = (0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a lock's line may go high: from a moment on, for so long."""

    at: float
    lasts_s: float


@dataclass(frozen=True, slots=True)
class Pulse:
    """A lock's line that was high; `end` is None where the power went first.

    Attributes:
        start: Seconds since 1970 of the host's clock.
        end: The same.
        began: Between which seconds since power-on it began, by the machine's own clock.
        longest_s: How long it was at most, by that clock.
    """

    start: float
    end: float | None
    began: tuple[float, float] = (0.0, math.inf)
    longest_s: float = math.inf


class TraceError(ValueError):
    """A trace from which nothing may be concluded."""


class Trace:
    """A trace that is read while it grows.

    Attributes:
        changes: Of pins, so far.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.changes: list[Change] = []
        self._rang, self._set_for = 0.0, math.inf

    def read(self, line: str) -> None:
        """Read the next line.

        Raises:
            TraceError: It is none of QEMU's.
        """
        guest = (self._rang, self._set_for)
        if output := _OUTPUT.match(line):
            self.changes.append(Change(float(output[1]), int(output[2]), output[3] == "1", "machine", guest))
        elif entered := _INPUT.match(line):
            self.changes.append(Change(float(entered[1]), int(entered[2]), entered[3] == "1", "outside", guest))
        elif alarm := _ALARM.match(line):
            self._set_for = int(alarm[1], 16) / _TICK_HZ
        elif _RANG.match(line):
            self._rang, self._set_for = (self._rang if self._set_for == math.inf else self._set_for), math.inf
        elif not _TIMER.match(line):
            raise TraceError(f"not a line of a pin trace: {line!r}")


def changes(text: str) -> list[Change]:
    """Read a whole trace.

    Raises:
        TraceError: A line is none of QEMU's, or the controller's reset is missing: then pulses may be, too.
    """
    trace = Trace()
    for line in text.splitlines():
        trace.read(line)
    if not any(one.by == "machine" and one.line == LOCK for one in trace.changes):
        raise TraceError("the lock's line is not in the trace: not even its level at power-on")
    return trace.changes


def pulses(trace: Iterable[Change], line: int = LOCK) -> list[Pulse]:
    """Return when a line was driven high, in order."""
    found: list[Pulse] = []
    start: Change | None = None
    for one in trace:
        if one.line != line or one.by != "machine":
            continue
        if one.high and start is None:
            start = one
        elif not one.high and start is not None:
            found.append(Pulse(start.at, one.at, start.guest, one.guest[1] - start.guest[0]))
            start = None
    if start is not None:
        found.append(Pulse(start.at, None, start.guest))
    return found


def wrong_pulses(
    found: Sequence[Pulse],
    trace: Sequence[Change],
    reasons: Sequence[Reason],
    late_s: float,
    may_last: Callable[[Pulse], float],
) -> list[Pulse]:
    """Return the pulses of a machine that counts its instructions which nothing asked for, or which were too long.

    One that the power ended has no length by the machine's clock.

    Args:
        found: Of a whole run.
        trace: Its changes.
        reasons: Faces and orders, by the host's clock; a press of the exit button is a reason by the machine's own.
        late_s: How long after a press a pulse may begin, by the machine's clock.
        may_last: How long a pulse may be, seconds of that clock.
    """
    pressed = [one for one in trace if one.by == "outside" and one.line == EXIT and not one.high]

    def asked(pulse: Pulse) -> bool:
        held = any(one.at <= pulse.start < one.at + one.lasts_s for one in reasons)
        return held or any(one.at <= pulse.start and pulse.began[0] - _earliest(one) <= late_s for one in pressed)

    def too_long(pulse: Pulse) -> bool:
        return pulse.end is not None and pulse.longest_s > may_last(pulse)

    return [one for one in found if not asked(one) or too_long(one)]


def _earliest(press: Change) -> float:
    """Return when it was by the machine's own clock, also between an alarm that rang and the next one's setting.

    Of a press before the first alarm nothing is known.
    """
    rang, set_for = press.guest
    return set_for if set_for < math.inf else rang or -math.inf
