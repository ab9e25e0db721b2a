"""Wheels of an image: made-up ones, the locked ones, and what they require on a device."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from image.build import wheels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from image.build.flavour import Flavour

DEVICE = {
    "python_version": "3.11",
    "python_full_version": "3.11.2",
    "platform_machine": "aarch64",
    "platform_system": "Linux",
    "sys_platform": "linux",
    "os_name": "posix",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "extra": "",
}


def packed(folder: Path, name: str, version: str) -> Path:
    """A wheel with one module."""
    folder.mkdir(parents=True, exist_ok=True)
    path, about = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{about}/RECORD"] = "".join(f"{one},,\n" for one in (*files, f"{about}/RECORD"))
    with zipfile.ZipFile(path, "w") as whole:
        for one, content in files.items():
            whole.writestr(one, content)
    return path


def pinned(chosen: Flavour, images: Path) -> dict[str, str]:
    """The locked wheels, by the names that requirements have."""
    locked = wheels.read_lock(images / chosen.python.lock)
    return {canonicalize_name(name): version for name, version in locked.items()}


def on_a_device(chosen: Flavour, said: str) -> Requirement | None:
    """A requirement, or nothing where it is for others than a flavour's Python on its device."""
    found = Requirement(said)
    asked: Mapping[str, str] = DEVICE | {"python_version": chosen.python.version}
    return found if found.marker is None or found.marker.evaluate(dict(asked)) else None
