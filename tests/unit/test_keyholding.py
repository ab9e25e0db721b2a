"""Who keeps the wrapping key of a terminal that is being made: what the file says, or the best that the machine has."""

from __future__ import annotations

import dataclasses
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge import config, keys
from edge.app.first_boot import Device, apply
from edge.app.holders import holder
from edge.app.keyholding import ELSEWHERE, MACHINE, Keeping, give
from edge.app.places import places
from edge.app.programs import run
from edge.config import Config, KeySettings
from edge.errors import ProvisionError
from edge.provision import Document, plan
from edge.provision.keyholding import DROP_INS
from edge.provision.signature import sign
from tests.provisioning import NOW, device, document, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.config.keys import Holder

KEY = keys.new_pair()[0]
IMAGE = Path(__file__).parents[2] / "image/systemd"
SEALED = "etc/credstore.encrypted/door-terminal.wrapping"


class Machine:
    """A machine with a TPM or without; what it was asked to run is on record."""

    def __init__(self, *, tpm: str = "", bound: bool = True) -> None:
        self.tpm, self.bound, self.ran = tpm, bound, list[tuple[str, ...]]()

    def run(self, words: Sequence[str], given: bytes) -> bytes:
        self.ran.append(tuple(words))
        if words[1] == "has-tpm2" and not self.bound:
            raise ProvisionError("systemd-creds has-tpm2 failed (1): partial")
        return b"sealed " + given

    def keeping(self) -> Keeping:
        return Keeping(no_tpm=lambda _, __: self.tpm, run=self.run)


def held_by(name: Holder) -> Document:
    """A file's content that says who keeps the key."""
    return dataclasses.replace(document(), config=Config(keys=KeySettings(holder=name)))


def given(here: Device, told: Document, machine: Machine, *, named: bool) -> tuple[Config, str]:
    """Provision the device; returns its configuration, and what its log says of keys."""
    text = signed(told, KEY).decode()
    if not named:
        text = sign(text.replace('holder = "file"\n', ""), KEY)
    (here.boot / "terminal.toml").write_text(text)
    apply(dataclasses.replace(here, keeping=machine.keeping()))
    said = [line for line in (here.boot / "provision.log").read_text().splitlines() if "keys.holder" in line]
    return config.load(here.root / plan.CONFIG), said[-1]


@pytest.mark.parametrize(
    ("machine", "holder_", "why"),
    [
        (Machine(), "tpm", "this machine has a TPM"),
        (Machine(tpm="tpm2-pytss cannot be loaded"), "credential", "tpm2-pytss cannot be loaded"),
        (Machine(tpm="this machine has no TPM", bound=False), "file", "this machine has no TPM"),
    ],
    ids=["a TPM", "a TPM for systemd alone", "none"],
)
def test_without_a_wish_the_best_that_the_machine_has_keeps_the_key_and_the_log_says_why(
    tmp_path: Path, machine: Machine, holder_: Holder, why: str
) -> None:
    here = device(tmp_path)
    found, said = given(here, document(), machine, named=False)
    assert found.keys.holder == holder_
    assert f'keys.holder is "{holder_}"' in said
    assert why in said
    assert all((here.root / path).exists() == (holder_ != "file") for path in DROP_INS)


def test_what_the_file_names_is_taken_and_nothing_is_looked_for(tmp_path: Path) -> None:
    machine = Machine()
    found, said = given(device(tmp_path), document(), machine, named=True)
    assert (found.keys.holder, machine.ran) == ("file", [])
    assert 'keys.holder is "file", as the file says.' in said


def test_a_key_that_is_there_stays_with_whoever_has_it(tmp_path: Path) -> None:
    here = device(tmp_path)
    holder(Config(), places(device_folder=here.root / plan.HOME)).write((bytes(32),))
    found, said = given(here, document(), Machine(), named=False)
    assert found.keys.holder == "file"
    assert "there is a wrapping key already" in said


@pytest.mark.parametrize("left", ["wrapping.auth", "wrapping.sealed"])
def test_a_key_that_was_moved_to_a_file_is_not_looked_for_where_it_was(tmp_path: Path, left: str) -> None:
    here = device(tmp_path)
    given(here, held_by("file"), Machine(), named=True)
    for name in (left, "wrapping.key"):
        (here.root / plan.HOME / "keys" / name).touch()
    newer = dataclasses.replace(document(issued=NOW), config=Config())
    assert given(here, newer, Machine(), named=False)[0].keys.holder == "file"


def test_a_file_that_names_another_holder_says_how_the_key_gets_there(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.root / plan.HOME / "keys").mkdir()
    (here.root / plan.HOME / "keys/wrapping.key").touch()
    found, said = given(here, held_by("tpm"), Machine(), named=True)
    assert found.keys.holder == "tpm"
    assert "`edge keys move --from file`" in said


def test_a_credential_is_made_once_and_never_anew(tmp_path: Path) -> None:
    here, machine = device(tmp_path), Machine()
    given(here, held_by("credential"), machine, named=True)
    assert machine.ran[-1] == (
        "systemd-creds", "encrypt", "--name=door-terminal.wrapping", "--with-key=host+tpm2", "-", "-"
    )  # fmt: skip
    made = (here.root / SEALED).read_bytes()
    assert made.startswith(b"sealed ")
    assert (here.root / SEALED).stat().st_mode & 0o777 == 0o600
    apply(dataclasses.replace(here, keeping=machine.keeping()))
    assert (here.root / SEALED).read_bytes() == made
    (here.root / SEALED).unlink()
    (here.root / plan.HOME / "keys/wrapping.sealed").touch()
    apply(dataclasses.replace(here, keeping=machine.keeping()))
    assert not (here.root / SEALED).exists(), "it would open nothing that the lost one sealed"


def test_a_credential_that_cannot_be_made_is_told_and_the_device_has_its_own_key_all_the_same(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.boot / "terminal.toml").write_bytes(signed(held_by("credential"), KEY))
    assert apply(dataclasses.replace(here, keeping=ELSEWHERE)) == "done"
    assert "LATER: systemd-creds: not for a file system that does not run" in (here.boot / "provision.log").read_text()
    assert (here.root / plan.HOME / "keys/device.key").exists()


@pytest.mark.skipif(not shutil.which("systemd-creds") or os.geteuid() != 0, reason="needs systemd-creds, as root")
def test_a_real_credential_opens_for_systemd_and_the_key_is_sealed_under_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = device(tmp_path)
    (here.boot / "terminal.toml").write_bytes(signed(held_by("credential"), KEY))
    apply(dataclasses.replace(here, keeping=MACHINE))
    words = ["systemd-creds", "decrypt", "--name=door-terminal.wrapping", str(here.root / SEALED), "-"]
    secret = subprocess.run(words, capture_output=True, check=True).stdout
    assert len(secret) == 32
    (tmp_path / "door-terminal.wrapping").write_bytes(secret)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))  # as systemd does for the unit with the drop-in
    keeper = holder(config.load(here.root / plan.CONFIG), places(device_folder=here.root / plan.HOME))
    keeper.write((bytes(32),))
    assert keeper.read() == (bytes(32),)
    assert bytes(32) not in places(device_folder=here.root / plan.HOME).wrapping_key.with_suffix(".sealed").read_bytes()


@pytest.mark.parametrize("name", ["tpm", "credential"])
def test_the_services_are_given_what_a_person_would_give_them_by_hand(tmp_path: Path, name: Holder) -> None:
    here = device(tmp_path)
    given(here, held_by(name), Machine(), named=True)
    by_hand = (IMAGE / name / "edge-terminal.conf").read_text().splitlines()
    for path in DROP_INS:
        assert (here.root / path).read_text().splitlines() == [line for line in by_hand if not line.startswith("#")]


def test_a_newer_file_takes_away_what_the_services_no_longer_need(tmp_path: Path) -> None:
    here = device(tmp_path)
    given(here, held_by("tpm"), Machine(), named=True)
    newer = document(issued=document().terminal.expires, expires=document().terminal.expires.replace(year=2027))
    given(here, dataclasses.replace(newer, network=type(newer.network)()), Machine(), named=True)
    assert not any((here.root / path).exists() for path in DROP_INS)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, as root does on a device")
def test_the_keys_that_root_makes_at_first_boot_are_the_terminals(tmp_path: Path) -> None:
    folder, user = tmp_path / "keys", pwd.getpwnam("nobody")
    folder.mkdir()
    (folder / "device.key").write_bytes(b"private")
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    (folder / "second name").hardlink_to(outside)
    give(folder, user.pw_name)
    assert {one.stat().st_uid for one in (folder, folder / "device.key")} == {user.pw_uid}
    assert outside.stat().st_uid == 0
    give(tmp_path / "none", "nobody-of-this-name")
    assert not (tmp_path / "none").exists()


def test_a_program_that_fails_or_is_not_there_is_named() -> None:
    with pytest.raises(ProvisionError, match="no-such-program cannot be run"):
        run(("no-such-program", "encrypt"))
    with pytest.raises(ProvisionError, match=r"false .*failed \(1\)"):
        run(("false", ""))
