"""When the metadata expire that a terminal holds; no server is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Snapshot

from edge.errors import OtaError
from edge.link.messages import plain

if TYPE_CHECKING:
    from collections.abc import Callable


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


def _loaded(name: str, raw: bytes) -> Metadata[Snapshot]:
    try:
        return Metadata[Snapshot].from_bytes(raw)
    except (RepositoryError, ValueError, RecursionError) as error:
        raise OtaError(plain(f"{name}: cannot be read: {error}")) from error
