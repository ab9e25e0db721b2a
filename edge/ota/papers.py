"""What the publisher signed about a set that lies here, read from the set's own proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import OtaError
from edge.ota.chain import Chain
from edge.ota.gate import Papers
from edge.ota.manifest import SET_LIMIT, bundle_custom, parse_set, set_custom
from edge.ota.proof import PROOF, SET, TARGET, proven

if TYPE_CHECKING:
    from pathlib import Path

    from tuf.api.metadata import TargetFile

_LONGEST = 1024 * 1024


def papers_of(slot: Path, root: bytes) -> Papers:
    """Return what was signed about a set, all of which is proven before a word of it is believed.

    Args:
        slot: The folder of the set.
        root: The provisioned root metadata, or a later root of the same repository.

    Raises:
        OtaError: The set is damaged or incomplete, or is not what was signed.
    """
    proven(slot, root)
    folder = slot / PROOF
    chain = Chain(root, lambda name: _read(folder / name, _LONGEST) if (folder / name).exists() else None)
    target = _read(folder / TARGET, SET_LIMIT).decode(errors="replace").strip()
    signed = set_custom(_found(chain, target).custom, target)
    bundles = parse_set(_read(slot / SET, SET_LIMIT), f"{slot / SET}").bundles()
    return Papers(
        {role: bundle_custom(_found(chain, ref.target).custom, ref.target) for role, ref in bundles.items()},
        signed.minimum_firmware,
    )


def _found(chain: Chain, path: str) -> TargetFile:
    found = chain.find(path)
    if found is None:
        raise OtaError(f"{path}: nobody who may signed this target")
    return found


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise OtaError(f"{path}: cannot be read: {error.strerror}; the set is not complete") from error
