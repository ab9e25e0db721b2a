"""The two system slots of a card in an emulated machine: a broken one is left, an update is tried and kept, or not.

`scripts/e2e` runs this with DOOR_TERMINAL_IMAGE set to what `scripts/image test-arm64 --bundle` built.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from image.build import boot_area, card, loader
from tests.qemu import summary
from tests.qemu.card import Boot, new_card
from tests.qemu.device import BOOT_S, EDGE, Run
from tests.qemu.guest import Guest

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGE = Path(os.environ.get("DOOR_TERMINAL_IMAGE", ""))
OUT = Path(os.environ.get("DOOR_TERMINAL_E2E", "build/e2e"))
BUNDLE = "update.raucb"
START_S, INSTALL_S = 600.0, 1800.0
"""How long the host may take until a slot is started, and until an update is installed."""
TRIES = 3
LITTLE = "systemd.unit=sysinit.target systemd.wants=edge-door.service systemd.wants=serial-getty@ttyAMA0.service"
"""What the story needs: the door, a shell, and what D-Bus starts. The rest takes minutes in an emulated machine."""
U_BOOT = Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin")
LOADER = ("-bios", str(U_BOOT), "-machine", "acpi=off")
"""With ACPI, and firmware that could use it, this machine has no lines."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (IMAGE / "card.img").is_file(), reason="scripts/e2e runs it, with an image"),
]


@pytest.fixture
def made() -> Path:
    OUT.mkdir(parents=True, exist_ok=True)
    return new_card(IMAGE, OUT / "slots.img")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A disk with the bundle on it: an installer's stick."""
    if not (IMAGE / BUNDLE).is_file():
        pytest.fail(f"{IMAGE} has no {BUNDLE}: scripts/image test-arm64 --bundle")
    (tmp_path / "stick").mkdir()
    shutil.copy(IMAGE / BUNDLE, tmp_path / "stick")
    size = (IMAGE / BUNDLE).stat().st_size // 1024 + 32 * 1024
    stick = tmp_path / "stick.img"
    subprocess.run(
        ["/sbin/mke2fs", "-q", "-t", "ext4", "-d", str(tmp_path / "stick"), str(stick), f"{size}k"], check=True
    )
    return stick


def at(made: Path, name: str) -> int:
    """Return where a partition begins, in bytes."""
    told = json.loads(subprocess.run(["/sbin/sfdisk", "-J", str(made)], check=True, capture_output=True).stdout)
    return 512 * int(next(one["start"] for one in told["partitiontable"]["partitions"] if one["name"] == name))


def spoil(made: Path, offset: int, size: int = 4096) -> bytes:
    """Write over a part of a card; return with what."""
    card.write_at(made, {offset: b"\xa5" * size})
    return b"\xa5" * size


def read(made: Path, offset: int, size: int) -> bytes:
    """Return a part of a card."""
    with made.open("rb") as file:
        return os.pread(file.fileno(), size, offset)


def state(made: Path) -> dict[str, str]:
    """Return what the card says of its slots; empty for a new one."""
    copies = [boot_area.read(read(made, offset, boot_area.SECTOR)) for offset in boot_area.STATE]
    return max(copies, key=lambda one: int(one.get("serial", "0"), 16))


def another_kernel(made: Path) -> tuple[str, str]:
    """Give slot a a kernel that is another file than the bundle's; return what both are known by, the bundle's last."""
    kernel = (IMAGE / "vmlinuz").read_bytes() + b"\0" * 4096
    (OUT / "another").write_bytes(kernel)
    Boot(made).put("a/vmlinuz", kernel)
    known = loader.crc(OUT / "another")
    return known, starts_with(made, "root-a", vmlinuz=known)["vmlinuz"]


def starts_with(made: Path, slot: str, **more: str) -> dict[str, str]:
    """Have a slot started with little beside its kernel; return what its facts were before.

    Args:
        made: The card.
        slot: The slot.
        more: What else its facts say from now on.
    """
    facts = boot_area.read(read(made, boot_area.FACTS[slot], boot_area.SECTOR))
    light = {"cmdline": f"{facts['cmdline']} {LITTLE}"}
    card.write_at(made, {boot_area.FACTS[slot]: boot_area.sector(facts | light | more)})
    return facts


def chosen(guest: Guest) -> tuple[str, str]:
    """Wait until U-Boot has chosen; return the slot, and what its kernel is known by."""
    found = guest.console.wait(r"boot\.scr: slot ([ab]), kernel ([0-9a-f]+)", START_S)
    guest.let_go()  # the controller forgets its inputs when the machine is reset
    return found[1], found[2]


def tried(made: Path, name: str) -> tuple[str, str]:
    """Switch the machine on, cut its power once U-Boot has chosen, and return what."""
    with Guest(IMAGE, made, OUT / name, words=LOADER) as guest:
        return chosen(guest)


def started(made: Path, name: str) -> str:
    """Switch the machine on without a boot loader, cut its power once a slot is open, and return which."""
    with Guest(IMAGE, made, OUT / name) as guest:
        return guest.console.wait(r"initrd: \S+ s: slot ([ab])\n", START_S)[1]


def until(true: Callable[[], bool], within_s: float, what: str) -> None:
    """Wait for something that is seen from outside."""
    deadline, tick = time.monotonic() + within_s, threading.Event()
    while not true():
        assert time.monotonic() < deadline, f"within {within_s:.0f} s: {what}"
        tick.wait(0.1)


def judged(run: Run, name: str) -> int:
    """Cut the power, note the run, and return how many wrong pulses there were."""
    run.guest.cut()
    found, wrong = run.wrong()
    summary.note(OUT / "summary.json", name, run.guest, (len(found), len(wrong)))
    return len(wrong)


def test_a_broken_slot_is_left_for_the_other_in_the_same_start(made: Path) -> None:
    spoil(made, at(made, "root-a"))
    assert started(made, "slot-broken") == "b"
    found = state(made)
    assert (found["a_left"], found["a_good"], found["last"]) == ("0", "0", "b")
    assert "not what was signed" in found["a_why"]


def test_a_slot_whose_facts_are_torn_is_left_and_a_torn_state_is_a_new_one(made: Path) -> None:
    for offset in (boot_area.FACTS["root-a"], *boot_area.STATE):
        spoil(made, offset, 512)
    assert started(made, "slot-facts") == "b"


@pytest.mark.longest
@pytest.mark.skipif(not U_BOOT.is_file(), reason="scripts/e2e brings U-Boot")
def test_s2_s10_an_update_with_another_kernel_is_cut_off_installed_tried_confirmed_and_left_once_it_breaks(
    made: Path, bundle: Path
) -> None:
    old, new = another_kernel(made)
    cut = OUT / "slots-cut.img"
    install(made, bundle, cut, old)
    assert (state(cut)["b_left"], tried(cut, "slot-cut")) == ("0", ("a", old)), "the power was cut in the middle of it"
    cut.unlink()
    found = state(made)
    assert (found["order"], found["b_left"], found["b_good"]) == ("b a", str(TRIES), "0")

    unconfirmed = new_card(IMAGE, OUT / "slots-unconfirmed.img", of=made)
    assert [tried(unconfirmed, f"slot-try-{n}") for n in range(TRIES + 1)] == [("b", new)] * TRIES + [("a", old)]
    unconfirmed.unlink()

    starts_with(made, "root-b")
    with Guest(IMAGE, made, OUT / "slot-confirm", words=LOADER) as guest:
        assert chosen(guest) == ("b", new)
        confirm(guest)
        assert state(made)["b_good"] == "1"
        breaks_while_it_runs(guest, made)
        assert chosen(guest) == ("b", new), "the start before it went well: one that breaks is no proof"
        assert judged(Run(guest), "an update confirmed, then broken while unlocked") == 0
    is_left(made, new, old)
    assert "not what was signed" in state(made)["b_why"]


def install(made: Path, bundle: Path, cut: Path, old: str) -> None:
    """Install the bundle into slot b; while it is written keep the card as it would be if the power were cut."""
    first = at(made, "root-b")
    before = spoil(made, first)
    drive = f"file={bundle},format=raw,if=none,id=stick,readonly=on"
    words = (*LOADER, "-drive", drive, "-device", "virtio-blk-pci,drive=stick")
    with Guest(IMAGE, made, OUT / "slot-install", words=words) as guest:
        assert chosen(guest) == ("a", old)
        guest.console.log_in(BOOT_S)
        _, told = guest.console.run(
            "cat /run/door-terminal-initrd/slot /run/door-terminal-initrd/data; cat /proc/cmdline"
        )
        assert told.split()[:2] == ["a", "ext4"]
        assert f"door.slot=a door.kernel={old}" in told
        assert guest.console.run("systemctl start dbus.socket && mount -o ro /dev/vdb /mnt")[0] == 0
        guest.console.run(f"systemd-run --quiet --unit=install rauc install /mnt/{BUNDLE}")
        until(lambda: read(made, first, 4096) != before, INSTALL_S, "nothing is written to the other slot")
        guest.monitor("stop")
        new_card(IMAGE, cut, of=made)
        guest.monitor("cont")
        until(lambda: state(made)["order"] == "b a", INSTALL_S, "the other slot is not wanted")
        told = guest.console.run("rauc status; journalctl -u install -u rauc --no-pager -o cat", INSTALL_S)[1]
        (OUT / "slot-install" / "rauc.txt").write_text(told)
        assert judged(Run(guest), "an update is installed") == 0


def confirm(guest: Guest) -> None:
    """Let the timer's command wait, and then confirm it by hand."""
    guest.console.log_in(BOOT_S)
    assert "waits for" in guest.console.run(f"{EDGE} system status")[1]
    code, told = guest.console.run(f"{EDGE} system admit /dev/stdin <<< store=3")
    assert (code, "slot b is not confirmed itself" in told) == (13, True), told
    told = guest.console.run(f"{EDGE} system confirm --now --reason 'tried by hand'; {EDGE} system status", INSTALL_S)[
        1
    ]
    (OUT / "slot-confirm" / "status.txt").write_text(told)
    assert "confirmed:  yes" in told, told
    assert guest.console.run(f"{EDGE} journal show | grep -c update-confirmed")[1].strip() == "1"
    guest.console.run("sync")


def is_left(made: Path, new: str, old: str) -> None:
    """Start it once more: the start before this one was not seen to go well, so all of the slot is read."""
    with Guest(IMAGE, made, OUT / "slot-left", words=LOADER) as guest:
        guest.monitor("set-action", reboot="reset")
        assert chosen(guest) == ("b", new)
        guest.console.wait("reading all of it", START_S)
        assert chosen(guest) == ("a", old)
        guest.console.wait("Started .*edge-door", BOOT_S)
        Run(guest).exits()
        assert judged(Run(guest), "a slot that broke is left for the other") == 0


def breaks_while_it_runs(guest: Guest, made: Path) -> None:
    """Spoil a block of the running slot, have it read while the door is unlocked, and let the machine start again."""
    guest.monitor("set-action", reboot="reset")
    size = (IMAGE / "root.squashfs").stat().st_size // 4096
    block = size * 9 // 10
    spoil(made, at(made, "root-b") + block * 4096)
    Run(guest).exits()
    guest.console.send(f"dd if=/dev/mapper/root of=/dev/null iflag=direct bs=4096 skip={block} count=1")
