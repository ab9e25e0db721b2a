"""A repository at work: reads what is served, changes it, and publishes once every signature is there.

A client sees the old state or the new one: first the new versions, which nobody asks for yet, then `timestamp.json`.
Root is the exception, for clients ask for its next version by themselves; it goes where neither side is left with keys
that do not fit, as far as the outgoing keys are here to sign, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Timestamp

from edge.errors import OtaError
from edge.ota.publishing import keys
from edge.ota.publishing.change import ROOT, TARGETS, Change, Missing, signed_by
from edge.ota.publishing.files import PUBLIC, TIMESTAMP, Files
from edge.ota.publishing.settings import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from securesystemslib.signer import Signer
    from tuf.api.metadata import Targets

    from edge.disk import Disk

ONLINE = (Snapshot.type, Timestamp.type)


class Outcome(Struct, frozen=True):
    """What came of a change.

    Attributes:
        published: Whether terminals see it.
        roles: Which roles have a new version, published or waiting.
        missing: What keeps it from being published.
    """

    published: bool
    roles: tuple[str, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """What is served.

    Attributes:
        root: The newest.
        timestamp: What names the snapshot.
        snapshot: What names the versions of all targets metadata.
        targets: These, by role.
    """

    root: Metadata[Root]
    timestamp: Metadata[Timestamp]
    snapshot: Metadata[Snapshot]
    targets: dict[str, Metadata[Targets]]


class Repository:
    """A repository and those keys that are here.

    Attributes:
        files: Its files.
    """

    def __init__(
        self, folder: Path, now: Callable[[], datetime], signers: Sequence[Signer] = (), disk: Disk = PUBLIC
    ) -> None:
        """Name the folder; nothing is read yet."""
        self.files = Files(folder, disk)
        self._now = now
        self._signers = tuple(signers)

    def look(self) -> tuple[Served | None, Change]:
        """Return what is served, and what waits.

        Raises:
            OtaError: The repository is damaged, or somebody changed it who may not.
        """
        served = self._served()
        root = None if served is None else served.root
        targets = {} if served is None else served.targets
        pending = {
            role: new
            for role, new in self.files.pending().items()
            if new.signed.version > _version(root if role == ROOT else targets.get(role))
        }
        return served, Change(
            root=root,
            served=targets,
            pending=pending,
            settings=parse(_settings(self.files), str(self.files.settings)),
            now=self._now(),
            content=self.files.target,
            earlier=lambda role, version: cast("Targets", self.files.served(f"{version}.{role}.json").signed),
        )

    def apply(self, step: Callable[[Change], None], *, renew: bool = False) -> Outcome:
        """Change the repository, sign with the keys that are here, and publish if nothing is missing.

        Args:
            step: Makes the change; what it raises leaves everything as it was.
            renew: Publish a new timestamp even if nothing else is new.

        Raises:
            OtaError: The change is refused, the repository is damaged, or it cannot be written.
        """
        with self.files.alone():
            served, change = self.look()
            step(change)
            left = change.unsigned()
            if left:
                raise OtaError(f"{', '.join(left)}: signed by keys that may no longer sign; `edge ota repo rotate` it")
            change.sign(self._signers)
            for path, content in change.files.items():
                self.files.add_target(path, content)
            for role in self.files.pending().keys() - change.pending.keys():
                self.files.done(role)  # published before, and cut short
            for role in _inner_first(change.pending):
                self.files.wait(role, change.pending[role].to_bytes())
            roles = tuple(change.pending)
            missing = change.missing()
            if missing or not (roles or renew):
                return Outcome(published=False, roles=roles, missing=missing)
            return self._publish(served, change)

    def _publish(self, served: Served | None, change: Change) -> Outcome:
        root = change.see_root()
        new = {role: made.to_bytes() for role, made in change.pending.items() if role != ROOT}
        snapshot = self._snapshot(served, change, new)
        timestamp = self._timestamp(served, change, snapshot)
        online: dict[str, Metadata[Any]] = {Snapshot.type: snapshot, Timestamp.type: timestamp}
        lacking = tuple(lack for role, made in online.items() if (lack := _lack(root, role, made)) is not None)
        if lacking:
            return Outcome(published=False, roles=tuple(change.pending), missing=lacking)
        body = [(f"{change.pending[role].signed.version}.{role}.json", content) for role, content in new.items()]
        body.append((f"{snapshot.signed.version}.{Snapshot.type}.json", snapshot.to_bytes()))
        body.append((TIMESTAMP, timestamp.to_bytes()))
        self.files.serve(_ordered(change, served, online, body))
        for role in change.pending:
            self.files.done(role)
        return Outcome(published=True, roles=(*change.pending, *online), missing=())

    def _snapshot(self, served: Served | None, change: Change, new: dict[str, bytes]) -> Metadata[Snapshot]:
        days = timedelta(days=change.settings.days.of(Snapshot.type))
        if served is None:
            made = Metadata(Snapshot(meta={}))
        elif new or served.snapshot.signed.expires < change.now + days / 2 or not _holds(change, served.snapshot):
            old = served.snapshot.signed
            made = Metadata(Snapshot(version=old.version + 1, meta=dict(old.meta)))
        else:
            return served.snapshot
        for role, content in new.items():
            version = change.pending[role].signed.version
            made.signed.meta[f"{role}.json"] = MetaFile.from_data(version, content, ["sha256"])
        made.signed.expires = change.expiry(Snapshot.type)
        self._sign_online(change, made)
        return made

    def _timestamp(self, served: Served | None, change: Change, snapshot: Metadata[Snapshot]) -> Metadata[Timestamp]:
        version = 1 if served is None else served.timestamp.signed.version + 1
        meta = MetaFile.from_data(snapshot.signed.version, snapshot.to_bytes(), ["sha256"])
        made = Metadata(Timestamp(version=version, snapshot_meta=meta, expires=change.expiry(Timestamp.type)))
        self._sign_online(change, made)
        return made

    def _sign_online(self, change: Change, made: Metadata[Any]) -> None:
        """Sign with those keys that are root's, its old version's, too: so clients of either are served."""
        roots = [change.see_root()] if change.root is None else [change.see_root(), change.root.signed]
        allowed = {keyid for root in roots for keyid in root.roles[made.signed.type].keyids}
        for signer in self._signers:
            if signer.public_key.keyid in allowed:
                signed_by(made, signer)

    def _served(self) -> Served | None:
        version = self.files.root_version()
        if not version or not (self.files.metadata / TIMESTAMP).exists():
            return None
        root = self.files.served(f"{version}.root.json")
        timestamp = self.files.served(TIMESTAMP)
        snapshot = self.files.served(f"{timestamp.signed.snapshot_meta.version}.{Snapshot.type}.json")
        targets = {
            name.removesuffix(".json"): self.files.served(f"{meta.version}.{name}")
            for name, meta in snapshot.signed.meta.items()
        }
        found = Served(root, timestamp, snapshot, targets)
        before = self.files.served(f"{version - 1}.root.json") if version > 1 else None
        _check(found, [root.signed] if before is None else [root.signed, before.signed])
        return found


def _check(found: Served, roots: Sequence[Root]) -> None:
    """Refuse what nobody signed: else the next signature of an honest key would be under a stranger's words.

    Root's last version counts, too: a publication that was cut short has the new root beside the old rest.
    """
    top: dict[str, Metadata[Any]] = {
        Timestamp.type: found.timestamp,
        Snapshot.type: found.snapshot,
        TARGETS: found.targets[TARGETS],
    }
    for role, made in top.items():
        if not any(_vouched(root, role, made) for root in roots):
            raise OtaError(f"{role}: the served metadata are not signed by who may; put back what was published")
    delegator = found.targets[TARGETS].signed
    for role, one in found.targets.items():
        if role != TARGETS and not _vouched(delegator, role, one):
            raise OtaError(f"{role}: the served metadata are not signed by who may; put back what was published")


def _ordered(
    change: Change,
    served: Served | None,
    online: dict[str, Metadata[Any]],
    body: list[tuple[str, bytes]],
) -> Iterator[tuple[str, bytes]]:
    """Return what is written, in order.

    A new root goes first where what is served so far holds under it, else last where what is new holds under the old
    one; where neither does, as with a stolen key, clients that come in between refuse both and come again.
    """
    new = change.pending.get(ROOT)
    if new is None:
        yield from body
        return
    piece = (f"{new.signed.version}.{ROOT}.json", new.to_bytes())
    last = False
    if served is not None:
        old: dict[str, Metadata[Any]] = {
            Timestamp.type: served.timestamp,
            Snapshot.type: served.snapshot,
            TARGETS: served.targets[TARGETS],
        }
        fresh = online | {TARGETS: change.pending.get(TARGETS, served.targets[TARGETS])}
        first = all(_vouched(cast("Root", new.signed), role, made) for role, made in old.items())
        last = not first and all(_vouched(served.root.signed, role, made) for role, made in fresh.items())
    yield from (*body, piece) if last else (piece, *body)


def _inner_first(roles: Iterable[str]) -> list[str]:
    """Return roles in an order in which a part of them is no harm: who may sign is said after what was signed."""
    return sorted(roles, key=lambda role: (role == ROOT, role == TARGETS))


def _vouched(delegator: Root | Targets, role: str, made: Metadata[Any]) -> bool:
    return delegator.get_verification_result(role, made.signed_bytes, made.signatures).verified


def _holds(change: Change, snapshot: Metadata[Snapshot]) -> bool:
    return _vouched(change.see_root(), Snapshot.type, snapshot)


def _lack(root: Root, role: str, made: Metadata[Any]) -> Missing | None:
    found = root.get_verification_result(role, made.signed_bytes, made.signatures)
    if found.verified:
        return None
    signed, may = (tuple(sorted(map(keys.name, some.values()))) for some in (found.signed, found.unsigned))
    return Missing(role, made.signed.version, found.missing, signed, may)


def _version(metadata: Metadata[Any] | None) -> int:
    return 0 if metadata is None else metadata.signed.version


def _settings(files: Files) -> bytes:
    try:
        return files.settings.read_bytes()
    except OSError as error:
        raise OtaError(
            f"{files.folder}: there is no repository here: publisher.toml cannot be read: {error.strerror}; "
            "`edge ota repo init` makes one"
        ) from error
