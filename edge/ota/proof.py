"""What proves an installed set without any server: its own metadata, from the provisioned root on (S8).

Everything that would run is hashed here, byte for byte as it was signed: each bundle is packed again as its archive,
for an archive is the same bytes for the same bundle. No time is asked: what was installed does not expire.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuf.api.exceptions import RepositoryError

from edge.errors import OtaError
from edge.ota.archive import pack
from edge.ota.chain import Chain
from edge.ota.manifest import SET_FILE, bundle_custom, parse_set, set_custom
from edge.vision.manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuf.api.metadata import TargetFile

    from edge.ota.manifest import BundleCustom, BundleRef, SetCustom, SetFile
    from edge.vision.manifest import Role

PROOF = "proof"
TARGET = "target"
"""In the proof: under which path the set was published."""

_SETS = "sets/"
_LONGEST = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What was signed about an installed set.

    Attributes:
        target: The path under which it was published.
        content: Its file.
        custom: What its signers say of it.
        bundles: What the bundles' signers say of them.
        manifests: The manifests' sha256.
    """

    target: str
    content: SetFile
    custom: SetCustom
    bundles: Mapping[Role, BundleCustom]
    manifests: Mapping[Role, str]


def proven(slot: Path, root: bytes) -> dict[Role, str]:
    """Return the manifest's sha256 of each bundle of an installed set, all of them signed and unchanged.

    Args:
        slot: The folder of the set.
        root: The provisioned root metadata, or a later root of the same repository.

    Raises:
        OtaError: The set is damaged or incomplete, or is not what was signed; the message says which file.
    """
    return dict(examined(slot, root).manifests)


def examined(slot: Path, root: bytes) -> Proven:
    """Return all that was signed about an installed set; see `proven`.

    Raises:
        OtaError: The set is damaged or incomplete, or is not what was signed; the message says which file.
    """
    folder = slot / PROOF
    target = _read(folder / TARGET).decode(errors="replace").strip()
    chain = Chain(root, lambda name: _read(folder / name) if (folder / name).exists() else None)
    where, raw = f"{slot / SET_FILE}", _read(slot / SET_FILE)
    if not target.startswith(_SETS):  # else who may sign one model could sign which four belong together
        raise OtaError(f"{where}: {target!r} is no path of a set; nobody may sign one there")
    info = _signed(chain, target, raw, where)
    content = parse_set(raw, where)
    bundles: dict[Role, BundleCustom] = {}
    for role, ref in content.bundles().items():
        bundles[role] = _bundle(chain, slot / role, role, ref)
    return Proven(
        target=target,
        content=content,
        custom=set_custom(info.custom, target),
        bundles=bundles,
        manifests={role: ref.manifest_sha256 for role, ref in content.bundles().items()},
    )


def files(chain: Chain, found: SetFile, target: str) -> Mapping[str, bytes]:
    """Return the files of a set's proof by name: no more than what proves it.

    Raises:
        OtaError: It is not proven.
    """
    for path in (target, *(ref.target for ref in found.bundles().values())):
        if chain.find(path) is None:
            raise OtaError(f"{path}: nobody who may signed this target")
    return {**chain.used, TARGET: f"{target}\n".encode()}


def _bundle(chain: Chain, folder: Path, role: Role, ref: BundleRef) -> BundleCustom:
    """Return what was signed about a bundle that is whole, and is the one that the set names."""
    try:
        packed = pack(folder)
        manifest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    except OSError as error:
        raise OtaError(f"{folder}: cannot be read: {error.strerror}; the set is not complete") from error
    custom = bundle_custom(_signed(chain, ref.target, packed, f"{folder}").custom, ref.target)
    if hashlib.sha256(packed).hexdigest() != ref.sha256 or manifest != ref.manifest_sha256:
        raise OtaError(f"{folder}: this is not the bundle that the set names")
    if custom.role != role:
        raise OtaError(f"{folder}: {ref.target} was signed for another role than {role}")
    return custom


def _signed(chain: Chain, target: str, raw: bytes, where: str) -> TargetFile:
    """Return what was signed about a target that is exactly this."""
    info = chain.find(target)
    if info is None:
        raise OtaError(f"{where}: nobody who may signed {target!r}")
    try:
        info.verify_length_and_hashes(raw)
    except RepositoryError as error:
        raise OtaError(f"{where}: not what was signed as {target}: {error}") from error
    return info


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST + 1)
    except OSError as error:
        raise OtaError(f"{path}: cannot be read: {error.strerror}; the set is not complete") from error
    if len(raw) > _LONGEST:
        raise OtaError(f"{path}: longer than {_LONGEST} bytes, which no file of a proof is")
    return raw
