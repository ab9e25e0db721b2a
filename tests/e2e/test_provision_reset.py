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
from tests.provisioning import PASSPHRASE, device, document, signed
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
    assert apply(machine(terminal / "root", terminal / "boot")) == "waiting"
    assert in_force(terminal / "root") is None
    assert "head office, by a file on the card, the branch moves" in (terminal / "boot/provision.log").read_text()


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
    out.write_text(out.read_text().replace("eve", "bob"))
    assert typed("provision", "receipt", out, "--key", key).code == 3
