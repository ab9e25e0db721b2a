"""What proves an installed set without any server: its own metadata, from the provisioned root on (S8).

Everything that would run is hashed here, byte for byte as it was signed: each bundle is packed again as its archive,
for an archive is the same bytes for the same bundle. No time is asked: what was installed does not expire.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tuf.api.exceptions import RepositoryError

from edge.errors import OtaError
from edge.ota.archive import pack
from edge.ota.chain import Chain
from edge.ota.manifest import bundle_custom, parse_set
from edge.vision.manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tuf.api.metadata import TargetFile

    from edge.ota.manifest import BundleRef, SetFile
    from edge.vision.manifest import Role

SET = "set.toml"
PROOF = "proof"
TARGET = "target"
"""In the proof: under which path the set was published."""

_LONGEST = 1024 * 1024


def proven(slot: Path, root: bytes) -> dict[Role, str]:
    """Return the manifest's sha256 of each bundle of an installed set, all of them signed and unchanged.

    Args:
        slot: The folder of the set.
        root: The provisioned root metadata, or a later root of the same repository.

    Raises:
        OtaError: The set is damaged or incomplete, or is not what was signed; the message says which file.
    """
    folder = slot / PROOF
    target = _read(folder / TARGET).decode(errors="replace").strip()
    chain = Chain(root, lambda name: _read(folder / name) if (folder / name).exists() else None)
    raw = _read(slot / SET)
    _same(chain.find(target), raw, f"{slot / SET}", target)
    return {
        role: _bundle(chain, slot / role, role, ref) for role, ref in parse_set(raw, f"{slot / SET}").bundles().items()
    }


def files(chain: Chain, found: SetFile, target: str) -> Mapping[str, bytes]:
    """Return the files of a set's proof by name: no more than what proves it.

    Raises:
        OtaError: It is not proven.
    """
    for path in (target, *(ref.target for ref in found.bundles().values())):
        if chain.find(path) is None:
            raise OtaError(f"{path}: nobody who may signed this target")
    return {**chain.used, TARGET: f"{target}\n".encode()}


def _bundle(chain: Chain, folder: Path, role: Role, ref: BundleRef) -> str:
    try:
        packed = pack(folder)
        manifest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    except OSError as error:
        raise OtaError(f"{folder}: cannot be read: {error.strerror}; the set is not complete") from error
    info = chain.find(ref.target)
    _same(info, packed, f"{folder}", ref.target)
    if hashlib.sha256(packed).hexdigest() != ref.sha256 or manifest != ref.manifest_sha256:
        raise OtaError(f"{folder}: this is not the bundle that the set names")
    if info is not None and bundle_custom(info.custom, ref.target).role != role:
        raise OtaError(f"{folder}: {ref.target} was signed for another role than {role}")
    return manifest


def _same(info: TargetFile | None, raw: bytes, where: str, target: str) -> None:
    if info is None:
        raise OtaError(f"{where}: nobody who may signed {target!r}")
    try:
        info.verify_length_and_hashes(raw)
    except RepositoryError as error:
        raise OtaError(f"{where}: not what was signed as {target}: {error}") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST + 1)
    except OSError as error:
        raise OtaError(f"{path}: cannot be read: {error.strerror}; the set is not complete") from error
    if len(raw) > _LONGEST:
        raise OtaError(f"{path}: longer than {_LONGEST} bytes, which no file of a proof is")
    return raw
