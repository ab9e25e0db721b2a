"""An embedder that is worse by two points and nothing else: sound, quick, not collapsed; the same bytes every time.

`python -m tests.worse FOLDER` writes it to FOLDER/mobilefacenet-worse-1. Noise on the weights makes it: the committed
factory embedder's kernels, each number moved by a share of its kernel's own spread.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from edge.app import measured
from edge.convert.card import card
from edge.convert.manifest import to_toml
from edge.vision.bundle import find, load
from edge.vision.manifest import MANIFEST
from tests.broken import overwritten

if TYPE_CHECKING:
    from tests.broken import Weights

NAME = "mobilefacenet-worse"
FACTORY = "mobilefacenet-dynamic-1"
NOISE = 0.048
FIGURES = Path(__file__).parent


def noisy(kernel: Weights, noise: float = NOISE) -> Weights:
    """A kernel whose every number is off by a share of the kernel's spread; the draw hangs on the kernel alone."""
    moved = np.random.default_rng(zlib.crc32(kernel.tobytes())).normal(0, noise * kernel.std(), kernel.shape)
    changed: Weights = kernel + moved
    if kernel.dtype == np.int8:
        changed = np.clip(np.rint(changed), -127, 127)
    return changed.astype(kernel.dtype)


def bundle(parent: Path, *, honest: bool = True, noise: float = NOISE) -> Path:
    """Write it to a new folder `mobilefacenet-worse-1`.

    Args:
        parent: Where that is to be.
        honest: Whether its manifest has its own figures; else it has those of the model it was made from.
        noise: How much worse it is.
    """
    shipped = load(find(FACTORY))
    model = overwritten(shipped.model, lambda kernel: noisy(kernel, noise))
    sha256 = hashlib.sha256(model).hexdigest()
    manifest = msgspec.structs.replace(shipped.manifest, name=NAME, sha256=sha256, bytes=len(model), parity=[])
    if honest:
        own = measured.read(f"{NAME}-1", sha256, FIGURES)
        manifest = msgspec.structs.replace(manifest, threshold=own.threshold, accuracy=own.accuracy)
    folder = parent / f"{NAME}-1"
    folder.mkdir()
    (folder / MANIFEST).write_bytes(to_toml(manifest))
    (folder / manifest.file).write_bytes(model)
    (folder / "CARD.md").write_bytes(card("None: it is made to be refused.", "It is made worse on purpose.", manifest))
    return folder


if __name__ == "__main__":
    print(bundle(Path(sys.argv[1])))  # noqa: T201 - a command's answer
