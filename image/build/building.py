"""A build, from a flavour to a card: every step in order, each with its time."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from image.build import (
    archive,
    artefacts,
    aside,
    boot_area,
    bundle,
    card,
    environment,
    laying,
    modules,
    partitions,
    root,
    sbom,
    starting,
    wheels,
)
from image.build.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

    from image.build.flavour import Flavour
    from image.build.running import Bench

Say = Callable[[str], None]

NEEDED_MIB = 4096
"""Free space that a build wants; a cached root needs half of it."""


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
    clock, flavour, images = Clock(say), order.flavour, order.project / "image"
    locked = archive.read_lock(images / flavour.apt.lock, aside.relocking(flavour))
    _room(bench, order.out)
    pythons, seen = images / flavour.python.lock, environment.kind(flavour, images)
    with clock.step("packages"):
        apt = archive.opened(bench, flavour, order.sources)
        archive.check(apt, locked, images / flavour.apt.lock)
        debs = aside.fetch(apt, flavour, locked)
    with clock.step("root"):
        besides = aside.kernels(flavour, debs)
        base = root.make(bench, flavour, order.sources, {one: of for one, of in locked.items() if one not in besides})
    with clock.step("program"):
        wheels.fetch(bench, flavour, pythons)
        program = wheels.install(bench, flavour, pythons, wheels.own(bench, order.project), seen)
    with clock.step("kernel"):
        beside = modules.make(bench, flavour, apt, images / flavour.kernel.lock)
        kernels = starting.kernels(bench, order, debs, base, beside)
        files = dict(kernels.files)
    with clock.step("bytecode"):
        standard = laying.standard_library(bench, base, flavour)
        python, made_by = wheels.compiler(bench, flavour, locked)
        wheels.compile_for(bench, python, program / "lib", f"{wheels.PROGRAM}/lib")
        for at, folder in standard.items():
            wheels.compile_for(bench, python, folder, at)
    with clock.step("root slot"):
        laid = laying.lay(bench, order, laying.Made(base, kernels.modules, program, standard))
        slot = card.verity(bench, card.squashfs(bench, base, laid, flavour.root.drop), order.out)
        files |= {"root": slot.image, "squashfs": slot.squashfs, "verity": slot.verity}
    with clock.step("list of parts"):
        files["sbom"] = sbom.write(order, bench.epoch, sbom.parts(images, flavour, order.project))
    with clock.step("card"):
        facts = _facts(order, " ".join(kernels.releases), slot, bench.epoch)
        facts |= {"bytecode": made_by, "base": artefacts.digest(base)}
        built = artefacts.write(order.out, facts, files)
        files["boot"] = starting.boot(bench, order, debs, files)
        files |= _card(bench, order, slot, files["boot"], bundle.facts_of(built, order.project))
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


def _card(bench: Bench, order: Order, slot: card.Slot, boot: Path, believed: dict[str, str]) -> dict[str, Path]:
    """Make the data's file system, and the card of all of them."""
    table = partitions.table(order.flavour.sizes)
    made = {"data": card.ext4(bench, table[3].size, table[3].identity, order.out)}
    contents = {"BOOT": boot, "root-a": slot.image, "root-b": slot.image, "data": made["data"]}
    made["card"] = card.card(bench, table, contents, order.out)
    sector = boot_area.sector(believed)
    card.write_at(made["card"], dict.fromkeys(boot_area.FACTS.values(), sector))
    return made


def _room(bench: Bench, out: Path) -> None:
    for folder in (bench.work, out):
        free = shutil.disk_usage(folder).free // (1024 * 1024)
        if free < NEEDED_MIB:
            raise ImageError(
                f"{folder} has {free} MiB left, and a build wants {NEEDED_MIB}: make room, or name another --out"
            )
