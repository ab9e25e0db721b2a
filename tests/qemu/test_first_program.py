"""The first programs of a boot with a system that is one shell script: quick, where only they matter.

U-Boot, the kernel, the initrd and dm-verity are those of the image; `scripts/e2e` names it in DOOR_TERMINAL_IMAGE.
"""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import pytest

from image.build import boot_area, card, loader, partitions
from image.build.flavour import Sizes
from image.build.running import Bench, run
from tests.qemu.cpio import content
from tests.qemu.guest import Guest
from tests.qemu.pins import pulses

PROJECT = Path(__file__).parents[2]
IMAGE = Path(os.environ.get("DOOR_TERMINAL_IMAGE", ""))
OUT = Path(os.environ.get("DOOR_TERMINAL_E2E", "build/e2e"))
WAIT_S = 200.0 * float(os.environ.get("DOOR_TERMINAL_PATIENCE", "1"))
U_BOOT = Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin")
LOADER = ("-bios", str(U_BOOT), "-machine", "acpi=off")
FOLDERS = ("bin", "sbin", "etc", "var", "data", "tmp", "proc", "sys", "dev", "run", "usr/lib/systemd")
SYSTEM = """#!/bin/busybox sh
/bin/busybox echo "a system runs: $(/bin/busybox cat /run/door-terminal-initrd/slot)" >/dev/console
while read -r line; do eval "$line"; done </dev/console
"""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not (IMAGE / "vmlinuz").is_file() or not U_BOOT.is_file(),
        reason="scripts/e2e runs it, with an image and U-Boot",
    ),
]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A card with the same little system in both slots."""
    bench = Bench(tmp_path, tmp_path, 1)
    table = partitions.table(Sizes(96, 8, 8))
    root = system(bench, tmp_path)
    slot = card.verity(bench, root, tmp_path)
    files = {loader.SCRIPT: loader.script(bench, PROJECT, tmp_path)}
    files |= {f"{one}/{name}": IMAGE / name for one in "ab" for name in ("vmlinuz", "initrd.img")}
    parts = {"BOOT": card.fat(bench, table[0].size, files, tmp_path), "root-a": slot.image, "root-b": slot.image}
    parts["data"] = card.ext4(bench, table[3].size, table[3].identity, tmp_path)
    whole = card.card(bench, table, parts, tmp_path)
    facts = boot_area.facts(slot.roothash, slot.salt, slot.offset, "a script")
    started = {"vmlinuz": loader.crc(IMAGE / "vmlinuz"), "initrd": loader.crc(IMAGE / "initrd.img")}
    sector = boot_area.sector(facts | started | {"cmdline": "panic=5 oops=panic console=ttyAMA0"})
    card.write_at(whole, dict.fromkeys(boot_area.FACTS.values(), sector))
    return whole


def system(bench: Bench, folder: Path) -> Path:
    """Make a root of a busybox, a script, and something that is read by nobody."""
    root = folder / "root"
    for name in FOLDERS:
        (root / name).mkdir(parents=True)
    busybox = content(gzip.decompress((IMAGE / "initrd.img").read_bytes()), "bin/busybox")
    for name, raw in (("bin/busybox", busybox), ("sbin/init", SYSTEM.encode()), ("usr/lib/systemd/systemd", b"none")):
        (root / name).write_bytes(raw)
        (root / name).chmod(0o755)
    (root / "var/ballast").write_bytes(os.urandom(2 << 20))
    run(bench, ["mksquashfs", root, folder / "root.squashfs.made", "-quiet", "-no-progress", "-all-root"])
    shutil.rmtree(root)
    return folder / "root.squashfs.made"


def ballast(made: Path, table: tuple[partitions.Partition, ...]) -> int:
    """Spoil a block in the middle of root-a, which no program of it reads; return which."""
    block = (1 << 20) // boot_area.BLOCK
    card.write_at(made, {table[1].start + block * boot_area.BLOCK: b"\xa5" * boot_area.BLOCK})
    return block


def test_s2_a_slot_that_breaks_while_it_runs_is_left_at_the_next_start(made: Path) -> None:
    with Guest(IMAGE, made, OUT / "first-breaks", words=LOADER) as guest:
        guest.monitor("set-action", reboot="reset")
        guest.console.wait(r"boot\.scr: slot a, kernel", WAIT_S)
        guest.console.wait("a system runs: a", WAIT_S)
        block = ballast(made, partitions.table(Sizes(96, 8, 8)))
        guest.console.send(f"/bin/busybox dd if=/dev/mapper/root of=/dev/null bs=4096 count=1 skip={block}")
        guest.console.wait(r"boot\.scr: slot a, kernel", WAIT_S)
        guest.console.wait("did not start well before: reading all of it", WAIT_S)
        guest.console.wait("slot a cannot be used: its content is not what was signed", WAIT_S)
        guest.console.wait(r"boot\.scr: slot b, kernel", WAIT_S)
        guest.console.wait("a system runs: b", WAIT_S)
        assert pulses(guest.trace()) == []
