"""A build, from a flavour to a card: every step in order, each with its time."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from image.build import (
    archive,
    artefacts,
    boot_area,
    bundle,
    card,
    initrd,
    kernel,
    laying,
    loader,
    modules,
    partitions,
    root,
    sbom,
    wheels,
)
from image.build.errors import ImageError

if TYPE_CHECKING:
    from image.build.flavour import Flavour
    from image.build.running import Bench

Say = Callable[[str], None]

NEEDED_MIB = 4096
"""Free space that a build wants; a cached root needs half of it."""


BUSYBOX = "busybox-static"
BOOTED = {"vmlinuz": "kernel", "initrd.img": "initrd"}
"""Files of a slot's folder of the boot partition, and what they are."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be built.

    Attributes:
        flavour: Which image.
        project: This repository.
        out: Where the artefacts go.
        version: What the image calls itself.
        sources: Apt's sources, with their parameters filled in.
        head_office: Head office's public key; None leaves a terminal to believe the first one.
        wiring: The wiring that a door uses before its terminal is provisioned.
        update_ca: Whose system updates it takes (PEM); None takes none.
    """

    flavour: Flavour
    project: Path
    out: Path
    version: str
    sources: tuple[str, ...]
    head_office: Path | None = None
    wiring: Path | None = None
    update_ca: Path | None = None


@dataclass(slots=True)
class Clock:
    """Wall and CPU seconds of every step, children's included."""

    say: Say
    spent: dict[str, tuple[float, float]] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say a step's name before, and its time after."""
        self.say(f"{name} …")
        wall, cpu = time.monotonic(), _cpu()
        yield
        self.spent[name] = (round(time.monotonic() - wall, 1), round(_cpu() - cpu, 1))
        self.say(f"{name}: {self.spent[name][0]:.1f} s, {self.spent[name][1]:.1f} s of CPU")


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def build(bench: Bench, order: Order, say: Say) -> Path:
    """Build an image.

    Returns:
        Its `build.json`.

    Raises:
        ImageError: In one sentence what is missing, wrong, or full.
    """
    if order.flavour.boot.files:
        raise ImageError(
            f"{order.flavour.name} cannot be built yet, for its boot files are not made: look at --dry-run"
        )
    clock, flavour, images = Clock(say), order.flavour, order.project / "image"
    _room(bench, order.out)
    locked = archive.read_lock(images / flavour.apt.lock)
    pythons = images / flavour.python.lock
    names = (*flavour.kernel.packages, BUSYBOX)
    with clock.step("packages"):
        apt = archive.opened(bench, flavour, order.sources)
        archive.check(apt, locked, images / flavour.apt.lock)
        debs = {name: apt.fetch(name, _version(locked, name, flavour.apt.lock)) for name in names}
    with clock.step("root"):
        base = root.make(bench, flavour, order.sources, {one: of for one, of in locked.items() if one not in names})
    with clock.step("program"):
        wheels.fetch(bench, flavour, pythons)
        program = wheels.install(bench, flavour, pythons, wheels.own(bench, order.project))
    with clock.step("kernel"):
        beside = modules.make(bench, flavour, apt, images / flavour.kernel.lock)
        unpacked = kernel.unpack(bench, debs[flavour.kernel.packages[0]], flavour.kernel.modules, beside)
        first = initrd.Sources(base, debs[BUSYBOX], unpacked.modules, images / "initrd")
        files = {"kernel": Path(shutil.copyfile(unpacked.image, order.out / "vmlinuz"))}
        files["initrd"] = initrd.make(bench, first, order.out)
    with clock.step("bytecode"):
        standard = laying.standard_library(bench, base, flavour)
        python, made_by = wheels.compiler(bench, flavour, locked)
        wheels.compile_for(bench, python, program / "lib", f"{wheels.PROGRAM}/lib")
        wheels.compile_for(bench, python, standard, f"/usr/lib/python{flavour.python.version}")
    with clock.step("root slot"):
        laid = laying.lay(bench, order, laying.Made(base, unpacked.modules, program, standard))
        slot = card.verity(bench, card.squashfs(bench, base, laid, flavour.root.drop), order.out)
        files |= {"root": slot.image, "squashfs": slot.squashfs, "verity": slot.verity}
    with clock.step("list of parts"):
        files["sbom"] = sbom.write(order, bench.epoch, sbom.parts(images, flavour, order.project))
    with clock.step("card"):
        facts = _facts(order, unpacked.release, slot, bench.epoch)
        facts |= {"bytecode": made_by, "base": artefacts.digest(base)}
        built = artefacts.write(order.out, facts, files)
        files |= _card(bench, order, slot, files, bundle.facts_of(built, order.project))
    return artefacts.write(order.out, {**facts, "spent": clock.spent}, files)


def _facts(order: Order, release: str, slot: card.Slot, epoch: int) -> dict[str, object]:
    return {
        "flavour": order.flavour.name,
        "version": order.version,
        "epoch": epoch,
        "release": release,
        "roothash": slot.roothash,
        "hash_offset": slot.offset,
        "cmdline": " ".join(order.flavour.kernel.cmdline),
    }


def _card(
    bench: Bench, order: Order, slot: card.Slot, files: dict[str, Path], believed: dict[str, str]
) -> dict[str, Path]:
    """Make the file systems, and the card of them; each slot's kernel and first file system have a folder."""
    table = partitions.table(order.flavour.sizes)
    started = {f"{one}/{name}": files[what] for one in "ab" for name, what in BOOTED.items()}
    started[loader.SCRIPT] = loader.script(bench, order.project, bench.work)
    made = {"boot": card.fat(bench, table[0].size, started, order.out)}
    made["data"] = card.ext4(bench, table[3].size, table[3].identity, order.out)
    contents = {"BOOT": made["boot"], "root-a": slot.image, "root-b": slot.image, "data": made["data"]}
    made["card"] = card.card(bench, table, contents, order.out)
    sector = boot_area.sector(believed)
    card.write_at(made["card"], dict.fromkeys(boot_area.FACTS.values(), sector))
    return made


def _version(locked: dict[str, str], name: str, lock: str) -> str:
    if name not in locked:
        raise ImageError(f"image/{lock} does not pin {name}: add {name}=VERSION (apt-cache policy {name} says which)")
    return locked[name]


def _room(bench: Bench, out: Path) -> None:
    for folder in (bench.work, out):
        free = shutil.disk_usage(folder).free // (1024 * 1024)
        if free < NEEDED_MIB:
            raise ImageError(
                f"{folder} has {free} MiB left, and a build wants {NEEDED_MIB}: make room, or name another --out"
            )
