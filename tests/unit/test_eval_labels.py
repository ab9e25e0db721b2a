"""A table of labels is read whole or refused with the line that is wrong; numbers become groups of about equal size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.errors import ConfigError
from edge.eval.labels import Labels, grouping, read

if TYPE_CHECKING:
    from pathlib import Path


def table(folder: Path, text: str | bytes) -> Path:
    file = folder / "labels.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def aged(*ages: str) -> Labels:
    return Labels(("age",), {f"p{place}": (age,) for place, age in enumerate(ages)})


def test_a_table_is_read_with_what_is_unknown_left_empty(tmp_path: Path) -> None:
    found = read(table(tmp_path, '\ufeff"person, as filed",sex, age\r\n001, f ,24\r\n\r\n,,\r\n002,NA,\r\n,,\r\n'))
    assert found.columns == ("sex", "age")
    assert found.rows == {"001": ("f", "24"), "002": ("", "")}


def test_a_spreadsheets_semicolons_and_quotes_are_understood(tmp_path: Path) -> None:
    assert read(table(tmp_path, 'who;from\n"a;b";"x, y"\n')).rows == {"a;b": ("x, y",)}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ":1: the first line must name"),
        ("person\na\n", ":1: the first line must name"),
        ("person,sex,sex\na,f,f\n", ":1: every column needs a name of its own"),
        ("person,\na,f\n", ":1: every column needs a name of its own"),
        ("person,sex\n", "nobody has a label"),
        ("person,sex\na,f\nb\n", ":3: has 1 cells, and there are 2 columns"),
        ("person,sex\na,f\n\nb,f,24\n", ":4: has 3 cells"),
        ("person,sex\n,f\n", ":2: names no person"),
        ("person,sex\na,f\nb,m\na,m\n", ":4: a has a line already"),
        (b"person,sex\na,f\nb,\xff\n", ":3: is not UTF-8"),
        ("person,sex\na,f\nb," + "x" * 200_000 + "\n", ":3: not a row of a table"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(text: str | bytes, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read(table(tmp_path, text))
    assert fault in str(refused.value)
    assert str(tmp_path) in str(refused.value)


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path)


def test_words_make_groups_of_those_who_have_pictures() -> None:
    labels = Labels(("sex", "eye"), {"a": ("m", "blue"), "b": ("f", ""), "c": ("f", "grey"), "d": ("x", "")})
    found = grouping(labels, "sex", (), {"a", "b", "c", "stranger"})
    assert found.names == ("f", "m")
    assert found.groups == {"a": 1, "b": 0, "c": 0}
    assert grouping(labels, "eye", (), {"a", "b", "c"}).groups == {"a": 0, "c": 1}


def test_few_numbers_are_groups_in_their_order() -> None:
    labels = aged("2", "10", "1", "2")
    assert grouping(labels, "age", (), labels.rows).names == ("1", "2", "10")


def test_many_numbers_are_cut_in_three_of_about_the_same_size() -> None:
    labels = aged(*map(str, range(20, 50)))
    found = grouping(labels, "age", (), labels.rows)
    assert found.names == ("20 to 29", "30 to 39", "40 to 49")
    assert [list(found.groups.values()).count(place) for place in range(3)] == [10, 10, 10]


def test_bins_begin_where_they_are_told_to() -> None:
    labels = aged("29", "30", "44.9", "45", "80")
    found = grouping(labels, "age", (30, 45), labels.rows)
    assert found.names == ("under 30", "30 to under 45", "45 and over")
    assert list(found.groups.values()) == [0, 1, 1, 2, 2]


def test_an_empty_bin_is_no_group() -> None:
    labels = aged("29", "80")
    assert grouping(labels, "age", (30, 45), labels.rows).names == ("under 30", "45 and over")


@pytest.mark.parametrize(
    ("labels", "column", "edges", "fault"),
    [
        (aged("1", "2"), "sex", (), "there is no column sex: choose from age"),
        (aged("1", "1"), "age", (), "makes 1 groups"),
        (aged("a", "b"), "age", (3,), "labels that are no numbers"),
        (aged(*(f"word {place}" for place in range(41))), "age", (), "makes 41 groups"),
    ],
)
def test_what_makes_no_groups_is_refused(labels: Labels, column: str, edges: tuple[float, ...], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        grouping(labels, column, edges, labels.rows)
