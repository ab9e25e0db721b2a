"""A model with its papers: the folder ``models/<name>-<version>/`` of ``manifest.toml`` and ``model.tflite``.

``load`` reads the model once and hashes what it read: the bytes that were hashed are the bytes that run (S8).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from edge.values import Space
from edge.vision.manifest import MANIFEST, MODEL_LIMIT, BundleError, Manifest, Role, parse

__all__ = ["Bundle", "BundleError", "Role", "UntrustedError", "find", "load", "models_folder"]

_MANIFEST_LIMIT = 256 * 1024
_NAME = re.compile(r"[A-Za-z0-9.\-]*[A-Za-z0-9\-]")
_PACKAGE = Path(__file__).resolve().parents[1]


class UntrustedError(BundleError):
    """A bundle is sound in itself, but nobody this terminal trusts made it (S8)."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model whose bytes are those that its manifest names.

    Attributes:
        folder: where it was read.
        manifest: what it says of itself.
        manifest_sha256: of the manifest file's bytes; it names the whole bundle, since the manifest names the model.
        model: the TFLite file, as hashed.
    """

    folder: Path
    manifest: Manifest
    manifest_sha256: str
    model: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Name and version, for example ``mobilefacenet-dynamic-1``."""
        return f"{self.manifest.name}-{self.manifest.version}"

    @property
    def space(self) -> Space:
        """The embedding space of an embedder's templates.

        Raises:
            BundleError: the model is not an embedder.
        """
        named = self.manifest.space
        if named is None:
            raise BundleError(f"{self.name} is a {self.manifest.role} model: it has no embedding space")
        return Space(named.id, self.manifest.sha256, named.preprocessing)


def models_folder() -> Path:
    """Where the factory's bundles are: inside an installed package, else the repository's ``models/``."""
    installed = _PACKAGE / "_models"
    return installed if installed.is_dir() else _PACKAGE.parent / "models"


def find(name: str | Path) -> Path:
    """The folder of a bundle, by its name in the models folder or by a path.

    Raises:
        BundleError: there is no such folder.
    """
    folder = models_folder() / name if _NAME.fullmatch(str(name)) else Path(name)
    try:
        found = folder.is_dir()
    except (OSError, ValueError):  # longer than any path, or with a null in it
        found = False
    if not found:
        raise BundleError(
            f"model {str(name)[:100]!r}: there is no such folder; `edge models list` names those that are here"
        )
    return folder


def load(folder: Path, role: Role | None = None) -> Bundle:
    """Reads a bundle and checks all of it that can be checked without running it.

    Args:
        folder: of the bundle.
        role: what it must be, if that matters.

    Raises:
        BundleError: it is incomplete, damaged, badly described or of another role; the message names every fault found.
    """
    raw = _read(folder / MANIFEST, _MANIFEST_LIMIT)
    manifest = parse(raw, str(folder / MANIFEST))
    if role is not None and manifest.role != role:
        raise BundleError(f"{folder}: this bundle's role is {manifest.role}, and {role} is needed here")
    path = folder / manifest.file
    model = _read(path, MODEL_LIMIT)
    if len(model) != manifest.bytes:
        raise BundleError(f"{path}: {len(model)} bytes, the manifest says {manifest.bytes}; build or install it again")
    if hashlib.sha256(model).hexdigest() != manifest.sha256:
        raise BundleError(f"{path}: the contents do not have the manifest's sha256; build or install it again")
    return Bundle(folder, manifest, hashlib.sha256(raw).hexdigest(), model)


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}; build or install the bundle again") from error
    if len(data) > limit:
        raise BundleError(f"{path}: longer than {limit} bytes, which no bundle of this terminal is")
    return data
