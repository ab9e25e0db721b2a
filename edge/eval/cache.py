"""Keeps what pictures gave, so that an interrupted measurement goes on and a second one need not look again.

One file for each way of looking (models, settings, code); it grows by whole records, and a torn last one is cut off.
Embeddings are biometric data: the folder is its owner's alone, and may be deleted at any time.
"""

from __future__ import annotations

import fcntl
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import msgspec
import numpy as np
import PIL
from msgspec import Struct
from platformdirs import user_cache_path

import edge.values
import edge.vision
from edge.app.eyes import bundle
from edge.errors import EdgeError
from edge.eval.subject import runtime
from edge.values import Quality

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.config import Config
    from edge.vision.bundle import Bundle, Role

_LENGTH_BYTES = 4
_OWNERS_ALONE = 0o700


class Record(Struct, frozen=True, array_like=True):
    """What one picture gave.

    Attributes:
        sha256: Of the picture file.
        status: "ok", or why there is no embedding: "no-face" or "unreadable".
        quality: The view of the face; None without a face.
        vector: The embedding's float32 numbers, little-endian; empty without one.
    """

    sha256: bytes
    status: str
    quality: Quality | None = None
    vector: bytes = b""


class Cache:
    """The records of one way of looking."""

    def __init__(self, path: Path) -> None:
        """Read what is there.

        Raises:
            EdgeError: The file cannot be read or made.
        """
        self._path = path
        self._records: dict[bytes, Record] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=_OWNERS_ALONE)
            path.parent.chmod(_OWNERS_ALONE)  # of a folder that was there already, too
            if path.exists():
                self._open(path)
        except OSError as error:
            raise EdgeError(f"{path}: cannot be used as a cache: {error.strerror}; try --no-cache") from error

    def __len__(self) -> int:
        """How many pictures are known."""
        return len(self._records)

    @property
    def known(self) -> Mapping[bytes, Record]:
        """The records by the sha256 of their pictures."""
        return self._records

    def add(self, records: list[Record]) -> None:
        """Keep some more.

        Raises:
            EdgeError: The disk is full, or the like.
        """
        encoded = [msgspec.msgpack.encode(record) for record in records]
        try:
            with self._path.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(b"".join(len(one).to_bytes(_LENGTH_BYTES, "little") + one for one in encoded))
        except OSError as error:
            raise EdgeError(f"{self._path}: cannot be written: {error.strerror}; try --no-cache") from error
        self._records |= {record.sha256: record for record in records}

    def _open(self, path: Path) -> None:
        """Read the file and cut off a torn end, while nobody else is writing it."""
        with path.open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            content = file.read()
            whole = self._read(content)
            if whole < len(content):
                file.truncate(whole)

    def _read(self, content: bytes) -> int:
        """Take over the whole records at the beginning, and return where they end."""
        place = 0
        while place + _LENGTH_BYTES <= len(content):
            start = place + _LENGTH_BYTES
            end = start + int.from_bytes(content[place:start], "little")
            try:
                record = msgspec.msgpack.decode(content[start:end], type=Record)
            except msgspec.MsgspecError:
                return place
            self._records[record.sha256] = record
            place = end
        return place


def open_cache(config: Config) -> Cache:
    """Open the cache of this way of looking, in the user's cache folder."""
    return Cache(user_cache_path("door-terminal") / "embeddings" / f"{way_of_looking(config)}.records")


def way_of_looking(config: Config) -> str:
    """Return a name for everything that decides what a picture gives: models, libraries, settings and code.

    Raises:
        ModelError: A model is missing or damaged.
    """
    named = config.models
    roles: tuple[tuple[str, Role], ...] = (
        (named.detector, "detector"),
        (named.landmarks, "landmarks"),
        (named.embedder, "embedder"),
    )
    words = [
        *(_papers(bundle(name, role, trusted=False)) for name, role in roles),
        str(named.flip),
        runtime(),
        *libraries(),
        repr(config.detection),
        repr(config.quality),
        *(hashlib.sha256(file.read_bytes()).hexdigest() for file in code()),
    ]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]


def _papers(model: Bundle) -> str:
    """Return what a manifest says of the model file and of how it is fed, without what was measured of it."""
    return msgspec.json.encode(msgspec.structs.replace(model.manifest, parity=[], threshold=[], accuracy=[])).decode()


def libraries() -> tuple[str, ...]:
    """Return what decodes, scales and computes beside the models, with versions."""
    return f"OpenCV {cv2.__version__}", f"Pillow {PIL.__version__}", f"NumPy {np.__version__}"


def code() -> list[Path]:
    """Return the code that looks at pictures: a changed alignment must not meet embeddings of the one before."""
    return [file for room in (edge.values, edge.vision) for file in sorted(Path(*room.__path__).glob("*.py"))]
