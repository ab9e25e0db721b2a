"""A Raspberry Pi's packages, made up: the names and folders of the real ones, with a few bytes in each file."""

from __future__ import annotations

import lzma
import tarfile
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

from image.build.initrd import LIBRARIES
from tests.debian_archive import Package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

VERSION = "1:6.12.93-1+rpt1"
RELEASES = ("6.12.93+rpt-rpi-v8", "6.12.93+rpt-rpi-2712")
FIRMWARE = "usr/lib/raspi-firmware"
BOARDS = ("bcm2711-rpi-4-b.dtb", "bcm2711-rpi-400.dtb", "bcm2712-rpi-5-b.dtb")
OVERLAYS = ("bcm2712d0.dtbo", "imx708.dtbo", "imx708-pi5.dtbo", "overlay_map.dtb", "w1-gpio.dtbo")
MODULES = (
    "crypto/sha256.ko.xz",
    "drivers/md/dm-mod.ko.xz",
    "drivers/md/dm-verity.ko.xz",
    "drivers/media/i2c/imx708.ko.xz",
    "fs/overlayfs/overlay.ko.xz",
    "fs/squashfs/squashfs.ko",
)


def kernel(release: str) -> tuple[Package, Package]:
    """The package of one version's kernel, and the one that leads to it."""
    files = {f"boot/vmlinuz-{release}": f"kernel {release}".encode() * 999, f"boot/config-{release}": b"CONFIG_X=y\n"}
    trees = f"usr/lib/linux-image-{release}"
    files |= {f"{trees}/broadcom/{name}": f"{name} of {release}".encode() for name in BOARDS}
    files |= {f"{trees}/overlays/{name}": f"{name} of {release}".encode() for name in OVERLAYS}
    at = f"lib/modules/{release}"
    plain = {name: f"{name} for {release}".encode() for name in MODULES}
    files |= {f"{at}/kernel/{name}": lzma.compress(of) if name[-3:] == ".xz" else of for name, of in plain.items()}
    files[f"{at}/modules.order"] = "".join(f"kernel/{name.removesuffix('.xz')}\n" for name in MODULES).encode()
    files |= {
        f"{at}/modules.builtin": b"kernel/fs/ext4/ext4.ko\n",
        f"{at}/modules.builtin.modinfo": b"ext4.license=GPL\0",
    }
    image = f"linux-image-{release}"
    leading = f"linux-image-{release.partition('rpt-')[2]}"
    return Package(image, VERSION, files=files), Package(leading, VERSION, needs=f"{image} (= {VERSION})")


def firmware() -> Package:
    """Firmware of both kinds of board, with more than a card takes."""
    names = ("start4.elf", "fixup4.dat", "start4x.elf", "bootcode.bin")
    files = {f"{FIRMWARE}/{name}": f"{name} ".encode() * 5000 for name in names}
    return Package("raspi-firmware", "1:1.20260513-1", architecture="all", files=files)


def packages() -> tuple[Package, ...]:
    """All that a card is started by."""
    busybox = Package("busybox-static", "1:1.35.0-4", files={"bin/busybox": b"busybox"})
    return (busybox, firmware(), *kernel(RELEASES[0]), *kernel(RELEASES[1]))


def with_files(made: Sequence[Package], name: str, files: Mapping[str, bytes]) -> tuple[Package, ...]:
    """The same packages, one of them with other files: an empty one is left out."""
    return tuple(
        replace(one, files={path: of for path, of in ({**one.files, **files}).items() if of})
        if one.name == name
        else one
        for one in made
    )


def root(folder: Path) -> Path:
    """Debian's root as far as the first file system takes anything from it."""
    target = folder / "base.tar"
    with tarfile.open(target, "w") as base:
        for name in ("usr/sbin/dmsetup", *(f"usr/lib/aarch64-linux-gnu/{one}" for one in LIBRARIES)):
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(name)
            base.addfile(info, BytesIO(name.encode()))
    return target
