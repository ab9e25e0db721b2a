"""The first boot of a machine with a TPM: the chip is chosen, really keeps the key, and one that is not ours is not."""

from __future__ import annotations

import grp
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("tpm2_pytss", reason="tpm2-pytss is not installed: scripts/check-tpm runs these tests")

from edge.app.holders import holder
from edge.app.places import places
from edge.provision import plan
from tests.tpm.first_boots import first_boot

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def group() -> None:
    """The TPM's own packages make it."""
    if "tss" not in {one.gr_name for one in grp.getgrall()}:
        pytest.skip("there is no group tss: tpm-udev makes it")


def test_the_chip_is_chosen_and_keeps_the_key(tmp_path: Path, tcti: str) -> None:
    here, found = first_boot(tmp_path, tcti)
    assert found.keys.holder == "tpm"
    assert "this machine has a TPM" in (here.boot / "provision.log").read_text()
    keeper = holder(found, places(device_folder=here.root / plan.HOME))
    keeper.write((bytes(31) + b"k",))
    assert keeper.read() == (bytes(31) + b"k",)


def test_a_chip_that_another_card_uses_is_not_taken_from_it(tmp_path: Path, tcti: str) -> None:
    one, found = first_boot(tmp_path / "one", tcti)
    keeper = holder(found, places(device_folder=one.root / plan.HOME))
    keeper.write((bytes(31) + b"k",))
    here, other = first_boot(tmp_path / "other", tcti)
    assert other.keys.holder != "tpm"
    assert 'no "tpm" here' in (here.boot / "provision.log").read_text()
    assert keeper.read() == (bytes(31) + b"k",)
