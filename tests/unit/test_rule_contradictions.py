"""Rules of the door that are right one by one and wrong together: each is refused by its name, and none is made up."""

from __future__ import annotations

import pytest

from edge.config import RuleSettings, parse
from tests.unit.rule_sets import OFFICE, faults

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
