"""What the program's Python sees on a device: its own packages, and apt's where the device's kind needs them.

`device.toml` says it for each kind of machine, and `scripts/install` goes by the same lines.
"""

from __future__ import annotations

import re
import tarfile
from typing import TYPE_CHECKING

from image import layout
from image.build import tree
from image.build.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from image.build.flavour import Flavour
    from image.layout import Kind

PROGRAM = "/opt/door-terminal"
APT = "/usr/lib/python3/dist-packages"
"""Where Debian's Python packages are."""


def kind(flavour: Flavour, images: Path) -> Kind:
    """What the machine needs that a flavour makes.

    Args:
        flavour: Which image.
        images: The folder with `device.toml`.

    Raises:
        ImageError: The table is wrong or has no such kind, or the image leaves out what its program is to see.
    """
    try:
        kinds = layout.read(images).kinds
    except layout.LayoutError as error:
        raise ImageError(str(error)) from error
    if flavour.kind not in kinds:
        raise ImageError(f"{flavour.name}: kind {flavour.kind!r} is none of {layout.TABLE}: {', '.join(kinds)}")
    found = kinds[flavour.kind]
    if found.system_site_packages and tree.left_out(f"{APT}/any.py", flavour.root.drop):
        raise ImageError(
            f"{flavour.name}: root.drop leaves out {APT}, and the program of a {flavour.kind} sees apt's Python "
            f"packages by {layout.TABLE}: name that glob in [remove.root] drop"
        )
    return found


def folders(flavour: Flavour, seen: Kind) -> tuple[str, ...]:
    """Where the program's Python looks for modules beside its standard library, the strongest first."""
    own = f"{PROGRAM}/lib/python{flavour.python.version}/site-packages"
    return (own, APT) if seen.system_site_packages else (own,)


def settings(flavour: Flavour, seen: Kind) -> str:
    """The text of `pyvenv.cfg`."""
    whether = "true" if seen.system_site_packages else "false"
    return f"home = /usr/bin\ninclude-system-site-packages = {whether}\nversion = {flavour.python.version}\n"


def check(flavour: Flavour, seen: Kind, base: Path, laid: Iterable[str]) -> None:
    """See that the modules that the kind names are where the program looks: nothing here could import them.

    Args:
        flavour: Which image.
        seen: What its kind of machine needs.
        base: Debian's root, a tar.
        laid: Every path that is laid over it.

    Raises:
        ImageError: Some are not, with the folders.
    """
    with tarfile.open(base, "r:") as whole:
        paths = {path for path in map(tree.absolute, whole) if not tree.left_out(path, flavour.root.drop)}
    paths |= set(laid)
    where = folders(flavour, seen)
    faults = tuple(
        f"{flavour.name}: a {flavour.kind} has to find {module}, and there is none in {' or '.join(where)}"
        for module in seen.imports
        if not any(_is(module, path, folder) for folder in where for path in paths)
    )
    if faults:
        raise ImageError("; ".join(faults), faults)


def _is(module: str, path: str, folder: str) -> bool:
    """Whether a path is a module of a folder: one file, compiled or not, or a package's first."""
    form = rf"{re.escape(folder)}/{re.escape(module)}(/__init__\.py|\.py|\.(cpython-\d+-\S+|abi3)\.so)"
    return re.fullmatch(form, path) is not None
