"""A build, from a flavour to a card: every step in order, each with its time."""

from __future__ import annotations

import resource
import shutil
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from image.build import archive, artefacts, boot_area, card, device, initrd, kernel, partitions, root, tree, wheels
from image.build.errors import ImageError

if TYPE_CHECKING:
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
    """

    flavour: Flavour
    project: Path
    out: Path
    version: str
    sources: tuple[str, ...]
    head_office: Path | None = None
    wiring: Path | None = None


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
    clock, flavour = Clock(say), order.flavour
    _room(bench, order.out)
    lock = order.project / "image" / flavour.apt.lock
    pythons = order.project / "image" / flavour.python.lock
    locked = archive.read_lock(lock)
    with clock.step("packages"):
        apt = archive.opened(bench, flavour, order.sources)
        archive.check(apt, locked, lock)
        debs = {
            name: apt.fetch(name, _version(locked, name, lock)) for name in (*flavour.kernel.packages, "busybox-static")
        }
        if flavour.kernel.packages == ():
            raise ImageError(f"{flavour.name}.toml: kernel.packages names none")
    with clock.step("root"):
        system = {name: version for name, version in locked.items() if name not in debs}
        base = root.make(bench, flavour, order.sources, system)
    with clock.step("program"):
        wheels.fetch(bench, flavour, pythons)
        program = wheels.install(bench, flavour, pythons, wheels.own(bench, order.project))
    with clock.step("kernel"):
        unpacked = kernel.unpack(bench, debs[flavour.kernel.packages[0]], flavour.kernel.modules)
    with clock.step("bytecode"):
        standard = _standard_library(bench, base, flavour)
        wheels.compile_for(bench, flavour, program / "lib", f"{wheels.PROGRAM}/lib")
        wheels.compile_for(bench, flavour, standard, f"/usr/lib/python{flavour.python.version}")
    with clock.step("root slot"):
        laid = _lay(bench, order, base, unpacked.modules, program, standard)
        made = card.squashfs(bench, base, laid, flavour.root.drop)
        slot = card.verity(bench, made, order.out)
    files = {"root": slot.image, "squashfs": slot.squashfs, "verity": slot.verity}
    files["kernel"] = Path(shutil.copyfile(unpacked.image, order.out / "vmlinuz"))
    first = initrd.Sources(base, debs["busybox-static"], unpacked.modules, order.project / "image/initrd")
    files["initrd"] = initrd.make(bench, first, order.out)
    facts: dict[str, object] = {
        "flavour": flavour.name,
        "version": order.version,
        "epoch": bench.epoch,
        "release": unpacked.release,
        "roothash": slot.roothash,
        "hash_offset": slot.offset,
        "cmdline": " ".join(flavour.kernel.cmdline),
        "spent": clock.spent,
    }
    with clock.step("card"):
        table = partitions.table(flavour.sizes)
        files["boot"] = card.fat(
            bench, table[0].size, {"vmlinuz": files["kernel"], "initrd.img": files["initrd"]}, order.out
        )
        files["data"] = card.ext4(bench, table[3].size, table[3].identity, order.out)
        contents = {"BOOT": files["boot"], "root-a": slot.image, "root-b": slot.image, "data": files["data"]}
        files["card"] = card.card(bench, table, contents, order.out)
        believed = boot_area.sector(boot_area.facts(slot.roothash, slot.salt, slot.offset, order.version))
        card.write_at(files["card"], {at: believed for at in boot_area.FACTS.values()})
    return artefacts.write(order.out, facts, files)


def _version(locked: dict[str, str], name: str, lock: Path) -> str:
    if name not in locked:
        raise ImageError(f"{lock} does not pin {name}: scripts/image FLAVOUR --relock")
    return locked[name]


def _room(bench: Bench, out: Path) -> None:
    for folder in (bench.work, out):
        free = shutil.disk_usage(folder).free // (1024 * 1024)
        if free < NEEDED_MIB:
            raise ImageError(
                f"{folder} has {free} MiB left, and a build wants {NEEDED_MIB}: make room, or name another --out"
            )


def _standard_library(bench: Bench, base: Path, flavour: Flavour) -> Path:
    """Lay Python's own modules out, to be compiled: Debian compiles them by date, and every date here is one."""
    import tarfile  # noqa: PLC0415

    folder, prefix = bench.work / "standard", f"/usr/lib/python{flavour.python.version}/"
    with tarfile.open(base, "r:") as whole:
        for member in whole:
            path = tree.absolute(member)
            content = whole.extractfile(member) if member.isreg() and path.endswith(".py") else None
            if content is None or not path.startswith(prefix) or tree.left_out(path, flavour.root.drop):
                continue
            target = folder / path.removeprefix(prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
    return folder


def _lay(bench: Bench, order: Order, base: Path, modules: Path, program: Path, standard: Path) -> tree.Tree:
    laid = tree.Tree()
    laid.lay(modules / "lib", "/usr/lib")
    laid.lay(program, wheels.PROGRAM)
    for path in standard.rglob("*.pyc"):
        name = f"/usr/lib/python{order.flavour.python.version}/{path.relative_to(standard).as_posix()}"
        laid.put(name, tree.Entry(path))
    for overlay in order.flavour.root.overlays:
        laid.lay(order.project / "image" / overlay)
    for folder in (
        "/boot/firmware",
        "/data",
        "/etc/door-terminal",
        "/var/lib/door-terminal",
        "/dev",
        "/proc",
        "/run",
        "/sys",
    ):
        laid.put(folder, tree.Entry(mode=tree.FOLDER))
    laid.put("/tmp", tree.Entry(mode=0o1777))
    laid.entries |= device.accounts(bench, base, sorted((order.project / "image/sysusers.d").glob("*.conf")))
    units = sorted((order.project / "image/systemd").glob("edge-*.*"))
    for unit in units:
        laid.put(f"/etc/systemd/system/{unit.name}", tree.Entry(unit))
    laid.put(
        "/etc/systemd/system.conf.d/50-door-terminal.conf",
        tree.Entry(order.project / "image/systemd/system.conf.d/50-door-terminal.conf"),
    )
    laid.put(
        "/etc/udev/rules.d/60-door-terminal.rules", tree.Entry(order.project / "image/udev/60-door-terminal.rules")
    )
    device.enable(bench, laid, [u.name for u in units if "[Install]" in u.read_text()])
    device.mask(laid, order.flavour.services.mask)
    said = f'name = "door-terminal"\nflavour = "{order.flavour.name}"\nversion = "{order.version}"\nepoch = {bench.epoch}\n'
    carried = [("head-office.pub", order.head_office), ("wiring.toml", order.wiring)]
    device.facts(laid, said, order.flavour.root.markers, [(name, path) for name, path in carried if path])
    return laid
