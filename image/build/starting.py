"""What starts a card: its kernels with their modules, the first file system of a boot, and the boot partition."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image.build import aside, boot_files, card, initrd, kernel, loader, partitions
from image.build.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from image.build.building import Order
    from image.build.running import Bench


@dataclass(frozen=True, slots=True)
class Kernels:
    """The kernels of a card.

    Attributes:
        releases: What `uname -r` may say, the first kernel's first.
        modules: A folder that holds `lib/modules`, of all of them.
        files: The first kernel and the first file system, by what they are in `build.json`.
    """

    releases: tuple[str, ...]
    modules: Path
    files: dict[str, Path]


def kernels(bench: Bench, order: Order, debs: Mapping[str, Path], base: Path, built: Sequence[Path]) -> Kernels:
    """Unpack every kernel of a flavour, and make one first file system for all of them.

    Args:
        bench: Where the build works.
        order: What is built.
        debs: The packages beside the root.
        base: Debian's root, a tar.
        built: Modules made beside the first kernel.

    Raises:
        ImageError: One has no kernel, two are of one release, or a glob of modules fits none.
    """
    names = order.flavour.kernel.packages
    if not names:
        raise ImageError(f"{order.flavour.name}: kernel.packages names no kernel")
    globs = order.flavour.kernel.modules
    found = [kernel.unpack(bench, debs[name], globs, () if n else built) for n, name in enumerate(names)]
    first = initrd.Sources(base, debs[aside.BUSYBOX], found[0].modules, order.project / "image/initrd")
    files = {"kernel": shutil.copyfile(found[0].image, order.out / "vmlinuz")}
    files["initrd"] = initrd.make(bench, first, order.out)
    return Kernels(tuple(one.release for one in found), found[0].modules, files)


def boot(bench: Bench, order: Order, debs: Mapping[str, Path], made: Mapping[str, Path]) -> Path:
    """Make the boot partition of what the flavour declares.

    Args:
        bench: Where the build works.
        order: What is built.
        debs: The packages beside the root.
        made: The first kernel and the first file system.

    Raises:
        ImageError: A file is missing, or there twice, or they do not fit.
    """
    cmdline = bench.work / "cmdline.txt"
    cmdline.write_text(" ".join(order.flavour.kernel.cmdline) + "\n", encoding="ascii")
    script = loader.script(bench, order.project, bench.work)
    given = {"kernel": made["kernel"], "initrd": made["initrd"], "boot.scr": script, "cmdline": cmdline}
    files = boot_files.collect(bench, order.flavour, order.project, debs, given)
    return card.fat(bench, partitions.table(order.flavour.sizes)[0].size, files, order.out)
