"""The whole device in an emulated machine, from power-on to power-off, with every change of its pins on record.

`scripts/e2e` runs this with DOOR_TERMINAL_IMAGE set to what `scripts/image test-arm64` built; without it nothing runs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.qemu.card import Boot
from tests.qemu.device import BOOT_S, IMAGE, NETWORK, OUT, Device, new_device, provisioning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.qemu.device import Run

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not IMAGE, reason="scripts/e2e runs it, with an image"),
]


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    with new_device("card") as made:
        yield made


def test_s2_power_on_provisioned_exit_killed_and_cut(device: Device) -> None:
    boot = Boot(device.card)
    boot.put("terminal.toml", provisioning(device))
    with device.on("provisioned", "provisioned, killed, cut while unlocked") as run:
        run.guest.console.wait("Started .*edge-door", BOOT_S)
        run.relocks(run.exits())  # before it is provisioned: S10
        run.guest.console.log_in(BOOT_S)
        run.settled()
        _, log = run.guest.console.run("cat /boot/firmware/provision.log; hostname")
        (OUT / "provisioned" / "provision.txt").write_text(log)
        assert "berlin-1" in log
        joined(run)
        run.guest.console.run("journalctl -b --no-pager > /boot/firmware/journal.txt; sync")
        run.relocks(run.exits())
        opened = run.exits()
        run.guest.console.run("systemctl kill -s KILL edge-terminal")
        run.forced.append(opened.at)
        run.guest.console.run("systemctl kill -s KILL edge-door")
        run.relocks(opened)
        run.guest.console.run("for i in $(seq 60); do systemctl is-active -q edge-door && break; sleep 1; done")
        run.exits()
    assert "terminal.toml" not in boot.names()
    (OUT / "provisioned" / "journal.txt").write_text(boot.read("journal.txt"))


def joined(run: Run) -> None:
    """Wait until NetworkManager has the network that the file names, and no other."""
    up = "nmcli --terse --fields NAME,STATE connection show --active | grep -qx door-terminal:activated"
    run.guest.console.run(f"timeout 300 sh -c 'until {up}; do sleep 2; done'", BOOT_S)
    told = run.edge("provision network")
    told += run.guest.console.run("ip -4 -o address show scope global; nmcli device show | grep IP4")[1]
    (OUT / "provisioned" / "network.txt").write_text(told)
    assert "the cable's network: joined by" in told
    assert re.findall(r"inet (\S+)", told) == [NETWORK.address]


def test_s10_a_bad_file_is_told_on_the_card_and_the_exit_button_works(device: Device) -> None:
    boot = Boot(device.card)
    boot.put("terminal.toml", provisioning(device).replace(b"Main entrance", b"Other entrance"))
    with device.on("refused", "after the cut; a file that was tampered with") as run:
        run.guest.console.wait("Started .*edge-door", BOOT_S)
        run.relocks(run.exits())
        run.guest.console.log_in(BOOT_S)
        run.settled()
        _, state = run.guest.console.run("cat /run/door-terminal-provision/state; hostname; sync")
        (OUT / "refused" / "state.txt").write_text(state)
        run.relocks(run.exits())
    log = boot.read("provision.log")
    (OUT / "refused" / "provision.log").write_text(log)
    assert "was changed after it was signed" in log
    assert "failed" in state
