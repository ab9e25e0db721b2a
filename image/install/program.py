"""The program on a device: each version is an environment of its own, and one link says which one runs.

A version is made whole and tried before the link is moved: a line that breaks while pip works, or a power cut, leaves
the door with what it had. The version before stays, for whoever has to go back: `ln -sfn`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from image.install import disk
from image.install.errors import InstallError
from image.install.running import run

if TYPE_CHECKING:
    from image.layout import Kind

PROGRAM = "/opt/door-terminal"
VERSIONS = "/opt/door-terminal.d"
_SOURCES = ("edge", "hw", "models")
_ALONE = ("pyproject.toml", "README.md", "LICENSE")
_WHOLE = ".whole"


@dataclass(frozen=True, slots=True)
class Program:
    """What a version is made of.

    Attributes:
        root: The machine's file system.
        checkout: This repository.
        kind: What this kind of machine needs.
        wheels: A folder with every Python package; None to ask pip's index.
    """

    root: Path
    checkout: Path
    kind: Kind
    wheels: Path | None


def wanted(checkout: Path, kind: Kind) -> str:
    """Return the name of the version that a checkout makes: of its files, this Python, and what is asked of pip."""
    digest = hashlib.sha256(
        repr((sys.version, kind.constraints, kind.requirements, kind.system_site_packages)).encode()
    )
    files = [checkout / name for name in _ALONE]
    for folder in _SOURCES:
        files += [path for path in (checkout / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for path in sorted(files):
        digest.update(str(path.relative_to(checkout)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def current(root: Path) -> str:
    """Return the name of the version that runs; empty for none that is whole."""
    link = root / PROGRAM.lstrip("/")
    name = link.readlink().name if link.is_symlink() else ""
    return name if name and (root / VERSIONS.lstrip("/") / name / _WHOLE).exists() else ""


def make(program: Program, name: str) -> None:
    """Make a version, try it, and have it run from the next start on; the one before it stays, older ones go.

    Raises:
        InstallError: pip fails, or what was made does not load; the version that runs stays.
    """
    versions = program.root / VERSIONS.lstrip("/")
    folder, before = versions / name, current(program.root)
    link = program.root / PROGRAM.lstrip("/")
    if link.exists() and not link.is_symlink():
        raise InstallError(f"{link}: is there already and was not put there by this: move it away")
    if not (folder / _WHOLE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        _environment(program, folder)
        _tried(program, folder)
        os.sync()  # pip syncs nothing: a cut after the link moved would leave files without content
        disk.put(folder / _WHOLE, b"", 0o644)
    disk.point(link, f"{Path(VERSIONS).name}/{name}")
    for other in versions.iterdir():
        if other.name not in {name, before}:
            shutil.rmtree(other, ignore_errors=True)


def remove(root: Path) -> None:
    """Remove every version, the link first.

    Raises:
        InstallError: The disk is read-only.
    """
    link = root / PROGRAM.lstrip("/")
    if link.is_symlink():
        disk.remove(link)
    try:
        if (root / VERSIONS.lstrip("/")).is_dir():
            shutil.rmtree(root / VERSIONS.lstrip("/"))
    except OSError as error:
        raise InstallError(f"{VERSIONS}: cannot be removed: {error}") from error


def _environment(program: Program, folder: Path) -> None:
    kind = program.kind
    offline: list[str | Path] = []
    seeing = ["--system-site-packages"] if kind.system_site_packages else []
    run([sys.executable, "-m", "venv", *seeing, folder])
    if program.wheels is not None:
        offline = ["--no-index", f"--find-links={program.wheels}"]
    with tempfile.TemporaryDirectory(prefix="door-terminal-") as work:
        # A copy: a checkout may be somebody else's, or on a stick that cannot be written to.
        copy = Path(work) / "project"
        for source in _SOURCES:
            shutil.copytree(program.checkout / source, copy / source, ignore=shutil.ignore_patterns("__pycache__"))
        for source in _ALONE:
            shutil.copy(program.checkout / source, copy / source)
        bounds = Path(work) / "constraints.txt"
        bounds.write_text("".join(f"{line}\n" for line in kind.constraints), encoding="utf-8")
        pip: list[str | Path] = [
            folder / "bin/python",
            "-m",
            "pip",
            "--quiet",
            "--disable-pip-version-check",
            "--no-cache-dir",
        ]
        run([*pip, "wheel", "--no-deps", *offline, "-w", work, copy])
        made = next(iter(Path(work).glob("door_terminal-*.whl")))
        built = ["--no-binary=PyGObject,pycairo"] if _stranger() else []
        wanted_too = [*kind.requirements, *(kind.elsewhere if _stranger() else ())]
        run([*pip, "install", "--only-binary=:all:", *built, *offline, "-c", bounds, made, *wanted_too])


def _stranger() -> bool:
    """Whether this Python is not the one that apt's Python packages are for."""
    return Path(sys.executable).resolve() != Path("/usr/bin/python3").resolve()


def _tried(program: Program, folder: Path) -> None:
    run([folder / "bin/edge", "--version"])
    run([folder / "bin/python", "-c", "import edge.app.door, edge.app.terminal"])
    run([folder / "bin/edge", "models", "verify"])
    for module in program.kind.imports:
        run([folder / "bin/python", "-c", f"import {module}"])
