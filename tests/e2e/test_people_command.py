"""`edge people`, as typed, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from edge.cli.reports import EnrolledPerson, Removal
from edge.people.records import Template
from edge.values import Embedding, Space
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from pathlib import Path


def edge(*arguments: str, data: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge", *arguments, "--data", str(data)]
    return subprocess.run(command, check=False, capture_output=True, text=True, input=typed)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    one = Template(Embedding(np.array([1, 0], np.float32), Space("toy", "a" * 64, "1")), "photo.jpg")
    with vault(tmp_path / "people.sqlite3", create=True) as store:
        store.add(agreed("anna", "Anna [red] Ünal", ("staff",), 1e9, None), [one, one])
        store.add(agreed("bob", "Bob"), [])
    return tmp_path


def test_list_and_show_report_what_the_schema_says(data: Path) -> None:
    everybody = msgspec.json.decode(edge("people", "list", "--json", data=data).stdout, type=list[EnrolledPerson])
    assert [(one.id, one.name, one.groups, one.templates) for one in everybody] == [
        ("anna", "Anna [red] Ünal", ["staff"], 2),
        ("bob", "Bob", [], 0),
    ]
    shown = json.loads(edge("people", "show", "anna", "--json", data=data).stdout)
    assert shown == msgspec.to_builtins(everybody[0])
    assert set(shown) == {"id", "handle", "name", "groups", "valid_from", "valid_until", "templates"}


def test_people_read_the_same(data: Path) -> None:
    listed = edge("people", "list", data=data)
    assert listed.returncode == 0
    assert all(word in listed.stdout for word in ("anna", "Anna [red] Ünal", "2 people", "toy@aaaaaaaaaaaa"))
    assert "2001-09-09 01:46+00:00 to for ever" in edge("people", "show", "anna", data=data).stdout


def test_a_removal_is_asked_for_once_and_done(data: Path) -> None:
    refused = edge("people", "remove", "anna", data=data, typed="n\n")
    assert refused.returncode == 1
    assert edge("people", "show", "anna", data=data).returncode == 0
    removed = edge("people", "remove", "anna", "--json", data=data, typed="y\n")
    said = msgspec.json.decode(removed.stdout, type=Removal)
    assert said == Removal("anna", 2, said.handle, 1)
    assert edge("people", "remove", "bob", "--yes", data=data).stdout == "bob was removed, with 0 templates\n"
    assert json.loads(edge("people", "list", "--json", data=data).stdout) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "carl"), 1, "nobody is enrolled under the id carl"),
        (("remove", "--yes", "carl"), 1, "nobody is enrolled under the id carl"),
        (("show", "a'; DROP TABLE person; --"), 7, "only letters, digits"),
        (("show", "x" * 10_000), 7, "10000 characters"),
        (("show", "a\x1b[31m"), 7, "control character"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_code(
    data: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = edge("people", *arguments, data=data)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert len(done.stderr) < 300
    assert "\x1b" not in done.stderr


def test_a_missing_and_a_damaged_store_are_one_line_and_a_code(data: Path, tmp_path: Path) -> None:
    missing = edge("people", "list", data=tmp_path / "elsewhere")
    assert (missing.returncode, missing.stderr.count("\n")) == (5, 1)
    assert not (tmp_path / "elsewhere").exists()
    (data / "people.sqlite3").write_bytes(b"not a database" * 1000)
    damaged = edge("people", "list", "--json", data=data)
    assert (damaged.returncode, damaged.stdout, damaged.stderr.count("\n")) == (5, "", 1)
    assert "damaged" in damaged.stderr
