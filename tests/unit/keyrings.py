"""Tiny builders for tests about keys."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from edge.errors import KeyLostError, SealError
from edge.keys import unseal
from edge.keys.holder import RECORD_BYTES, pack, unpack
from edge.keys.key_file import KeyFile
from edge.people.keyring import Keyring
from edge.values import Handle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from edge.disk import Disk

HANDLES = tuple(Handle(f"{number:032x}") for number in range(1, 7))


class MemoryHolder:
    """Keeps the wrapping keys in memory, and fails when it is told to, before or after it has done its work."""

    name = "memory"
    strength = "none: it is for tests"
    without = "it was told none"
    untidy = False

    def __init__(self) -> None:
        self.kept: tuple[bytes, ...] = ()
        self.ever: set[bytes] = set()
        self.fail_before = self.fail_after = 0

    def read(self) -> tuple[bytes, ...]:
        return self.kept

    def write(self, keys: Sequence[bytes]) -> None:
        self.fail_before -= 1
        self.fail_after -= 1
        if self.fail_before == 0:
            raise KeyLostError("the holder is out of order")
        self.kept = unpack(pack(keys))
        self.ever |= set(keys)
        if self.fail_after == 0:
            raise KeyLostError("the holder broke right after")


def ring(folder: Path, disk: Disk | None = None) -> Keyring:
    """Open a folder's keyring with a key file."""
    if disk is None:
        return Keyring(folder / "people.keys", KeyFile(folder / "wrapping.key"))
    return Keyring(folder / "people.keys", KeyFile(folder / "wrapping.key", disk), disk)


def wrapping_keys(folder: Path) -> set[bytes]:
    """Return every wrapping key that any file of a folder still holds in plain sight."""
    found: set[bytes] = set()
    for path in folder.iterdir():
        content = path.read_bytes()
        if len(content) == RECORD_BYTES:
            with suppress(KeyLostError):
                found.update(unpack(content))
    return found


def readable(contents: Iterable[bytes], keys: Iterable[bytes]) -> set[Handle]:
    """Return whose keys somebody can read who has these wrapping keys and every block that was ever written."""
    wrapping = tuple(keys)
    found: set[Handle] = set()
    for line in (line for content in contents for line in content.split(b"\n")):
        with suppress(msgspec.DecodeError, msgspec.ValidationError):
            row = msgspec.json.decode(line.split(b":", 2)[-1], type=dict[str, str])
            sealed = msgspec.convert(row.get("key", ""), bytes)
            for key in wrapping:
                with suppress(SealError):
                    unseal(key, sealed, b"key of " + row["handle"].encode())
                    found.add(Handle(row["handle"]))
    return found
