"""What a build would do, said beforehand: every step, package, partition and file. Reads its own files only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from image.build import archive, aside, boot_files, environment, laying, partitions, wheels
from image.build.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from image.build.flavour import Flavour

MIB = partitions.MIB


@dataclass(frozen=True, slots=True)
class Step:
    """One step, and what it takes and makes."""

    name: str
    lines: tuple[str, ...]


def steps(flavour: Flavour, images: Path, source: str) -> tuple[Step, ...]:
    """Every step of a build.

    Args:
        flavour: Which image.
        images: The folder with its files.
        source: The archive parameter; empty leaves its place to be seen.

    Raises:
        ImageError: A file that the flavour names is not there; with every such fault.
    """
    _there(flavour, images)
    sources = [line.replace("{archive}", source or "{archive}") for line in flavour.apt.archives]
    how, seen = aside.relocking(flavour), environment.kind(flavour, images)
    pinned = _pins(images / flavour.apt.lock, archive.read_lock, how)
    python = _pins(images / flavour.python.lock, wheels.read_lock, how)
    return (
        Step("packages", (*sources, f"{pinned} pinned by image/{flavour.apt.lock}", *flavour.apt.packages)),
        Step(
            "program",
            (
                f"{wheels.PROGRAM}: Python {flavour.python.version}, {python} wheels by image/{flavour.python.lock}",
                f"of a {flavour.kind}: it sees {' and '.join(environment.folders(flavour, seen))}",
                *(f"a new lock keeps {bound}" for bound in seen.constraints),
                *(f"it has to find {module}" for module in seen.imports),
            ),
        ),
        Step("kernel", (*flavour.kernel.packages, *(f"kernel/{glob}" for glob in flavour.kernel.modules))),
        Step("beside the root", tuple(one for one in aside.names(flavour) if one not in flavour.kernel.packages)),
        Step("left out of the root", flavour.root.drop),
        Step("root", tuple(_laid(flavour, images))),
        Step(
            "starting",
            tuple(f"{name} ← {of}" for name, of in flavour.boot.files)
            + tuple(f"needed: {one}" for one in flavour.boot.expected),
        ),
        Step("masked", flavour.services.mask),
        Step(
            "card",
            tuple(
                f"{one.number} {one.name}: {one.size // MIB} MiB at {one.start // MIB} MiB"
                for one in partitions.table(flavour.sizes)
            ),
        ),
    )


def text(flavour: Flavour, planned: tuple[Step, ...]) -> str:
    """The steps for a person."""
    lines = [f"{flavour.name}: {flavour.description}; of {' and '.join((flavour.name, *flavour.extends))}"]
    for one in planned:
        lines.append(f"{one.name}:")
        lines += [f"  {line}" for line in one.lines]
    return "\n".join(lines) + "\n"


def missing(flavour: Flavour, images: Path, archive: str) -> list[str]:
    """Say what a build of a flavour takes and does not have: an archive that is named, and its locks."""
    locks = [images / flavour.apt.lock, images / flavour.python.lock]
    locks += [images / flavour.kernel.lock] if flavour.kernel.built else []
    said = [
        f"image/{one.name} is not there: {aside.relocking(flavour)} writes it" for one in locks if not one.is_file()
    ]
    return [*([f"--archive is missing: {flavour.archive}"] if flavour.archive and not archive else []), *said]


def _pins(lock: Path, read: Callable[[Path], dict[str, str]], how: str) -> str:
    return str(len(read(lock))) if lock.is_file() else f"none yet ({how} writes them),"


def _laid(flavour: Flavour, images: Path) -> list[str]:
    found = [path for path, entry in laying.belongings(images, flavour.kind).items() if entry.content is not None]
    for overlay in flavour.root.overlays:
        whole = (images / overlay).rglob("*")
        found += [f"/{path.relative_to(images / overlay)}" for path in whole if not path.is_dir() or path.is_symlink()]
    found += [f"/usr/lib/door-terminal/{marker}" for marker in flavour.root.markers]
    return sorted(found)


def _there(flavour: Flavour, images: Path) -> None:
    faults = [
        f"root.overlays: {images / one} is no folder" for one in flavour.root.overlays if not (images / one).is_dir()
    ]
    faults += [
        f"boot.files: {entry.name} is made of {of}, which is not there"
        for entry in boot_files.read(flavour)
        for of in entry.own
        if not (images.parent / of).is_file()
    ]
    if faults:
        raise ImageError("; ".join(faults), tuple(faults))
