"""Files that are whole at every moment: a Pi whose cmdline.txt was cut short starts no more."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from image.install.errors import InstallError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def content(path: Path) -> bytes | None:
    """Return what a file holds; None where there is none.

    Raises:
        InstallError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InstallError(f"{path}: cannot be read: {error.strerror}") from error


def put(path: Path, held: bytes, mode: int | None = None) -> None:
    """Write a file beside its place, and move it there once it lasts.

    Args:
        path: Its place.
        held: What it holds.
        mode: Its permissions; None for those of the file that is there.

    Raises:
        InstallError: The disk is full, or read-only.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        mode = path.stat().st_mode & 0o7777 if mode is None else mode
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(held)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InstallError(f"{path}: cannot be written: {error.strerror}") from error


def point(link: Path, target: str) -> None:
    """Have a link point elsewhere, in one step.

    Raises:
        InstallError: Something else is in its place, or the disk is full or read-only.
    """
    if link.exists() and not link.is_symlink():
        raise InstallError(f"{link}: is there already and was not put there by this: move it away")
    beside = link.with_name(f".{link.name}.new")
    try:
        beside.unlink(missing_ok=True)
        beside.symlink_to(target)
        beside.replace(link)
        sync_folder(link.parent)
    except OSError as error:
        raise InstallError(f"{link}: cannot be made: {error.strerror}") from error


def remove(path: Path) -> None:
    """Remove a file or link, if it is there.

    Raises:
        InstallError: The disk is read-only.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise InstallError(f"{path}: cannot be removed: {error.strerror}") from error


def new_folders(root: Path, paths: Iterable[Path]) -> list[str]:
    """Return the folders that would come with these paths: every parent that is not there yet, from / on."""
    found = {parent for path in paths for parent in path.parents if parent.is_relative_to(root) and not parent.exists()}
    return sorted(f"/{folder.relative_to(root)}" for folder in found)


def sync_folder(folder: Path) -> None:
    """Have a folder's names last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
