"""Metadata files that prove a target by themselves, from a provisioned root on, at whatever time.

This is what remains of an update once it is installed: no server is asked, and nothing expires. Who signed what, and
which delegation reaches which path, is python-tuf's own judgement (`verify_delegate`, `get_roles_for_target`); the
order in which delegations are asked is that of the TUF specification, 5.6.7, as its client keeps it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from edge.errors import OtaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_DELEGATIONS = 16
_Kind = TypeVar("_Kind", Root, Timestamp, Snapshot, Targets)


class Chain:
    """Verified metadata, loaded as a target asks for them.

    Attributes:
        used: Every file that was read, by its name: all that a proof needs.
    """

    def __init__(self, root: bytes, read: Callable[[str], bytes | None]) -> None:
        """Verify the way from a trusted root to the top-level targets.

        Args:
            root: The root metadata that are trusted without proof.
            read: Gives a file by its name, such as "2.root.json" or "targets.json"; None when there is none.

        Raises:
            OtaError: It does not hold together; the message names the file.
        """
        self.used: dict[str, bytes] = {}
        self._read = read
        self._root = self._newest_root(root)
        timestamp = self._signed("timestamp", Timestamp, self._root)
        self._snapshot = self._signed("snapshot", Snapshot, self._root, timestamp.snapshot_meta)
        self._targets = {"targets": self._named("targets", self._root)}

    def find(self, path: str) -> TargetFile | None:
        """Return what was signed about a target by the first role that may and does; None when none does.

        Raises:
            OtaError: A role on the way is not proven.
        """
        visited: set[str] = set()
        waiting: list[tuple[str, Root | Targets]] = [("targets", self._root)]
        while waiting and len(visited) <= _DELEGATIONS:
            name, delegator = waiting.pop()
            if name in visited:
                continue
            visited.add(name)
            role = self._targets.setdefault(name, self._named(name, delegator))
            if path in role.targets:
                return role.targets[path]
            further: list[tuple[str, Root | Targets]] = []
            for child, terminating in role.delegations.get_roles_for_target(path) if role.delegations else ():
                further.append((child, role))
                if terminating:
                    waiting.clear()
                    break
            waiting.extend(reversed(further))
        return None

    def _newest_root(self, raw: bytes) -> Root:
        """Follow the rotations, each signed by the one before and by itself."""
        root = _loaded("the provisioned root.json", raw, Root)
        _verified("the provisioned root.json", root, root.signed, "root")
        newest = root.signed
        while (raw_next := self._read(name := f"{newest.version + 1}.root.json")) is not None:
            newest = _next_root(name, raw_next, newest)
            self.used[name] = raw_next
        return newest

    def _named(self, role: str, delegator: Root | Targets) -> Targets:
        meta = self._snapshot.meta.get(f"{role}.json")
        if meta is None:
            raise OtaError(f"snapshot.json: it does not name {role}, so that nothing of it is proven")
        return self._signed(role, Targets, delegator, meta)

    def _signed(self, role: str, kind: type[_Kind], delegator: Root | Targets, meta: MetaFile | None = None) -> _Kind:
        name = f"{quote(role, '')}.json"
        raw = self._read(name)
        if raw is None:
            raise OtaError(f"{name}: this file of the proof is missing")
        found = _loaded(name, raw, kind)
        _verified(name, found, delegator, role)
        if meta is not None:
            try:
                meta.verify_length_and_hashes(raw)
            except RepositoryError as error:
                raise OtaError(f"{name}: it is not the one that was signed with the others: {error}") from error
            if meta.version != found.signed.version:
                raise OtaError(f"{name}: version {found.signed.version}, and {meta.version} was signed with the others")
        self.used[name] = raw
        return found.signed


def followed(root: bytes, read: Callable[[str], Iterable[bytes]]) -> tuple[bytes, dict[str, bytes]]:
    """Return the newest root that a trusted one leads to, and the roots on the way by their names.

    Args:
        root: The root metadata that are trusted without proof.
        read: Gives what may be the next root, by its name; of these the first counts that is signed by those who may.

    Raises:
        OtaError: The trusted ones are none.
    """
    newest, way = root, dict[str, bytes]()
    now = _loaded("the provisioned root.json", root, Root).signed
    while True:
        name = f"{now.version + 1}.root.json"
        for raw in read(name):
            try:
                now = _next_root(name, raw, now)
            except OtaError:
                continue
            newest = way[name] = raw
            break
        else:
            return newest, way


def _next_root(name: str, raw: bytes, now: Root) -> Root:
    """Return the next root, signed by the one before and by itself."""
    following = _loaded(name, raw, Root)
    _verified(name, following, now, "root")
    _verified(name, following, following.signed, "root")
    if following.signed.version != now.version + 1:
        raise OtaError(f"{name}: this is root version {following.signed.version}; it proves nothing")
    return following.signed


def _loaded(name: str, raw: bytes, kind: type[_Kind]) -> Metadata[_Kind]:
    try:
        found: Metadata[_Kind] = Metadata[_Kind].from_bytes(raw)
    except (RepositoryError, RecursionError) as error:
        raise OtaError(f"{name}: not a metadata file: {error}") from error
    if not isinstance(found.signed, kind):
        raise OtaError(f"{name}: these are {found.signed.type} metadata, not {kind.__name__.lower()}")
    return found


def _verified(name: str, found: Metadata[_Kind], delegator: Root | Targets, role: str) -> None:
    try:
        delegator.verify_delegate(role, found.signed_bytes, found.signatures)
    except (RepositoryError, ValueError) as error:
        raise OtaError(f"{name}: not signed by those who may: {error}") from error
