"""Builders for what is measured: faces of made-up people, and the similarities of made-up pairs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.eval.compare import Pairs, Scores
from edge.eval.faces import Faces, Failure
from edge.eval.histogram import Histogram
from edge.eval.pictures import Picture
from edge.eval.subject import BundleName, Material, ModelSet, material
from tests.unit.builders import GOOD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ROOT = Path("set")


def faces(vectors: NDArray[np.float32], people: Sequence[int], lost: Sequence[int] = ()) -> Faces:
    """Vectors of people by number; `lost` are people of pictures without a face."""
    names = tuple(f"p{number:04d}" for number in range(max([*people, *lost]) + 1))
    shown = [Picture(ROOT / names[who] / f"{place}.jpg", names[who]) for place, who in enumerate(people)]
    missed = [Picture(ROOT / names[who] / f"lost{place}.jpg", names[who]) for place, who in enumerate(lost)]
    return Faces(
        pictures=tuple(shown),
        people=np.array(people, np.int64),
        names=names,
        vectors=np.asarray(vectors, np.float32),
        qualities=(GOOD,) * len(shown),
        failures=tuple(Failure(picture, "no-face") for picture in missed),
    )


def unit(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


def seen(*counts: int) -> Faces:
    """People with so many pictures each, far apart."""
    people = np.repeat(np.arange(len(counts)), counts)
    return faces(unit(np.random.default_rng(3).normal(size=(len(people), 16))), people.tolist())


def crowd(people: int = 60, each: int = 4, noise: float = 0.5, seed: int = 1) -> Faces:
    """People far apart from each other, each seen a few times with some noise."""
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), each)
    centres = unit(np.random.default_rng(0).normal(size=(people, 32)))[who]
    return faces(unit(centres + noise * random.normal(size=centres.shape) / np.sqrt(32)), who.tolist())


def scores(genuine: Sequence[float], impostor: Sequence[float]) -> Scores:
    """Pairs of which only the similarity matters."""
    counted = Histogram()
    counted.add(np.array(impostor, np.float32))
    return Scores(pairs(genuine), counted, pairs(impostor).highest(len(impostor)))


def pairs(similarity: Sequence[float]) -> Pairs:
    count = len(similarity)
    return Pairs(np.array(similarity, np.float32), np.zeros(count, np.int64), np.arange(count, dtype=np.int64) + 1)


def models(name: str = "one") -> ModelSet:
    bundle = BundleName("made-up-1", "0" * 64)
    return ModelSet(name, bundle, bundle, bundle, flip=False, runtime="none 1")


def about(shown: Faces) -> Material:
    return material("made up", shown, gated=False)
