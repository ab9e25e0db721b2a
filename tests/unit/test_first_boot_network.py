"""A network that runs already takes up what a newer file says of it; one that is the same is left alone."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from edge import keys
from edge.app.boot_state import FAILED
from edge.app.first_boot import apply
from edge.errors import ProvisionError
from edge.provision import intents, opened, plan
from tests.provisioning import NOW, device, document, signed

if TYPE_CHECKING:
    from pathlib import Path

    from edge.provision import Document

KEY = keys.new_pair()[0]
ANOTHER = "another passphrase"


class Site:
    """A device that counts how often its network was asked to join."""

    def __init__(self, folder: Path) -> None:
        """Lay it out."""
        self.joins = 0
        self.device = dataclasses.replace(device(folder), rejoin=self._joined)

    def take(self, told: Document) -> str:
        """Provision it."""
        (self.device.boot / "terminal.toml").write_bytes(signed(told, KEY))
        return apply(self.device)

    def _joined(self) -> None:
        assert (self.device.root / plan.CONNECTION).is_file(), "what it is to join is in force before"
        self.joins += 1


def other_network(told: Document) -> Document:
    return dataclasses.replace(told, network=dataclasses.replace(told.network, passphrase=ANOTHER))


def test_each_file_that_changes_the_network_has_it_joined_once_and_no_other_does(tmp_path: Path) -> None:
    site, second = Site(tmp_path), timedelta(seconds=1)
    site.take(document())
    assert site.joins == 1
    site.take(document())
    assert site.joins == 1, "the same file"
    site.take(document(issued=NOW, door="Yard"))
    assert site.joins == 1, "the same network"
    site.take(other_network(document(issued=NOW + second)))
    assert site.joins == 2
    apply(site.device)
    assert site.joins == 2, "a start without a file"


def test_what_a_power_cut_left_is_joined_too(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.take(document())
    newer = opened(signed(other_network(document(issued=NOW)), KEY), "terminal.toml", (keys.public_of(KEY),))
    made = plan.planned(newer, "", under_limits=False)
    intents.record(site.device.root, made)
    intents.roll_forward(site.device.root, made)
    intents.record(site.device.root, made)  # it was killed with all of it in force, and before the network was asked
    apply(site.device)
    assert site.joins == 2


def test_a_faulty_wire_keeps_no_network_away(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.device = dataclasses.replace(site.device, examine=lambda: ("camera: none",))
    assert site.take(document()) == FAILED
    assert site.joins == 1


def test_a_network_that_cannot_be_asked_is_told_and_stops_nothing(tmp_path: Path) -> None:
    def refuse() -> None:
        message = "systemctl try-restart NetworkManager.service: failed"
        raise ProvisionError(message)

    site = Site(tmp_path)
    site.device = dataclasses.replace(site.device, rejoin=refuse)
    assert site.take(document()) == "done"
    assert (
        "LATER: systemctl try-restart NetworkManager.service: failed" in (tmp_path / "boot/provision.log").read_text()
    )
