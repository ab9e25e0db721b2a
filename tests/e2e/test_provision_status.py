"""`edge provision status`: why it failed, and what is waited for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge import keys
from edge.app.boot_state import FAILED, WAITING
from edge.app.decommissioning import decommission
from edge.app.first_boot import apply
from edge.cli.provision.status import Status
from edge.errors import ProvisionError
from tests.provisioning import device, document, signed

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.first_boot import Device
    from tests.e2e.conftest import Typed

KEY = keys.new_pair()[0]


@pytest.fixture
def here(tmp_path: Path) -> Device:
    """A terminal whose card is at its usual place, and has its file."""
    here = device(tmp_path)
    boot = here.root / "boot/firmware"
    boot.mkdir(parents=True)
    (boot / "terminal.toml").write_bytes(signed(document(), KEY))
    return dataclasses.replace(here, boot=boot)


def told(here: Device, typed: Typed) -> tuple[str, Status]:
    words = ("provision", "status", "--root", here.root)
    return typed(*words).out, msgspec.json.decode(typed(*words, "--json").out, type=Status)


def test_a_fault_of_a_wire_is_told_and_gone_once_it_is_mended(here: Device, typed: Typed) -> None:
    assert apply(dataclasses.replace(here, examine=lambda: ("camera: none is there",))) == FAILED
    text, status = told(here, typed)
    assert "failed: berlin-1\nthe last failure in provision.log: 2026-11-29" in text
    assert status.failure.endswith("CHECK: camera: none is there")
    assert apply(here) == "done"
    assert told(here, typed)[1].failure == ""


def test_a_file_that_was_refused_is_told_with_its_reason(here: Device, typed: Typed) -> None:
    (here.boot / "terminal.toml").write_bytes(b"")
    with pytest.raises(ProvisionError):
        apply(here)
    assert "terminal.toml: is empty" in told(here, typed)[1].failure


def test_a_terminal_that_was_given_up_says_so_and_what_it_takes(here: Device, typed: Typed) -> None:
    apply(here)
    assert told(here, typed)[1].decommissioned == ""
    decommission(here, "eve", "sold")
    assert apply(here) == WAITING
    text, status = told(here, typed)
    assert text == (
        "waiting: decommissioned on 2026-11-29\n"
        "it takes no file until it is reset, by `edge provision reset` or its reset button\n"
    )
    assert (status.decommissioned, status.terminal) == ("2026-11-29", "")
    assert (
        "Waiting: this terminal was decommissioned on 2026-11-29, and takes no file until it is reset."
        in (here.boot / "provision.log").read_text()
    )
