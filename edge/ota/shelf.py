"""The folders of installed sets: filled beside, made to last, named in one step; removed when nobody needs them.

A folder that is being filled is named `.new-…` and locked by whoever fills it, so that nobody sweeps it away; what has
such a name and no lock is left from a power cut.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from edge.disk import hand_over
from edge.errors import OtaError
from edge.ota.active import is_slot
from edge.ota.archive import MODEL
from edge.ota.manifest import SET_FILE, parse_set
from edge.ota.shared import FOLDER_MODE
from edge.vision.manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Collection

    from edge.disk import Disk
    from edge.ota.active import Slot

_FILE_MODE = 0o640
_NEW, _OLD = ".new-", ".old-"
_DIGITS = 12
_LIMIT = 1 << 20
_LOST = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.EIO, errno.EUCLEAN)
_log = logging.getLogger(__name__)


class Shelf:
    """The installed sets. Whoever installs or sweeps holds the lock of the slots."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        """Name the folder, which need not exist, and what it lies on."""
        self.folder = folder
        self._disk = disk

    def path(self, slot: Slot) -> Path:
        """Return an installed set's folder.

        Raises:
            OtaError: It is no name of an installed set; the factory's bundles are in the package.
        """
        if not is_slot(slot):
            raise OtaError(f"{slot!r} is the name of no installed set")
        return self.folder / slot

    def fault(self, slot: Slot) -> str:
        """Say what is wrong with a set at first sight; empty when nothing is. Its models are hashed when they load.

        Raises:
            OSError: It cannot be said, because its owner lets nobody look, for one.
        """
        return _fault(self.path(slot), slot)

    def names(self) -> list[str]:
        """Return what is there, whatever its name."""
        return sorted(entry.name for entry in self.folder.iterdir()) if self.folder.is_dir() else []

    def begin(self) -> tuple[Path, int]:
        """Make a folder to be filled, and take hold of it; returns it, and what holds it.

        Raises:
            OSError: It cannot be made.
        """
        new = Path(mkdtemp(prefix=_NEW, dir=self.folder))
        descriptor = os.open(new, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            hand_over(descriptor, self.folder)
            os.fchmod(descriptor, FOLDER_MODE)
        except OSError:
            self.end(new, descriptor)
            raise
        return new, descriptor

    @staticmethod
    def end(new: Path, descriptor: int) -> None:
        """Let go of such a folder, and remove it unless it was installed."""
        shutil.rmtree(new, ignore_errors=True)
        os.close(descriptor)

    def install(self, source: Path, slot: Slot) -> None:
        """Give a filled folder its name; on return all of it lasts. The same set again takes nothing's place.

        Args:
            source: A folder of `staging`.
            slot: Its name.

        Raises:
            OtaError: Its content is not what the name says, or holds what no set does.
            OSError: It cannot be written; no set of that name is there that is not whole.
        """
        target = self.path(slot)
        if fault := _fault(source, slot):
            raise OtaError(f"{slot} is not whole and was not installed: {fault}")
        self._settle(source)
        if target.exists():
            if _same(source, target):
                return
            self._put_away(target)
        self._disk.rename(source, target)
        self._disk.sync_folder(self.folder)

    def sweep(self, kept: Collection[str]) -> list[str]:
        """Remove every set that is not to be kept, and what a power cut left; returns which.

        What cannot be removed is left for the next time.
        """
        gone = []
        for name in self.names():
            path = self.folder / name
            ours = is_slot(name) or name.startswith((_NEW, _OLD))
            if name in kept or not ours or not path.is_dir():
                continue
            try:
                if _held(path):
                    continue
                self._remove(path if name.startswith((_NEW, _OLD)) else self._put_away(path))
            except OSError as error:
                _log.warning("%s: cannot be removed: %s", path, error.strerror or error)
            else:
                gone.append(name)
        return gone

    def _settle(self, folder: Path) -> None:
        """Make a tree last, from its leaves up, readable by the group."""
        for path in sorted(folder.iterdir()):
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                self._settle(path)
            elif stat.S_ISREG(mode):
                descriptor = self._disk.open(path, os.O_RDONLY | os.O_NOFOLLOW)
                try:
                    os.fchmod(descriptor, _FILE_MODE)
                    hand_over(descriptor, self.folder)
                    self._disk.sync(descriptor)
                finally:
                    os.close(descriptor)
            else:
                raise OtaError(f"{path}: a set consists of files and folders only")
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            hand_over(descriptor, self.folder)
            os.fchmod(descriptor, FOLDER_MODE)
        finally:
            os.close(descriptor)
        self._disk.sync_folder(folder)

    def _put_away(self, path: Path) -> Path:
        """Take a set's name from it, so that it is never seen half removed."""
        aside = path.with_name(f"{_OLD}{path.name}")
        if aside.exists():
            self._remove(aside)
        self._disk.rename(path, aside)
        return aside

    def _remove(self, folder: Path) -> None:
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.is_symlink():
                self._remove(path)
            else:
                self._disk.remove(path)
        with suppress(FileNotFoundError):
            folder.rmdir()


def _fault(folder: Path, slot: Slot) -> str:
    """Say what is wrong with a folder that is to hold a set, or does."""
    try:
        raw = _read(folder / SET_FILE)
        if hashlib.sha256(raw).hexdigest()[:_DIGITS] != slot[-_DIGITS:]:
            return f"{folder / SET_FILE} is not the file that {slot} is named after"
        for role, bundle in parse_set(raw, str(folder / SET_FILE)).bundles().items():
            if hashlib.sha256(_read(folder / role / MANIFEST)).hexdigest() != bundle.manifest_sha256:
                return f"{folder / role / MANIFEST} is not the one that {SET_FILE} names"
            (folder / role / MODEL).stat()
    except OSError as error:
        if not is_lost(error):
            raise
        return f"{error.filename or folder}: {error.strerror}"
    except OtaError as error:
        return str(error)
    return ""


def is_lost(error: OSError) -> bool:
    """Whether a file is gone for good, and not only out of this process's reach at this moment."""
    return error.errno in _LOST


def _held(folder: Path) -> bool:
    """Whether a process fills it, or has just installed it and has not offered it yet."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LIMIT)


def _same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files."""
    try:
        return _content(one) == _content(other)
    except OSError:
        return False


def _content(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
