"""Packages beside the root: kernels, the first file system's busybox, and what boot files are taken from.

They are pinned by the same lock and never installed. A kernel may be named by a package that holds nothing and leads to
the one that does, by its exact version (`linux-image-rpi-v8`): both are pinned, and the latter is what is meant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from image.build import boot_files
from image.build.errors import ImageError
from image.build.running import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from image.build.archive import Archive
    from image.build.flavour import Flavour

BUSYBOX = "busybox-static"
_LEADS = re.compile(r"(?:^|, )(linux-image-\S+) \(= ([^)]+)\)")


def names(flavour: Flavour) -> tuple[str, ...]:
    """The packages as the flavour names them."""
    return tuple(dict.fromkeys((*flavour.kernel.packages, BUSYBOX, *boot_files.packages(flavour))))


def candidates(apt: Archive, flavour: Flavour) -> dict[str, str]:
    """Versions of all of them, as the archive has them today.

    Raises:
        ImageError: The archive has no such package.
    """
    found = {name: apt.candidate(name) for name in names(flavour)}
    for name in flavour.kernel.packages:
        found |= dict(_LEADS.findall(apt.depends(name, found[name])))
    return found


def fetch(apt: Archive, flavour: Flavour, locked: Mapping[str, str]) -> dict[str, Path]:
    """Download all of them.

    Returns:
        The package by its name; one that leads to another is that other one.

    Raises:
        ImageError: The lock does not pin one, or one cannot be had.
    """
    found = {name: apt.fetch(name, _version(locked, name, flavour)) for name in names(flavour)}
    for name in flavour.kernel.packages:
        for kernel, version in _LEADS.findall(run(apt.bench, ["dpkg-deb", "-f", found[name], "Depends"])):
            if _version(locked, kernel, flavour) != version:
                raise ImageError(
                    f"image/{flavour.apt.lock} pins {kernel}={locked[kernel]}, and {name} there is for {version}: "
                    f"{relocking(flavour)}"
                )
            found[name] = found[kernel] = apt.fetch(kernel, version)
    return found


def kernels(flavour: Flavour, fetched: Mapping[str, Path]) -> set[str]:
    """Those of them that are in no root: kernels by either name, and busybox. Firmware may be in one as well."""
    return {*flavour.kernel.packages, BUSYBOX, *(fetched.keys() - set(names(flavour)))}


def relocking(flavour: Flavour) -> str:
    """The command that pins what the archives have today."""
    archive = " --archive ADDRESS" if flavour.archive else ""
    return f"scripts/image {flavour.name} --relock{archive}"


def _version(locked: Mapping[str, str], name: str, flavour: Flavour) -> str:
    if name not in locked:
        raise ImageError(
            f"image/{flavour.apt.lock} does not pin {name}: add {name}=VERSION (apt-cache policy {name} says which), "
            f"or {relocking(flavour)}"
        )
    return locked[name]
