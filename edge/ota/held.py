"""What the metadata say that a terminal holds: until when they are believed, and whose keys count; nobody is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import TOP_LEVEL_ROLE_NAMES, Metadata, Root, Snapshot

from edge.errors import OtaError
from edge.link.messages import plain

if TYPE_CHECKING:
    from collections.abc import Callable

_DIGITS = 12


def expiries(root: bytes, read: Callable[[str], bytes | None]) -> dict[str, float]:
    """Return when each role's metadata expire, seconds since the epoch: root's, and of the others those that are held.

    Args:
        root: The newest root metadata, which are trusted.
        read: Gives a file by its name, such as "snapshot.json"; None when there is none. It is believed as it is.

    Raises:
        OtaError: One cannot be read.
    """
    until = {"root": _loaded("root.json", root).signed.expires.timestamp()}
    names = ["timestamp.json", "snapshot.json"]
    while names:
        name = names.pop()
        if (raw := read(name)) is None:
            continue
        signed = _loaded(name, raw).signed
        until[plain(name.removesuffix(".json"))] = signed.expires.timestamp()
        if name == "snapshot.json" and isinstance(signed, Snapshot):
            names += [other for other in signed.meta if "/" not in other]
    return until


def rotation(before: bytes, after: bytes) -> str:
    """Say for people what a newer root changes: for which roles which keys count from now on.

    Args:
        before: The root metadata before,
        after: and those that they lead to; both are trusted.

    Raises:
        OtaError: They are no root metadata.
    """
    was, now = _root(before), _root(after)
    found = []
    for role in sorted(TOP_LEVEL_ROLE_NAMES):
        old, new = was.roles[role], now.roles[role]
        if (set(old.keyids), old.threshold) != (set(new.keyids), new.threshold):
            keys = ", ".join(one[:_DIGITS] for one in sorted(new.keyids))
            found.append(f"{role} is signed by {new.threshold} of {keys}")
    said = "; ".join(found) or "the same keys"
    return plain(f"root {now.version} of the repository of models, until {now.expires:%Y-%m-%d}: {said}")


def _root(raw: bytes) -> Root:
    signed = _loaded("root.json", raw).signed
    if not isinstance(signed, Root):
        raise OtaError(f"root.json: these are {signed.type} metadata")
    return signed


def _loaded(name: str, raw: bytes) -> Metadata[Any]:
    try:
        return Metadata[Any].from_bytes(raw)
    except (RepositoryError, ValueError, RecursionError) as error:
        raise OtaError(plain(f"{name}: cannot be read: {error}")) from error
