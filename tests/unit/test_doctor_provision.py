"""What the doctor says of provisioning: who this terminal is, by whose word, and what is still open."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from edge import keys
from edge.app import asks
from edge.app.doctor_provision import provision_checks
from edge.app.first_boot import apply
from edge.app.places import Places, places
from edge.app.resetting import Reset, do
from edge.config import Config, ResetSettings, TamperSettings
from edge.errors import EdgeError
from edge.provision import card, erasing, intents, plan, seal
from edge.provision.claim_code import new_code
from tests.provisioning import NOW, device, document, signed

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.doctor_door import Check
    from edge.app.first_boot import Device

KEY = keys.new_pair()[0]


@pytest.fixture
def here(tmp_path: Path) -> Device:
    return device(tmp_path)


@pytest.fixture
def terminal(here: Device) -> Device:
    (here.boot / card.NAME).write_bytes(signed(document(), KEY))
    apply(here)
    return here


def found(of: Device, config: Config = Config(), later: timedelta = timedelta()) -> dict[str, Check]:  # noqa: B008
    checks = {name: look() for name, look in provision_checks(config, where(of), NOW + later)}
    assert all(check.name == name for name, check in checks.items())
    return checks


def where(of: Device) -> Places:
    return dataclasses.replace(places(of.root), config=of.root / plan.CONFIG, card=of.boot)


def test_a_terminal_says_by_which_file_and_under_whose_key(terminal: Device) -> None:
    checks = found(terminal)
    assert {check.state for check in checks.values()} == {"ok"}
    assert checks["provisioned"].found.startswith("berlin-1, by the file of 2026-11-29T11:00:00+00:00, sha256 ")
    assert keys.key_id(keys.public_of(KEY)) in checks["provisioning key"].found
    assert checks["provisioning"].found == "nothing is under way, and nothing failed"
    assert checks["certificate"].found == "its own, until 2036-11-25"
    assert checks["reset button"].found == "none is wired"


def test_nobodys_device_trusts_nobody(here: Device) -> None:
    apply(here)
    checks = found(here)
    assert (checks["provisioned"].state, checks["provisioned"].found) == ("warning", "it is nobody's yet")
    assert (checks["provisioning key"].state, checks["certificate"].state) == ("warning", "ok")


def test_after_a_reset_it_says_since_when_and_by_whom(terminal: Device) -> None:
    do(terminal, Reset(who="eve, as root", why="moved"))
    checks = found(terminal)
    assert checks["provisioned"].found == "it is nobody's, since a reset on 2026-11-29 by eve, as root"
    assert checks["provisioning"].state == "ok"


def test_a_tpm_that_owes_to_forget_a_key_is_named_with_what_makes_it(terminal: Device) -> None:
    (terminal.root / plan.HOME / "keys/wrapping.auth").write_text("what opens it")
    do(terminal, Reset(who="eve, as root", why="moved"))
    check = found(terminal)["TPM after a reset"]
    assert check.state == "warning"
    assert "since the reset of 2026-11-29" in check.found
    assert "`tpm2_nvundefine 0x180d000` and `tpm2_nvundefine 0x180d001`" in check.mend
    (terminal.root / erasing.OWED).unlink()
    assert found(terminal)["TPM after a reset"].state == "ok"


@pytest.mark.parametrize(
    ("days", "state"), [(3648 - 31, "ok"), (3648 - 20, "warning"), (3650, "fault")], ids=["long", "soon", "over"]
)
def test_a_certificate_that_ends_is_said_in_time(terminal: Device, days: int, state: str) -> None:
    assert found(terminal, later=timedelta(days=days))["certificate"].state == state


def test_what_was_begun_and_not_ended_is_a_fault(terminal: Device) -> None:
    intents.record(terminal.root, plan.Plan("", "berlin-1", (), reset=True))
    check = found(terminal)["provisioning"]
    assert (check.state, check.found) == ("fault", "a reset of berlin-1 was begun and is not ended")


def test_a_sealed_file_waits_and_wrong_codes_are_counted(here: Device) -> None:
    (here.root / asks.FOLDER).mkdir(parents=True)
    (here.boot / card.NAME).write_bytes(signed(seal(document(), new_code()), KEY))
    apply(here)
    assert found(here)["provisioning"].found == "the file on the card waits for its claim code"
    asks.ask(here.root, asks.CODE, "1234")
    apply(here)
    assert found(here)["provisioning"].found.endswith("; the last 1 that were typed were wrong")


def test_a_refused_file_is_named_until_something_went_well(terminal: Device) -> None:
    (terminal.boot / card.NAME).write_bytes(b"")
    with pytest.raises(EdgeError):
        apply(terminal)
    check = found(terminal)["provisioning"]
    assert check.state == "fault"
    assert "FAILED" in check.found
    assert "is empty" in check.found
    (terminal.boot / card.NAME).write_bytes(signed(document(issued=NOW), KEY))
    apply(terminal)
    assert found(terminal)["provisioning"].state == "ok"


def test_a_wire_that_was_not_found_is_named_and_forgotten_at_the_next_start(here: Device) -> None:
    (here.boot / card.NAME).write_bytes(signed(document(), KEY))
    apply(dataclasses.replace(here, examine=lambda: ("camera: none is there",)))
    check = found(here)["provisioning"]
    assert (check.state, check.found.endswith("CHECK: camera: none is there")) == ("fault", True)
    apply(here)  # from then on the doctor's own look at wires says more than the log
    assert found(here)["provisioning"].state == "ok"


def test_a_wired_button_says_how_it_is_used(terminal: Device) -> None:
    config = dataclasses.replace(Config(), reset=ResetSettings(line="GPIO5", on_fault="alarm"))
    assert "no tamper contact" in found(terminal, config)["reset button"].found
    config = dataclasses.replace(config, tamper=TamperSettings(line="GPIO6", on_fault="alarm"))
    assert found(terminal, config)["reset button"].found == "GPIO5, held for 10 s and let go in an open housing"


def test_a_machine_that_is_no_device_is_not_asked(tmp_path: Path) -> None:
    assert list(provision_checks(Config(), places(tmp_path), NOW)) == []
