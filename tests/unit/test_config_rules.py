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
    among,
)
from edge.errors import ConfigError
from edge.values import DAYS

OFFICE = """
[rules]
time_zone = "Europe/Berlin"
holidays = ["2026-12-25", "01-01"]
extended_groups = ["wheelchair"]
factor_window_s = 20

[[rules.schedules]]
name = "office"
days = ["mon", "tue", "wed", "thu", "fri"]
since = "08:00"
until = "18:00"

[[rules.schedules]]
name = "night"
since = "22:00"
until = "06:00"
holidays = "open"

[[rules.access]]
groups = ["staff", "guests"]
schedules = ["office"]

[[rules.access]]
groups = ["guards"]
doors = ["door", "gate"]
schedules = ["office", "night"]
factors = "face+pin"

[rules.free_access]
schedules = ["office"]
first_person = true

[rules.first_person]
groups = ["guards"]
schedules = ["office"]

[rules.two_person]
groups = ["guards"]
schedules = ["night"]
window_s = 15.0

[rules.anti_passback]
mode = "timed"
minutes = 10
forgive_at = "04:00"
exempt = ["guards"]

[rules.visitors]
groups = ["guests"]
max_days = 3
escort_s = 20

[rules.lock_out]
failures = 3
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "t.toml")
    return [fault.removeprefix("t.toml:") for fault in caught.value.faults]


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


# --- what is wrong together

STAFF = "[[rules.access]]\ngroups = ['staff']\n"
MON_TUE = '"mon" or "tue"'
NONE_DEFINED = "none is: rules.schedules is empty"
NO_RULE = "no rule of rules.access for this door names"
BINDS_NOBODY = f"rules.two_person.groups: binds nobody: {NO_RULE}"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('until = "18:00"', 'until = "08:00"', "8: rules.schedules[1]: ends when it begins"),
        (
            'schedules = ["office"]\n\n[[rules.access]]',
            'schedules = ["ofice"]\n\n[[rules.access]]',
            '22: rules.access[1].schedules: names schedule "ofice", which is not defined; defined are "office"',
        ),
        (
            '["office", "night"]\nfactors',
            '["office", "late"]\nfactors',
            '27: rules.access[2].schedules: names schedule "late"',
        ),
        (
            '[rules.free_access]\nschedules = ["office"]',
            '[rules.free_access]\nschedules = ["x"]',
            '31: rules.free_access.schedules: names schedule "x"',
        ),
        (
            '["guards"]\nschedules = ["office"]',
            '["guards"]\nschedules = ["x"]',
            "36: rules.first_person.schedules: names",
        ),
        ('schedules = ["night"]', 'schedules = ["x"]', "40: rules.two_person.schedules: names"),
        ('"open"', '"only"\ndays = ["mon"]\n', None),
        ('"2026-12-25", "01-01"]', '"2026-12-25"]', None),
        (
            '[rules.first_person]\ngroups = ["guards"]',
            '[rules.first_person]\ngroups = ["boss"]',
            "35: rules.first_person.groups: nobody could ever be the first: no rule",
        ),
        (
            '[rules.first_person]\ngroups = ["guards"]',
            '[rules.first_person]\ngroups = ["guards", "guests"]',
            '35: rules.first_person.groups: "guests" are visitors',
        ),
        (
            '[rules.first_person]\ngroups = ["guards"]',
            '[rules.first_person]\ngroups = ["*"]',
            '35: rules.first_person.groups: with "*" anybody could be the first',
        ),
        (
            '[rules.two_person]\ngroups = ["guards"]',
            '[rules.two_person]\ngroups = ["guards", "cash"]',
            '39: rules.two_person.groups: binds nobody: no rule of rules.access for this door names "cash"',
        ),
        ('[rules.two_person]\ngroups = ["guards"]', '[rules.two_person]\ngroups = ["*"]', None),
        ('mode = "timed"', 'mode = "hard"', '44: rules.anti_passback.mode: "hard" needs to know who is in'),
        ("minutes = 10", "minutes = 0", "45: rules.anti_passback.minutes: must be more than 0"),
        ('exempt = ["guards"]', 'exempt = ["*"]', '47: rules.anti_passback.exempt: "*" exempts everybody'),
        ('groups = ["guests"]', "groups = []", "52: rules.visitors.escort_s: asks for an escort, but"),
        (
            "failures = 3",
            "first_s = 3601",
            "55: rules.lock_out.first_s: must not be more than rules.lock_out.longest_s",
        ),
        ('factors = "face+pin"', 'factors = "face"', None),
    ],
)
def test_each_contradiction_is_refused_by_its_name(old: str, new: str, fault: str | None) -> None:
    assert old in OFFICE
    text = OFFICE.replace(old, new, 1)
    if fault is None:
        assert parse(text, "t.toml").rules != parse(OFFICE, "t.toml").rules
    else:
        found = faults(text)
        assert len(found) == 1, found
        assert found[0].startswith(fault)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[[rules.schedules]]\nname = 'a'\nholidays = 'only'\n",
            ["1: rules.schedules[1]: can never hold: it is for holidays only, and rules.holidays has none"],
        ),
        (
            "rules.holidays = ['2026-12-25']\n[[rules.schedules]]\nname = 'a'\ndays = ['mon', 'tue']\nholidays='only'",
            [
                "2: rules.schedules[1]: can never hold: it is for holidays only, and rules.holidays has none on "
                + MON_TUE
            ],
        ),
        (
            "[[rules.schedules]]\nname = 'a'\n[[rules.schedules]]\nname = 'a'\n",
            ['3: rules.schedules[2]: rules.schedules[1] is called "a" already'],
        ),
        (
            "[[rules.access]]\nschedules = ['a']\n",
            ['2: rules.access[1].schedules: names schedule "a", which is not defined; ' + NONE_DEFINED],
        ),
        (
            f"{STAFF}[[rules.access]]\ngroups = ['boss']\ndoors = ['gate']\n[rules.first_person]\ngroups = ['boss']\n",
            ["7: rules.first_person.groups: nobody could ever be the first: " + f'{NO_RULE} "boss"'],
        ),
        (f"{STAFF}[rules.two_person]\ngroups = ['x', '*', 'staff', 'y', 'x']\n", [f'4: {BINDS_NOBODY} "x" or "y"']),
        (
            "[[rules.access]]\ndoors = ['gate']\n",
            ['1: rules.access: no rule is for this door, "door" (door.name): nobody could ever pass'],
        ),
        (
            "[rules.first_person]\nschedules = ['a']\n[[rules.schedules]]\nname = 'a'\n",
            ["1: rules.first_person.groups: is empty, so rules.first_person.schedules has no effect"],
        ),
        (
            "[rules.two_person]\nschedules = ['a']\n[[rules.schedules]]\nname = 'a'\n",
            ["1: rules.two_person.groups: is empty, so rules.two_person.schedules has no effect"],
        ),
        (
            "[rules.free_access]\nfirst_person = true\nschedules = ['a']\n[[rules.schedules]]\nname = 'a'\n",
            ["2: rules.free_access.first_person: waits for a first person, but rules.first_person.groups is empty"],
        ),
        (
            "[rules.free_access]\nfirst_person = true\n[rules.first_person]\ngroups = ['staff']\n",
            ["1: rules.free_access.schedules: is empty, so rules.free_access.first_person has no effect"],
        ),
        (
            f"{STAFF}[rules.visitors]\ngroups = ['staff']\nescort_s = 10\n[rules.two_person]\ngroups = ['staff']\n",
            [
                "7: rules.two_person.groups: only visitors may pass here: two visitors would vouch for one another",
                "5: rules.visitors.escort_s: only visitors may pass here: nobody could ever be their escort",
            ],
        ),
        (
            "[rules.visitors]\ngroups = ['*']\nescort_s = 10\n",
            ["3: rules.visitors.escort_s: only visitors may pass here: nobody could ever be their escort"],
        ),
        (
            "[rules.visitors]\ngroups = ['*']\n[rules.first_person]\ngroups = ['staff']\n",
            ['4: rules.first_person.groups: "staff" are visitors (rules.visitors.groups), who cannot be the first'],
        ),
    ],
)
def test_what_could_never_happen_is_refused(text: str, expected: list[str]) -> None:
    assert faults(text) == expected


@pytest.mark.parametrize(
    ("wider", "one", "limits_nobody"),
    [
        ("", "groups = ['guests']", True),
        ("", "", True),
        ("groups = ['*']", "groups = ['staff']", True),
        ("groups = ['staff', 'guests']", "groups = ['staff']", True),
        ("schedules = ['a', 'b']", "schedules = ['b']", True),
        ("factors = 'face+pin+qr'", "factors = 'face+pin'", True),
        ("factors = 'face+qr'\nschedules = ['a', 'b']", "factors = 'qr>face'\nschedules = ['a']", False),
        ("factors = 'qr>face'", "factors = 'face+qr'", True),
        ("factors = 'face'", "factors = 'face+pin'", True),
        ("factors = 'face'", "factors = 'face+pin'\ngroups = ['staff']", False),
        ("factors = 'face+pin'", "factors = 'face+qr'", False),
        ("doors = ['door']", "doors = ['gate']", False),
        ("doors = ['door']", "", True),
        ("groups = ['staff']", "groups = ['guests']", False),
        ("groups = ['staff']\nschedules = ['a']", "schedules = ['b']", False),
        ("schedules = ['a']", "groups = ['staff']\nschedules = ['b']", False),
    ],
)
def test_a_rule_that_limits_nobody_is_refused_whichever_comes_first(
    wider: str, one: str, *, limits_nobody: bool
) -> None:
    schedules = "[[rules.schedules]]\nname = 'a'\n[[rules.schedules]]\nname = 'b'\n"
    for first, second in ((wider, one), (one, wider)):
        text = f"{schedules}[[rules.access]]\n{first}\n[[rules.access]]\n{second}\n"
        if limits_nobody:
            (fault,) = faults(text)
            assert "grants nothing that rules.access[" in fault
        else:
            assert len(parse(text, "t.toml").rules.access) == 2


def test_every_fault_of_the_rules_is_said_at_once_and_none_is_made_up() -> None:
    broken = OFFICE.replace('"2026-12-25"', '"02-30"').replace("failures = 3", "first_s = 9e9")
    broken = broken.replace("minutes = 10", "minutes = 0").replace('groups = ["guests"]', "groops = []")
    found = [fault.split(": ")[1] for fault in faults(broken)]
    assert found == [
        "rules.visitors.groops",
        "rules.lock_out.first_s",
        "rules.holidays",
        "rules.anti_passback.minutes",
    ]
    misspelt = "[rules]\nschedulez = []\n[[rules.access]]\nschedules = ['a']\n"
    assert [fault.split(": ")[1] for fault in faults(misspelt)] == ["rules.schedulez"]
    half = "[[rules.schedules]]\n[[rules.access]]\nschedules = ['a']\n"
    assert [fault.split(": ")[1] for fault in faults(half)] == ["rules.schedules[1].name"]


@pytest.mark.parametrize(
    "text",
    [
        "[rules]\nholidays = ['02-29']\n",
        "[rules]\nholidays = ['2026-12-25']\n[[rules.schedules]]\nname = 'a'\nholidays = 'only'\n",
        "[rules]\nholidays = ['12-25']\n[[rules.schedules]]\nname = 'a'\nholidays = 'only'\ndays = ['mon']\n",
        "[[rules.access]]\n[rules.first_person]\ngroups = ['boss']\n[rules.two_person]\ngroups = ['boss']\n",
        f"{STAFF}[rules.first_person]\ngroups = ['boss', 'staff']\n",
        "[rules.first_person]\ngroups = ['boss']\n[rules.anti_passback]\nmode = 'hard'\n",
        f"{STAFF}[rules.visitors]\ngroups = ['staff']\n",
        "[[rules.access]]\ngroups = ['staff', 'guests']\n[rules.visitors]\ngroups = ['guests']\nescort_s = 9\n",
        "[rules.visitors]\ngroups = ['guests']\nescort_s = 9\n",
        "[rules.lock_out]\nfirst_s = 3600\n",
    ],
)
def test_what_merely_is_strict_is_not_refused(text: str) -> None:
    assert parse(text, "t.toml").rules != RuleSettings()


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
