"""`edge provision` at head office, as a user runs it: files are made, checked, sealed and signed, none halfway."""

from __future__ import annotations

import csv
import stat
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.keys import public_of
from edge.provision import opened, unseal
from tests.head_office import batch, checked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed

TEMPLATE = (
    'board = "gpiochip"\n[terminal]\ntime_zone = "Europe/Berlin"\n'
    '[network]\nssid = "doors"\npassphrase = "correct horse"\ncountry = "DE"\n'
)
SITES = (
    "\ufeffid;site;door;address;gateway;dns\r\nb-1;Berlin;Main;;;\r\n\r\n"
    "b-2;Berlin;Back;192.0.2.7/24;192.0.2.1;192.0.2.1 192.0.2.2\r\n"
)
PASSPHRASE = "correct horse"  # noqa: S105 - of no Wi-Fi
OWN = ("--set", "terminal.id=b-1", "--set", "terminal.site=Berlin", "--set", "terminal.door=Main")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Typed) -> Path:
    """Head office's folder, on a machine that is nobody's terminal."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    assert typed("limits", "keygen", tmp_path).code == 0
    (tmp_path / "template.toml").write_text(TEMPLATE)
    (tmp_path / "sites.csv").write_text(SITES, newline="")
    return tmp_path


def new(typed: Typed, *more: str) -> None:
    done = typed("provision", "new", "t.toml", "--key", "head-office.key", "--template", "template.toml", *OWN, *more)
    assert (done.code, done.err) == (0, "")


def test_a_new_file_is_signed_its_owners_alone_and_checked_without_a_fault(office: Path, typed: Typed) -> None:
    new(typed)
    assert stat.S_IMODE((office / "t.toml").stat().st_mode) == 0o600
    code, found = checked(typed, "t.toml")
    assert (code, found.faults) == (0, ())
    assert found.would[0].startswith("terminal b-1 (b-1): Berlin, Main; Europe/Berlin")
    assert any("NOT SEALED: network.passphrase" in line for line in found.would)
    assert "(secret)" in (shown := typed("provision", "show", "t.toml").out)
    assert "correct horse" not in shown + "".join(found.would)
    again = typed("provision", "new", "t.toml", "--key", "head-office.key", *OWN)
    assert (again.code, "is there already" in again.fault) == (14, True)


def test_a_changed_file_is_not_believed_until_it_is_signed_again(office: Path, typed: Typed) -> None:
    new(typed)
    path = office / "t.toml"
    path.write_text(path.read_text().replace('"Main"', '"Back"'))
    code, found = checked(typed, "t.toml")
    assert (code, len(found.faults), "was changed" in found.faults[0]) == (3, 1, True)
    assert typed("provision", "sign", "t.toml", "--key", "head-office.key").code == 0
    assert checked(typed, "t.toml")[0] == 0
    path.write_text(path.read_text().replace('ssid = "doors"', 'ssid = ""').replace("id =", "idd =", 1))
    before = path.read_bytes()
    code, found = checked(typed, "t.toml")
    assert (code, len(found.faults)) == (14, 4)  # unknown, missing, no Wi-Fi for the passphrase; the signature
    assert typed("provision", "sign", "t.toml", "--key", "head-office.key").code == 14
    assert path.read_bytes() == before


def test_another_offices_key_neither_signs_nor_is_believed(office: Path, typed: Typed) -> None:
    new(typed)
    (office / "other").mkdir()
    typed("limits", "keygen", "other")
    assert typed("provision", "sign", "t.toml", "--key", "other/head-office.key").code == 14
    code, found = checked(typed, "t.toml", "--public", "other/head-office.pub")
    assert (code, found.key) == (3, None)


def test_files_that_are_no_files_are_refused_by_name(office: Path, typed: Typed) -> None:
    for content, words in ((b"", "is empty"), (b"\xff\xfea\0", "UTF-16"), (b"a = 1\0\0", "zero bytes")):
        (office / "t.toml").write_bytes(content)
        done = typed("provision", "check", "t.toml")
        assert (done.code, words in done.err) == (14, True)
    assert typed("provision", "check", "absent.toml").code == 14


def test_a_sealed_file_opens_with_the_code_that_is_printed_once(office: Path, typed: Typed) -> None:
    new(typed)
    done = typed("provision", "seal", "t.toml", "--key", "head-office.key")
    assert done.code == 0
    content = (office / "t.toml").read_bytes()
    assert b"correct horse" not in content
    public = public_of((office / "head-office.key").read_bytes())
    told = opened(content, "t.toml", [public]).document
    assert unseal(told, done.out).network.passphrase == PASSPHRASE


@pytest.mark.long
def test_a_batch_makes_each_terminal_once_with_its_own_code_and_tokens(office: Path, typed: Typed) -> None:
    code, out, _ = batch(typed, "--seal", "--days", "90")
    assert (code, out.splitlines()[0]) == (0, "2 made, 0 kept in out")
    files = {path.name: path.read_bytes() for path in (office / "out").iterdir()}
    assert set(files) == {"b-1.toml", "b-2.toml", "claims.csv", "claims.html"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (office / "out").iterdir()} == {0o600}
    rows = list(csv.DictReader((office / "out" / "claims.csv").read_text().splitlines()))
    assert len({row["claim_code"] for row in rows}) == len({row["admin_token"] for row in rows}) == 2
    for row in rows:
        told = opened(files[f"{row['id']}.toml"], row["id"], []).document
        assert unseal(told, row["claim_code"]).network.passphrase == PASSPHRASE
    assert batch(typed, "--seal", "--days", "90")[1].startswith("0 made, 2 kept")
    assert files == {path.name: path.read_bytes() for path in (office / "out").iterdir()}
    (office / "sites.csv").write_text(SITES + "b-3;Berlin;Side;;;\n")
    assert batch(typed, "--seal")[1].startswith("1 made, 2 kept")
    assert files["b-1.toml"] == (office / "out" / "b-1.toml").read_bytes()


def test_with_a_fault_in_any_row_all_faults_are_named_and_nothing_is_written(office: Path, typed: Typed) -> None:
    (office / "sites.csv").write_text("id,site,door,time_zone\nb-1,S,D,\nB 2,S,D,Mars\nb-1,S,E,\n../b,S,D,\n")
    code, _, err = batch(typed)
    assert code == 14
    assert [line.split()[:2] for line in err.splitlines()[1:]] == [
        ["sites.csv:3:", "terminal.id:"],
        ["sites.csv:3:", "terminal.hostname:"],
        ["sites.csv:3:", "terminal.time_zone:"],
        ["sites.csv:4:", "terminal.id:"],
        ["sites.csv:5:", "terminal.id:"],
        ["sites.csv:5:", "terminal.hostname:"],
    ]
    assert not (office / "out").exists()


@pytest.mark.parametrize("text", ["id,nonsense\nb,1\n", "site\nx\n", "id,id\na,b\n", "id,site\nb-1\n", 'id\n"b', ""])
def test_a_list_that_is_none_is_refused(text: str, office: Path, typed: Typed) -> None:
    (office / "sites.csv").write_text(text)
    code, _, err = batch(typed)
    assert code == 14
    assert "sites.csv" in err


def test_a_row_that_says_otherwise_than_its_file_is_a_fault(office: Path, typed: Typed) -> None:
    assert batch(typed)[0] == 0
    (office / "sites.csv").write_text(SITES.replace("Back", "Side"))
    code, _, err = batch(typed)
    assert (code, "sites.csv:4: terminal.id: out/b-2.toml was made before" in err) == (14, True)


def test_the_schema_is_printed(typed: Typed) -> None:
    assert "terminal" in msgspec.json.decode(typed("provision", "schema").out)["properties"]
