"""The publisher's side at work: a repository with this machine's clock, the keys at hand, and what a release needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edge.config import Config
from edge.errors import OtaError
from edge.ota.publishing import keys, roles, signing, status
from edge.ota.publishing.repository import Repository
from edge.ota.publishing.sets import Makers
from edge.ota.publishing.settings import FIRST
from edge.vision.bundle import find
from edge.vision.factory import load_trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge.ota.publishing.repository import Outcome
    from edge.ota.publishing.roles import Plan
    from edge.ota.publishing.signing import Signing
    from edge.ota.publishing.status import RepositoryReport
    from edge.vision.bundle import Bundle

    Passphrase = Callable[[Path], str]

look = signing.look


def opened(folder: Path, key_files: Sequence[Path] = (), passphrase: Passphrase | None = None) -> Repository:
    """Return a repository with those keys that are here.

    Args:
        folder: Of the repository.
        key_files: Private keys, or the public files of keys in hardware.
        passphrase: Asked for what a file lies under.

    Raises:
        OtaError: A key cannot be used.
        SignatureError: A passphrase is wrong.
    """
    return Repository(folder, _now, _signers(key_files, passphrase))


def begin(repository: Repository, plan: Plan) -> Outcome:
    """Make a new repository.

    Raises:
        OtaError: There is one already, or the plan cannot work.
    """
    files = repository.files
    if not files.settings.exists():
        files.note(FIRST.encode())
    return repository.apply(lambda change: roles.begin(change, plan))


def makers() -> Makers:
    """Return what a release needs of this machine.

    Raises:
        ModelError: The factory's own embedder is damaged.
    """
    embedder = load_trusted(find(Config().models.embedder), "embedder")
    return Makers(parity=_parity, factory=embedder.manifest)


def report(folder: Path) -> RepositoryReport:
    """Return what a repository says of itself.

    Raises:
        OtaError: There is none, or it is damaged.
    """
    served, change = opened(folder).look()
    return status.report(str(folder), served, change)


def sign(file: Path, key_files: Sequence[Path], copies: Sequence[Path], passphrase: Passphrase | None) -> Signing:
    """Add signatures to metadata that wait.

    Args:
        file: The metadata; signatures are added to it.
        key_files: Keys that sign now.
        copies: Copies of the same metadata, which were signed elsewhere.
        passphrase: Asked for what a file lies under.

    Raises:
        OtaError: These are no metadata, a copy is of others, or a key cannot be used.
        SignatureError: A passphrase is wrong.
    """
    return signing.sign(file, _signers(key_files, passphrase), copies)


def _parity(bundle: Bundle) -> bytes:
    from edge.ota.parity import make  # noqa: PLC0415 - numpy and the runtime are loaded only where a bundle lacks it

    return make(bundle)


def _signers(key_files: Sequence[Path], passphrase: Passphrase | None) -> tuple[keys.SigningKey, ...]:
    def none(path: Path) -> str:
        raise OtaError(f"{path}: this key lies under a passphrase, and nobody can be asked for it: use --password-file")

    return tuple(keys.signer(path, passphrase or none) for path in key_files)


def _now() -> datetime:
    return datetime.now(UTC)
