"""Schedules in local wall time: nights, holidays, and the hours that a zone shows twice or never."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.access.schedule import began, holds, is_holiday, running
from edge.config.liveness import Stricter
from edge.config.rules import Schedule
from edge.values import DAYS

CHRISTMAS = ("12-25", "2026-12-24")  # a Friday, after a Thursday
MINUTE = timedelta(minutes=1)

CHANGES = (
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
)
"""Zones, and when their clocks are changed: by an hour, half an hour, a whole day, and at midnight."""


def schedule(hours: str = "00:00-24:00", *days: str, **fields: Any) -> Schedule:  # noqa: ANN401 - any field
    since, _, until = hours.partition("-")
    return Schedule(name="s", since=since, until=until, **({"days": days} | fields))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def minutes_of(one: Schedule, holidays: tuple[str, ...], first: date, last: date) -> set[datetime]:
    """Every minute of wall time in the windows that begin from one day to another, laid out one by one."""
    found: set[datetime] = set()
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        holiday = any(day.isoformat() == given or day.isoformat()[5:] == given for given in holidays)
        on = {"closed": not holiday, "open": True, "only": holiday}[one.holidays]
        if on and (not one.days or DAYS[day.weekday()] in one.days):
            start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (one.since, one.until))
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall time
            found |= {midnight + n * MINUTE for n in range(start, end + (1440 if end < start else 0))}
    return found


# --- stories


@pytest.mark.parametrize(
    ("when", "open_"),
    [
        ("2026-11-20 07:59", False),
        ("2026-11-20 08:00", True),
        ("2026-11-20 17:59:59.999", True),
        ("2026-11-20 18:00", False),
        ("2026-11-21 12:00", False),
    ],
)
def test_office_hours_begin_on_the_minute_and_their_end_is_outside(when: str, open_: bool) -> None:
    assert holds(schedule("08:00-18:00", *DAYS[:5]), CHRISTMAS, at(when)) is open_


@pytest.mark.parametrize(
    ("when", "began_on"),
    [
        ("2026-11-20 21:59", None),
        ("2026-11-20 22:00", date(2026, 11, 20)),
        ("2026-11-20 23:59", date(2026, 11, 20)),
        ("2026-11-21 00:00", date(2026, 11, 20)),
        ("2026-11-21 05:59", date(2026, 11, 20)),
        ("2026-11-21 06:00", None),
        ("2026-11-21 22:00", None),
        ("2026-11-20 03:00", None),
    ],
)
def test_a_night_belongs_to_the_friday_on_which_it_began(when: str, began_on: date | None) -> None:
    assert running(schedule("22:00-06:00", "fri"), CHRISTMAS, at(when)) == began_on


@pytest.mark.parametrize(
    ("holidays", "when", "open_"),
    [
        ("closed", "2026-12-24 23:00", False),
        ("closed", "2026-12-26 03:00", False),
        ("closed", "2026-12-26 23:00", True),
        ("closed", "2026-12-24 03:00", True),
        ("only", "2026-12-24 03:00", False),
        ("only", "2026-12-24 23:00", True),
        ("only", "2026-12-26 03:00", True),
        ("only", "2026-12-26 23:00", False),
        ("open", "2026-12-24 23:00", True),
        ("open", "2026-12-26 23:00", True),
        ("closed", "2027-12-24 23:00", True),
        ("closed", "2027-12-25 23:00", False),
    ],
)
def test_whether_it_is_a_holiday_is_asked_of_the_day_on_which_the_night_began(
    holidays: str, when: str, open_: bool
) -> None:
    assert holds(schedule("22:00-06:00", holidays=holidays), CHRISTMAS, at(when)) is open_


def test_all_day_is_every_minute_and_the_last_one_too() -> None:
    assert holds(schedule(), (), at("2026-11-20 23:59:59"))
    assert holds(schedule("23:59-00:00"), (), at("2026-11-20 23:59:59"))
    assert not holds(schedule("23:59-00:00"), (), at("2026-11-21 00:00"))


def test_s3_hours_that_end_when_they_begin_are_none() -> None:
    assert not any(holds(schedule("08:00-08:00"), (), at(f"2026-11-20 {hour:02}:00")) for hour in range(24))


def test_the_hour_that_is_shown_twice_counts_both_times() -> None:
    zone, night = ZoneInfo("Europe/Berlin"), schedule("02:00-03:00")
    start = datetime(2026, 10, 24, 23, tzinfo=UTC)
    held = [n for n in range(240) if holds(night, (), (start + n * MINUTE).astimezone(zone))]
    assert held == list(range(60, 180)), "two hours, one after the other"


def test_the_hour_that_is_never_shown_holds_never_and_makes_nothing_else_longer() -> None:
    zone, start = ZoneInfo("Europe/Berlin"), datetime(2026, 3, 29, 0, tzinfo=UTC)
    for hours, expected in (("02:00-03:00", []), ("01:30-03:30", [*range(30, 90)])):
        held = [n for n in range(240) if holds(schedule(hours), (), (start + n * MINUTE).astimezone(zone))]
        assert held == expected


def test_the_last_of_february_is_a_holiday_only_where_there_is_one() -> None:
    leap = ("02-29",)
    assert is_holiday(date(2028, 2, 29), leap)
    assert not is_holiday(date(2027, 2, 28), leap)
    assert not is_holiday(date(2027, 3, 1), leap)


# --- laws

times = st.integers(0, 1439).map(lambda n: f"{n // 60:02}:{n % 60:02}")
days = st.sets(st.sampled_from(DAYS)).map(tuple)
schedules = st.builds(
    Schedule,
    name=st.just("s"),
    days=days,
    since=times,
    until=times | st.just("24:00"),
    holidays=st.sampled_from(["closed", "open", "only"]),
).filter(lambda one: one.since != one.until)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[ZoneInfo, datetime, tuple[str, ...]]:
    """A zone, the start of eight days somewhere around a change of its clocks, and holidays in them."""
    name, change = draw(st.sampled_from(CHANGES))
    zone, start = ZoneInfo(name), change - timedelta(minutes=draw(st.integers(0, 7 * 1440)))
    near = st.integers(-1, 9).map(lambda n: (change + timedelta(days=n - 4)).astimezone(zone).date().isoformat())
    return zone, start, tuple(draw(st.lists(near | near.map(lambda day: day[5:]), max_size=4)))


@pytest.mark.long
@settings(max_examples=50)
@given(schedules, weeks())
@example(schedule("22:00-06:00", "fri"), (ZoneInfo("Pacific/Apia"), datetime(2011, 12, 28, tzinfo=UTC), ()))
def test_every_minute_of_a_week_is_as_when_laid_out_one_by_one(
    one: Schedule, week: tuple[ZoneInfo, datetime, tuple[str, ...]]
) -> None:
    zone, start, holidays = week
    first = start.astimezone(zone).date() - timedelta(days=2)
    expected = minutes_of(one, holidays, first, first + timedelta(days=12))
    for minute in range(8 * 1440):
        local = (start + minute * MINUTE).astimezone(zone)
        assert holds(one, holidays, local) == (local.replace(tzinfo=None, fold=0) in expected), local


@given(schedules, st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)), days)  # noqa: DTZ001 - wall time
def test_it_never_holds_outside_its_hours_and_days(one: Schedule, local: datetime, holidays: tuple[str, ...]) -> None:
    day = running(one, holidays, local)
    if day is not None:
        assert not one.days or DAYS[day.weekday()] in one.days
        opened = datetime.fromisoformat(f"{day} {one.since}")
        assert opened <= local < opened + timedelta(days=1)
        assert (local.strftime("%H:%M") < one.until) or one.since > one.until


@given(schedules, st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 - wall time
def test_what_is_open_on_holidays_is_what_is_closed_on_them_and_what_is_open_only_then(
    one: Schedule, local: datetime
) -> None:
    holidays = (local.date().isoformat(), "01-01")
    closed, always, only = (
        holds(Schedule(name="s", days=one.days, since=one.since, until=one.until, holidays=kind), holidays, local)
        for kind in ("closed", "open", "only")
    )
    assert always == (closed or only)
    assert not (closed and only)


@given(schedules, st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 - wall time
def test_a_stricter_liveness_keeps_the_same_hours(one: Schedule, local: datetime) -> None:
    stricter = Stricter(mode="challenge", days=one.days, since=one.since, until=one.until)
    assert (began(stricter, local) is not None) == holds(
        Schedule(name="s", days=one.days, since=one.since, until=one.until), (), local
    )
