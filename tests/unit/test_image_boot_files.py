"""A Raspberry Pi's boot partition, of made-up packages by way of apt and the lock; read back with mtools."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from image.build import archive, artefacts, aside, boot_files, building, flavour, starting
from image.build.errors import ImageError
from image.build.flavour import Boot
from image.build.running import SEARCHED, Bench
from tests.debian_archive import archive as lay_out
from tests.unit import pi_packages as pi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from image.build.flavour import Flavour
    from tests.debian_archive import Package

PROJECT = Path(__file__).resolve().parents[2]
PI = flavour.read(PROJECT / "image", "raspberrypi")
TOOLS = ("apt-get", "dpkg-deb", "mcopy", "mkfs.vfat", "mkimage", "depmod")
V8, P5 = pi.RELEASES
CAMERA = "raspi-firmware: /usr/lib/raspi-firmware/"

takes_tools = [
    pytest.mark.long,
    pytest.mark.skipif(
        not all(shutil.which(tool, path=SEARCHED) for tool in TOOLS), reason="scripts/image installs what this takes"
    ),
]


class Card:
    """What a build makes before and after Debian's root: the kernels, the first file system, the boot partition."""

    def __init__(self, folder: Path, packages: Sequence[Package], chosen: Flavour = PI) -> None:
        for name in ("work", "out"):
            (folder / name).mkdir(parents=True)
        self.bench = Bench(folder / "work", folder / "cache", 1_700_000_000)
        sources = (lay_out(folder / "debs", packages),)
        self.order = building.Order(chosen, PROJECT, folder / "out", "1", sources)
        apt = archive.opened(self.bench, chosen, sources)
        self.lock = aside.candidates(apt, chosen)
        self.debs = aside.fetch(apt, chosen, self.lock)
        self.kernels = starting.kernels(self.bench, self.order, self.debs, pi.root(folder), ())

    def boot(self) -> Path:
        """The boot partition, a file."""
        return starting.boot(self.bench, self.order, self.debs, self.kernels.files)


def read_back(image: Path, folder: Path) -> dict[str, bytes]:
    """Every file of a FAT file system, by mtools."""
    folder.mkdir()
    subprocess.run(["mcopy", "-s", "-n", "-i", image, "::*", folder], check=True, capture_output=True)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def unpacked(packed: Path) -> dict[str, bytes]:
    """The files of a first file system."""
    raw, at, found = gzip.decompress(packed.read_bytes()), 0, {}
    while not raw.startswith(b"TRAILER!!!", at + 110):
        size, length = (int(raw[at + place : at + place + 8], 16) for place in (54, 94))
        name, begins = raw[at + 110 : at + 110 + length - 1].decode(), at + 110 + length + -(110 + length) % 4
        found[name] = raw[begins : begins + size]
        at = begins + size + -size % 4
    return found


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    return Card(tmp_path_factory.mktemp("card"), pi.packages())


class TestACard:
    """Of packages that are as they should be."""

    pytestmark = takes_tools

    def test_its_lock_pins_the_packages_that_hold_the_kernels_and_those_that_lead_to_them(self, card: Card) -> None:
        kernels = {f"linux-image-{release}": pi.VERSION for release in pi.RELEASES}
        leading = dict.fromkeys(PI.kernel.packages, pi.VERSION)
        assert card.lock == kernels | leading | {"busybox-static": "1:1.35.0-4", "raspi-firmware": "1:1.20260513-1"}
        assert aside.kernels(PI, card.debs) == {*kernels, *leading, "busybox-static"}

    def test_its_boot_partition_has_every_file_that_the_flavour_declares(self, card: Card, tmp_path: Path) -> None:
        found = read_back(card.boot(), tmp_path / "read")
        assert set(found) == {
            *(name for name, _ in PI.boot.files if not name.endswith("/")),
            *(f"overlays/{name}" for name in pi.OVERLAYS),
        }
        assert found["kernel8.img"] == f"kernel {V8}".encode() * 999
        assert found["kernel_2712.img"] == f"kernel {P5}".encode() * 999
        assert found["bcm2712-rpi-5-b.dtb"] == f"bcm2712-rpi-5-b.dtb of {P5}".encode()
        assert found["overlays/imx708.dtbo"] == f"imx708.dtbo of {V8}".encode()
        assert found["start4.elf"] == b"start4.elf " * 5000
        assert found["initrd.img"] == card.kernels.files["initrd"].read_bytes()
        assert found["cmdline.txt"].decode() == " ".join(PI.kernel.cmdline) + "\n"

    def test_its_root_and_its_first_file_system_have_the_modules_of_both_kernels(self, card: Card) -> None:
        assert card.kernels.releases == pi.RELEASES
        first = unpacked(card.kernels.files["initrd"])
        for release in pi.RELEASES:
            kept = card.kernels.modules / "lib/modules" / release
            assert {path.relative_to(kept / "kernel").as_posix() for path in kept.rglob("*.ko*")} == set(pi.MODULES)
            assert (kept / "modules.dep.bin").is_file()
            at = f"lib/modules/{release}"
            assert first[f"{at}/kernel/drivers/md/dm-verity.ko"] == f"drivers/md/dm-verity.ko.xz for {release}".encode()
            assert first[f"{at}/kernel/fs/squashfs/squashfs.ko"] == f"fs/squashfs/squashfs.ko for {release}".encode()
            assert b"kernel/drivers/md/dm-verity.ko:" in first[f"{at}/modules.dep"]

    def test_the_same_packages_give_the_same_bytes_whoever_builds_and_where(self, card: Card, tmp_path: Path) -> None:
        again = Card(tmp_path / "elsewhere", tuple(reversed(pi.packages())))
        before = os.umask(0o077)
        try:
            assert artefacts.digest(again.boot()) == artefacts.digest(card.boot())
        finally:
            os.umask(before)


class TestWhatIsRefused:
    """Packages, or a flavour, that make no card; each fault with what was found."""

    pytestmark = takes_tools

    def refused(self, folder: Path, packages: Sequence[Package], chosen: Flavour = PI) -> tuple[str, ...]:
        """Build, and return the faults."""
        made = Card(folder, packages, chosen)
        with pytest.raises(ImageError) as raised:
            made.boot()
        return raised.value.faults

    def test_what_is_not_there_or_there_twice_is_said_with_what_is_and_all_at_once(self, tmp_path: Path) -> None:
        moved = {f"{pi.FIRMWARE}/start4.elf": b"", "usr/share/start4.elf": b"x"}
        other = f"usr/lib/linux-image-other/broadcom/{pi.BOARDS[0]}"
        moved[f"{pi.FIRMWARE}/fixup4.dat"] = b""
        packages = pi.with_files(pi.packages(), "raspi-firmware", moved)
        packages = pi.with_files(packages, f"linux-image-{V8}", {other: b"x"})
        linked = replace(packages[1], links={f"{pi.FIRMWARE}/fixup4.dat": "/etc/passwd"})
        faults = self.refused(tmp_path, (linked, *(one for one in packages if one.name != linked.name)))
        assert len(faults) == 3
        said = "\n".join(faults)
        assert "raspberrypi: boot.files: start4.elf ← raspi-firmware: /usr/lib/raspi-firmware/start4.elf" in said
        assert "none of the 4 files of raspi-firmware_1%3a1.20260513-1_all.deb; elsewhere" in said
        assert "there is /usr/share/start4.elf" in said
        assert "/usr/lib/raspi-firmware/fixup4.dat is a link, and FAT has none" in said
        assert f"it fits 2 files of linux-image-{V8}_" in said
        assert f"/usr/lib/linux-image-{V8}/broadcom/{pi.BOARDS[0]}, /{other}" in said

    def test_names_that_fat_cannot_keep_apart(self, tmp_path: Path) -> None:
        more = {f"usr/lib/linux-image-{V8}/overlays/IMX708.dtbo": b"x"}
        (fault,) = self.refused(tmp_path, pi.with_files(pi.packages(), f"linux-image-{V8}", more))
        assert "one name on FAT: overlays/IMX708.dtbo ← " in fault
        assert "; overlays/imx708.dtbo ← " in fault

    def test_more_than_the_partition_holds(self, tmp_path: Path) -> None:
        made = Card(tmp_path, pi.packages(), replace(PI, sizes=replace(PI.sizes, boot_mib=36)))
        made.kernels.files["initrd"].write_bytes(bytes(36 << 20))
        with pytest.raises(ImageError, match=r"partitions\.boot_mib leaves 37748736: raise it"):
            made.boot()

    def test_a_name_that_is_expected_and_was_not_made(self, tmp_path: Path) -> None:
        no_map = {f"usr/lib/linux-image-{V8}/overlays/overlay_map.dtb": b""}
        assert self.refused(tmp_path, pi.with_files(pi.packages(), f"linux-image-{V8}", no_map)) == (
            "overlays/overlay_map.dtb",
        )

    def test_a_kernel_that_could_open_no_slot(self, tmp_path: Path) -> None:
        without = {f"lib/modules/{P5}/kernel/drivers/md/dm-verity.ko.xz": b""}
        with pytest.raises(ImageError, match="rpi-2712 has no dm-verity: it reaches no root"):
            Card(tmp_path, pi.with_files(pi.packages(), f"linux-image-{P5}", without))

    def test_a_lock_that_pins_another_kernel_than_the_leading_package(self, tmp_path: Path) -> None:
        older = replace(pi.kernel(V8)[0], version="1:6.12.92-1+rpt1")
        made = Card(tmp_path, (*pi.packages(), older))
        apt = archive.opened(made.bench, PI, made.order.sources)
        with pytest.raises(ImageError, match=r"pins .*=1:6.12.92.*--relock --archive ADDRESS"):
            aside.fetch(apt, PI, made.lock | {f"linux-image-{V8}": older.version})


def test_sources_and_names_that_say_nothing_are_refused_all_at_once() -> None:
    wrong = {
        "a.txt": "elsewhere/a.txt",
        "../b": "image/b",
        "C:": CAMERA + "x",
        "d/": "image/d",
        "e": "made: tea",
        "f": "f: g",
    }
    with pytest.raises(ImageError) as raised:
        boot_files.read(replace(PI, boot=Boot(tuple(wrong.items()), ())))
    assert [fault.split()[2] for fault in raised.value.faults] == list(wrong)


def test_a_folder_in_two_spellings_and_a_file_that_is_a_folder_are_one_name_on_fat() -> None:
    named = [(name, "x: /y") for name in ("overlays/a", "Overlays/b", "KERNEL", "kernel/c", "d")]
    assert boot_files.clashes(named) == [
        "one folder on FAT: Overlays/, overlays/",
        "KERNEL ← x: /y: this is a folder, too",
    ]


def test_without_a_lock_a_build_says_what_writes_it(tmp_path: Path) -> None:
    chosen = replace(PI, apt=replace(PI.apt, lock="nobody-wrote.lock"))
    order = building.Order(chosen, PROJECT, tmp_path, "1", ())
    with pytest.raises(ImageError, match="scripts/image raspberrypi --relock --archive ADDRESS"):
        building.build(Bench(tmp_path, tmp_path, 1), order, lambda _: None)


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("apt-get"), reason="this machine has no apt")
def test_debian_s_own_firmware_has_the_files_that_a_card_takes_from_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "work", tmp_path / "cache", 1)
    bench.work.mkdir()
    source = PI.apt.archives[0].removesuffix("main") + "non-free-firmware"
    apt = archive.opened(bench, PI, (source,))
    debs = {"raspi-firmware": apt.fetch("raspi-firmware", apt.candidate("raspi-firmware"))}
    its = tuple((name, of) for name, of in PI.boot.files if of.startswith("raspi-firmware: "))
    chosen = replace(PI, boot=Boot(its, ("start4.elf", "fixup4.dat")))
    found = boot_files.collect(bench, chosen, PROJECT, debs, {})
    assert found["start4.elf"].read_bytes()[:4] == b"\x7fELF"
    assert found["fixup4.dat"].stat().st_size > 1024
