"""`edge enrol`, as typed, in a process of its own, with the real models."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import cv2
import msgspec
import numpy as np
import pytest

from edge.cli.reports import BulkEnrolment, Enrolment, RejectedPhoto
from tests.e2e.commands import AGREED
from tests.vaults import vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed


def enrol(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge", "enrol", *AGREED, *arguments, "--data", str(data)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def templates(data: Path) -> dict[str, int]:
    with vault(data / "people.sqlite3") as store:
        return {str(person.id): person.templates for person in store.people()}


def grey(folder: Path) -> Path:
    path = folder / "grey.png"
    cv2.imwrite(str(path), np.full((200, 200, 3), 128, np.uint8))
    return path


def test_a_person_without_a_good_photograph_is_refused_with_each_reason(tmp_path: Path) -> None:
    torn, empty = tmp_path / "torn.jpg", tmp_path / "empty.jpg"
    torn.write_bytes(b"\xff\xd8\xff\xe0 not much of a picture")
    empty.write_bytes(b"")
    files = [str(grey(tmp_path)), str(torn), str(empty), str(tmp_path / "missing.jpg")]
    done = enrol(tmp_path, "--id", "anna", "--name", "Anna", "--json", *files)
    assert done.returncode == 7
    assert msgspec.json.decode(done.stdout, type=Enrolment) == Enrolment(
        "anna",
        [],
        [RejectedPhoto(file, reason) for file, reason in zip(files, ["no-face", *["unreadable"] * 3], strict=True)],
    )
    assert json.loads(done.stdout).keys() == {"id", "accepted", "rejected", "duplicate"}
    assert done.stderr.count("edge: ") == 1
    assert templates(tmp_path) == {}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--id", "a/b", "--name", "A"), 7, "SOLIDUS"),
        (("--id", "x" * 10_000, "--name", "A"), 7, "10000 characters"),
        (("--id", "anna", "--name", "A\nB"), 7, "cannot be printed"),
        (("--id", "anna"), 2, "--name is needed"),
        (("--name", "A"), 2, "--id"),
        (("--id", "anna", "--manifest", "people.csv"), 2, "--manifest alone"),
    ],
)
def test_what_is_typed_wrong_is_named_and_nothing_is_stored(
    typed: Typed, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = typed("enrol", *AGREED, *arguments, grey(tmp_path), "--data", tmp_path)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert len(done.err) < 400


def test_a_table_that_is_none_is_one_line(typed: Typed, tmp_path: Path) -> None:
    words = ("enrol", *AGREED, "--data", tmp_path, "--manifest")
    for content in (b"", b"\xff\xfe\x00", b"who,what\n"):
        (tmp_path / "people.csv").write_bytes(content)
        done = typed(*words, tmp_path / "people.csv")
        assert (done.code, done.err.count("\n")) == (7, 1)
        assert "people.csv" in done.err
    assert typed(*words, tmp_path / "none.csv").code == 7


@pytest.mark.pictures
def test_people_are_enrolled_from_photographs_and_strangers_among_them_found(tmp_path: Path, pictures: Path) -> None:
    obama, obama2, biden = (str(pictures / name) for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
    first = enrol(tmp_path, "--id", "bo", "--name", "Barack", "--group", "staff", "--json", obama, str(grey(tmp_path)))
    assert first.returncode == 0
    report = msgspec.json.decode(first.stdout, type=Enrolment)
    assert (report.accepted, [one.reason for one in report.rejected]) == ([obama], ["no-face"])
    more = msgspec.json.decode(enrol(tmp_path, "--id", "bo", "--json", obama2, obama, biden).stdout, type=Enrolment)
    assert more.accepted == [obama2]
    assert [one.reason for one in more.rejected] == ["same-picture", "unlike-the-others"]
    again = enrol(tmp_path, "--id", "other", "--name", "Other", obama2)
    assert (again.returncode, "enrolled already under another id" in again.stderr) == (7, True)
    assert templates(tmp_path) == {"bo": 2}


@pytest.mark.pictures
def test_the_good_rows_of_a_table_are_enrolled_and_the_bad_ones_named_by_line(tmp_path: Path, pictures: Path) -> None:
    rows = ["id,name,photo,groups", f"bo,Barack,{pictures / 'obama.jpg'},staff", f"jb,Joe,{pictures / 'biden.jpg'},"]
    rows += ["x/y,X,x.jpg,", f"bo,Barack,{pictures / 'obama2.jpg'},staff", "carl,Carl,missing.jpg,"]
    (tmp_path / "people.csv").write_text("\n".join(rows), encoding="utf-8")
    done = enrol(tmp_path, "--manifest", str(tmp_path / "people.csv"), "--json")
    reports = msgspec.json.decode(done.stdout, type=list[BulkEnrolment])
    assert done.returncode == 7
    assert [(one.id, one.lines, len(one.accepted), bool(one.error)) for one in reports] == [
        ("bo", [2, 5], 2, False),
        ("jb", [3], 1, False),
        ("x/y", [4], 0, True),
        ("carl", [6], 0, False),
    ]
    assert reports[3].rejected == [RejectedPhoto("missing.jpg", "unreadable")]
    assert templates(tmp_path) == {"bo": 2, "jb": 1}
    (tmp_path / "good.csv").write_text("\n".join([rows[0], rows[2]]), encoding="utf-8")
    assert enrol(tmp_path / "fresh", "--manifest", str(tmp_path / "good.csv")).returncode == 0
