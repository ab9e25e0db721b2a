"""The wrapping keys in a file: as it is, the weakest holder; sealed under a secret, a better one."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from edge import disk as steps
from edge.errors import KeyLostError, SealError
from edge.keys.holder import RECORD_BYTES, pack, unpack
from edge.keys.sealing import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge.disk import Disk

_ABOUT = b"wrapping keys"
_LONGEST = 4096


class KeyFile:
    """A file of wrapping keys, made on first use.

    Attributes:
        name: As the configuration calls it.
        strength: What it protects from.
    """

    name = "file"
    strength = (
        "the weakest: whoever reads this machine's disk as root, or steals it, has the key and everybody's faces; it "
        "protects only copies of the people's files without it, and it makes erasure final where the disk overwrites"
    )

    def __init__(self, path: Path, disk: Disk = steps.DISK) -> None:
        """Name the file; nothing is done to it yet."""
        self._path = path
        self._old = path.with_name(f".{path.name}.old")
        self._leftovers = (self._old, steps.fresh_name(path))
        self._disk = disk

    @property
    def without(self) -> str:
        """What it means when there is no key."""
        return f"{self._path} has none, or is missing"

    def read(self) -> tuple[bytes, ...]:
        """Return the keys.

        Raises:
            KeyLostError: The file is there and cannot be read, or is damaged.
        """
        try:
            with self._path.open("rb") as file:
                record = file.read(_LONGEST)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise KeyLostError(
                f"{self._path}: the wrapping key cannot be read: {error.strerror}; run as the user who owns it"
            ) from error
        try:
            return unpack(self._opened(record))
        except KeyLostError as error:
            raise KeyLostError(f"{self._path}: {error}; nobody's key can be unwrapped without it") from error

    def write(self, keys: Sequence[bytes]) -> None:
        """Keep these keys; the file's old content is overwritten where it stood.

        Raises:
            KeyLostError: They cannot be written; the file is as before.
        """
        record = self._closed(pack(keys))
        try:
            steps.make_folder(self._path)
            self._sweep()
            if self._path.exists():
                self._disk.link(self._path, self._old)
            steps.replace(self._disk, self._path, record)
            self._sweep()
        except OSError as error:
            with suppress(OSError):
                self._sweep(self._leftovers[1:])  # the old one may still be what a power cut brings back
            raise KeyLostError(
                f"{self._path}: the wrapping key cannot be written: {error.strerror}; check who owns its folder, and "
                f"whether the disk is full or mounted read-only"
            ) from error

    @property
    def untidy(self) -> bool:
        """Whether a crash left a file of older keys."""
        return any(path.exists() for path in self._leftovers)

    def _sweep(self, leftovers: Sequence[Path] = ()) -> None:
        """Overwrite and remove what is not the file any more; the file itself may bear the old name, too."""
        found = [path for path in leftovers or self._leftovers if path.exists()]
        if found:
            self._disk.sync_folder(self._path.parent)  # what is overwritten below must not get its name back
        for path in found:
            if not (self._path.exists() and path.samefile(self._path)):
                with steps.opened(self._disk, path, os.O_WRONLY) as descriptor:
                    self._disk.write(descriptor, os.urandom(path.stat().st_size))
                    self._disk.sync(descriptor)
            self._disk.remove(path)
            self._disk.sync_folder(path.parent)

    def _closed(self, record: bytes) -> bytes:
        return record

    def _opened(self, content: bytes) -> bytes:
        return content


class SealedKeyFile(KeyFile):
    """The same, sealed under a secret that is kept elsewhere: a systemd credential."""

    name = "credential"
    strength = (
        "fair: the file of keys is sealed under a secret that systemd hands to this service alone, best one that is "
        "bound to the TPM (systemd-creds encrypt --with-key=host+tpm2): a stolen card shows nobody's face. The secret "
        "itself stays the same, so an old copy of the file opens for whoever has both: erasure rests on overwriting"
    )

    def __init__(self, path: Path, secret: bytes, disk: Disk = steps.DISK) -> None:
        """Name the file, and give the secret: any bytes, at least 128 bits of them unknown to others."""
        super().__init__(path, disk)
        self._key = hashlib.blake2b(secret, digest_size=32, person=b"wrapping seal").digest()

    def _closed(self, record: bytes) -> bytes:
        return seal(self._key, record, _ABOUT)

    def _opened(self, content: bytes) -> bytes:
        try:
            return unseal(self._key, content, _ABOUT)
        except SealError as error:
            kind = 'is the unsealed file of holder = "file"' if len(content) == RECORD_BYTES else "does not open"
            raise KeyLostError(f"{kind} with the credential that this service was given") from error
