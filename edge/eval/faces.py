"""From pictures to embeddings, on every core, through the product's own pipeline."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edge.app.eyes import open_eyes
from edge.errors import EvidenceError, PictureError
from edge.eval.cache import Record
from edge.eval.lookers import Lookers
from edge.vision import picture
from edge.vision.still import study

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.config import Config
    from edge.eval.cache import Cache
    from edge.eval.pictures import Picture
    from edge.values import Quality
    from edge.vision.pipeline import Eyes

_OK, _NO_FACE, _UNREADABLE = "ok", "no-face", "unreadable"

_BATCH = 128
"""Pictures between two writes to the cache: what an interruption costs."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture without an embedding.

    Attributes:
        picture: Which.
        reason: "unreadable", "no-face", or the first flaw of the view where the quality gate is applied.
    """

    picture: Picture
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """The faces of a set of pictures.

    Attributes:
        pictures: Those that have an embedding, ordered as given.
        people: (n,) int64, who each shows: a place in `names`.
        names: The people, ascending.
        vectors: (n, dimensions) float32, the embeddings, of unit length.
        qualities: The view of each.
        failures: The pictures that have none; never left out silently.
    """

    pictures: tuple[Picture, ...]
    people: NDArray[np.int64]
    names: tuple[str, ...]
    vectors: NDArray[np.float32]
    qualities: tuple[Quality, ...]
    failures: tuple[Failure, ...] = ()

    def __len__(self) -> int:
        """How many there are."""
        return len(self.pictures)

    def only(self, chosen: NDArray[np.bool_]) -> Faces:
        """Return some of them; the people keep their numbers, and the failures stay."""
        places = np.flatnonzero(chosen)
        return Faces(
            tuple(self.pictures[place] for place in places),
            self.people[places],
            self.names,
            self.vectors[places],
            tuple(self.qualities[place] for place in places),
            self.failures,
        )

    def gated(self) -> Faces:
        """Return those that the quality limits let through; the others become failures with their first flaw."""
        good = np.array([quality.good for quality in self.qualities], bool)
        refused = tuple(
            Failure(one, str(quality.flaws[0]))
            for one, quality in zip(self.pictures, self.qualities, strict=True)
            if not quality.good
        )
        kept = self.only(good)
        return Faces(kept.pictures, kept.people, kept.names, kept.vectors, kept.qualities, self.failures + refused)


def embed(
    pictures: Sequence[Picture],
    config: Config,
    cache: Cache | None = None,
    advance: Callable[[int], None] = lambda _: None,
    jobs: int = 0,
) -> Faces:
    """Look at pictures, as the terminal does at photographs: of several faces the largest near the middle is taken.

    Args:
        pictures: Which.
        config: The models, trusted or not, and the limits.
        cache: Where what was seen is kept; None for nowhere.
        advance: Told of how many more pictures are done.
        jobs: How many are looked at at once, each by one thread; 0 for as many as there are processors.

    Raises:
        ModelError: A model is missing or damaged.
        EvidenceError: There is no face in any of them.
        EdgeError: The cache cannot be written.
    """
    known = cache.known if cache is not None else {}
    single = replace(config.without_liveness(), models=replace(config.models, threads=1))
    records: list[Record] = []
    with Lookers(lambda: open_eyes(single, trusted=False), jobs) as lookers:
        for start in range(0, len(pictures), _BATCH):
            batch = lookers.map(lambda one, eyes: _look(one.file, eyes, known), pictures[start : start + _BATCH])
            if cache is not None:
                cache.add([record for record in batch if record.sha256 and record.sha256 not in known])
            records += batch
            advance(len(batch))
    return _gathered(pictures, records)


def _look(file: Path, eyes: Eyes, known: Mapping[bytes, Record]) -> Record:
    """Look at one picture, or remember it; what cannot be read is not remembered, for it may be mended."""
    sha256 = b""
    try:
        content = picture.load(file)
        sha256 = hashlib.sha256(content).digest()
        if sha256 in known:
            return known[sha256]
        seen = study(picture.decode(content), eyes)
    except PictureError:
        return Record(b"", _UNREADABLE)
    if seen.embedding is None:
        return Record(sha256, _NO_FACE)
    return Record(sha256, _OK, seen.quality, seen.embedding.vector.astype("<f4").tobytes())


def _gathered(pictures: Sequence[Picture], records: list[Record]) -> Faces:
    good = [place for place, record in enumerate(records) if record.quality is not None and record.vector]
    failures = tuple(
        Failure(one, record.status) for one, record in zip(pictures, records, strict=True) if not record.vector
    )
    if not good:
        raise EvidenceError(f"none of the {len(pictures)} pictures shows a face, so nothing can be measured")
    names = tuple(sorted({one.person for one in pictures}))
    numbers = {name: number for number, name in enumerate(names)}
    return Faces(
        pictures=tuple(pictures[place] for place in good),
        people=np.array([numbers[pictures[place].person] for place in good], np.int64),
        names=names,
        vectors=np.stack([np.frombuffer(records[place].vector, "<f4") for place in good]).astype(np.float32),
        qualities=tuple(quality for place in good if (quality := records[place].quality) is not None),
        failures=failures,
    )
