"""`edge provision reset` and `order-reset`, as root and head office run them."""

from __future__ import annotations

import io
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app.first_boot import apply
from edge.app.in_force import in_force
from edge.cli.provision.apply import machine
from edge.cli.provision.reset import ResetReport
from edge.provision import card
from tests.provisioning import PASSPHRASE, device, document, signed, tree
from tests.resetting import leftovers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed


@pytest.fixture
def office(tmp_path: Path, typed: Typed) -> Path:
    (tmp_path / "office").mkdir()
    assert typed("limits", "keygen", tmp_path / "office").code == 0
    return tmp_path / "office/head-office.key"


@pytest.fixture
def terminal(tmp_path: Path, office: Path) -> Path:
    """The folder of a terminal that was provisioned an hour ago."""
    now = datetime.now(UTC)
    here = device(tmp_path / "terminal", now)
    told = document(issued=now - timedelta(hours=1), expires=now + timedelta(days=1))
    (here.boot / card.NAME).write_bytes(signed(told, office.read_bytes()))
    apply(here)
    return tmp_path / "terminal"


def words(terminal: Path) -> tuple[str | Path, ...]:
    return "--root", terminal / "root", "--boot", terminal / "boot"


def test_a_reset_says_what_goes_and_what_stays_and_does_it(terminal: Path, typed: Typed) -> None:
    done = typed("provision", "reset", *words(terminal), "--yes", "--operator", "eve")
    assert done.code == 0, done.err
    assert "berlin-1: this is erased:\n  - people, their keys" in done.err
    assert "This stays:\n  - the door's journal" in done.err
    assert in_force(terminal / "root") is None
    assert leftovers(terminal / "root", PASSPHRASE) == []
    again = typed("provision", "reset", *words(terminal), "--yes", "--json")
    assert msgspec.json.decode(again.out, type=ResetReport).terminal == ""


def test_nobody_is_reset_without_being_asked(terminal: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert (
        typed("provision", "reset", *words(terminal), "--json").err
        == "edge: say --yes with --json; nothing was erased\n"
    )
    assert typed("provision", "reset", *words(terminal)).code == 1
    assert in_force(terminal / "root")


def test_only_root_resets_a_machine(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    done = typed("provision", "reset", "--yes")
    assert done.code == 14
    assert "only root may" in done.err


def test_head_offices_order_resets_the_terminal_that_it_names(terminal: Path, office: Path, typed: Typed) -> None:
    file = terminal / "boot/reset.toml"
    more = ("--key", office, "--terminal", "berlin-1", "--why", "the branch moves", "--days", "1")
    done = typed("provision", "order-reset", file, *more)
    assert done.code == 0, done.err
    assert file.stat().st_mode & 0o777 == 0o600
    shown = typed("provision", "show", file)
    assert (shown.code, shown.out.startswith("an order to reset berlin-1, made 20")) == (0, True)
    assert '"why":"the branch moves"' in typed("provision", "show", file, "--json").out
    assert apply(machine(terminal / "root", terminal / "boot")) == "waiting"
    assert in_force(terminal / "root") is None
    assert "head office, by a file on the card, the branch moves" in (terminal / "boot/provision.log").read_text()


def test_no_order_is_written_over_a_file_least_of_all_over_the_key_that_signs_it(office: Path, typed: Typed) -> None:
    before = office.read_bytes()
    done = typed("provision", "order-reset", office, "--key", office, "--terminal", "berlin-1", "--why", "b")
    assert (done.code, "head-office.key is there already, and is not replaced: name another" in done.err) == (14, True)
    assert office.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--terminal", ""), "reset.terminal: must be the terminal's id"),
        (("--terminal", "Berlin_1"), "reset.terminal: must be the terminal's id"),
        (("--why", ""), "reset.why: must be"),
        (("--why", "  "), "reset.why: must be"),
        (("--why", "moves\nDONE"), "reset.why: must be"),
        (("--why", "x" * 201), "reset.why: must be"),
        (("--serial", "x"), "reset.serial: must be"),
    ],
)
def test_an_order_that_no_terminal_would_obey_is_not_signed(
    tmp_path: Path, office: Path, typed: Typed, words: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "order.toml"
    done = typed("provision", "order-reset", file, "--key", office, "--terminal", "a", "--why", "b", *words)
    assert (done.code, said in done.err) == (14, True)
    assert not file.exists()


@pytest.mark.parametrize("place", ["receipt.json", "file/receipt.json", "/proc/absent/receipt.json"])
def test_nothing_is_erased_where_the_receipt_could_not_be_kept(
    terminal: Path, tmp_path: Path, typed: Typed, place: str
) -> None:
    (tmp_path / "receipt.json").write_text("an earlier one")
    (tmp_path / "file").write_text("no folder")
    before = tree(terminal)
    done = typed("provision", "decommission", *words(terminal), "--out", tmp_path / place, "--yes")
    assert (done.code, "nothing was erased" in done.err) == (14, True)
    assert tree(terminal) == before
    assert (tmp_path / "receipt.json").read_text() == "an earlier one"


def test_a_receipt_that_loses_its_place_meanwhile_is_on_the_card_and_that_is_said(
    terminal: Path, tmp_path: Path, typed: Typed
) -> None:
    (tmp_path / "link").symlink_to(terminal / "root/var/lib/door-terminal/backups")  # what is erased
    (terminal / "root/var/lib/door-terminal/backups").mkdir(parents=True)
    out = tmp_path / "link/receipt.json"
    done = typed("provision", "decommission", *words(terminal), "--out", out, "--yes", "--json")
    assert (done.code, "the receipt is on the card" in done.err) == (1, True)
    assert (terminal / "boot/decommissioned-berlin-1.json").read_text().strip() == done.out.strip()


def test_what_is_given_up_is_given_up_once_and_a_reset_of_it_says_what_stays(
    terminal: Path, tmp_path: Path, typed: Typed
) -> None:
    assert "head office's key" in typed("provision", "reset", *words(terminal), "--yes").err
    assert typed("provision", "decommission", *words(terminal), "--out", tmp_path / "a.json", "--yes").code == 0
    (terminal / "root/etc/door-terminal/keys").mkdir()
    (terminal / "root/etc/door-terminal/keys/device.key").write_text("made since, to sign the journal")
    again = typed("provision", "decommission", *words(terminal), "--out", tmp_path / "b.json", "--yes")
    assert (again.code, "was decommissioned on 20" in again.err) == (14, True)
    assert not (tmp_path / "b.json").exists()
    (terminal / "root/etc/door-terminal/keys/device.key").unlink()
    done = typed("provision", "reset", *words(terminal), "--yes", "--json")
    kept = msgspec.json.decode(done.out, type=ResetReport).kept
    assert not any("head office's key" in line or "device key" in line for line in kept)
    third = typed("provision", "decommission", *words(terminal), "--out", tmp_path / "b.json", "--yes")
    assert (third.code, "there is nothing to give up" in third.err) == (14, True)


@pytest.mark.parametrize("command", ["apply", "reset", "decommission", "status"])
def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path, typed: Typed, command: str) -> None:
    more = ("--out", tmp_path / "a.json") if command == "decommission" else ()
    done = typed("provision", command, "--root", tmp_path / "nothere", *more)
    assert (done.code, "does not exist" in done.err) == (2, True)
    assert not (tmp_path / "nothere").exists()


def test_a_terminal_that_is_given_up_leaves_a_receipt_that_anybody_with_its_key_can_check(
    terminal: Path, tmp_path: Path, typed: Typed
) -> None:
    key, out = tmp_path / "device.pub", tmp_path / "receipt.json"
    key.write_bytes((terminal / "root/etc/door-terminal/keys/device.pub").read_bytes())
    done = typed("provision", "decommission", *words(terminal), "--out", out, "--yes", "--operator", "eve")
    assert done.code == 0, done.err
    assert "the device key, after it signed the receipt" in done.err
    checked = typed("provision", "receipt", out, "--key", key)
    assert checked.code == 0, checked.err
    assert checked.out.startswith("genuine: berlin-1 was decommissioned on ")
    assert "by eve; 0 people's keys destroyed" in checked.out
    for file, by in ((tmp_path / "absent", key), (out, tmp_path / "absent")):
        unread = typed("provision", "receipt", file, "--key", by, "--json")
        assert (unread.code, unread.out) == (1, "")
        assert unread.err == f"edge: {tmp_path / 'absent'}: cannot be read: No such file or directory\n"
    out.write_text(out.read_text().replace("eve", "bob"))
    assert typed("provision", "receipt", out, "--key", key).code == 3
