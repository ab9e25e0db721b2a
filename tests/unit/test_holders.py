"""Who keeps the wrapping key: chosen by name, never another in its place, and moved without losing anybody."""

from __future__ import annotations

import importlib.util
import stat
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

import pytest

from edge.app.doctor_keys import keys_check
from edge.app.holders import holder, left_behind, move
from edge.app.places import Places, places
from edge.config import Config, KeySettings
from edge.errors import ConfigError, KeyLostError
from edge.keys.holder import RECORD_BYTES, Moving, key_name, pack, unpack
from edge.keys.key_file import KeyFile, SealedKeyFile
from edge.people.keyring import Keyring
from tests.unit.cut_disk import CutDisk, PowerCutError
from tests.unit.keyrings import HANDLES, wrapping_keys

if TYPE_CHECKING:
    from pathlib import Path

    from edge.config.keys import Holder

ADA = HANDLES[0]
KEY, NEXT, OTHER = (bytes([one]) * 32 for one in (1, 2, 3))


def config(name: Holder, **more: object) -> Config:
    return Config(keys=KeySettings(holder=name, **more))  # type: ignore[arg-type]  # whatever a test sets


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A machine's files, and a credential for this process."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "door-terminal.wrapping").write_bytes(b"a secret of thirty-two bytes....")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    return places(tmp_path / "data")


def opened(one: Config, here: Places) -> Keyring:
    return Keyring(here.keyring, holder(one, here))


@pytest.mark.parametrize("name", ["file", "credential"])
def test_a_holder_keeps_what_it_is_given_for_its_owner_alone(here: Places, name: Holder) -> None:
    keeper = holder(config(name), here)
    assert keeper.read() == ()
    for keys in ((KEY,), (KEY, NEXT), (NEXT,), ()):
        keeper.write(keys)
        assert keeper.read() == keys
    (file,) = here.wrapping_key.parent.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_s6_a_sealed_file_shows_no_key(here: Places) -> None:
    holder(config("credential"), here).write((KEY,))
    content = here.wrapping_key.with_suffix(".sealed").read_bytes()
    assert KEY not in content
    assert key_name(KEY).encode() not in content


def test_an_old_key_is_overwritten_where_it_stood(here: Places) -> None:
    keeper = holder(config("file"), here)
    keeper.write((KEY,))
    with here.wrapping_key.open("rb") as old:
        keeper.write((NEXT,))
        assert KEY not in old.read(), "who still has the old file open finds nothing in it"


def test_another_credential_does_not_open(here: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    holder(config("credential"), here).write((KEY,))
    (tmp_path / "credentials" / "door-terminal.wrapping").write_bytes(b"another secret of that length...")
    with pytest.raises(KeyLostError, match=r"wrapping\.sealed: does not open with the credential"):
        holder(config("credential"), here).read()
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(KeyLostError, match=r"systemd gave this process none.*LoadCredentialEncrypted=door-terminal"):
        holder(config("credential"), here)


def test_a_credential_that_is_missing_or_short_is_named(here: Places, tmp_path: Path) -> None:
    with pytest.raises(KeyLostError, match="has the unit LoadCredentialEncrypted=other"):
        holder(config("credential", credential="other"), here)
    (tmp_path / "credentials" / "other").write_bytes(b"short")
    with pytest.raises(KeyLostError, match=r"5 bytes; at least 16.*systemd-creds encrypt"):
        holder(config("credential", credential="other"), here)


@pytest.mark.skipif(importlib.util.find_spec("tpm2_pytss") is not None, reason="tpm2-pytss is installed here")
def test_a_tpm_without_its_library_is_refused_and_no_file_takes_its_place(here: Places) -> None:
    with pytest.raises(KeyLostError, match=r"python3-tpm2-pytss"):
        holder(config("tpm"), here)
    assert not here.wrapping_key.exists()


@pytest.mark.skipif(importlib.util.find_spec("tpm2_pytss") is not None, reason="tpm2-pytss is installed here")
@pytest.mark.parametrize("error", ["ImportError", "RuntimeError", "TypeError"])
def test_a_library_that_does_not_go_with_the_others_is_one_that_cannot_be_loaded(
    here: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    (tmp_path / "lib/tpm2_pytss").mkdir(parents=True)
    (tmp_path / "lib/tpm2_pytss/__init__.py").write_text(f"raise {error}('not an acceptable base type')\n")
    monkeypatch.syspath_prepend(tmp_path / "lib")
    with pytest.raises(KeyLostError, match=r"cannot be loaded .not an acceptable base type"):
        holder(config("tpm"), here)


def test_keys_move_between_file_and_credential_and_back(here: Places) -> None:
    with opened(config("file"), here) as keys:
        ada, name = keys.add(ADA), keys.wrapped_with
    for source, target in (("file", "credential"), ("credential", "file")):
        with pytest.raises(KeyLostError, match="keys move --from"):
            opened(config(target), here)  # type: ignore[arg-type]  # a name from above
        assert move(config(target), here, source)  # type: ignore[arg-type]  # as above
        with opened(config(target), here) as keys:  # type: ignore[arg-type]  # as above
            assert keys.key(ADA) == ada
            assert keys.wrapped_with != name
            name = keys.wrapped_with
        with pytest.raises(KeyLostError, match="has not"):
            opened(config(source), here)  # type: ignore[arg-type]  # as above
        assert not move(config(target), here, source), "nothing is left to move"  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("fail", [1, 2, 3, 4])
def test_a_move_that_is_cut_short_is_ended_by_the_next(here: Places, fail: int) -> None:
    """Whichever file cannot be written, either holder opens everybody's keys, and the second try ends it."""
    with opened(config("file"), here) as keys:
        ada = keys.add(ADA)
    blocked = {
        1: here.wrapping_key.with_name(".wrapping.sealed.new"),
        2: here.keyring.with_name(".people.keys.new"),
        3: here.wrapping_key.with_name(".wrapping.sealed.old"),
        4: here.wrapping_key.with_name(".wrapping.key.new"),
    }[fail]
    blocked.mkdir()
    with pytest.raises(KeyLostError if fail != 2 else Exception, match="cannot be written"):
        move(config("credential"), here, "file")
    blocked.rmdir()
    assert move(config("credential"), here, "file")
    with opened(config("credential"), here) as keys:
        assert keys.key(ADA) == ada
    assert not left_behind(config("credential"), here)


def test_s6_a_move_whose_power_failed_before_the_old_key_was_overwritten_is_ended_by_the_next(here: Places) -> None:
    """At every step at which it may fail, the next move leaves the old key nowhere, and everybody's keys open."""
    folder = here.wrapping_key.parent
    for at in count(1):
        with opened(config("file"), here) as keys:
            ada = keys.key(ADA) if ADA in keys.handles() else keys.add(ADA)
        disk = CutDisk(folder, at)
        with Keyring(here.keyring, Moving(holder(config("credential"), here), holder(config("file"), here))) as keys:
            keys.rotate()
        with suppress(PowerCutError):
            KeyFile(here.wrapping_key, disk).write(())
        cut = disk.steps >= at
        kept = bool(wrapping_keys(folder))
        assert left_behind(config("credential"), here) or not kept, "who looks is told that a key is left"
        assert move(config("credential"), here, "file") or not kept
        assert not wrapping_keys(folder)
        assert not left_behind(config("credential"), here)
        assert not move(config("credential"), here, "file"), "nothing is left to move"
        with opened(config("credential"), here) as keys:
            assert keys.key(ADA) == ada
        if not cut:
            break
        assert move(config("file"), here, "credential")
    assert at > 5


def test_a_holder_does_not_move_to_itself(here: Places) -> None:
    with pytest.raises(ConfigError, match=r'keys\.holder is "file" already'):
        move(config("file"), here, "file")


def test_two_folders_of_data_never_share_a_wrapping_key(tmp_path: Path) -> None:
    one, other = places(tmp_path / "one"), places(tmp_path / "other")
    with opened(Config(), one) as keys, opened(Config(), other) as others:
        ada = keys.add(ADA)
        others.rotate()
    with opened(Config(), one) as keys:
        assert keys.key(ADA) == ada


def test_a_machines_wrapping_key_is_not_in_the_folder_that_is_backed_up(tmp_path: Path) -> None:
    usual = places(device_folder=tmp_path)
    assert not usual.wrapping_key.is_relative_to(usual.data)
    assert not usual.device_key.is_relative_to(usual.data)
    assert usual.wrapping_key.parent == tmp_path / "keys"


def test_the_doctor_names_the_holder_and_warns_of_the_weakest(here: Places) -> None:
    with opened(config("file"), here) as keys:
        keys.add(ADA)
    weak = keys_check(config("file"), here)
    assert (weak.state, "1 key" in weak.found, "the weakest" in weak.found) == ("warning", True, True)
    assert "keys move --from file" in weak.mend
    with pytest.raises(KeyLostError):
        keys_check(config("credential"), here)
    move(config("credential"), here, "file")
    well = keys_check(config("credential"), here)
    assert (well.state, "can sign as this terminal" in well.found) == ("ok", True)
    KeyFile(here.wrapping_key).write((OTHER,))
    left = keys_check(config("credential"), here)
    assert (left.state, "still has a key" in left.found) == ("warning", True)


@pytest.mark.parametrize("content", [b"", b"DTWK", b"x" * RECORD_BYTES, pack((KEY,))[:-1], pack((KEY,)) + b"\0"])
def test_a_damaged_file_of_wrapping_keys_is_named(here: Places, content: bytes) -> None:
    here.wrapping_key.parent.mkdir(parents=True)
    here.wrapping_key.write_bytes(content)
    with pytest.raises(KeyLostError, match=r"wrapping\.key: is damaged"):
        holder(Config(), here).read()
    assert here.wrapping_key.read_bytes() == content


def test_every_flipped_bit_of_a_record_is_noticed() -> None:
    record = pack((KEY, NEXT))
    for place in range(8 * len(record)):
        changed = bytearray(record)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(KeyLostError):
            unpack(bytes(changed))


def test_a_record_of_a_newer_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"DTWK2" + pack((KEY,))[5:])
    with pytest.raises(KeyLostError, match="newer program"):
        KeyFile(tmp_path / "k").read()


def test_a_record_takes_no_more_than_it_holds() -> None:
    for keys in ((KEY, NEXT, OTHER), (b"short",)):
        with pytest.raises(ValueError, match="at most 2 keys of 32 bytes"):
            pack(keys)


def test_an_unsealed_file_in_the_place_of_a_sealed_one_is_named(tmp_path: Path) -> None:
    KeyFile(tmp_path / "k").write((KEY,))
    with pytest.raises(KeyLostError, match='is the unsealed file of holder = "file"'):
        SealedKeyFile(tmp_path / "k", b"secret").read()
