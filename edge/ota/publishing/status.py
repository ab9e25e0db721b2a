"""What a repository says of itself: what is published, who may sign, what expires when, what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from tuf.api.metadata import Root, Snapshot, Targets, Timestamp

from edge.ota.manifest import bundle_custom, set_custom
from edge.ota.publishing import keys
from edge.ota.publishing.change import ROOT, TARGETS, Missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuf.api.metadata import Metadata, TargetFile

    from edge.ota.publishing.change import Change
    from edge.ota.publishing.repository import Served

SOON_DAYS = 30


class RoleReport(Struct, frozen=True):
    """One TUF role.

    Attributes:
        role: Its name.
        version: That is served.
        expires: Until when it is believed, ISO 8601.
        days_left: Until then, rounded down; below 0 when terminals refuse it.
        threshold: How many keys have to sign.
        keys: Who may sign.
    """

    role: str
    version: int
    expires: str
    days_left: int
    threshold: int
    keys: tuple[str, ...]


class SetReport(Struct, frozen=True):
    """One set that is published.

    Attributes:
        path: Its target.
        name: What people call it.
        serial: Its serial.
        percent: Of the devices that it is for.
        halted: Whether nobody else begins with it.
        withdrawn: Whether who runs it goes back.
        minimum_firmware: The least version of the software that can run it.
        accepted_worse: Why an embedder was released that is not known to be no worse; empty if it is known.
    """

    path: str
    name: str
    serial: int
    percent: float
    halted: bool
    withdrawn: bool
    minimum_firmware: str
    accepted_worse: str


class BundleReport(Struct, frozen=True):
    """One bundle that is published.

    Attributes:
        path: Its target.
        name: Name and version.
        role: What it is for.
        board: On which kind of machine.
        bytes: Of its archive.
    """

    path: str
    name: str
    role: str
    board: str
    bytes: int


class RepositoryReport(Struct, frozen=True):
    """`edge ota repo status --json`.

    Attributes:
        folder: Of the repository.
        root: The newest root metadata, which terminals are provisioned with.
        roles: All that sign.
        sets: All that are published.
        bundles: All that sets may name.
        waiting: New versions that are not published, and what they lack; 0 needed where only a publication is lacking.
    """

    folder: str
    root: str
    roles: tuple[RoleReport, ...]
    sets: tuple[SetReport, ...]
    bundles: tuple[BundleReport, ...]
    waiting: tuple[Missing, ...]


def report(folder: str, served: Served | None, change: Change) -> RepositoryReport:
    """Return what a repository says of itself."""
    root = ""
    roles: tuple[RoleReport, ...] = ()
    targets: tuple[TargetFile, ...] = ()
    if served is not None:
        root = f"{folder}/metadata/{served.root.signed.version}.root.json"
        roles = tuple(_roles(served, change))
        targets = tuple(info for made in served.targets.values() for info in made.signed.targets.values())
    return RepositoryReport(
        folder=folder,
        root=root,
        roles=roles,
        sets=tuple(_set(info) for info in targets if info.path.startswith("sets/")),
        bundles=tuple(_bundle(info) for info in targets if info.path.startswith("bundles/")),
        waiting=_waiting(change),
    )


def told(metadata: Metadata[Any]) -> tuple[str, ...]:
    """Return what metadata say, in sentences, for whoever is to sign them."""
    signed = metadata.signed
    lines = [f"{signed.type} metadata, version {signed.version}, believed until {signed.expires:%Y-%m-%d}"]
    if isinstance(signed, Root):
        for role, who in signed.roles.items():
            named = ", ".join(sorted(keys.name(signed.get_key(keyid)) for keyid in who.keyids))
            lines.append(f"{role}: {who.threshold} of {named}")
    if isinstance(signed, Targets):
        for info in signed.targets.values():
            one = _set(info) if info.path.startswith("sets/") else _bundle(info)
            lines.append(
                one.path + ": " + (f"set {said(one)}" if isinstance(one, SetReport) else f"{one.bytes:,} bytes")
            )
        if signed.delegations is not None:
            for role, delegated in (signed.delegations.roles or {}).items():
                named = ", ".join(sorted(keys.name(signed.get_key(keyid)) for keyid in delegated.keyids))
                lines.append(f"{role} ({', '.join(delegated.paths or ())}): {delegated.threshold} of {named}")
    return tuple(lines)


def said(one: SetReport, *more: str) -> str:
    """Return what there is to say of a set for people, with more between how far it goes and what was accepted."""
    state = "withdrawn" if one.withdrawn else "halted" if one.halted else f"to {one.percent:g} %"
    worse = f"; accepted though it may be worse: {one.accepted_worse}" if one.accepted_worse else ""
    return ", ".join((one.name, f"serial {one.serial}", state, *more)) + worse


def _roles(served: Served, change: Change) -> Iterator[RoleReport]:
    root, top = served.root.signed, served.targets[TARGETS].signed
    made: dict[str, Metadata[Any]] = {
        ROOT: served.root,
        TARGETS: served.targets[TARGETS],
        Snapshot.type: served.snapshot,
        Timestamp.type: served.timestamp,
        **{role: one for role, one in served.targets.items() if role != TARGETS},
    }
    for role, one in made.items():
        delegator: Root | Targets = root if role in root.roles else top
        who = delegator.get_delegated_role(role)
        expires = one.signed.expires
        yield RoleReport(
            role=role,
            version=one.signed.version,
            expires=expires.isoformat(),
            days_left=(expires - change.now).days,
            threshold=who.threshold,
            keys=tuple(sorted(keys.name(delegator.get_key(keyid)) for keyid in who.keyids)),
        )


def _set(info: TargetFile) -> SetReport:
    said = set_custom(info.custom, info.path)
    rollout = said.rollout
    return SetReport(
        path=info.path,
        name=said.name,
        serial=said.serial,
        percent=rollout.percent,
        halted=rollout.halted,
        withdrawn=rollout.withdrawn,
        minimum_firmware=said.minimum_firmware,
        accepted_worse=said.accepted_worse,
    )


def _bundle(info: TargetFile) -> BundleReport:
    said = bundle_custom(info.custom, info.path)
    return BundleReport(info.path, said.name, said.role, said.board, info.length)


def _waiting(change: Change) -> tuple[Missing, ...]:
    lacking = {lack.role: lack for lack in change.missing()}
    return tuple(
        lacking.get(role) or Missing(role, new.signed.version, 0, (), ()) for role, new in change.pending.items()
    )
