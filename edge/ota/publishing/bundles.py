"""Bundles in a repository: each is judged when it comes in, packed, and signed for with what it must do on a device."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from tuf.api.metadata import TargetFile

from edge.errors import ModelError, OtaError
from edge.ota.archive import CARD, MODEL, PARITY, pack, peek
from edge.ota.manifest import ROLES, BundleCustom, BundleRef, bundle_custom, bundle_target, signable
from edge.vision.bundle import load
from edge.vision.manifest import MANIFEST, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.ota.manifest import Board, Gates
    from edge.ota.publishing.change import Change
    from edge.vision.bundle import Bundle
    from edge.vision.manifest import Manifest, Role

ARCHIVE_LIMIT = 64 * 1024 * 1024
"""No archive is longer."""


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundle that is in the repository.

    Attributes:
        ref: How a set names it.
        custom: What is signed about it.
        manifest: What it says of itself.
    """

    ref: BundleRef
    custom: BundleCustom
    manifest: Manifest


def delegated_role(role: Role) -> str:
    """Return the TUF role that signs for the bundles of a model's role."""
    return f"bundles-{role}"


def add(change: Change, folder: Path, board: Board, parity: Callable[[Bundle], bytes]) -> Bundled:
    """Add a bundle; one that is there already stays as it is.

    Args:
        change: To what.
        folder: Of the bundle.
        board: On which kind of machine it runs; "any" for every one.
        parity: Makes the parity set of a bundle that has none.

    Raises:
        OtaError: It is damaged, too large, or another bundle has its name; or the board has no gates.
        ModelError: The model does not run here, where a parity set is to be made.
    """
    bundle = _sound(folder)
    role = bundle.manifest.role
    gates = change.settings.gates_of(board, role)
    _judge_size(bundle, gates)
    there = _of_name(change, role, bundle.name, board)
    if there is not None and there.ref.manifest_sha256 == bundle.manifest_sha256:
        return _said_anew(change, there, gates)
    archive = pack(folder, None if (folder / PARITY).exists() else parity(bundle))
    if len(archive) > ARCHIVE_LIMIT:
        raise OtaError(f"{folder}: {len(archive)} bytes as an archive, and no bundle has more than {ARCHIVE_LIMIT}")
    target = bundle_target(role, board, bundle.name)
    if there is not None:
        raise OtaError(f"{target} is published with other content; give the bundle another version")
    custom = BundleCustom(
        role=role,
        name=bundle.name,
        board=board,
        runtime=change.settings.runtime,
        space=str(bundle.space) if role == "embedder" else "",
        unpacked_bytes=sum(len(peek(archive, name)) for name in _inside(folder)),
        gates=gates,
    )
    info = TargetFile.from_data(target, archive, ["sha256"])
    info.unrecognized_fields["custom"] = signable(custom)
    change.edit(delegated_role(role)).targets[target] = info
    change.files[prefixed(info)] = archive
    return _bundled(change, info)


def named(change: Change, name: str, board: Board) -> Bundled:
    """Return a bundle of the repository by its name: the board's own, or else the one for every board.

    Raises:
        OtaError: There is none.
    """
    for place in dict.fromkeys((board, "any")):
        for role in ROLES:
            found = _of_name(change, role, name, place)
            if found is not None:
                return found
    raise OtaError(f"{name} is neither a folder nor a bundle of this repository for {board}; `edge ota repo status`")


def resolved(change: Change, ref: BundleRef, role: Role) -> Bundled:
    """Return the bundle that a set names, as it is signed for now.

    Raises:
        OtaError: It is not, or not with this content.
    """
    info = change.see(delegated_role(role)).targets.get(ref.target)
    if info is None or info.hashes.get("sha256") != ref.sha256:
        raise OtaError(f"{ref.target}: this repository does not sign for what the set means by it")
    return _bundled(change, info)


def prefixed(info: TargetFile) -> str:
    """Return the path with the hash, under which a target is served."""
    (path,) = info.get_prefixed_paths()
    return path


def contents(change: Change, info: TargetFile) -> bytes:
    """Return the bytes of a target, as signed.

    Raises:
        OtaError: They are missing or damaged.
    """
    path = prefixed(info)
    content = change.files.get(path)
    if content is None:
        content = change.content(path)
    if hashlib.sha256(content).hexdigest() != info.hashes["sha256"]:
        raise OtaError(f"{path}: not what was signed; put the file back")
    return content


def _of_name(change: Change, role: Role, name: str, board: str) -> Bundled | None:
    target = f"bundles/{role}/{board}/{name}.tar"
    info = change.see(delegated_role(role)).targets.get(target)
    return None if info is None else _bundled(change, info)


def _said_anew(change: Change, there: Bundled, gates: Gates) -> Bundled:
    """Sign anew for a bundle that is there, if what it must do was changed since."""
    custom = msgspec.structs.replace(there.custom, runtime=change.settings.runtime, gates=gates)
    if custom == there.custom:
        return there
    info = change.edit(delegated_role(custom.role)).targets[there.ref.target]
    info.unrecognized_fields["custom"] = signable(custom)
    return _bundled(change, info)


def _bundled(change: Change, info: TargetFile) -> Bundled:
    archive = contents(change, info)
    raw = peek(archive, MANIFEST)
    ref = BundleRef(info.path, info.hashes["sha256"], hashlib.sha256(raw).hexdigest(), info.length)
    return Bundled(ref, bundle_custom(info.custom, info.path), parse(raw, info.path))


def _sound(folder: Path) -> Bundle:
    try:
        bundle = load(folder)
    except ModelError as error:
        raise OtaError(str(error)) from error
    if bundle.manifest.file != MODEL:
        raise OtaError(f"{folder}: its model file is {bundle.manifest.file}, and terminals take {MODEL}; build it so")
    return bundle


def _judge_size(bundle: Bundle, gates: Gates) -> None:
    if bundle.manifest.bytes > gates.max_bytes:
        raise OtaError(
            f"{bundle.folder}: the model has {bundle.manifest.bytes:,} bytes, and the gate of its board allows "
            f"{gates.max_bytes:,}; make it smaller, or change publisher.toml"
        )


def _inside(folder: Path) -> Iterator[str]:
    yield from (MANIFEST, MODEL, PARITY)
    if (folder / CARD).exists():
        yield CARD
