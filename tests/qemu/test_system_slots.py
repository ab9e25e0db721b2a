"""The two system slots of a card in an emulated machine: a broken one is left, an update is tried and kept, or not.

`scripts/e2e` runs this with DOOR_TERMINAL_IMAGE set to what `scripts/image test-arm64 --bundle` built.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from image.build import boot_area
from tests.qemu.card import new_card
from tests.qemu.guest import Guest

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGE = Path(os.environ.get("DOOR_TERMINAL_IMAGE", ""))
OUT = Path(os.environ.get("DOOR_TERMINAL_E2E", "build/e2e"))
BUNDLE = "update.raucb"
BOOT_S, START_S, INSTALL_S = 400.0, 200.0, 600.0
TRIES = 3

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (IMAGE / "card.img").is_file(), reason="scripts/e2e runs it, with an image"),
]


@pytest.fixture
def card() -> Iterator[Path]:
    OUT.mkdir(parents=True, exist_ok=True)
    made = new_card(IMAGE, OUT / "slots.img")
    yield made
    made.unlink()


@pytest.fixture
def bundles() -> Iterator[str]:
    """Serve the bundle to the machine; return its address there."""
    if not (IMAGE / BUNDLE).is_file():
        pytest.skip(f"{IMAGE} has no {BUNDLE}: scripts/image test-arm64 --bundle")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(IMAGE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://10.0.2.2:{server.server_port}/{BUNDLE}"
        server.shutdown()


def at(card: Path, name: str) -> int:
    """Return where a partition begins, in bytes."""
    told = json.loads(subprocess.run(["/sbin/sfdisk", "-J", str(card)], check=True, capture_output=True).stdout)
    return 512 * int(next(one["start"] for one in told["partitiontable"]["partitions"] if one["name"] == name))


def spoil(card: Path, offset: int, size: int = 4096) -> None:
    """Write over a part of a card."""
    with card.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xa5" * size)


def state(card: Path) -> dict[str, str]:
    """Return what the card says of its slots; empty for a new one."""
    with card.open("rb") as file:
        copies = []
        for offset in boot_area.STATE:
            file.seek(offset)
            copies.append(boot_area.read(file.read(boot_area.SECTOR)))
    return max(copies, key=lambda one: int(one.get("serial", "0")))


def started(card: Path, name: str) -> str:
    """Switch the machine on, cut its power once it has chosen a slot, and return which."""
    with Guest(IMAGE, card, OUT / name) as guest:
        return guest.console.wait(r"initrd: \S+ s: slot ([ab])\r?\n", START_S)[1]


def download(guest: Guest, address: str) -> None:
    """Bring the bundle into the machine."""
    guest.console.run("for i in $(seq 60); do ip -4 route get 10.0.2.2 && break; sleep 1; done", INSTALL_S)
    words = f"import urllib.request as u; u.urlretrieve('{address}', '/data/{BUNDLE}')"
    code, told = guest.console.run(f'python3 -c "{words}"', INSTALL_S)
    assert code == 0, told


def test_a_broken_slot_is_left_for_the_other_in_the_same_start(card: Path) -> None:
    spoil(card, at(card, "root-a"))
    assert started(card, "slot-broken") == "b"
    found = state(card)
    assert (found["a_left"], found["a_good"], found["last"]) == ("0", "0", "b")
    assert "not what was signed" in found["a_why"]


def test_a_slot_whose_facts_are_torn_is_left_and_a_torn_state_is_a_new_one(card: Path) -> None:
    spoil(card, boot_area.FACTS["root-a"], 512)
    for offset in boot_area.STATE:
        spoil(card, offset, 512)
    assert started(card, "slot-facts") == "b"


def test_an_update_is_cut_off_installed_tried_and_confirmed_or_taken_back(card: Path, bundles: str) -> None:
    with Guest(IMAGE, card, OUT / "slot-cut") as guest:
        guest.console.log_in(BOOT_S)
        _, told = guest.console.run("cat /run/door-terminal-initrd/slot /run/door-terminal-initrd/data")
        assert told.split() == ["a", "ext4"]
        download(guest, bundles)
        guest.console.run("sync")
        guest.console.run(f"systemd-run --quiet --unit=cut rauc install /data/{BUNDLE}")
        waiting = 'until journalctl -u rauc --no-pager -o cat | grep -q "writing data"; do sleep 0.5; done'
        guest.console.run(f"timeout 300 sh -c '{waiting}'", INSTALL_S)
    assert state(card)["b_left"] == "0", "the power was cut while the slot was written"

    with Guest(IMAGE, card, OUT / "slot-install") as guest:
        guest.console.log_in(BOOT_S)
        assert guest.console.run("cat /run/door-terminal-initrd/slot")[1].strip() == "a"
        code, told = guest.console.run(f"rauc install /data/{BUNDLE}; code=$?; rauc status; (exit $code)", INSTALL_S)
        (OUT / "slot-install" / "rauc.txt").write_text(told)
        assert code == 0, told
        guest.console.run("sync")
    assert (state(card)["order"], state(card)["b_left"], state(card)["b_good"]) == ("b a", str(TRIES), "0")

    unconfirmed = OUT / "slots-unconfirmed.img"
    shutil.copyfile(card, unconfirmed)
    assert [started(unconfirmed, f"slot-try-{n}") for n in range(TRIES + 1)] == ["b"] * TRIES + ["a"]
    unconfirmed.unlink()

    with Guest(IMAGE, card, OUT / "slot-confirm") as guest:
        guest.console.log_in(BOOT_S)
        edge = "/opt/door-terminal/bin/edge system"
        assert "waits for" in guest.console.run(f"{edge} status")[1]
        code, told = guest.console.run(f"{edge} admit /dev/stdin <<< store=3")
        assert (code, "slot b is not confirmed itself" in told) == (13, True), told
        confirm = f"{edge} confirm --now --reason 'tried by hand'; {edge} status; rauc status"
        told = guest.console.run(confirm, INSTALL_S)[1]
        (OUT / "slot-confirm" / "status.txt").write_text(told)
        assert "confirmed:  yes" in told, told
        journal = "/opt/door-terminal/bin/edge journal show | grep -c update-confirmed"
        assert guest.console.run(journal)[1].strip() == "1"
        guest.console.run("sync")
    assert state(card)["b_good"] == "1"
    assert started(card, "slot-stays") == "b"
