"""Signatures one at a time: a file of metadata is carried to who holds a key, signed there, and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from tuf.api.metadata import Metadata
from tuf.api.serialization import DeserializationError

from edge import disk as steps
from edge.errors import OtaError
from edge.ota.publishing import keys
from edge.ota.publishing.change import signed_by
from edge.ota.publishing.files import PUBLIC
from edge.ota.publishing.status import told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from securesystemslib.signer import Signer

    from edge.disk import Disk


class Signing(Struct, frozen=True):
    """What was signed.

    Attributes:
        file: The metadata.
        says: What they say, in sentences: what a signature stands for.
        added: The keys whose signatures were added, by name or id.
        signatures: How many there are now, whoever made them; which of them count is judged when it is published.
    """

    file: str
    says: tuple[str, ...]
    added: tuple[str, ...]
    signatures: int


def look(file: Path) -> tuple[str, ...]:
    """Return what metadata say, for whoever is to sign them.

    Raises:
        OtaError: They are none.
    """
    return told(_read(file))


def sign(file: Path, signers: Sequence[Signer], copies: Sequence[Path], disk: Disk = PUBLIC) -> Signing:
    """Add signatures to metadata.

    Args:
        file: The metadata; replaced in one step.
        signers: Who signs now.
        copies: Copies of the same metadata, which were signed elsewhere.
        disk: What writes.

    Raises:
        OtaError: These are no metadata, a copy is of others, a key does not sign, or the file cannot be written.
    """
    metadata = _read(file)
    before = set(metadata.signatures)
    added = []
    for path in copies:
        copy = _read(path)
        if copy.signed_bytes != metadata.signed_bytes:
            raise OtaError(f"{path}: signatures of other metadata than {file}; nothing was taken from it")
        new = {keyid: one for keyid, one in copy.signatures.items() if keyid not in metadata.signatures}
        metadata.signatures.update(new)
        added += [keyid[:8] for keyid in new]
    for signer in signers:
        if signer.public_key.keyid not in before:
            added.append(keys.name(signer.public_key))
        signed_by(metadata, signer)
    try:
        steps.replace(disk, file, metadata.to_bytes())
    except OSError as error:
        raise OtaError(f"{file}: cannot be written: {error.strerror}; check the disk and who owns it") from error
    return Signing(str(file), told(metadata), tuple(added), len(metadata.signatures))


def _read(path: Path) -> Metadata[Any]:
    try:
        return Metadata.from_bytes(path.read_bytes())
    except OSError as error:
        raise OtaError(f"{path}: cannot be read: {error.strerror}; name a file of waiting/") from error
    except DeserializationError as error:
        raise OtaError(
            f"{path}: these are no TUF metadata that wait for signatures; carry the file from waiting/ again"
        ) from error
