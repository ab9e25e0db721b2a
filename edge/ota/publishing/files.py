"""The folder of a repository: what a web server serves, and what waits for signatures.

`metadata/` and `targets/` are served as they are. Nothing there is ever overwritten but `timestamp.json`, which names
all the rest; it is replaced in one step, last. `waiting/` and `publisher.toml` are the publisher's own.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tuf.api.metadata import Metadata
from tuf.api.serialization import DeserializationError

from edge import disk as steps
from edge.errors import OtaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from edge.disk import Disk

PUBLIC = steps.Disk(mode=0o644)
"""Anybody may read what is published."""
TIMESTAMP = "timestamp.json"


class Files:
    """The files of a repository.

    Attributes:
        folder: Of the repository.
        metadata: What is served of metadata.
        targets: What is served of bundles and sets.
        waiting: Metadata that lack signatures.
        settings: The publisher's own file.
    """

    def __init__(self, folder: Path, disk: Disk = PUBLIC) -> None:
        """Name the folder; nothing is read yet."""
        self.folder = folder
        self.metadata = folder / "metadata"
        self.targets = folder / "targets"
        self.waiting = folder / "waiting"
        self.settings = folder / "publisher.toml"
        self._disk = disk

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other command of this repository out.

        Raises:
            OtaError: Another one is at work, or the folder is none.
        """
        try:
            descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise OtaError(
                f"{self.folder}: no repository can be kept here: {error.strerror}; `edge ota repo init` makes one"
            ) from error
        try:
            _lock(descriptor, self.folder)
            yield
        finally:
            os.close(descriptor)

    def root_version(self) -> int:
        """Return the newest version of root that is served; 0 for none."""
        version = 0
        while (self.metadata / f"{version + 1}.root.json").exists():
            version += 1
        return version

    def served(self, name: str) -> Metadata[Any]:
        """Return metadata that are served, such as "3.targets.json".

        Raises:
            OtaError: They are missing or damaged.
        """
        return _loaded(self.metadata / name)

    def pending(self) -> dict[str, Metadata[Any]]:
        """Return the metadata that wait for signatures, by role.

        Raises:
            OtaError: They are damaged.
        """
        return {path.stem: _loaded(path) for path in sorted(self.waiting.glob("*.json"))}

    def wait(self, role: str, content: bytes) -> None:
        """Keep metadata that lack signatures.

        Raises:
            OtaError: It cannot be written.
        """
        self._put(self.waiting / f"{role}.json", content)

    def done(self, role: str) -> None:
        """Take away what waited.

        Raises:
            OtaError: It cannot be taken away.
        """
        try:
            self._disk.remove(self.waiting / f"{role}.json")
        except OSError as error:
            raise OtaError(
                f"{self.waiting}: {role} cannot be taken away: {error.strerror}; check who owns it"
            ) from error

    def target(self, path: str) -> bytes:
        """Return a served target, by its path with its hash.

        Raises:
            OtaError: It cannot be read.
        """
        try:
            return (self.targets / path).read_bytes()
        except OSError as error:
            raise OtaError(f"{self.targets / path}: cannot be read: {error.strerror}; put the file back") from error

    def add_target(self, path: str, content: bytes) -> None:
        """Serve a target under its path with its hash; nobody asks for it before metadata name it.

        Raises:
            OtaError: It cannot be written.
        """
        self._put(self.targets / path, content)

    def serve(self, pieces: Iterable[tuple[str, bytes]]) -> None:
        """Serve metadata, each replaced in one step, in this order.

        Raises:
            OtaError: It cannot be written; what came before is served, and what names it is not.
        """
        for name, content in pieces:
            self._put(self.metadata / name, content)

    def note(self, content: bytes) -> None:
        """Write the publisher's own file.

        Raises:
            OtaError: It cannot be written.
        """
        self._put(self.settings, content)

    def _put(self, path: Path, content: bytes) -> None:
        try:
            inner = reversed(path.relative_to(self.folder).parents[:-1])
            for place in (self.folder, *(self.folder / folder for folder in inner)):
                if not place.is_dir():
                    place.mkdir(mode=0o755, parents=True)
                    self._disk.sync_folder(place.parent)
            steps.replace(self._disk, path, content)
        except OSError as error:
            raise OtaError(f"{path}: cannot be written: {error.strerror}; check the disk and who owns it") from error


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OtaError(f"{folder}: another command changes this repository; wait for it") from error


def _loaded(path: Path) -> Metadata[Any]:
    try:
        return Metadata.from_bytes(path.read_bytes())
    except OSError as error:
        raise OtaError(f"{path}: cannot be read: {error.strerror}; put the file back") from error
    except DeserializationError as error:
        raise OtaError(f"{path}: damaged: these are no TUF metadata; put the file back") from error
