"""Kernels: unpacked here, never installed there, and of their modules only what a flavour names and what that needs.

An emulated `update-initramfs` takes longer than everything else together, so the kernel's package is not in the root.
"""

from __future__ import annotations

import fnmatch
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image.build.errors import ImageError
from image.build.running import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from image.build.running import Bench


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A kernel on this machine.

    Attributes:
        release: What `uname -r` will say.
        image: The kernel itself.
        modules: A folder that holds `lib/modules/<release>`, with the kept modules and their indexes; of every kernel
            that was unpacked for this build.
    """

    release: str
    image: Path
    modules: Path


def unpack(bench: Bench, deb: Path, globs: Sequence[str], built: Sequence[Path] = ()) -> Unpacked:
    """Unpack a kernel's package, keep what is wanted, index it.

    Args:
        bench: Where the build works.
        deb: The package.
        globs: Which modules, below `kernel/`.
        built: Modules made beside it.

    Raises:
        ImageError: It has no kernel, or one of a release that was unpacked before, or a glob fits nothing.
    """
    whole, kept = bench.work / "kernel" / deb.stem / "whole", bench.work / "kernel" / "kept"
    whole.mkdir(parents=True)
    run(bench, ["dpkg-deb", "-x", deb, whole])
    images = sorted((whole / "boot").glob("vmlinuz-*"))
    if len(images) != 1:
        raise ImageError(f"{deb} has {len(images)} kernels in /boot, and one is wanted")
    release = images[0].name.removeprefix("vmlinuz-")
    source, target = whole / "lib/modules" / release, kept / "lib/modules" / release
    if target.exists():
        raise ImageError(f"{deb} is a second kernel {release}: both would have one folder of modules")
    run(bench, ["depmod", "-b", whole, release])
    needs = dependencies((source / "modules.dep").read_text(encoding="utf-8"))
    for name in closure(wanted(needs, globs, str(deb)), needs):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    for module in built:
        (target / "extra").mkdir(exist_ok=True)
        shutil.copyfile(module, target / "extra" / module.name)
    for index in ("modules.builtin", "modules.builtin.modinfo"):
        shutil.copyfile(source / index, target / index)
    said = order((source / "modules.order").read_text(encoding="utf-8"), [module.name for module in built])
    (target / "modules.order").write_text(said, encoding="utf-8")
    run(bench, ["depmod", "-b", kept, release])
    image = whole.parent / "vmlinuz"
    shutil.copyfile(images[0], image)
    shutil.rmtree(whole)
    return Unpacked(release, image, kept)


def order(text: str, built: Iterable[str]) -> str:
    """`modules.order` with the modules that were built beside the kernel: the rest would be indexed in any order."""
    return text + "".join(f"extra/{name}\n" for name in sorted(built))


def dependencies(text: str) -> dict[str, tuple[str, ...]]:
    """What each module needs, all the way down, as `modules.dep` has it."""
    lines = (line.partition(":") for line in text.splitlines() if line)
    return {name: tuple(needed.split()) for name, _, needed in lines}


def wanted(needs: Iterable[str], globs: Sequence[str], where: str) -> set[str]:
    """The modules that the globs fit.

    Raises:
        ImageError: With every glob that fits none.
    """
    there = set(needs)
    found = {glob: fnmatch.filter(there, f"kernel/{glob}") for glob in globs}
    faults = tuple(f"kernel.modules: {glob} fits no module of {where}" for glob, names in found.items() if not names)
    if faults:
        raise ImageError("; ".join(faults), faults)
    return {name for names in found.values() for name in names}


def closure(names: Iterable[str], needs: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The modules and everything they need, in one order."""
    return sorted({one for name in names for one in (name, *needs[name])})
