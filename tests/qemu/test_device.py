"""The whole device in an emulated machine, from power-on to power-off, with every change of its pins on record.

`scripts/e2e` runs this with DOOR_TERMINAL_IMAGE set to what `scripts/image test-arm64` built; without it nothing runs.
"""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge import keys
from edge.app.pictures import fetch_pictures
from edge.config import Config
from edge.provision import Network
from tests.provisioning import document, signed
from tests.qemu.card import Boot, new_card
from tests.qemu.guest import Guest
from tests.qemu.pins import LOCK, Pulse, Reason, presses, pulses, wrong_pulses

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGE = os.environ.get("DOOR_TERMINAL_IMAGE", "")
OUT = Path(os.environ.get("DOOR_TERMINAL_E2E", "build/e2e"))
PULSE_S, SLACK_S = 5.0, 5.0
"""How long an exit holds the lock, and what an emulated machine may be late by; both by the host's clock."""
CONTACT = 4
BOOT_S = 400.0

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not IMAGE, reason="scripts/e2e runs it, with an image"),
]


@dataclasses.dataclass
class Device:
    """A card that several machines have one after the other, and what their pins did."""

    image: Path
    card: Path
    head_office: bytes
    runs: list[dict[str, object]] = dataclasses.field(default_factory=list)

    def on(self, name: str) -> Guest:
        """Switch it on."""
        return Guest(self.image, self.card, OUT / name)

    def judged(self, name: str, guest: Guest, *more: Reason) -> list[Pulse]:
        """Cut the power, note the run, and return its wrong pulses."""
        off = guest.cut()
        trace = guest.trace()
        found = pulses(trace)
        wrong = wrong_pulses(found, [*presses(trace, PULSE_S + SLACK_S), *more], off)
        wall_s = round(off - guest.started, 1)
        self.runs.append(
            {
                "scenario": name,
                "pulses": len(found),
                "wrong": len(wrong),
                "wall_s": wall_s,
                "cpu_s": round(guest.cpu_s, 1),
            }
        )
        (OUT / "summary.json").write_text(json.dumps(self.runs, indent=1))
        return wrong


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    OUT.mkdir(parents=True, exist_ok=True)
    image = Path(IMAGE)
    card = new_card(image, OUT / "card.img")
    yield Device(image, card, keys.new_pair()[0])
    if not os.environ.get("DOOR_TERMINAL_KEEP"):
        card.unlink()


def provisioning(device: Device) -> bytes:
    """Return a file that is right: its wiring is the emulated machine's, its camera replays photographs (S11)."""
    plain = Config().without_liveness()
    wired = dataclasses.replace(
        plain,
        board="gpiochip",
        lock=dataclasses.replace(plain.lock, line="9030000.pl061:3"),
        exit_button=dataclasses.replace(plain.exit_button, line="9030000.pl061:5", on_fault="ignore", pull="none"),
        contact=dataclasses.replace(plain.contact, line=f"9030000.pl061:{CONTACT}", on_fault="alarm", pull="none"),
        camera=dataclasses.replace(plain.camera, source="/var/lib/door-terminal/photographs", loop=True, fps=2.0),
    )
    now = datetime.now(UTC)
    told = document(issued=now - timedelta(hours=1), expires=now + timedelta(days=5))
    return signed(dataclasses.replace(told, config=wired, network=Network()), device.head_office)


def settled(guest: Guest) -> None:
    """Wait until what the card asks for is done or refused."""
    guest.console.run(
        "while systemctl show -p ActiveState edge-provision | grep -q =activating; do sleep 1; done", BOOT_S
    )


def exits(guest: Guest) -> float:
    """Press the exit button and let go of it; return when the lock was energised."""
    at = guest.press()
    opened = guest.wait_for(LOCK, high=True, since=at, within_s=30)
    guest.let_go()
    return opened.at


def test_s2_power_on_provisioned_exit_killed_and_cut(device: Device) -> None:
    boot = Boot(device.card)
    boot.put("terminal.toml", provisioning(device))
    boot.make("photographs")
    for name in ("obama.jpg", "obama2.jpg", "biden.jpg"):
        boot.put(f"photographs/{name}", (fetch_pictures() / name).read_bytes())
    with device.on("provisioned") as guest:
        guest.console.wait("Started .*edge-door", BOOT_S)
        opened = exits(guest)  # before it is provisioned: S10
        guest.wait_for(LOCK, high=False, since=opened, within_s=PULSE_S + SLACK_S)
        guest.console.log_in(BOOT_S)
        settled(guest)
        _, log = guest.console.run(
            "cat /boot/firmware/provision.log; ls /boot/firmware; hostname; cat /run/door-terminal-provision/state"
        )
        (OUT / "provisioned" / "provision.txt").write_text(log)
        assert "berlin-1" in log
        _, state = guest.console.run(
            "systemctl is-active edge-door edge-terminal edge-provision; systemctl --failed --no-pager"
        )
        (OUT / "provisioned" / "units.txt").write_text(state)
        guest.console.run("journalctl -b --no-pager > /boot/firmware/journal.txt; sync")
        opened = exits(guest)
        guest.wait_for(LOCK, high=False, since=opened, within_s=PULSE_S + SLACK_S)
        opened = exits(guest)
        guest.console.run("systemctl kill -s KILL edge-terminal")
        guest.console.run("systemctl kill -s KILL edge-door")
        guest.wait_for(LOCK, high=False, since=opened, within_s=PULSE_S + SLACK_S)
        guest.console.run("for i in $(seq 60); do systemctl is-active -q edge-door && break; sleep 1; done")
        exits(guest)
        assert device.judged("provisioned, killed, cut while unlocked", guest) == []
    assert "terminal.toml" not in boot.names()


def test_s10_a_bad_file_is_told_on_the_card_and_the_exit_button_works(device: Device) -> None:
    boot = Boot(device.card)
    boot.put("terminal.toml", provisioning(device).replace(b"Main entrance", b"Other entrance"))
    with device.on("refused") as guest:
        guest.console.wait("Started .*edge-door", BOOT_S)
        opened = exits(guest)
        guest.wait_for(LOCK, high=False, since=opened, within_s=PULSE_S + SLACK_S)
        guest.console.log_in(BOOT_S)
        settled(guest)
        _, state = guest.console.run("cat /run/door-terminal-provision/state; hostname; sync")
        (OUT / "refused" / "state.txt").write_text(state)
        opened = exits(guest)
        guest.wait_for(LOCK, high=False, since=opened, within_s=PULSE_S + SLACK_S)
        assert device.judged("after the cut; a file that was tampered with", guest) == []
    log = boot.read("provision.log")
    (OUT / "refused" / "provision.log").write_text(log)
    assert "was changed after it was signed" in log
    assert "failed" in state
