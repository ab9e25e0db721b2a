"""What may be an id, a name, and the table of a bulk enrolment."""

from __future__ import annotations

import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import EnrolError
from edge.people import names, roster
from edge.people.enrol import Limits
from edge.values import PersonId, Space

HERE = Space("toy", "a" * 64, "1")
LIMITS = Limits(same=0.3, other=0.6)
ANNA, BOB = PersonId("anna"), PersonId("bob")


@pytest.mark.parametrize("good", ["a", "7", "anna.b_c-d@bank", "Jürgen", "अनिता", "李雷", "x" * 64])
def test_ids_of_any_script_are_ids(good: str) -> None:
    assert names.person_id(good) == good


def test_what_looks_equal_is_one_id() -> None:
    assert names.person_id("Ju\u0308rgen") == names.person_id("J\u00fcrgen")


@pytest.mark.parametrize(
    "bad",
    [*"'\"/\\ \t\n\r\0;:*?<>|%$#+,()", "\x7f", "\u200b", "\u202e", "\u3164", "\ufe0f", "\ud800", "\u2028", "½", "²"],
)
def test_other_characters_are_no_ids_and_are_not_echoed_raw(bad: str) -> None:
    with pytest.raises(EnrolError, match="only letters, digits") as caught:
        names.person_id(f"a{bad}b")
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("bad", ["", "-x", "..", "@", "\u0301a", "x" * 65, "x" * 10_000, "x\u0301" * 10_000])
def test_an_id_has_a_sane_length_and_beginning(bad: str) -> None:
    with pytest.raises(EnrolError, match=r"characters|must begin") as caught:
        names.person_id(bad)
    assert len(str(caught.value)) < 200


@given(st.text(max_size=100))
def test_whatever_is_an_id_stays_one_and_is_harmless(text: str) -> None:
    found = ""
    with contextlib.suppress(EnrolError):
        found = names.person_id(text)
    assert found in ("", unicodedata.normalize("NFC", text))
    assert not set(found) & set("'\"/\\ \n\r\t\0;|&$<>`")
    assert len(found) <= 64


@pytest.mark.parametrize(
    ("typed", "stored"), [("  Anna O'Hara ", "Anna O'Hara"), ("क्\u200dष", "क्\u200dष"), ("e\u0301", "é")]
)
def test_names_are_any_printable_text(typed: str, stored: str) -> None:
    assert names.person_name(typed) == stored


@pytest.mark.parametrize("bad", ["", "   ", "a\nb", "a\x1b[31m", "a\u202eb", "x" * 201, "x" * 10_000, "\ud800"])
def test_names_that_cannot_be_printed_are_refused_in_few_words(bad: str) -> None:
    with pytest.raises(EnrolError, match="name") as caught:
        names.person_name(bad)
    assert len(str(caught.value)) < 200
    assert str(caught.value).isascii()


TABLE = """id,name,photo,groups
anna,Anna,a1.jpg,staff night
bob,Bob,b.jpg,

anna,Anna,"a,2.jpg",staff|night
anna,Ann,a3.jpg,staff night
x/y,X,x.jpg,
carl,Carl,,
dora,Dora
eve,Eve,e.jpg,,,
"""


def test_the_good_rows_of_a_table_are_read_and_the_bad_ones_named_by_line() -> None:
    entries, faults = roster.parse(TABLE, "people.csv")
    assert [(one.person.id, one.person.groups, one.photos, one.lines) for one in entries] == [
        ("anna", ("staff", "night"), ("a1.jpg", "a,2.jpg"), (2, 5)),
        ("bob", (), ("b.jpg",), (3,)),
    ]
    assert [(fault.line, fault.id) for fault in faults] == [
        (6, "anna"),
        (7, "x/y"),
        (8, "carl"),
        (9, "dora"),
        (10, "eve"),
    ]
    assert "line 2" in faults[0].why


def test_a_spreadsheets_table_reads_the_same() -> None:
    entries, faults = roster.parse("ID;Name;Photo\r\nanna;Anna;a.jpg\r\n", "people.csv")
    assert ([one.photos for one in entries], faults) == ([("a.jpg",)], ())


@pytest.mark.parametrize("text", ["", "\n", "name,photo\n", "id,name,photo,age\n", "id,name,photo,id\n", "\0", '"'])
def test_a_table_without_its_columns_is_refused(text: str) -> None:
    with pytest.raises(EnrolError, match=r"^people\.csv:1: "):
        roster.parse(text, "people.csv")


def test_a_field_without_end_spoils_its_row_alone() -> None:
    entries, faults = roster.parse(f"id,name,photo\na,A,a.jpg\nb,B,{'x' * 200_000}\nc,C,c.jpg\n", "people.csv")
    assert [one.person.id for one in entries] == ["a", "c"]
    assert [(fault.line, "field" in fault.why) for fault in faults] == [(3, True)]


@given(st.text())
def test_any_text_is_a_table_or_an_error(text: str) -> None:
    entries, faults = roster.parse("id,name,photo\n" + text, "people.csv")
    assert all(entry.photos and len(entry.photos) == len(entry.lines) for entry in entries)
    assert all(fault.why and fault.line > 1 for fault in faults)


@pytest.mark.long
def test_a_table_of_a_hundred_thousand_rows_loses_no_good_one_and_names_each_bad_one_by_its_line() -> None:
    rows = [f"id-{number},Ünal {number} \N{PILE OF POO},photo-{number}.jpg" for number in range(100_000)]
    bad = {7: "x", 99: "a b,Name,p.jpg", 4_000: "a,,p.jpg", 50_000: "id-1,Another,p.jpg", 99_999: "id-9,x\0y,p.jpg"}
    for place, row in bad.items():
        rows[place] = row
    entries, faults = roster.parse("\n".join(["id,name,photo", *rows]), "table.csv")
    assert len(entries) == 100_000 - len(bad)
    assert [fault.line for fault in faults] == [place + 2 for place in sorted(bad)]
    assert entries[-1].person.id == "id-99998"
