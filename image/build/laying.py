"""What lies over Debian's root: modules, the program, bytecode, overlays, units, users, and the image's own facts."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image import layout
from image.build import bundle, device, environment, tree, wheels
from image.build.tree import FOLDER, Entry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from image.build.building import Order
    from image.build.flavour import Flavour
    from image.build.running import Bench

_CARD = ("edge-confirm.service", "edge-confirm.timer", "edge-grow.service")
"""Units that a device has on account of its card: an installation on a system that is there has none of them."""

_STARTED = ("edge-confirm.timer", "edge-grow.service")

_FOLDERS = (
    "/boot/firmware",
    "/data",
    "/etc/door-terminal",
    "/var/lib/door-terminal",
    "/var/lib/door-lock",
    "/dev",
    "/proc",
    "/run",
    "/sys",
)


@dataclass(frozen=True, slots=True)
class Made:
    """What earlier steps made.

    Attributes:
        base: Debian's root, a tar.
        modules: A folder that holds `lib/modules`.
        program: What becomes /opt/door-terminal.
        standard: Debian's Python modules with their bytecode, by where they are on the device.
    """

    base: Path
    modules: Path
    program: Path
    standard: Mapping[str, Path]


def standard_library(bench: Bench, base: Path, flavour: Flavour) -> dict[str, Path]:
    """Lay Debian's Python modules out, to be compiled: Debian compiles them by date, and every date here is one.

    Returns:
        The folder that has them by where they are on the device: Python's own, and apt's packages where they stay.
    """
    folders = (f"/usr/lib/python{flavour.python.version}", environment.APT)
    found = {}
    with tarfile.open(base, "r:") as whole:
        for member in whole:
            path = tree.absolute(member)
            at = next((one for one in folders if path.startswith(f"{one}/")), None)
            content = whole.extractfile(member) if member.isreg() and path.endswith(".py") else None
            if at is None or content is None or tree.left_out(path, flavour.root.drop):
                continue
            found[at] = bench.work / "standard" / at[1:]
            target = found[at] / path.removeprefix(f"{at}/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
    return found


def lay(bench: Bench, order: Order, made: Made) -> tree.Tree:
    """Put it all together; an overlay is stronger than what the device always has.

    Raises:
        ImageError: A user, or a unit's `[Install]`, is wrong; or the program would not find what it imports.
    """
    laid, flavour, images = tree.Tree(), order.flavour, order.project / "image"
    for folder in _FOLDERS:
        laid.put(folder, Entry(mode=FOLDER))
    laid.put("/tmp", Entry(mode=0o1777))  # noqa: S108 - the device's
    laid.lay(made.modules / "lib", "/usr/lib")
    laid.lay(made.program, wheels.PROGRAM)
    for at, modules in made.standard.items():
        for path in modules.rglob("*.pyc"):
            laid.put(f"{at}/{path.relative_to(modules).as_posix()}", Entry(path))
    environment.check(flavour, environment.kind(flavour, images), made.base, laid.entries)
    given = belongings(images, flavour.kind) | bundle.device_files(order.project, flavour.name, order.update_ca)
    given |= device.accounts(bench, made.base, sorted((images / "sysusers.d").glob("*.conf")))
    for target, entry in given.items():
        laid.put(target, entry)
    device.enable(bench, laid, [*layout.read(images).enable, *_STARTED, *flavour.services.enable])
    device.mask(laid, flavour.services.mask)
    said = f'name = "door-terminal"\nflavour = "{flavour.name}"\nversion = "{order.version}"\nepoch = {bench.epoch}\n'
    carried = [("head-office.pub", order.head_office), ("wiring.toml", order.wiring)]
    device.facts(laid, said, flavour.root.markers)
    for overlay in flavour.root.overlays:
        laid.lay(images / overlay)
    for name, file in carried:
        if file is not None:
            laid.put(f"{device.FACTS}/{name}", Entry(file))
    return laid


def belongings(images: Path, kind: str) -> dict[str, Entry]:
    """What a kind of device has (`device.toml`), and what one has on account of its card, by absolute path."""
    table = layout.read(images)
    found = {folder.path: Entry(mode=folder.mode) for folder in table.folders_for(kind)}
    found |= {file.path: Entry(file.source, mode=file.mode) for file in table.files_for(kind)}
    found |= {f"/etc/systemd/system/{name}": Entry(images / "systemd" / name) for name in _CARD}
    return found | {f"{device.FACTS}/grow.py": Entry(images / "grow.py")}
