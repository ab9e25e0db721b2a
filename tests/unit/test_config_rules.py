"""The rules of the door as they are configured: today's behaviour by default, and every contradiction by its name."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import Config, RuleSettings, dump, parse, zone_of
from edge.config.rules import (
    AccessRule,
    AntiPassback,
    Factors,
    FirstPerson,
    FreeAccess,
    LockOut,
    Schedule,
    TwoPerson,
    Visitors,
)
from edge.values import DAYS, among
from tests.unit.rule_sets import OFFICE, faults

# --- what is said


def test_without_any_rule_everybody_passes_at_any_time_by_face() -> None:
    rules = Config().rules
    assert rules == parse("[rules]\n", "t.toml").rules == RuleSettings()
    assert (rules.access, rules.schedules, rules.holidays, rules.extended_groups) == ((), (), (), ())
    for part in (rules.free_access, rules.first_person, rules.two_person):
        assert part.schedules == ()
    assert rules.two_person.groups == rules.first_person.groups == rules.visitors.groups == ()
    assert rules.anti_passback.mode == "off"
    assert {"extended_groups = []", "access = []", "schedules = []"} <= set(dump(Config()).splitlines()), "all is shown"


def test_a_whole_rule_set_is_read_and_shown_as_it_was_written() -> None:
    config = parse(OFFICE, "t.toml")
    rules = config.rules
    assert [one.name for one in rules.schedules] == ["office", "night"]
    assert rules.schedules[1] == Schedule(name="night", since="22:00", until="06:00", holidays="open")
    assert rules.access[1].factors == "face+pin"
    assert rules.first_person == FirstPerson(groups=("guards",), schedules=("office",))
    assert rules.anti_passback.forgive_at == "04:00"
    shown = dump(config)
    assert parse(shown, "shown") == config
    for line in ("[[rules.schedules]]", "[[rules.access]]", "[rules.lock_out]", 'holidays = ["2026-12-25", "01-01"]'):
        assert line in shown.splitlines()
    assert max(map(len, shown.splitlines())) < 120, "every table has its own lines"


def test_everybody_is_of_all_groups() -> None:
    assert among(("staff", "guards"), ("guards", "x"))
    assert not among(("staff",), ("guards",))
    assert not among((), ("guards",))
    assert among(("*",), ())


def test_a_time_zone_is_a_name_or_the_machines_own() -> None:
    assert zone_of("") is None
    berlin = zone_of("Europe/Berlin")
    assert berlin is not None
    assert datetime(2026, 7, 1, 12, tzinfo=berlin).isoformat() == "2026-07-01T12:00:00+02:00"


# --- what is wrong by itself


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rules = 3", "1: rules: "),
        ("[rules]\nacess = []", "2: rules.acess: unknown key; known here: access, anti_passback"),
        ("[rules]\nholidays = ['25.12.']", "2: rules.holidays: "),
        ("[rules]\nholidays = ['02-30']", '2: rules.holidays: "02-30" is no day of the calendar'),
        ("[rules]\nholidays = ['2027-02-29']", '2: rules.holidays: "2027-02-29" is no day'),
        ("[rules]\nholidays = ['0000-01-01']", '2: rules.holidays: "0000-01-01" is no day'),
        ("[rules]\naccess = ['staff']", '2: rules.access[1]: Expected a table, got "staff"'),
        ("[rules]\naccess = 'staff'", "2: rules.access: Expected `array`"),
        ("[rules]\n[[rules.schedules]]\nsince = '08:00'", "2: rules.schedules[1].name: is missing"),
        ("[rules]\n[[rules.schedules]]\nname = ''", "3: rules.schedules[1].name: "),
        ("[[rules.schedules]]\nname = 'a'\nsince = '24:00'", "3: rules.schedules[1].since: "),
        ("[[rules.schedules]]\nname = 'a'\nuntil = '8:00'", "3: rules.schedules[1].until: "),
        ("[[rules.schedules]]\nname = 'a'\ndays = ['monday']", "3: rules.schedules[1].days: "),
        ("[[rules.access]]\n[[rules.access]]\nfactors = 'pin'", "3: rules.access[2].factors: "),
        ("[[rules.access]]\ndoor = 'gate'", "2: rules.access[1].door: unknown key; known here: doors, factors"),
        ("[rules.access]\ngroups = []", "1: rules.access: Expected `array`"),
        ("[[rules.two_person]]\nwindow_s = 3", "1: rules.two_person: Expected `object`"),
        ("[rules.two_person]\n\nwindow_s = nan", "3: rules.two_person.window_s: "),
        ("[rules]\n[rules.two_person]\nwindow = 3", "3: rules.two_person.window: unknown key"),
        ("[rules.anti_passback]\nforgive_at = '24:00'", "2: rules.anti_passback.forgive_at: "),
        ("[rules.lock_out]\nfactor = 0.5", "2: rules.lock_out.factor: "),
        ("rules.lock_out.failures = 0", "1: rules.lock_out.failures: "),
        ("[liveness]\nstricter = [{ mod = 'motion' }]", "2: liveness.stricter[1].mod: unknown key"),
    ],
)
def test_a_value_that_is_wrong_by_itself_is_named_with_its_line(text: str, fault: str) -> None:
    assert faults(text)[0].startswith(fault)


def test_what_has_no_default_is_missed_in_every_table_beside_what_is_unknown_there() -> None:
    assert [
        line.partition(" is ")[0].partition(" unknown")[0] for line in faults("[liveness]\nstricter = [{ mod = 1 }]")
    ] == [
        "2: liveness.stricter[1].mod:",
        "2: liveness.stricter[1].mode:",
    ]


@pytest.mark.parametrize(
    "zone", ["Europe/Berln", "Mars/Olympus", "../../etc/passwd", "Europe", "/etc/localtime", "a\\u0000b"]
)
def test_a_time_zone_that_there_is_not_is_one_fault(zone: str) -> None:
    (fault,) = faults(f'[rules]\ntime_zone = "{zone}"\n')
    assert fault.startswith("2: rules.time_zone: ")
    assert f'"{zone}" is no time zone; one is called "' in fault


# --- there and back

names = st.text(min_size=1, max_size=8)
groups = st.lists(names, max_size=3).map(tuple)
clock_times = st.integers(0, 1439).map(lambda n: f"{n // 60:02}:{n % 60:02}")
rule_sets = st.builds(
    RuleSettings,
    holidays=st.lists(st.dates().map(str) | st.dates().map(lambda day: str(day)[5:]), max_size=3).map(tuple),
    extended_groups=groups,
    schedules=st.lists(
        st.builds(
            Schedule,
            name=names,
            days=st.sets(st.sampled_from(DAYS)).map(tuple),
            since=clock_times,
            until=st.just("24:00"),
            holidays=st.sampled_from(["closed", "open"]),
        ),
        unique_by=lambda one: one.name,
        max_size=3,
    ).map(tuple),
    access=st.lists(
        st.builds(
            AccessRule,
            groups=names.map(lambda name: (name,)),
            factors=st.sampled_from(get_args(Factors)),
        ),
        unique_by=lambda one: one.groups,
        max_size=3,
    )
    .map(tuple)
    .filter(lambda rules: all(rule.groups != ("*",) for rule in rules)),
    free_access=st.builds(FreeAccess),
    two_person=st.builds(TwoPerson, window_s=st.floats(1, 600)),
    anti_passback=st.builds(
        AntiPassback,
        mode=st.sampled_from(["off", "soft", "hard", "timed"]),
        minutes=st.floats(1, 10_080),
        forgive_at=clock_times | st.just(""),
        exempt=groups.filter(lambda some: "*" not in some),
    ),
    visitors=st.builds(Visitors, max_days=st.floats(1, 366)),
    lock_out=st.builds(LockOut, failures=st.integers(1, 100), first_s=st.floats(1, 3600)),
)


@given(rule_sets)
def test_what_is_shown_is_read_back_the_same(rules: RuleSettings) -> None:
    config = Config(rules=rules)
    assert parse(dump(config), "shown") == config
