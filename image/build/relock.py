"""New locks: what the archive and the package index have today, to be looked at as a change before it is built.

Apt says what a root would consist of, and nothing is installed: it takes seconds. Whether a root has just that is seen
when it is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from image.build import archive, artefacts, aside, modules, wheels

if TYPE_CHECKING:
    from pathlib import Path

    from image.build.building import Order
    from image.build.running import Bench

_HEAD = "# {what}; scripts/image FLAVOUR --relock writes it.\n"


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
    head = _HEAD.format(what="Every Debian package of the image with its version")
    debian.write_text(head + "".join(f"{name}={of}\n" for name, of in sorted(found.items())), encoding="utf-8")
    kept = bench.work / "wheels"
    wheels.pip(bench, "download", *wheels.target(flavour), "-d", kept, *wheels.wanted(order.project, flavour))
    files = sorted(kept.glob("*.whl"))
    lines = wheels.lock_lines(files, {path.name: artefacts.digest(path) for path in files})
    pythons = images / flavour.python.lock
    head = _HEAD.format(what="Every wheel of the image with its hash")
    pythons.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    if not flavour.kernel.built:
        return debian, pythons
    built = images / flavour.kernel.lock
    head = _HEAD.format(what="What modules are built of, each with its version")
    lines = [f"{name}={of}" for name, of in sorted(modules.pinned(bench, flavour, apt).items())]
    built.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return debian, pythons, built
