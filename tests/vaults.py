"""Opens people stores for tests, with their keys and their revocations beside them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from edge.errors import KeyLostError
from edge.people.records import Consent, NewPerson
from edge.people.store import Store
from edge.values import Handle, PersonId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

AGREED = Consent("2026-1", 1e9, "officer")


class FileKeys:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: object = None
        self._keys: dict[Handle, bytes] = {}

    def _read(self) -> dict[Handle, bytes]:
        if not self.path.exists():
            return {}
        found = self.path.stat()
        if self._seen != (found.st_ino, found.st_size):
            self._seen = found.st_ino, found.st_size
            rows = (line.split() for line in self.path.read_text().splitlines())
            self._keys = {Handle(handle): bytes.fromhex(key) for handle, key in rows}
        return self._keys

    def key(self, handle: Handle) -> bytes:
        if handle not in self._read():
            raise KeyLostError(f"no key for {handle}")
        return self._read()[handle]

    def add(self, handle: Handle) -> bytes:
        key = os.urandom(32)
        with self.path.open("a") as file:
            file.write(f"{handle} {key.hex()}\n")
        return key

    def destroy(self, handles: Iterable[Handle]) -> None:
        left = {handle: key for handle, key in self._read().items() if handle not in set(handles)}
        fresh = self.path.with_suffix(".new")
        fresh.write_text("".join(f"{handle} {key.hex()}\n" for handle, key in left.items()))
        fresh.replace(self.path)

    def handles(self) -> frozenset[Handle]:
        return frozenset(self._read())


class FileRevoked:
    def __init__(self, path: Path) -> None:
        self.path = path

    def _read(self) -> list[str]:
        return self.path.read_text().split() if self.path.exists() else []

    @property
    def count(self) -> int:
        return len(self._read())

    def add(self, handles: Iterable[Handle]) -> None:
        with self.path.open("a") as file:
            file.writelines(f"{handle}\n" for handle in handles)

    def __contains__(self, handle: object) -> bool:
        return handle in self._read()


def vault(path: Path, *, create: bool = False, wait_s: float = 5.0, clock: Callable[[], float] = time.time) -> Store:
    """Open a people store with the keys and the revocations beside it."""
    keys, revoked = FileKeys(path.parent / "people.keys"), FileRevoked(path.parent / "people.revoked")
    return Store(path, keys, revoked, create=create, wait_s=wait_s, clock=clock)


def agreed(
    person: str,
    name: str,
    groups: tuple[str, ...] = (),
    valid_from: float | None = None,
    valid_until: float | None = None,
) -> NewPerson:
    """Return somebody who consented."""
    return NewPerson(PersonId(person), name, groups, valid_from, valid_until, AGREED)
