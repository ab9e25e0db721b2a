"""Opens people stores for tests, with their keys and their revocations beside them, as the programs do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from edge.keys.key_file import KeyFile
from edge.people.database import wording
from edge.people.keyring import Keyring
from edge.people.opening import guard
from edge.people.records import Consent, NewPerson
from edge.people.revoked import Revocations
from edge.people.store import Store
from edge.values import PersonId

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AGREED = Consent("2026-1", 1e9, "officer")


def keys(store: Path) -> Keyring:
    """Open the keys beside a store."""
    return Keyring(store.with_name("people.keys"), KeyFile(store.parent / "keys" / "wrapping.key"))


def revoked(store: Path) -> Revocations:
    """Open the list of the removed beside a store."""
    return Revocations(store.with_name("people.revoked"))


def vault(path: Path, *, create: bool = False, wait_s: float = 5.0, clock: Callable[[], float] = time.time) -> Store:
    """Open a people store with the keys and the revocations beside it."""
    with wording(path, "opened"):
        if create:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        else:
            guard(path)
    return Store(path, keys(path), revoked(path), create=create, wait_s=wait_s, clock=clock)


def agreed(
    person: str,
    name: str,
    groups: tuple[str, ...] = (),
    valid_from: float | None = None,
    valid_until: float | None = None,
) -> NewPerson:
    """Return somebody who consented."""
    return NewPerson(PersonId(person), name, groups, valid_from, valid_until, AGREED)
