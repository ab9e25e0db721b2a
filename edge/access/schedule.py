"""Weekly schedules and holidays, in local wall time. Pure: the caller brings the local time, and so the zone.

A schedule speaks of what the clock on the wall shows. Where summer time ends, the hour that is shown twice counts both
times; where it begins, the times that are never shown are never asked about. A window that runs past midnight belongs
to the day on which it began: its weekday counts, and whether that day is a holiday. Whether the wall clock is to be
believed at all is asked elsewhere (`edge.access.clock`), and before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from edge.values import DAYS

if TYPE_CHECKING:
    from datetime import date, datetime

    from edge.config.rules import Schedule
    from edge.values import Day


class Window(Protocol):
    """Hours of some days of the week."""

    @property
    def days(self) -> tuple[Day, ...]:
        """The days on which it begins; none given is every day."""

    @property
    def since(self) -> str:
        """When it begins, "HH:MM" of local time."""

    @property
    def until(self) -> str:
        """When it has ended, "HH:MM" or "24:00"; a time before `since` is the next day's."""


def holds(schedule: Schedule, holidays: tuple[str, ...], local: datetime) -> bool:
    """Whether a schedule holds at a local time; for the holidays see `is_holiday`."""
    return running(schedule, holidays, local) is not None


def running(schedule: Schedule, holidays: tuple[str, ...], local: datetime) -> date | None:
    """Return the day on which the window that is running at a local time began; None when the schedule does not hold.

    Two moments lie in the same window of a schedule when this day is the same.
    """
    day = began(schedule, local)
    if day is None or schedule.holidays == "open":
        return day
    return day if is_holiday(day, holidays) == (schedule.holidays == "only") else None


def is_holiday(day: date, holidays: tuple[str, ...]) -> bool:
    """Whether a day is one of the holidays: days of one year ("2026-12-25"), and days of every year ("12-25")."""
    written = day.isoformat()
    return written in holidays or written.removeprefix(f"{day.year}-") in holidays


def began(window: Window, local: datetime) -> date | None:
    """Return the day on which the window that is running at a local time began, holidays aside; None outside it."""
    now, day = local.isoformat()[11:16], local.date()
    if window.since <= window.until:
        within = window.since <= now < window.until
    elif now < window.until:
        within, day = True, day - timedelta(days=1)
    else:
        within = now >= window.since
    return day if within and (not window.days or DAYS[day.weekday()] in window.days) else None
