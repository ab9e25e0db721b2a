"""Whether the wall clock is to be believed. Pure: readings come in, and what is made of them goes out.

Schedules, validity dates and yearly holidays hang on the wall clock, and it can be wrong in silence: a board without a
battery wakes up in the past, a battery dies, somebody sets it by hand, a time server lies. So it is judged before it
is used, and **in doubt it is not believed**: then nothing that needs a time lets anybody in, whatever asks for more
because of the time is taken to apply, and the way out is as open as ever (S3, S10). What is never doubted is the
monotonic clock: all that is measured in seconds runs on it.

What is believed:

- Never a time before this software was made, a time more than `FORWARD_S` after the newest one ever believed, or a
  number that is none; a time server is not believed either when it says so, only an operator (`confirm`).
- A synchronised clock, unless it is more than `BACK_S` behind the newest time ever believed: whoever can turn back the
  time brings expired passes to life.
- An unsynchronised clock at the first look after a start, when a battery kept it going while the terminal was off and
  it is not more than `SLACK_S` behind the newest time. Without a battery it shows the time at which it was switched
  off, which looks right and is not.
- After that, a clock that runs exactly as the monotonic one does, to within `STEP_S` since it was last synchronised,
  confirmed or first believed, in all and not from look to look: many small steps are a large one. Slewing by a time
  server moves both clocks alike and is no step.

A clock that is not believed becomes so in two ways: it is synchronised and plausible, or an operator says that it is
right. That time passes, or that it steps back to where it was, does not do it: neither makes a wrong clock right.

The time zone and summer time do not come into it: the wall clock counts seconds since 1970 in UTC. A leap second is a
step of one second, within `STEP_S`. While a machine is suspended the monotonic clock must count on (CLOCK_BOOTTIME);
where it does not, waking up is a step. Whoever controls an unauthenticated time server chooses the time within these
bounds: that is for the network to prevent (NTS), and for rules that must hold at any price to have no schedule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf, isfinite, isnan

DAY_S = 86_400.0

BUILT = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
"""No clock that is right shows a time before the release of this code."""

LIFE_S = 3650 * DAY_S
"""So long after its release this code may be started for the first time."""

FORWARD_S = 366 * DAY_S
"""So far ahead of the newest time a clock is believed: the terminal lay on a shelf."""

BACK_S = DAY_S
"""So far behind it a synchronised clock is believed: the battery's was fast."""

SLACK_S = 300.0
"""So far behind it an unsynchronised one is, at the first look: a battery's clock drifts from the machine's."""

STEP_S = 2.0
"""By so much the wall clock may depart from the monotonic one."""

_LAST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
"""Later times have no date."""

_REMEDY = "set it right and confirm it, or connect a time server"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the machine's clocks show at one moment.

    Attributes:
        wall: Seconds since 1970, UTC.
        monotonic: Seconds since the machine was started, time asleep included.
        synchronised: Whether a time server keeps the wall clock right (the kernel's STA_UNSYNC is not set).
        kept: Whether a battery's clock agreed with it when the machine was started; asked at the first look only.
    """

    wall: float
    monotonic: float
    synchronised: bool
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """What is made of the readings so far.

    Attributes:
        trusted: Whether the wall clock is believed.
        why: Why not, as a sentence that says what to do; empty when it is. It may change while `trusted` does not.
        wall: The last reading: seconds since 1970,
        monotonic: and seconds since the start.
        newest: The greatest wall time ever believed, seconds since 1970, and 0 before any was; to be kept when the
            terminal is switched off.
        lead: What wall minus monotonic was when the clock was last synchronised, confirmed or first believed.
    """

    trusted: bool
    why: str
    wall: float
    monotonic: float
    newest: float
    lead: float = 0.0


def look(clock: Clock | None, reading: Reading, newest: float | None = None) -> Clock:
    """Judge a reading.

    Args:
        clock: What the last look returned; None at the first one after a start.
        reading: What the clocks show.
        newest: At the first look the greatest wall time ever believed, as it was kept; None or 0 on a terminal that
            never believed any. Later the clock knows it.
    """
    known = (newest or 0.0) if clock is None else clock.newest
    if isnan(known):
        known = inf  # what was kept is damaged: then every time is too early, until an operator confirms one
    why = _doubt(clock, reading, known)
    if why:
        return Clock(trusted=False, why=why, wall=reading.wall, monotonic=reading.monotonic, newest=known)
    believed = _believed(reading)
    lead = believed.lead if clock is None or reading.synchronised else clock.lead
    return replace(believed, lead=lead, newest=max(known, reading.wall))


def confirm(clock: Clock | None, reading: Reading) -> Clock:
    """Believe a reading because an operator says that it is right; this alone can take back the newest time.

    A time that cannot be right stays refused, with the reason.
    """
    why = _impossible(reading)
    if why:
        known = 0.0 if clock is None else clock.newest
        return Clock(trusted=False, why=why, wall=reading.wall, monotonic=reading.monotonic, newest=known)
    return _believed(reading)


def _believed(reading: Reading) -> Clock:
    return Clock(
        trusted=True,
        why="",
        wall=reading.wall,
        monotonic=reading.monotonic,
        newest=reading.wall,
        lead=reading.wall - reading.monotonic,
    )


def _doubt(clock: Clock | None, reading: Reading, newest: float) -> str:
    """Why a reading is not believed, as a sentence; empty when it is."""
    why = _impossible(reading) or _ahead(reading, newest)
    if why:
        return why
    if reading.synchronised:
        return _behind(reading, newest, BACK_S)
    if clock is not None:
        return _stepped(clock, reading)
    if not reading.kept:
        return f"No battery kept the clock going while the terminal was off; {_REMEDY}."
    return _behind(reading, newest, SLACK_S)


def _impossible(reading: Reading) -> str:
    if not (isfinite(reading.wall) and isfinite(reading.monotonic)) or reading.wall > _LAST:
        return f"The clock showed no time at all; {_REMEDY}."
    if reading.wall < BUILT:
        return f"The clock showed {_day(reading.wall)}, before this software was made; {_REMEDY}."
    return ""


def _ahead(reading: Reading, newest: float) -> str:
    latest = max(newest, BUILT) + FORWARD_S if newest else BUILT + LIFE_S
    if reading.wall > latest:
        return f"The clock showed {_day(reading.wall)}, too far ahead of what is known here; {_REMEDY}."
    return ""


def _behind(reading: Reading, newest: float, by: float) -> str:
    if reading.wall < newest - by:
        return f"The clock showed {_day(reading.wall)}, but it was {_day(newest)} here already; {_REMEDY}."
    return ""


def _stepped(clock: Clock, reading: Reading) -> str:
    """Why an unsynchronised clock is not believed that was looked at before; doubt stays."""
    step = reading.wall - reading.monotonic - clock.lead
    if clock.trusted and abs(step) > STEP_S:
        return f"The clock was set by {step:+.0f} s without a time server; {_REMEDY}."
    return clock.why


def _day(wall: float) -> str:
    """The time as people write it, or the number where there is no such time."""
    try:
        return f"{datetime.fromtimestamp(wall, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{wall:g} s since 1970"
