"""Figures that need pictures to measure, kept so that a bundle can be rebuilt without any."""

from pathlib import Path

import msgspec
from msgspec import Struct

from edge.errors import ModelError
from edge.vision.manifest import Accuracy, Parity, Sha256, Threshold

FOLDER = Path(__file__).parent / "measured"


class Measured(Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured of one model file.

    Attributes:
        sha256: of that file; the figures say nothing of any other.
        parity: distances to the float32 variant.
        threshold: the false-match curve.
        accuracy: what is accepted at its rates.
    """

    sha256: Sha256
    parity: list[Parity] = []
    threshold: list[Threshold] = []
    accuracy: list[Accuracy] = []


def read(bundle: str, sha256: str, folder: Path = FOLDER) -> Measured:
    """The figures of a bundle's model file; none if they were measured on another file.

    Raises:
        ModelError: the file of figures is damaged.
    """
    path = folder / f"{bundle}.json"
    if not path.is_file():
        return Measured(sha256)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Measured)
    except msgspec.DecodeError as error:
        raise ModelError(f"{path}: {error}") from error
    return found if found.sha256 == sha256 else Measured(sha256)


def update(
    bundle: str,
    sha256: str,
    *,
    parity: list[Parity] | None = None,
    threshold: list[Threshold] | None = None,
    accuracy: list[Accuracy] | None = None,
    folder: Path = FOLDER,
) -> Path:
    """Replaces the figures given, keeps the others of the same file, and returns where they are.

    Raises:
        ModelError: the folder cannot be written.
    """
    before = read(bundle, sha256, folder)
    after = Measured(
        sha256,
        before.parity if parity is None else parity,
        before.threshold if threshold is None else threshold,
        before.accuracy if accuracy is None else accuracy,
    )
    path = folder / f"{bundle}.json"
    part = folder / f".{bundle}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(msgspec.json.format(msgspec.json.encode(after)) + b"\n")
        part.replace(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be written: {error.strerror}") from error
    return path
