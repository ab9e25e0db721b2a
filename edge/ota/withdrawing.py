"""Whether a set's own signers take it back: read from the trusted metadata, whatever anybody else says."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from edge.ota import rollout, trusted
from edge.ota.active import NOBODY
from edge.ota.chain import Chain
from edge.ota.manifest import set_custom

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edge.ota.active import Slot
    from edge.ota.rollout import Device


def withdrawn(
    metadata: Path, root: bytes, device: Device, files: Mapping[Slot, bytes], accepted: int
) -> tuple[Slot, str]:
    """Return which of some sets was taken back, and the reason for people; `NOBODY` for none.

    Args:
        metadata: The folder of the metadata that this terminal trusts.
        root: The root metadata that are trusted: the newest that the provisioned ones lead to.
        device: Who asks.
        files: The sets' files.
        accepted: The highest serial that was accepted here. What was said of an earlier release says nothing any more:
            the same set may have been released again, and old metadata are no newer for being shown again.

    Raises:
        OtaError: The metadata do not hold together.
    """
    chain = Chain(root, lambda name: trusted.read(metadata, name))
    for path in rollout.paths(device):
        info = chain.find(path)
        if info is None:
            continue
        custom = set_custom(info.custom, path)
        if custom.serial < accepted:
            return NOBODY, f"set {custom.name} has serial {custom.serial}, and {accepted} was accepted here since"
        if not custom.rollout.withdrawn:
            return NOBODY, f"set {custom.name} is what is published here, and nobody takes it back"
        for slot, raw in files.items():
            if hashlib.sha256(raw).hexdigest() == info.hashes.get("sha256"):
                return slot, f"set {custom.name} was withdrawn by its publisher"
        return NOBODY, f"set {custom.name} was withdrawn, and is not used here"
    return NOBODY, "nothing that is used here was withdrawn"
