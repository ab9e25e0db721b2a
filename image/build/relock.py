"""New locks: what the archive and the package index have today, to be looked at as a change before it is built.

Apt says what a root would consist of, and nothing is installed: it takes seconds. Whether a root has just that is seen
when it is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from image.build import archive, artefacts, aside, environment, modules, wheels

if TYPE_CHECKING:
    from pathlib import Path

    from image.build.building import Order
    from image.build.running import Bench

_HEAD = "# {what}; scripts/image FLAVOUR {how} writes it.\n"


def relock(bench: Bench, order: Order) -> tuple[Path, ...]:
    """Write the locks of a flavour anew.

    Returns:
        The lock of Debian packages, that of wheels, and that of what modules are built of where there are any.

    Raises:
        ImageError: The archive or the index does not answer.
    """
    flavour, images = order.flavour, order.project / "image"
    apt = archive.opened(bench, flavour, order.sources)
    found = apt.resolved(flavour.apt.packages)
    found |= aside.candidates(apt, flavour)
    debian = images / flavour.apt.lock
    head = _HEAD.format(what="Every Debian package of the image with its version", how="--relock")
    debian.write_text(head + "".join(f"{name}={of}\n" for name, of in sorted(found.items())), encoding="utf-8")
    written = (debian, *relock_wheels(bench, order))
    if not flavour.kernel.built:
        return written
    built = images / flavour.kernel.lock
    head = _HEAD.format(what="What modules are built of, each with its version", how="--relock")
    lines = [f"{name}={of}" for name, of in sorted(modules.pinned(bench, flavour, apt).items())]
    built.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return (*written, built)


def relock_wheels(bench: Bench, order: Order) -> tuple[Path, ...]:
    """Write the lock of a flavour's wheels anew, within the constraints of its kind of machine; no archive is asked.

    Raises:
        ImageError: The index does not answer, or has nothing within the constraints.
    """
    flavour, images = order.flavour, order.project / "image"
    files = wheels.resolved(bench, flavour, order.project, environment.kind(flavour, images))
    lines = wheels.lock_lines(files, {path.name: artefacts.digest(path) for path in files})
    lock = images / flavour.python.lock
    head = _HEAD.format(what="Every wheel of the image with its hash", how="--relock-wheels")
    lock.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return (lock,)
