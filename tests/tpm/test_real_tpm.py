"""The wrapping keys in a TPM 2.0, one in software that is otherwise real."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

tpm2_pytss = pytest.importorskip("tpm2_pytss", reason="tpm2-pytss is not installed: scripts/check-tpm runs these tests")

from edge.errors import KeyLostError  # noqa: E402 - nothing of this can be imported without the library
from edge.keys import new_key  # noqa: E402 - as above
from edge.keys.holder import Moving  # noqa: E402 - as above
from edge.keys.key_file import KeyFile  # noqa: E402 - as above
from edge.keys.tpm import TpmHolder  # noqa: E402 - as above
from edge.people.keyring import Keyring  # noqa: E402 - as above
from edge.values import Handle  # noqa: E402 - as above
from tests.tpm.software_tpm import software_tpm  # noqa: E402 - as above
from tests.unit.keyrings import HANDLES, readable  # noqa: E402 - as above

if TYPE_CHECKING:
    from pathlib import Path

INDEX = 0x0180_D000


@pytest.fixture
def holder(tcti: str, tmp_path: Path) -> TpmHolder:
    return TpmHolder(tcti, INDEX, tmp_path / "wrapping.auth")


def raw(tcti: str, index: int, auth: bytes) -> bytes:
    """Read an index as another program would."""
    with tpm2_pytss.ESAPI(tcti=tcti) as esapi:
        handle = esapi.tr_from_tpmpublic(index)
        esapi.tr_set_auth(handle, auth)
        size = esapi.nv_read_public(handle)[0].nvPublic.dataSize
        return bytes(esapi.nv_read(handle, size, auth_handle=handle))


def test_a_chip_that_was_never_used_has_no_key_and_is_left_alone(holder: TpmHolder, tmp_path: Path) -> None:
    assert holder.read() == ()
    assert not (tmp_path / "wrapping.auth").exists()


def test_keys_are_kept_through_a_rotation(holder: TpmHolder) -> None:
    first, second, third = (new_key() for _ in range(3))
    for kept in ((first,), (first, second), (second,), (second, third), (third,), ()):
        holder.write(kept)
        assert set(holder.read()) == set(kept)


def test_s6_a_key_that_is_not_kept_is_overwritten_inside_the_chip(holder: TpmHolder, tcti: str, tmp_path: Path) -> None:
    first, second = new_key(), new_key()
    holder.write((first,))
    auth = (tmp_path / "wrapping.auth").read_bytes()
    assert first in raw(tcti, INDEX, auth)
    holder.write((first, second))
    holder.write((second,))
    held = [raw(tcti, index, auth) for index in (INDEX, INDEX + 1)]
    assert not any(first in one for one in held)
    assert any(second in one for one in held)


def test_s6_a_chip_that_forgets_keeps_neither_key_nor_place_also_when_it_was_cut_short(
    holder: TpmHolder, tcti: str
) -> None:
    holder.forget()
    holder.write((new_key(), new_key()))
    with tpm2_pytss.ESAPI(tcti=tcti) as esapi:
        esapi.nv_undefine_space(esapi.tr_from_tpmpublic(INDEX))
    for _ in range(2):
        holder.forget()
        with tpm2_pytss.ESAPI(tcti=tcti) as esapi:
            _, found = esapi.get_capability(tpm2_pytss.TPM2_CAP.HANDLES, INDEX, 2)
            assert found.data.handles.count == 0
    holder.write((key := new_key(),))
    assert holder.read() == (key,)


def test_a_chip_forgets_nothing_for_another_card(holder: TpmHolder, tcti: str, tmp_path: Path) -> None:
    holder.write((key := new_key(),))
    (tmp_path / "other.auth").write_bytes(bytes(32))
    with pytest.raises(KeyLostError, match="does not open"):
        TpmHolder(tcti, INDEX, tmp_path / "other.auth").forget()
    assert holder.read() == (key,)


def test_both_the_chip_and_the_file_are_needed(holder: TpmHolder, tcti: str, tmp_path: Path) -> None:
    holder.write((new_key(),))
    auth = tmp_path / "wrapping.auth"
    kept = auth.read_bytes()
    for wrong in (bytes(32), None):
        auth.unlink()
        if wrong:
            auth.write_bytes(wrong)
        with pytest.raises(KeyLostError, match=r"does not open with .*wrapping\.auth"):
            holder.read()
        with pytest.raises(KeyLostError, match=r"does not open with .*wrapping\.auth"):
            holder.write((new_key(),))
    assert not auth.exists(), "no other authorisation takes the place of the one that is missing"
    auth.write_bytes(kept)
    assert len(holder.read()) == 1
    with pytest.raises(tpm2_pytss.TSS2_Exception):
        raw(tcti, INDEX, b"")


def test_the_chips_owner_may_not_read_the_key(holder: TpmHolder, tcti: str) -> None:
    holder.write((new_key(),))
    with tpm2_pytss.ESAPI(tcti=tcti) as esapi:
        handle = esapi.tr_from_tpmpublic(INDEX)
        with pytest.raises(tpm2_pytss.TSS2_Exception):
            esapi.nv_read(handle, 1, auth_handle=tpm2_pytss.ESYS_TR.OWNER)


def test_who_listens_to_the_bus_hears_neither_key_nor_authorisation(
    tcti: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth, key = tmp_path / "wrapping.auth", new_key()
    monkeypatch.setenv("TCTI_PCAP_FILE", str(tmp_path / "heard"))
    listened = TpmHolder(f"pcap:{tcti}", INDEX, auth)
    listened.write((key,))
    assert listened.read() == (key,)
    heard = (tmp_path / "heard").read_bytes()
    assert key not in heard
    assert auth.read_bytes() not in heard
    monkeypatch.setenv("TCTI_PCAP_FILE", str(tmp_path / "heard in plain"))
    assert key in raw(f"pcap:{tcti}", INDEX, auth.read_bytes())
    assert key in (tmp_path / "heard in plain").read_bytes(), "this ear hears what is not encrypted"


def test_wrong_guesses_lock_nobody_out(holder: TpmHolder, tcti: str, tmp_path: Path) -> None:
    key = new_key()
    holder.write((key,))
    stranger = TpmHolder(tcti, INDEX, tmp_path / "other.auth")
    (tmp_path / "other.auth").write_bytes(bytes(32))
    for _ in range(40):
        with pytest.raises(KeyLostError, match="does not open"):
            stranger.read()
    assert holder.read() == (key,)


def test_an_index_of_another_program_is_left_alone(tcti: str, tmp_path: Path) -> None:
    from tpm2_pytss.constants import TPM2_ALG, TPMA_NV  # noqa: PLC0415 - the library may be missing
    from tpm2_pytss.types import TPM2B_NV_PUBLIC, TPMS_NV_PUBLIC  # noqa: PLC0415 - as above

    public = TPMS_NV_PUBLIC(
        nvIndex=INDEX, nameAlg=TPM2_ALG.SHA256, attributes=TPMA_NV.AUTHREAD | TPMA_NV.AUTHWRITE, dataSize=8
    )
    with tpm2_pytss.ESAPI(tcti=tcti) as esapi:
        handle = esapi.nv_define_space(b"", TPM2B_NV_PUBLIC(nvPublic=public))
        esapi.nv_write(handle, b"theirs!!", auth_handle=handle)
    holder = TpmHolder(tcti, INDEX, tmp_path / "wrapping.auth")
    for ask in (holder.read, lambda: holder.write((new_key(),))):
        with pytest.raises(KeyLostError, match=r"another program's: set keys.tpm_index"):
            ask()
    assert raw(tcti, INDEX, b"") == b"theirs!!"


def test_no_chip_and_no_permission_are_named(tmp_path: Path) -> None:
    missing = TpmHolder(f"device:{tmp_path}/tpmrm0", INDEX, tmp_path / "wrapping.auth")
    with pytest.raises(KeyLostError, match=r"no TPM, or none that its kernel drives.*dtoverlay"):
        missing.read()
    if os.geteuid():
        (tmp_path / "tpmrm0").touch(mode=0)
        with pytest.raises(KeyLostError, match="group tss"):
            missing.read()
    with pytest.raises(KeyLostError, match="whether another program holds it"):
        TpmHolder("swtpm:host=127.0.0.1,port=1", INDEX, tmp_path / "wrapping.auth").read()


def test_s7_keys_survive_the_chips_loss_of_power(chip: Path, tmp_path: Path) -> None:
    with software_tpm(chip) as tcti, Keyring(tmp_path / "people.keys", at(tcti, tmp_path)) as keys:
        ada = keys.add(HANDLES[0])
    with software_tpm(chip) as tcti, Keyring(tmp_path / "people.keys", at(tcti, tmp_path)) as keys:
        assert keys.key(HANDLES[0]) == ada


def test_a_chip_that_was_cleared_is_told_from_all_else(chip: Path, tmp_path: Path) -> None:
    with software_tpm(chip) as tcti, Keyring(tmp_path / "people.keys", at(tcti, tmp_path)) as keys:
        keys.add(HANDLES[0])
    shutil.rmtree(chip)
    with software_tpm(chip) as tcti, pytest.raises(KeyLostError, match="it was cleared, or is another chip"):
        Keyring(tmp_path / "people.keys", at(tcti, tmp_path))


def test_s6_nothing_on_the_card_opens_for_who_was_destroyed(tcti: str, tmp_path: Path) -> None:
    """The card keeps every block ever written, and the authorisation; the chip answers to whoever has it."""
    path, holder = tmp_path / "people.keys", at(tcti, tmp_path)
    with Keyring(path, holder) as keys:
        for handle in HANDLES[:2]:
            keys.add(handle)
        blocks = [path.read_bytes()]
        assert readable(blocks, holder.read()) == set(HANDLES[:2])
        keys.destroy(HANDLES[:1])
        blocks.append(path.read_bytes())
        assert readable(blocks, holder.read()) == {HANDLES[1]}


def test_keys_move_from_a_file_into_the_chip(tcti: str, tmp_path: Path) -> None:
    path, file, chip = tmp_path / "people.keys", KeyFile(tmp_path / "wrapping.key"), at(tcti, tmp_path)
    with Keyring(path, file) as keys:
        ada = keys.add(HANDLES[0])
    with Keyring(path, Moving(chip, file)) as keys:
        keys.rotate()
        file.write(())
    with Keyring(path, chip) as keys:
        assert keys.key(HANDLES[0]) == ada


ERASING = """
import sys
from pathlib import Path
from edge.keys.tpm import TpmHolder
from edge.people.keyring import Keyring
folder = Path(sys.argv[2])
with Keyring(folder / "people.keys", TpmHolder(sys.argv[1], 0x0180D000, folder / "wrapping.auth")) as keys:
    for number in range(1000):
        keys.add(f"{number:032x}")
        print("added", number, flush=True)
        if number >= 2:
            keys.destroy([f"{number - 2:032x}"])
            print("destroyed", number - 2, flush=True)
"""


@pytest.mark.parametrize("lines", [4, 5, 6, 7, 8, 9])
def test_s7_killed_in_the_middle_of_rotations_with_its_chip(chip: Path, tmp_path: Path, lines: int) -> None:
    with software_tpm(chip) as tcti:
        words = [sys.executable, "-c", ERASING, tcti, str(tmp_path)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as erasing:
            assert erasing.stdout is not None
            said = [erasing.stdout.readline().split() for _ in range(lines)]
            os.kill(erasing.pid, signal.SIGKILL)
            said += [line.split() for line in erasing.stdout.readlines()]
    with software_tpm(chip) as tcti, Keyring(tmp_path / "people.keys", at(tcti, tmp_path)) as keys:
        added = {Handle(f"{int(number):032x}") for what, number in said if what == "added"}
        gone = {Handle(f"{int(number):032x}") for what, number in said if what == "destroyed"}
        held = keys.handles()
        assert not gone & held
        assert len(added - gone - held) <= 1, "the one whose destruction was under way may be gone or there"
        assert all(len(keys.key(handle)) == 32 for handle in held)


def at(tcti: str, folder: Path) -> TpmHolder:
    return TpmHolder(tcti, INDEX, folder / "wrapping.auth")
