"""`edge people`, as typed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from edge.cli.reports import Backup, EnrolledPerson, Removal, Restoration
from edge.keys.tokens import read_token
from edge.people.records import Template
from edge.values import Embedding, PersonId, Space
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from tests.e2e.commands import Done
    from tests.e2e.conftest import Typed


@pytest.fixture
def edge(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command about a store, and perhaps an answer; in this process, which has loaded everything already."""

    def run(*arguments: str, data: Path, answer: str = "") -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        return typed(*arguments, "--data", data)

    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    one = Template(Embedding(np.array([1, 0], np.float32), Space("toy", "a" * 64, "1")), "photo.jpg")
    with vault(tmp_path / "people.sqlite3", create=True) as store:
        store.add(agreed("anna", "Anna [red] Ünal", ("staff",), 1e9, None), [one, one])
        store.add(agreed("bob", "Bob"), [])
    return tmp_path


def test_list_and_show_report_what_the_schema_says(edge: Typed, data: Path) -> None:
    everybody = msgspec.json.decode(edge("people", "list", "--json", data=data).out, type=list[EnrolledPerson])
    assert [(one.id, one.name, one.groups, one.templates) for one in everybody] == [
        ("anna", "Anna [red] Ünal", ["staff"], 2),
        ("bob", "Bob", [], 0),
    ]
    shown = json.loads(edge("people", "show", "anna", "--json", data=data).out)
    assert shown == msgspec.to_builtins(everybody[0])
    assert set(shown) == {"id", "handle", "name", "groups", "valid_from", "valid_until", "templates"}


def test_people_read_the_same(edge: Typed, data: Path) -> None:
    listed = edge("people", "list", data=data)
    assert listed.code == 0
    assert all(word in listed.out for word in ("anna", "Anna [red] Ünal", "2 people", "toy@aaaaaaaaaaaa"))
    assert "2001-09-09 01:46+00:00 to for ever" in edge("people", "show", "anna", data=data).out


def test_a_removal_is_asked_for_once_and_done(edge: Typed, data: Path) -> None:
    refused = edge("people", "remove", "anna", data=data, answer="n\n")
    assert refused.code == 1
    assert edge("people", "show", "anna", data=data).code == 0
    removed = edge("people", "remove", "anna", "--json", data=data, answer="y\n")
    said = msgspec.json.decode(removed.out, type=Removal)
    assert said == Removal("anna", 2, said.handle, 1)
    assert edge("people", "remove", "bob", "--yes", data=data).out == "bob was removed, with 0 templates\n"
    assert json.loads(edge("people", "list", "--json", data=data).out) == []


def test_whoever_is_enrolled_under_the_id_while_a_removal_is_asked_for_stays(edge: Typed, data: Path) -> None:
    words = [sys.executable, "-m", "edge", "people", "remove", "anna", "--data", str(data)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as asking:
        assert asking.stderr
        said = ""
        while not said.endswith("for good? [y/N]: "):
            said += asking.stderr.read(1) or pytest.fail(said)
        with vault(data / "people.sqlite3") as store:
            store.remove(PersonId("anna"))
            anew = store.add(agreed("anna", "Anna Otherwise"), [])
        out, fault = asking.communicate("y\n")
    assert (asking.returncode, out) == (7, "")
    assert "id 'anna' is somebody else's by now" in fault
    assert json.loads(edge("people", "show", "anna", "--json", data=data).out)["handle"] == anew.handle


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
    edge: Typed, data: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = edge("people", *arguments, data=data)
    assert (done.code, done.out) == (code, "")
    assert done.err.count("\n") == 1
    assert words in done.err
    assert len(done.err) < 300
    assert "\x1b" not in done.err


def test_a_missing_and_a_damaged_store_are_one_line_and_a_code(edge: Typed, data: Path, tmp_path: Path) -> None:
    missing = edge("people", "list", data=tmp_path / "elsewhere")
    assert (missing.code, missing.err.count("\n")) == (5, 1)
    assert not (tmp_path / "elsewhere").exists()
    (data / "people.sqlite3").write_bytes(b"not a database" * 1000)
    damaged = edge("people", "list", "--json", data=data)
    assert (damaged.code, damaged.out, damaged.err.count("\n")) == (5, "", 1)
    assert "damaged" in damaged.err


def test_a_removal_leaves_a_receipt_and_a_line_in_the_journal(edge: Typed, data: Path, tmp_path: Path) -> None:
    handle = json.loads(edge("people", "show", "anna", "--json", data=data).out)["handle"]
    receipt = tmp_path / "receipt.jws"
    done = edge("people", "remove", "anna", "--yes", "--operator", "Ola", "--receipt", str(receipt), data=data)
    assert done.code == 0, done.err
    said = read_token(receipt.read_text().strip(), (data / "keys" / "device.pub").read_bytes(), "erasure+jwt")
    assert (said["sub"], said["operator"], said["templates"], said["revocation"]) == (handle, "Ola", 2, 1)
    assert "anna" not in receipt.read_text().lower()
    journal = edge("journal", "show", "--json", data=data).out
    assert handle in journal
    assert "erased" in journal
    assert "anna" not in journal.lower()


@pytest.mark.long
def test_a_receipt_that_cannot_be_written_is_said_and_the_person_is_gone(edge: Typed, data: Path) -> None:
    done = edge("people", "remove", "anna", "--yes", "--receipt", "/proc/nobody/receipt", data=data)
    assert done.code == 1
    assert "was erased" in done.err
    assert edge("people", "show", "anna", data=data).code == 1


def test_a_backup_comes_back_without_whom_was_erased_since(edge: Typed, data: Path, tmp_path: Path) -> None:
    made = msgspec.json.decode(edge("people", "backup", "--json", data=data).out, type=Backup)
    assert (made.people, Path(made.file).parent) == (2, data / "backups")
    assert edge("people", "backup", str(tmp_path / "mine"), data=data).out.startswith("2 people in ")
    refused = edge("people", "backup", str(tmp_path / "mine"), data=data)
    assert (refused.code, refused.err.count("\n")) == (5, 1)
    assert edge("people", "remove", "anna", "--yes", data=data).code == 0
    assert edge("people", "restore", made.file, data=data, answer="n\n").code == 1
    told = edge("people", "restore", made.file, "--json", data=data, answer="y\n")
    done = msgspec.json.decode(told.out, type=Restoration)
    assert (done.people, done.revoked, done.keyless, done.gone) == (1, 1, 0, 0)
    assert [one["id"] for one in json.loads(edge("people", "list", "--json", data=data).out)] == ["bob"]
    assert "restored" in edge("journal", "show", data=data).out


def test_a_damaged_store_is_mended_as_its_error_says(edge: Typed, data: Path) -> None:
    assert edge("people", "backup", data=data).code == 0
    (data / "people.sqlite3").write_bytes(b"not a database" * 1000)
    fault = edge("people", "list", data=data).err
    advice = fault[fault.index("`edge ") + 6 : fault.rindex("` puts")].split()
    assert advice[:2] == ["people", "restore"]
    mended = edge(*advice, "--yes", data=data)
    assert "2 people restored" in mended.out
    assert "set aside as" in mended.out
    assert len(json.loads(edge("people", "list", "--json", data=data).out)) == 2


def test_whoever_has_to_be_forgotten_is_and_is_named_before(edge: Typed, data: Path) -> None:
    config = data / "config.toml"
    config.write_text('[people]\nkeep_expired_days = 10\nvisitor_groups = ["guests"]\n')
    with vault(data / "people.sqlite3") as store:
        store.add(agreed("zoe", "Zoe", (), None, 1e9), [])
    would = edge("people", "retain", "--dry-run", "--json", "--config", str(config), data=data)
    assert [(one["id"], one["cause"], one["erased"]) for one in json.loads(would.out)] == [
        ("zoe", "access-ended", False)
    ]
    done = edge("people", "retain", "--clock-is-right", "--config", str(config), data=data)
    assert done.out.endswith("access-ended\n1 person erased\n")
    assert edge("people", "show", "zoe", data=data).code == 1
    assert edge("people", "retain", "--clock-is-right", data=data).out == "0 people erased\n"


@pytest.mark.long
def test_a_store_whose_keys_are_lost_is_one_line_and_says_what_to_do(edge: Typed, data: Path) -> None:
    keys = (data / "people.keys").read_bytes()
    (data / "people.keys").unlink()
    lost = edge("people", "list", data=data)
    assert (lost.code, lost.out, lost.err.count("\n")) == (5, "", 1)
    assert "keys of all 2 people in it are lost" in lost.err
    (data / "people.keys").write_bytes(keys)
    assert edge("people", "list", data=data).code == 0
    (data / "keys" / "wrapping.key").unlink()
    assert edge("people", "list", data=data).code == 5
