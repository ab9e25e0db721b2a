"""Searches every byte of folders for what is known of somebody, in plain and in what any key still opens."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.errors import SealError
from edge.keys.sealing import unseal
from edge.people import sealed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from edge.people.sealed import Keys
    from edge.values import Handle, Space


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody.

    Attributes:
        texts: Their id and name, and what else is theirs alone.
        vectors: Their templates, (dimensions,) float32 each.
    """

    texts: tuple[str, ...]
    vectors: tuple[np.ndarray, ...]

    def pieces(self) -> list[bytes]:
        """Return what is looked for: texts in three encodings and two bases, and any two numbers of a vector."""
        plain = [text.encode(code) for text in self.texts for code in ("utf-8", "utf-16-le", "utf-32-le")]
        based = [base64.b64encode(one).rstrip(b"=")[:-1] for one in plain] + [one.hex().encode() for one in plain]
        numbers = []
        for vector in self.vectors:
            for kind in ("<f4", ">f4", "<f8", "<f2"):
                data = np.asarray(vector, kind)
                numbers += [data[at : at + (4 if kind == "<f2" else 2)].tobytes() for at in range(0, len(data) - 4, 2)]
        return plain + based + numbers


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found.

    Attributes:
        files: How many files were read.
        bytes: How many bytes.
        opened: How many sealed parts opened with a key that is left; what is in them was searched, too.
        hits: Where something was found.
    """

    files: int
    bytes: int
    opened: int
    hits: tuple[str, ...]


def search(folders: Iterable[Path], known: Known, keyring: Keys, spaces: Iterable[Space]) -> Searched:
    """Search every byte of every file, and what every key that is left opens of every store and backup."""
    pieces, files, size, hits, opened = known.pieces(), 0, 0, [], 0
    handles = sorted(keyring.handles())
    for file in (file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()):
        content = file.read_bytes()
        files, size = files + 1, size + len(content)
        hits += [f"{file}: {piece!r}" for piece in pieces if piece in content]
        if content.startswith(b"SQLite format 3"):
            for plain in _opened(file, keyring, handles, list(spaces)):
                opened += 1
                hits += [f"{file}, unsealed: {piece!r}" for piece in pieces if piece in plain]
    return Searched(files, size, opened, tuple(hits))


def _opened(file: Path, keyring: Keys, handles: list[Handle], spaces: list[Space]) -> Iterable[bytes]:
    """Yield what any key opens of any row of a store, whoever the row says it is of."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as db:
        blobs = [row[0] for row in db.execute("SELECT profile FROM person UNION ALL SELECT vector FROM template")]
        blobs += [row[0] for row in db.execute("SELECT seen FROM person WHERE seen IS NOT NULL")]
    for handle in handles:
        abouts = [f"profile\0{handle}".encode(), f"seen\0{handle}".encode()]
        abouts += [
            sealed.about_template(handle, (space.embedder, space.sha256, space.preprocessing), kind)
            for space in spaces
            for kind in ("enrolled", "adapted")
        ]
        key = keyring.key(handle)
        for blob in blobs:
            for about in abouts:
                with contextlib.suppress(SealError):
                    yield unseal(key, blob, about)
