"""A terminal that is given up: nothing of it is left but its journal, and a receipt that its own key signed last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge import keys
from edge.app.boot_state import WAITING
from edge.app.decommissioning import Receipt, decommission, genuine, written
from edge.app.first_boot import apply
from edge.app.notary import verify_journal
from edge.app.resetting import Reset, do
from edge.errors import ProvisionError, SignatureError
from edge.journal.log import record
from edge.journal.signatures import signatures_of
from edge.keys.key_file import KeyFile
from edge.people.keyring import Keyring
from edge.provision import card, intents, plan
from edge.provision.erasing import DOOR
from edge.values import Handle, Occasion
from tests.provisioning import NOW, device, document, signed
from tests.resetting import leftovers, terminal
from tests.unit.journal_builders import event

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.first_boot import Device

KEY = keys.new_pair()[0]
HANDLES = (Handle("h-ann"), Handle("h-bob"))


@pytest.fixture
def here(tmp_path: Path) -> Device:
    """A terminal with two people and a journal of three lines."""
    here = terminal(tmp_path, KEY)
    home, data = here.root / plan.HOME, here.root / "var/lib/door-terminal"
    for name in ("people.keys", "people.revoked"):
        (data / name).unlink()
    for path in (home / "keys/wrapping.key", *(here.root / DOOR).iterdir()):
        path.unlink()
    with Keyring(data / "people.keys", KeyFile(home / "keys/wrapping.key")) as keyring:
        for handle in HANDLES:
            keyring.add(handle)
    for number in range(3):
        record(here.root / DOOR / "journal.jsonl", event(number))
    return here


def pub(here: Device) -> bytes:
    return (here.root / plan.HOME / "keys/device.pub").read_bytes()


def test_the_receipt_counts_people_and_names_none_and_the_key_that_signed_it_is_gone(here: Device) -> None:
    public = pub(here)
    receipt = decommission(here, "eve", "sold")
    states = genuine(written(receipt).encode(), public)
    assert (states.terminal, states.operator, states.why, states.people) == ("berlin-1", "eve", "sold", 2)
    assert states.handles == HANDLES
    assert (states.removed, states.note) == (0, "")
    assert (here.boot / "decommissioned-berlin-1.json").read_text() == written(receipt)
    assert not (here.root / plan.HOME / "keys").exists()
    assert leftovers(here.root) == []
    assert leftovers(here.root, receipt.signed) == []


def test_the_journal_is_proven_up_to_the_head_in_the_receipt(here: Device) -> None:
    public, active = pub(here), here.root / DOOR / "journal.jsonl"
    states = decommission(here, "eve", "sold").states
    assert states.journal_line == 3
    (aside,) = active.parent.glob("journal.signatures.before-*")
    assert not signatures_of(active).exists()
    aside.rename(signatures_of(active))
    found = verify_journal(active, public, ())
    assert found.proven
    assert states.journal_digest in active.parent.joinpath("journal.signatures").read_text()


@pytest.mark.parametrize("change", ["another key", "people", "not signed", "no receipt"])
def test_s3_a_receipt_that_is_not_the_terminals_is_not_believed(here: Device, change: str) -> None:
    public = pub(here)
    receipt = decommission(here, "eve", "sold")
    content = written(receipt).encode()
    match change:
        case "another key":
            public = keys.public_of(keys.new_pair()[0])
        case "people":
            states = msgspec.structs.replace(receipt.states, people=0)
            content = written(msgspec.structs.replace(receipt, states=states)).encode()
        case "not signed":
            content = written(Receipt(states=receipt.states, signed="", public_key=receipt.public_key)).encode()
        case _:
            content = b"{}"
    with pytest.raises(SignatureError):
        genuine(content, public)


def test_afterwards_no_file_makes_a_terminal_of_it_until_it_is_reset(here: Device) -> None:
    decommission(here, "eve", "sold")
    assert apply(here) == WAITING
    (here.boot / card.NAME).write_bytes(signed(document(issued=NOW), keys.new_pair()[0]))
    with pytest.raises(ProvisionError, match="was decommissioned on 2026-11-29, and takes no file: reset it first"):
        apply(here)
    do(here, Reset(who="reset button", why="it was held"))
    assert apply(here) == "done"  # whoever owns it now: nobody is trusted any more


def test_it_is_journaled_under_its_own_name(tmp_path: Path) -> None:
    said: list[Occasion] = []
    decommission(terminal(tmp_path, KEY, on_record=lambda occasion, *_: said.append(occasion)), "eve", "sold")
    assert said == [Occasion.DECOMMISSIONED]


def test_what_cannot_be_counted_is_destroyed_and_the_receipt_says_so(tmp_path: Path) -> None:
    receipt = decommission(terminal(tmp_path, KEY), "eve", "sold")
    assert receipt.states.people is None
    assert "people could not be counted" in receipt.states.note
    assert receipt.states.journal_line is None


def test_s7_no_receipt_is_given_out_before_all_is_destroyed_and_none_is_lost(here: Device) -> None:
    public, blocked = pub(here), here.root / "etc/hostname"
    blocked.unlink()
    blocked.mkdir()
    (blocked / "in the way").write_text("")
    with pytest.raises(ProvisionError, match="the rest is done at the next start"):
        decommission(here, "eve", "sold")
    file = here.boot / "decommissioned-berlin-1.json"
    assert not file.exists()
    assert intents.pending(here.root)
    (blocked / "in the way").unlink()
    blocked.rmdir()
    assert apply(device(here.root.parent)) == WAITING
    assert genuine(file.read_bytes(), public).people == 2
    assert not (here.root / plan.HOME / "keys").exists()


def test_a_receipt_that_finds_no_place_on_the_card_is_kept_until_it_does(here: Device) -> None:
    file = here.boot / "decommissioned-berlin-1.json"
    file.mkdir()
    with pytest.raises(ProvisionError, match="the receipt cannot be written"):
        decommission(here, "eve", "sold")
    file.rmdir()
    assert apply(here) == WAITING
    assert file.exists()
