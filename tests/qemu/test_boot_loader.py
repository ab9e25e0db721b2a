"""U-Boot decides as `boot-slots` does: given the same card both choose the same slot and leave the same state.

It needs no image: a card with U-Boot's script, and kernels that do nothing. `scripts/e2e` brings U-Boot and runs it.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from image.build import boot_area, card, loader, partitions
from image.build.flavour import Sizes
from image.build.running import Bench
from tests.qemu.card import Boot

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).parents[2]
U_BOOT = Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin")
TOOLS = ("qemu-system-aarch64", "mkimage", "mkfs.vfat", "mcopy", "sfdisk")
CHOICE = re.compile(r"boot\.scr: (?:slot ([ab]), kernel|no slot can be used)")
ANYWHERE = 0b1010
"""4 KiB a page, and it runs where it lies: U-Boot would move it over the device tree, and then start nothing."""
IDLE = struct.pack("<II3Q24x4sI", 0x14000000, 0, 0, 4096, ANYWHERE, b"ARM\x64", 0).ljust(4096, b"\0")
"""A kernel by its header (its offset, size and flags), whose first instruction jumps to itself."""
LONG = "a reason as long as one may be, " * 3

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not U_BOOT.is_file()
        or any(shutil.which(one, path=f"{os.environ['PATH']}:/sbin:/usr/sbin") is None for one in TOOLS),
        reason="scripts/e2e runs it: it needs qemu-system-arm, u-boot-qemu, u-boot-tools, mtools, dosfstools, fdisk",
    ),
]

State = dict[str, str]
NEW: State = {}
FRESH: State = {"order": "a b", "a_left": "6", "a_good": "1", "b_left": "6", "b_good": "1", "last": "a"}
TRIED: State = {"order": "b a", "a_left": "6", "a_good": "1", "b_left": "3", "b_good": "0", "last": "a"}
CARDS: dict[str, tuple[State, State]] = {
    "a new card": (NEW, NEW),
    "the first copy is newer": (FRESH | {"serial": "10", "a_left": "5"}, FRESH | {"serial": "f", "a_left": "2"}),
    "the second copy is newer": (FRESH | {"serial": "9"}, TRIED | {"serial": "a"}),
    "one copy is torn": (NEW, TRIED | {"serial": "ff", "b_left": "1"}),
    "a system was tried too often": (TRIED | {"serial": "3", "b_left": "0"}, NEW),
    "no slot has starts left, and the second was confirmed": (
        TRIED | {"serial": "3", "a_left": "0", "a_good": "0", "b_left": "0", "b_good": "1"},
        NEW,
    ),
    "no slot has starts left, and none was confirmed": (
        TRIED | {"serial": "7", "a_left": "0", "a_good": "0", "b_left": "0"},
        NEW,
    ),
    "a slot is bad, for a long reason": (
        FRESH | {"serial": "1", "a_left": "0", "a_good": "0", "a_why": LONG.strip()},
        NEW,
    ),
}


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A card whose slots are whole, as far as a boot loader sees, and never started."""
    folder = tmp_path_factory.mktemp("loader")
    bench = Bench(folder, folder, 1)
    files = {loader.SCRIPT: loader.script(bench, PROJECT, folder)}
    for name, content in (("vmlinuz", IDLE), ("initrd.img", b"nothing in it")):
        part = folder / name
        part.write_bytes(content)
        files |= {f"{slot}/{name}": part for slot in "ab"}
    table = partitions.table(Sizes(40, 1, 1))
    made = card.card(bench, table, {"BOOT": card.fat(bench, table[0].size, files, folder)}, folder)
    write_facts(made, files["a/vmlinuz"], files["a/initrd.img"])
    return made


def write_facts(made: Path, kernel: Path, initrd: Path) -> None:
    """Say what the kernels of both slots are known by."""
    facts = {"vmlinuz": loader.crc(kernel), "initrd": loader.crc(initrd), "cmdline": "panic=5 quiet"}
    card.write_at(made, dict.fromkeys(boot_area.FACTS.values(), boot_area.sector(facts)))


@pytest.fixture
def copies(blank: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two cards that are the same."""
    for name in ("ours", "theirs"):
        subprocess.run(["cp", "--sparse=always", str(blank), str(tmp_path / name)], check=True)
    return tmp_path / "ours", tmp_path / "theirs"


def write_state(made: Path, copies: tuple[Mapping[str, str], Mapping[str, str]]) -> None:
    """Give a card both copies of a state."""
    card.write_at(made, {at: boot_area.sector(one) for at, one in zip(boot_area.STATE, copies, strict=True) if one})


def boot_slots(made: Path, *words: str) -> str:
    """Ask the device's own script about a card."""
    environment = {"DOOR_DISK": str(made), "DOOR_SCRATCH": str(made.parent), "PATH": "/usr/bin:/bin"}
    words = ("sh", str(PROJECT / "image/initrd/boot-slots"), *words)
    return subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def kept(made: Path) -> list[State]:
    """Return both copies of a card's state, without what is empty in them."""
    with made.open("rb") as file:
        sectors = [os.pread(file.fileno(), boot_area.SECTOR, at) for at in boot_area.STATE]
    return [{key: value for key, value in boot_area.read(one).items() if value} for one in sectors]


def started(made: Path, *, more: int = 0, read_only: bool = False) -> list[str]:
    """Switch the emulated board on; return the slots that U-Boot chose until the power is cut, "" for none at last.

    Args:
        made: Its card.
        more: How many more choices are waited for after the first.
        read_only: The card takes no writes.
    """
    words = [
        "timeout",
        "120",
        "qemu-system-aarch64",
        "-machine",
        "virt",
        "-cpu",
        "cortex-a72",
        "-m",
        "512",
        "-nographic",
    ]
    words += ["-no-reboot", "-net", "none", "-bios", str(U_BOOT), "-device", "virtio-blk-pci,drive=card"]
    words += ["-drive", f"file={made},format=raw,if=none,id=card,readonly={'on' if read_only else 'off'}"]
    chosen: list[str] = []
    said = ""
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as board:
        assert board.stdout is not None
        for line in board.stdout:
            said += line
            if found := CHOICE.search(line):
                chosen.append(found[1] or "")
            if len(chosen) > more:
                break
        board.terminate()
    assert len(chosen) > more, said
    return chosen


@pytest.mark.parametrize("name", CARDS)
def test_the_boot_loader_decides_and_counts_as_the_first_program_of_a_boot_would(
    copies: tuple[Path, Path], name: str
) -> None:
    ours, theirs = copies
    for made in copies:
        write_state(made, CARDS[name])
    assert started(theirs) == [boot_slots(ours, "next")]
    assert kept(theirs) == kept(ours)


def test_a_torn_kernel_is_left_for_the_other_slot_in_the_same_start(copies: tuple[Path, Path]) -> None:
    ours, theirs = copies
    Boot(theirs).put("a/vmlinuz", b"half of a kernel")
    assert started(theirs) == ["b"]
    assert boot_slots(ours, "next") == "a"
    boot_slots(ours, "failed", "a", "its kernel is not what was written")
    assert boot_slots(ours, "next") == "b"
    assert kept(theirs) == kept(ours)


def test_a_kernel_that_is_none_is_left_for_the_other_and_both_are_tried_before_it_starts_again(
    copies: tuple[Path, Path], tmp_path: Path
) -> None:
    _, theirs = copies
    none = tmp_path / "none"
    none.write_bytes(b"no kernel, and written as it is")
    for slot in "ab":
        Boot(theirs).put(f"{slot}/vmlinuz", none.read_bytes())
        Boot(theirs).put(f"{slot}/initrd.img", none.read_bytes())
    write_facts(theirs, none, none)
    assert started(theirs, more=2) == ["a", "b", ""]
    assert "a_why=its kernel does not start" in boot_slots(theirs, "show")


def test_s10_a_card_that_takes_no_writes_starts_what_was_confirmed(copies: tuple[Path, Path]) -> None:
    _, theirs = copies
    write_state(theirs, (TRIED | {"serial": "1"}, NEW))
    assert started(theirs, read_only=True) == ["a"]
