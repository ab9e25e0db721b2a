"""Tables of people: consents, dates, every script, and a hundred thousand rows."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import EnrolError
from edge.people import roster
from edge.people.records import Consent
from edge.people.roster import Usual
from edge.people.validity import first_moment, last_moment

BERLIN = ZoneInfo("Europe/Berlin")
USUAL = Usual("2026-1", "J. Weber", 5e9, BERLIN)
HEADER = "id,name,photo,groups,consent,consent_at,valid_from,valid_until\n"


def row(line: str) -> roster.Entry:
    (entry,), faults = roster.parse(HEADER + line, "people.csv", USUAL)
    assert faults == ()
    return entry


def fault(line: str, usual: Usual = USUAL) -> str:
    entries, (only,) = roster.parse(HEADER + line, "people.csv", usual)
    assert (entries, only.line) == ((), 2)
    return only.why


def test_a_row_says_what_it_says_and_the_rest_is_usual() -> None:
    assert row("anna,Anna,a.jpg,,,,,").person.consent == Consent("2026-1", 5e9, "J. Weber")
    anna = row("anna,Anna,a.jpg,,2026-2,2026-11-02,2026-12-01,2026-12-24").person
    assert anna.consent == Consent("2026-2", datetime(2026, 11, 2, tzinfo=BERLIN).timestamp(), "J. Weber")
    assert anna.valid_from == datetime(2026, 12, 1, tzinfo=BERLIN).timestamp()
    assert anna.valid_until == pytest.approx(datetime(2026, 12, 25, tzinfo=BERLIN).timestamp(), abs=1e-3)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("anna,Anna,a.jpg,,,,tomorrow,", "'tomorrow' is no date: write 2026-12-01"),
        ("anna,Anna,a.jpg,,,,2026-12-02,2026-12-01", "end before it begins"),
        ("anna,Anna,a.jpg,,a b,,,", "only letters, digits"),
        ("anna,Anna,a.jpg,,2026-1,2026-13-01,,", "is no date"),
    ],
)
def test_a_row_that_cannot_be_meant_is_named(line: str, words: str) -> None:
    assert words in fault(line)


def test_a_consent_that_nobody_took_down_is_none() -> None:
    assert "--operator NAME" in fault("anna,Anna,a.jpg,,2026-1,,,", Usual())


def test_the_same_photograph_twice_and_another_validity_are_named_by_the_first_line() -> None:
    table = "anna,Anna,a.jpg,,,,,\nanna,Anna,a.jpg,,,,,\nanna,Anna,b.jpg,,,,2026-01-01,\nanna,Anna,c.jpg,,,,,\n"
    (entry,), faults = roster.parse(HEADER + table, "people.csv", USUAL)
    assert (entry.photos, entry.lines) == (("a.jpg", "c.jpg"), (2, 5))
    assert [one.line for one in faults] == [3, 4]
    assert all("line 2" in one.why for one in faults)


SCRIPTS = {
    "Ju\u0308rgen": ("J\u00fcrgen", "Müller"),
    "محمد": ("محمد", "محمد الأمين"),
    "אברהם": ("אברהם", "אברהם לוי"),
    "李雷": ("李雷", "李雷"),
    "अनिता": ("अनिता", "अनिता क्\u200dष"),
}


def test_every_script_is_a_name_and_what_looks_equal_is_one_person() -> None:
    lines = [f"{typed},{name},{number}.jpg" for number, (typed, (_, name)) in enumerate(SCRIPTS.items())]
    lines.append("J\u00fcrgen,Müller,9.jpg")
    entries, faults = roster.parse("id,name,photo\n" + "\n".join(lines), "people.csv", USUAL)
    assert faults == ()
    assert [one.person.id for one in entries] == [stored for stored, _ in SCRIPTS.values()]
    assert entries[0].photos == ("0.jpg", "9.jpg")


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\ufeff", "\u2066", "\x00", "\u00ad"])
def test_what_cannot_be_seen_makes_no_second_id(hidden: str) -> None:
    _, faults = roster.parse(f"id,name,photo\nan{hidden}na,Anna,a.jpg\n", "people.csv", USUAL)
    assert [one.line for one in faults] == [2]
    assert all(character.isprintable() for character in faults[0].why)


@pytest.mark.long
def test_a_hundred_thousand_rows_are_read_in_seconds_the_bad_ones_named() -> None:
    lines = [f"p{number % 50_000},Person {number % 50_000},{number}.jpg,staff" for number in range(100_000)]
    bad = range(7, 100_000, 1000)
    for number in bad:
        lines[number] = f"p/{number},X,x.jpg,"
    begun = time.process_time()
    entries, faults = roster.parse("id,name,photo,groups\n" + "\n".join(lines), "people.csv", USUAL)
    assert time.process_time() - begun < 30
    assert [one.line for one in faults] == [number + 2 for number in bad]
    assert sum(len(one.photos) for one in entries) == 100_000 - len(faults)
    one, faults = roster.parse("id,name,photo\n" + "".join(f"a,A,{number}\n" for number in range(50_000)), "x", USUAL)
    assert (len(one[0].photos), faults) == (50_000, ())


def test_dates_are_of_the_zone_of_the_rules_and_times_may_name_their_own() -> None:
    assert first_moment(" 2026-12-01 ", UTC) == datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    assert first_moment("2026-12-01T08:00", BERLIN) == datetime(2026, 12, 1, 7, tzinfo=UTC).timestamp()
    assert first_moment("2026-12-01 08:00+05:00", BERLIN) == datetime(2026, 12, 1, 3, tzinfo=UTC).timestamp()
    assert last_moment("2026-12-01T08:00", UTC) == first_moment("2026-12-01T08:00", UTC)
    assert (first_moment("", UTC), last_moment("  ", None)) == (None, None)


@given(st.text(max_size=40))
def test_whatever_is_typed_as_a_date_is_one_or_an_error_of_one_safe_line(text: str) -> None:
    said, found = "", None
    try:
        found = first_moment(text, BERLIN)
    except EnrolError as error:
        said = str(error)
    assert said.isascii()
    assert "\n" not in said
    assert found is None or isinstance(found, float)


@given(st.dates())
def test_a_day_ends_after_it_begins_and_before_the_next(day: object) -> None:
    try:
        first, last = first_moment(str(day), BERLIN), last_moment(str(day), BERLIN)
    except EnrolError:
        assert str(day)[:4] in {"0001", "9999"}
    else:
        assert first is not None
        assert last is not None
        assert 0 < last - first <= 25 * 3600
