"""A network that runs takes up what a newer file on the card says of it, under systemd itself."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from edge.config import parse
from edge.provision import card
from tests.e2e.commands import WHOLE_S, until
from tests.e2e.reset_site import PROVISION, WIRED, Reset
from tests.e2e.systemd_apart import missing
from tests.e2e.units_apart import told
from tests.provisioning import document, signed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.long, pytest.mark.skipif(missing() != "", reason=missing())]

NETWORK = "NetworkManager.service"
STANDS_IN = "[Service]\nExecStart=/usr/bin/tail -f /dev/null\n"
"""Where the network is managed: only whether and how often systemd starts it is looked at."""


def take(site: Reset, door: str, passphrase: str) -> None:
    """Lay a newer file on the card, as a whole, and wait until it is in force."""
    before, now = site.log().count("this is berlin-1 now"), datetime.now(UTC)
    newer = document(issued=now, expires=now + timedelta(days=1), door=door)
    network = dataclasses.replace(newer.network, passphrase=passphrase)
    file = site.system.card / "fresh"
    file.write_bytes(signed(dataclasses.replace(newer, network=network, config=parse(WIRED, "wired")), site.key))
    file.rename(site.system.card / card.NAME)
    until(lambda: site.log().count("this is berlin-1 now") > before, WHOLE_S)
    until(lambda: site.system.show(PROVISION, "ActiveState") in {"inactive", "failed"}, WHOLE_S)


def test_a_running_network_joins_what_a_newer_file_says_and_is_left_alone_by_any_other(tmp_path: Path) -> None:
    site = Reset(tmp_path)
    system = site.system
    (system.folder / "units" / NETWORK).write_text(STANDS_IN)
    with system:
        site.start()
        system.ctl("start", NETWORK)
        first = system.show(NETWORK, "InvocationID")
        take(site, "Main entrance", "another passphrase")
        until(lambda: system.show(NETWORK, "InvocationID") not in {"", first}, WHOLE_S)
        second = system.show(NETWORK, "InvocationID")
        take(site, "Yard", "another passphrase")
        system.ctl("start", NETWORK)  # behind what was ordered before
        assert system.show(NETWORK, "InvocationID") == second, told(system)
        site.press()
