"""Kernel modules that Debian's kernel leaves out, built beside it for the device: for tests, by pinned sources.

Kept in the cache by what they are made of. The same sources and compiler give the same bytes, wherever they are built.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image.build import archive
from image.build.errors import ImageError
from image.build.running import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from image.build.flavour import Flavour
    from image.build.running import Bench

_CROSS = {"arm64": "aarch64-linux-gnu-"}
_IMAGE = re.compile(r"linux-image-((\d+\.\d+)\.\d+-\d+)-(\w+)")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one module is made.

    Attributes:
        package: The Debian package with its source; `{series}` is the kernel's.
        archive: The archive in that package.
        folder: The folder of the archive that paths are relative to.
        files: Path there, and the name here.
        edits: File, pattern and what takes its place.
        objects: What the module is linked of; nothing where it is one file of its own name.
    """

    package: str
    archive: str
    folder: str
    files: tuple[tuple[str, str], ...]
    edits: tuple[tuple[str, str, str], ...] = ()
    objects: tuple[str, ...] = ()


RECIPES = {
    # irq_sim, which it needs, is left out as well: both go into one module, without what only the kernel itself may do.
    "gpio-sim": Recipe(
        "linux-source-{series}",
        "usr/src/linux-source-{series}.tar.xz",
        "linux-source-{series}",
        (
            ("drivers/gpio/gpio-sim.c", "gpio-sim-core.c"),
            ("drivers/gpio/gpiolib.h", "gpiolib.h"),
            ("kernel/irq/irq_sim.c", "irq_sim.c"),
        ),
        (
            ("irq_sim.c", r"handle_simple_irq\(irq_to_desc\((.*)\)\);", r"generic_handle_irq(\1);"),
            ("irq_sim.c", r"(?m)^EXPORT_SYMBOL_GPL.*$", ""),
        ),
        ("gpio-sim-core.o", "irq_sim.o"),
    ),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the modules of one kernel are made of: packages by what they are for."""

    headers: tuple[str, ...]
    kbuild: str
    sources: Mapping[str, str]

    @property
    def packages(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.headers, self.kbuild, *dict.fromkeys(self.sources.values()))


def wanted(flavour: Flavour) -> Wanted:
    """Which packages it takes.

    Raises:
        ImageError: A module, or a kernel, that nobody has written down how to build for.
    """
    unknown = [name for name in flavour.kernel.built if name not in RECIPES]
    if unknown:
        raise ImageError(f"kernel.built: nothing says how to build {', '.join(unknown)}: it knows {', '.join(RECIPES)}")
    found = _IMAGE.fullmatch(flavour.kernel.packages[0])
    if found is None or not flavour.kernel.lock:
        raise ImageError(f"kernel.built needs a kernel of Debian's and kernel.lock; it is {flavour.kernel.packages[0]}")
    headers = (f"linux-headers-{found[1]}-{found[3]}", f"linux-headers-{found[1]}-common")
    sources = {name: RECIPES[name].package.format(series=found[2]) for name in flavour.kernel.built}
    return Wanted(headers, f"linux-kbuild-{found[2]}", sources)


def pinned(bench: Bench, flavour: Flavour, apt: archive.Archive) -> dict[str, str]:
    """Versions of what they are made of, as the archive has them today; sources of the kernel's own version."""
    its = wanted(flavour)
    version = apt.candidate(its.headers[0])
    found = {name: apt.candidate(name, version) for name in its.packages if name != its.kbuild}
    return found | {its.kbuild: _native(bench, flavour, apt).candidate(its.kbuild)}


def make(bench: Bench, flavour: Flavour, apt: archive.Archive, lock: Path) -> tuple[Path, ...]:
    """Build the flavour's modules, or find them in the cache.

    Args:
        bench: Where the build works.
        flavour: Which modules, for which kernel.
        apt: The archive of the device's architecture.
        lock: The versions of what they are made of.

    Raises:
        ImageError: A version is gone, or one does not compile.
    """
    if not flavour.kernel.built:
        return ()
    its, locked = wanted(flavour), archive.read_lock(lock)
    missing = [name for name in its.packages if name not in locked]
    if missing:
        raise ImageError(f"{lock} does not pin {', '.join(missing)}: scripts/image {flavour.name} --relock")
    compiler = run(bench, [f"{_CROSS[flavour.architecture]}gcc", "--version"]).splitlines()[0]
    said = repr((sorted(locked.items()), compiler, [(name, RECIPES[name]) for name in flavour.kernel.built]))
    kept = bench.cache / "modules" / f"{flavour.architecture}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
    if not kept.is_dir():
        debs = _fetched(bench, flavour, apt, lock)
        made = [_one(bench, flavour, name, debs) for name in flavour.kernel.built]
        part = kept.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for module in made:
            shutil.copyfile(module, part / module.name)
        part.rename(kept)
    return tuple(kept / f"{name}.ko" for name in flavour.kernel.built)


def _native(bench: Bench, flavour: Flavour, apt: archive.Archive) -> archive.Archive:
    """The same archive for this machine: what runs while modules are built has to run here."""
    machine = run(bench, ["dpkg", "--print-architecture"]).strip()
    return apt if machine == flavour.architecture else archive.opened(bench, flavour, apt.sources(), machine)


def _fetched(bench: Bench, flavour: Flavour, apt: archive.Archive, lock: Path) -> dict[str, Path]:
    its, locked = wanted(flavour), archive.read_lock(lock)
    native = _native(bench, flavour, apt)
    archive.check(apt, {name: locked[name] for name in its.packages if name != its.kbuild}, lock)
    archive.check(native, {its.kbuild: locked[its.kbuild]}, lock)
    return {name: (native if name == its.kbuild else apt).fetch(name, locked[name]) for name in its.packages}


def _one(bench: Bench, flavour: Flavour, name: str, debs: Mapping[str, Path]) -> Path:
    """Build one module, in a folder whose name gets nowhere into it."""
    its, recipe, cross = wanted(flavour), RECIPES[name], _CROSS[flavour.architecture]
    work = bench.work / "modules" / name
    folder, linux = work / "source", work / "linux"
    folder.mkdir(parents=True)
    for package in (*its.headers, its.kbuild):
        run(bench, ["dpkg-deb", "-x", debs[package], linux])
    _unpack(bench, recipe, debs[its.sources[name]], its.kbuild.rpartition("-")[2], folder)
    for file, pattern, instead in recipe.edits:
        text, count = re.subn(pattern, instead, (folder / file).read_text(encoding="utf-8"))
        if not count:
            raise ImageError(f"{its.sources[name]}: {file} of {name} has nothing like {pattern}: see RECIPES")
        (folder / file).write_text(text, encoding="utf-8")
    linked = f"{name}-y := {' '.join(recipe.objects)}\n" if recipe.objects else ""
    (folder / "Kbuild").write_text(f"obj-m := {name}.o\n{linked}", encoding="utf-8")
    headers, common = (linux / "usr/src" / one for one in its.headers)
    (headers / "Makefile").write_text(f"include {common}/Makefile\n", encoding="utf-8")
    words: list[str | Path] = [
        "make",
        "-s",
        "-C",
        headers,
        f"M={folder}",
        f"ARCH={flavour.architecture}",
        f"CROSS_COMPILE={cross}",
    ]
    run(bench, [*words, f"CC={cross}gcc", f"KCFLAGS=-ffile-prefix-map={work}=/build", "modules"])
    run(bench, [f"{cross}strip", "--strip-debug", folder / f"{name}.ko"])
    return folder / f"{name}.ko"


def _unpack(bench: Bench, recipe: Recipe, deb: Path, series: str, folder: Path) -> None:
    whole = bench.work / "modules" / deb.stem
    run(bench, ["dpkg-deb", "-x", deb, whole])
    left = {f"{recipe.folder.format(series=series)}/{path}": name for path, name in recipe.files}
    with tarfile.open(whole / recipe.archive.format(series=series), "r|*") as there:
        for member in there:
            name = left.pop(member.name.removeprefix("./"), None)
            content = None if name is None else there.extractfile(member)
            if name is not None and content is not None:
                (folder / name).write_bytes(content.read())
            if not left:
                return
    raise ImageError(f"{deb.name} has no {', '.join(left)}: see RECIPES of image/build/modules.py")
