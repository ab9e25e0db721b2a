"""`edge keys`, as typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge import keys
from edge.app.holders import holder
from edge.app.identity import device_public
from edge.app.places import places
from edge.app.vault import open_keys
from edge.cli.keys import KeysReport
from edge.config import Config, load
from edge.journal import log
from edge.people.keyring import Keyring
from edge.values import Handle, Occasion

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.commands import Done
    from tests.e2e.conftest import Typed

ADA = Handle("a" * 32)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of data in which one person has a key."""
    here = places(tmp_path / "data")
    with open_keys(Config(), here) as (keyring, _):
        keyring.add(ADA)
    return tmp_path / "data"


def report(done: Done) -> KeysReport:
    assert (done.code, done.err) == (0, "")
    return msgspec.json.decode(done.out, type=KeysReport)


def journaled(data: Path) -> list[tuple[str, str]]:
    """Who changed which keys."""
    path = places(data).journal
    found = log.read(path) if path.exists() else ()
    return [(one.operator, one.sentence) for one in found if one.occasion is Occasion.KEYS_CHANGED]


def test_a_rotation_that_is_not_in_the_journal_is_done_and_says_so(data: Path, typed: Typed) -> None:
    places(data).journal.mkdir()
    done = typed("keys", "rotate", "--data", data)
    assert (done.code, "the wrapping key was rotated by hand; but" in done.fault) == (9, True)


def test_status_names_the_device_and_who_keeps_the_wrapping_key(data: Path, typed: Typed) -> None:
    found = report(typed("keys", "status", "--data", data, "--json"))
    assert found.device == keys.key_id(found.public.encode())
    assert found.public.encode() == device_public(places(data))
    assert (found.holder, found.people, found.unfinished) == ("file", 1, "")
    assert found.strength.startswith("the weakest")
    words = typed("keys", "status", "--data", data).out
    assert all(word in words for word in (found.device, found.public.strip(), "1 key, wrapped with", "the weakest"))


def test_status_of_a_machine_without_people_makes_no_file_of_keys(tmp_path: Path, typed: Typed) -> None:
    found = report(typed("keys", "status", "--data", tmp_path, "--json"))
    assert (found.wrapped_with, found.people) == (None, 0)
    assert not places(tmp_path).keyring.exists()
    assert not places(tmp_path).wrapping_key.exists()


def test_rotate_changes_the_wrapping_key_alone(data: Path, typed: Typed) -> None:
    with open_keys(Config(), places(data)) as (keyring, _):
        before, ada = keyring.wrapped_with, keyring.key(ADA)
        found = report(typed("keys", "rotate", "--data", data, "--json"))
        assert found.wrapped_with not in {before, None}
        assert keyring.key(ADA) == ada, "a program that runs notices"
    assert journaled(data)[0][1] == "the wrapping key was rotated by hand"


def test_there_is_nothing_to_rotate_where_nobody_was_enrolled(tmp_path: Path, typed: Typed) -> None:
    done = typed("keys", "rotate", "--data", tmp_path)
    assert (done.code, "there are no keys yet" in done.fault) == (1, True)


def test_move_goes_to_the_configured_holder(
    data: Path, tmp_path: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, config = places(data), tmp_path / "terminal.toml"
    with open_keys(Config(), here) as (keyring, _):
        ada = keyring.key(ADA)
    config.write_text('[keys]\nholder = "credential"\ncredential = "ours"\n')
    words = ("--config", config, "--data", data)
    done = typed("keys", "move", "--from", "file", *words)
    assert (done.code, "systemd gave this process none" in done.fault) == (5, True)
    (tmp_path / "ours").write_bytes(bytes(range(32)))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    done = typed("keys", "status", *words)
    assert (done.code, "Was another holder configured before?" in done.fault) == (5, True)
    done = typed("keys", "move", "--from", "file", "--operator", "eve", *words, "--json")
    assert report(done).holder == "credential"
    moved = ("eve", 'the wrapping key went from "file" to "credential", and is another one now')
    assert journaled(data) == [moved], "what failed is not in it"
    done = typed("keys", "move", "--from", "file", *words)
    assert (done.code, "nothing to move" in done.fault) == (1, True)
    done = typed("keys", "move", "--from", "credential", *words)
    assert (done.code, 'is "credential" already' in done.fault) == (2, True)
    assert journaled(data) == [moved]
    assert holder(Config(), here).read() == ()
    done = typed("keys", "status", "--data", data)
    assert (done.code, "(file) has not" in done.fault) == (5, True)
    with Keyring(here.keyring, holder(load(config), here)) as keyring:
        assert keyring.key(ADA) == ada


def test_a_tpm_that_is_not_there_is_named(data: Path, tmp_path: Path, typed: Typed) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(f'[keys]\nholder = "tpm"\ntpm = "device:{tmp_path}/tpmrm0"\n')
    done = typed("keys", "status", "--config", config, "--data", data)
    assert done.code == 5
    assert "tpm" in done.fault
    assert not places(data).wrapping_key.with_suffix(".auth").exists()


def test_an_index_outside_the_owners_range_is_a_fault_of_the_configuration(tmp_path: Path, typed: Typed) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text('[keys]\nholder = "safe"\ntpm_index = 0x01c00002\n')
    done = typed("config", "check", config)
    assert done.code == 2
    assert "keys.holder" in done.err + done.out
    assert "keys.tpm_index" in done.err + done.out
