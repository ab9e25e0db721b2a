"""A terminal whose wrapping key is in the TPM is reset: the chip forgets, its places are free, no copy opens."""

from __future__ import annotations

import dataclasses
import grp
import shutil
from typing import TYPE_CHECKING

import pytest

tpm2_pytss = pytest.importorskip("tpm2_pytss", reason="tpm2-pytss is not installed: scripts/check-tpm runs these tests")

from edge import config  # noqa: E402 - nothing of this can be imported without the library
from edge.app.decommissioning import decommission  # noqa: E402 - as above
from edge.app.first_boot import apply  # noqa: E402 - as above
from edge.app.holders import holder  # noqa: E402 - as above
from edge.app.places import Places, places  # noqa: E402 - as above
from edge.app.resetting import Reset, do  # noqa: E402 - as above
from edge.app.unforgotten import owed  # noqa: E402 - as above
from edge.config import Config, KeySettings  # noqa: E402 - as above
from edge.errors import KeyLostError  # noqa: E402 - as above
from edge.keys.tpm import TpmHolder  # noqa: E402 - as above
from edge.people.keyring import Keyring  # noqa: E402 - as above
from edge.people.revoked import Revocations  # noqa: E402 - as above
from edge.people.store import Store  # noqa: E402 - as above
from edge.provision import erasing, plan  # noqa: E402 - as above
from tests.provisioning import NOW  # noqa: E402 - as above
from tests.tpm.first_boots import first_boot, provisioned  # noqa: E402 - as above
from tests.tpm.software_tpm import software_tpm  # noqa: E402 - as above
from tests.vaults import agreed  # noqa: E402 - as above

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.first_boot import Device

INDEX = KeySettings().tpm_index
RESET = Reset(who="root, by hand", why="it goes back")


@pytest.fixture(autouse=True)
def group() -> None:
    """The TPM's own packages make it."""
    if "tss" not in {one.gr_name for one in grp.getgrall()}:
        pytest.skip("there is no group tss: tpm-udev makes it")


def below(root: Path) -> Places:
    """Return where a device's files are below a root."""
    data = root / erasing.DATA
    here = places(device_folder=root / plan.HOME)
    return dataclasses.replace(
        here, people_db=data / "people.sqlite3", keyring=data / "people.keys", revoked=data / "people.revoked"
    )


def opened(root: Path, told: Config, *, create: bool = False) -> Store:
    """Open the people of a device."""
    here = below(root)
    here.people_db.parent.mkdir(parents=True, exist_ok=True)
    keyring = Keyring(here.keyring, holder(told, here))
    return Store(here.people_db, keyring, Revocations(here.revoked), create=create)


def terminal(folder: Path, tcti: str) -> tuple[Device, Config]:
    """Return a terminal that the chip keeps the key of, with two people."""
    here, told = first_boot(folder, tcti)
    assert told.keys.holder == "tpm"
    with opened(here.root, told, create=True) as store:
        store.add(agreed("ada", "Ada"), [])
        store.add(agreed("bob", "Bob"), [])
    return here, told


def places_in(tcti: str) -> list[int]:
    """Return the NV indices of a chip, as another program sees them."""
    with tpm2_pytss.ESAPI(tcti=tcti) as esapi:
        _, found = esapi.get_capability(tpm2_pytss.TPM2_CAP.HANDLES, tpm2_pytss.TPM2_HC.NV_INDEX_FIRST, 99)
        return [int(one) for one in found.data.handles]


def log(here: Device) -> str:
    return (here.boot / "provision.log").read_text()


def test_s6_after_a_reset_the_chip_has_no_place_of_it_and_no_copy_of_the_card_opens(tmp_path: Path, tcti: str) -> None:
    here, told = terminal(tmp_path / "device", tcti)
    assert places_in(tcti) == [INDEX, INDEX + 1]
    copy = tmp_path / "copy"
    shutil.copytree(here.root, copy, symlinks=True)
    with opened(copy, told) as store:
        assert store.count() == 2
    before = holder(told, below(here.root)).read()
    do(here, RESET)
    assert places_in(tcti) == []
    assert not (here.root / plan.HOME / "keys/wrapping.auth").exists()
    assert "CHECK" not in log(here)
    with pytest.raises(KeyLostError, match="the TPM keeps none"):
        opened(copy, told)
    assert provisioned(here, tcti).keys.holder == "tpm"
    with opened(here.root, told, create=True) as store:
        store.add(agreed("cleo", "Cleo"), [])
    after = holder(told, below(here.root)).read()
    assert len(before) == len(after) == 1
    assert before != after
    with pytest.raises(KeyLostError, match="does not open"):
        opened(copy, told)


def test_s6_a_terminal_that_is_given_up_counts_its_people_and_leaves_the_chip_empty(tmp_path: Path, tcti: str) -> None:
    here, _ = terminal(tmp_path, tcti)
    receipt = decommission(here, "eve", "sold")
    assert receipt.states.people == 2
    assert "counted" not in receipt.states.note
    assert places_in(tcti) == []


def test_s6_a_chip_that_does_not_answer_is_told_and_everything_else_goes(
    tmp_path: Path, chip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with software_tpm(chip) as tcti:
        here, told = terminal(tmp_path / "device", tcti)
        kept = holder(told, below(here.root)).read()
    shutil.copytree(here.root, tmp_path / "copy", symlinks=True)
    do(here, RESET)
    for told_to in (log(here), caplog.text):
        assert "CHECK: the TPM did not forget its key" in told_to
        assert f"`tpm2_nvundefine {INDEX:#x}` and `tpm2_nvundefine {INDEX + 1:#x}`" in told_to
    assert not below(here.root).keyring.exists()
    assert not below(here.root).people_db.exists()
    assert not (here.root / plan.HOME / "keys/wrapping.auth").exists()
    with software_tpm(chip) as tcti:
        assert places_in(tcti) == [INDEX, INDEX + 1]
        auth = tmp_path / "copy" / plan.HOME / "keys/wrapping.auth"
        assert TpmHolder(tcti, INDEX, auth).read() == kept, "what the line warns of"
        assert provisioned(here, tcti, issued=NOW).keys.holder != "tpm", "as the line says, too"
        with tpm2_pytss.ESAPI(tcti=tcti) as esapi:
            for index in (INDEX, INDEX + 1):
                esapi.nv_undefine_space(esapi.tr_from_tpmpublic(index))  # by hand, as the line says
        assert TpmHolder(tcti, INDEX, auth).read() == ()


def silent(folder: Path, chip: Path) -> tuple[Device, str]:
    """Return a device that was reset while its chip was silent, and how that is reached."""
    with software_tpm(chip) as tcti:
        here, _ = terminal(folder, tcti)
    do(here, RESET)
    assert [one.tcti for one in owed(here.root)] == [tcti]
    return here, tcti


def test_s6_a_chip_that_was_silent_forgets_at_the_next_start_that_it_answers(tmp_path: Path, chip: Path) -> None:
    here, was = silent(tmp_path / "device", chip)
    apply(here)
    assert "CHECK: a TPM still keeps the key from before the reset" in log(here)
    with software_tpm(chip, was) as tcti:
        assert places_in(tcti) == [INDEX, INDEX + 1]
        apply(here)
        assert "The TPM has forgotten the key from before the reset" in log(here)
        assert (places_in(tcti), owed(here.root)) == ([], ())
        assert provisioned(here, tcti, issued=NOW).keys.holder == "tpm", "its places are free"
        apply(here)
        assert places_in(tcti) == [INDEX, INDEX + 1], "the newer key's are left"


def forget_by_hand(tcti: str) -> None:
    with tpm2_pytss.ESAPI(tcti=tcti) as esapi:
        for index in (INDEX, INDEX + 1):
            esapi.nv_undefine_space(esapi.tr_from_tpmpublic(index))


def test_a_chip_that_forgot_by_hand_owes_nothing_and_a_newer_key_is_left(tmp_path: Path, chip: Path) -> None:
    here, was = silent(tmp_path / "device", chip)
    with software_tpm(chip, was) as tcti:
        forget_by_hand(tcti)
        told = first_boot(tmp_path / "another", tcti)[1]
        assert told.keys.holder == "tpm"
        shutil.copy(tmp_path / "another/root" / plan.HOME / "keys/wrapping.auth", here.root / plan.HOME / "keys")
        apply(here)
        assert (places_in(tcti), owed(here.root)) == ([INDEX, INDEX + 1], ())


def test_another_programs_place_is_neither_given_back_nor_owed(tmp_path: Path, chip: Path) -> None:
    here, was = silent(tmp_path / "device", chip)
    with software_tpm(chip, was) as tcti:
        forget_by_hand(tcti)
        with tpm2_pytss.ESAPI(tcti=tcti) as esapi:
            attributes = tpm2_pytss.TPMA_NV.OWNERREAD | tpm2_pytss.TPMA_NV.OWNERWRITE
            public = tpm2_pytss.TPMS_NV_PUBLIC(
                nvIndex=INDEX, nameAlg=tpm2_pytss.TPM2_ALG.SHA256, attributes=attributes, authPolicy=b"", dataSize=64
            )
            esapi.nv_define_space(b"", tpm2_pytss.TPM2B_NV_PUBLIC(nvPublic=public))
        apply(here)
        assert places_in(tcti) == [INDEX]
        assert "is another program's" in log(here)


def test_places_that_do_not_open_at_a_reset_are_another_cards_and_not_owed(tmp_path: Path, tcti: str) -> None:
    here, _ = terminal(tmp_path, tcti)
    (here.root / plan.HOME / "keys/wrapping.auth").write_bytes(b"of another chip")
    do(here, RESET)
    assert "CHECK: the TPM did not forget its key" in log(here)
    assert owed(here.root) == ()
    apply(here)
    assert places_in(tcti) == [INDEX, INDEX + 1]


def test_s6_the_chip_forgets_though_the_configuration_names_another_holder_or_cannot_be_read(
    tmp_path: Path, tcti: str
) -> None:
    here, told = terminal(tmp_path, tcti)
    changed = dataclasses.replace(told, keys=dataclasses.replace(told.keys, holder="file"))
    (here.root / plan.CONFIG).write_text(config.dump(changed))
    do(here, RESET)
    assert places_in(tcti) == []
