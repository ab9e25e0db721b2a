"""A TPM that is silent at a reset is remembered, told again at each start, and named until it has forgotten."""

from __future__ import annotations

import dataclasses
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from edge import config, keys
from edge.app.boot_state import WAITING
from edge.app.first_boot import apply
from edge.app.resetting import Reset, do
from edge.app.unforgotten import AUTH, Owed, owed
from edge.config import KeySettings
from edge.errors import ProvisionError
from edge.provision import card, erasing, plan
from tests.provisioning import NOW, document, signed
from tests.resetting import terminal

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.first_boot import Device

KEY = keys.new_pair()[0]
RESET = Reset(who="root, by hand", why="it goes back")
SILENT = KeySettings(tpm="device:/dev/no such chip")


def reset(folder: Path, settings: KeySettings = SILENT) -> Device:
    """Return a terminal that was reset while its chip, which is none, was silent."""
    here = dataclasses.replace(terminal(folder, KEY), serial="1000")
    told = dataclasses.replace(config.load(here.root / plan.CONFIG), keys=settings)
    (here.root / plan.CONFIG).write_text(config.dump(told))
    (here.root / AUTH).write_text("what opens it")
    do(here, RESET)
    return here


def lines(here: Device, words: str) -> list[str]:
    return [line for line in (here.boot / card.LOG).read_text().splitlines() if words in line]


def test_s6_a_chip_that_was_silent_at_a_reset_is_told_again_at_each_start_and_that_is_said(tmp_path: Path) -> None:
    here = reset(tmp_path)
    waiting = Owed(tcti=SILENT.tpm, index=SILENT.tpm_index, serial="1000", at=NOW.astimezone(UTC))
    assert owed(here.root) == (waiting,)
    assert not (here.root / AUTH).exists(), "nothing on the card opens what the chip keeps"
    (said,) = lines(here, "CHECK")
    assert "until it forgets, which it is told again at each start" in said
    for starts in (1, 2):
        assert apply(here) == WAITING
        assert len(lines(here, "a TPM still keeps the key from before the reset of 2026-11-29")) == starts
    assert owed(here.root) == (waiting,)
    assert (here.root / erasing.OWED).stat().st_mode & 0o777 == 0o600


def test_a_chip_that_is_silent_keeps_no_terminal_from_being_made(tmp_path: Path) -> None:
    here = reset(tmp_path)
    (here.boot / card.NAME).write_bytes(signed(document(issued=NOW), KEY))
    assert apply(here) == "done"
    assert len(owed(here.root)) == 1


def test_s6_the_next_reset_and_giving_up_forget_no_chip_that_owes(tmp_path: Path) -> None:
    here = reset(tmp_path)
    (here.root / AUTH).write_text("of a chip elsewhere, by the configuration's defaults")
    do(here, RESET)
    do(here, dataclasses.replace(RESET, receipt="{}"))
    assert [(one.tcti, one.index) for one in owed(here.root)] == [
        (SILENT.tpm, SILENT.tpm_index),
        (KeySettings().tpm, KeySettings().tpm_index),
    ]


def test_the_same_chip_owes_once_however_often_it_is_silent(tmp_path: Path) -> None:
    here = dataclasses.replace(reset(tmp_path, KeySettings()), now=lambda: NOW + timedelta(days=3))
    (here.root / AUTH).write_text("what opens it")
    do(here, RESET)
    assert [one.at for one in owed(here.root)] == [NOW + timedelta(days=3)]


def test_s7_a_newer_key_that_the_chip_took_is_never_given_back_with_the_old_ones_places(tmp_path: Path) -> None:
    """It takes free places alone: somebody had the chip forget by hand."""
    here = reset(tmp_path)
    (here.root / AUTH).write_text("of the newer key")
    assert apply(here) == WAITING
    assert owed(here.root) == ()
    assert not (here.root / erasing.OWED).exists()
    assert lines(here, "a TPM still keeps") == []


def test_s7_a_chip_on_another_board_is_not_told_what_this_cards_was_to_forget(tmp_path: Path) -> None:
    here = dataclasses.replace(reset(tmp_path), serial="2000")
    apply(here)
    (said,) = lines(here, "a TPM still keeps")
    assert "it is on the board 1000, and this is another" in said
    assert len(owed(here.root)) == 1


@pytest.mark.parametrize("content", [b"", b"[{}]", b"{", b"\xff"])
def test_what_is_remembered_and_cannot_be_read_is_said_and_stops_nothing(tmp_path: Path, content: bytes) -> None:
    here = reset(tmp_path)
    (here.root / erasing.OWED).write_bytes(content)
    (here.boot / card.NAME).write_bytes(signed(document(issued=NOW), KEY))
    assert apply(here) == "done"
    assert len(lines(here, "so no TPM is told again: have it forget by hand")) == 1
    with pytest.raises(ProvisionError, match="cannot be read"):
        owed(here.root)


def test_what_cannot_be_remembered_is_said_and_the_reset_goes_on(tmp_path: Path) -> None:
    here = terminal(tmp_path, KEY)
    (here.root / AUTH).write_text("what opens it")
    (here.root / erasing.OWED).mkdir()
    do(here, RESET)
    assert not (here.root / AUTH).exists()
    assert len(lines(here, "it is not told again, for that cannot be remembered")) == 1
