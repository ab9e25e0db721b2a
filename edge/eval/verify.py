"""One-to-one: every picture against every other, and what each threshold is worth (ISO/IEC 19795-1)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.errors import EvidenceError
from edge.eval.bootstrap import Difference, comparable, difference
from edge.eval.compare import Scores, compare
from edge.eval.lfw import Folds
from edge.eval.rates import FMRS, OperatingPoint, Rate, equal_error_rate, operating_point, rate, supported
from edge.eval.resample import DRAWS
from edge.eval.subject import Material, ModelSet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge.eval.faces import Faces

ALWAYS = 1e-5
"""Points as far as this are reported even where they are not supported, and then say so."""

_WORST = 20


class Alike(Struct, frozen=True):
    """Two pictures of different people that look alike to the embedder.

    Attributes:
        similarity: Cosine.
        first: A picture, as PERSON/FILE.
        second: The other.
    """

    similarity: float
    first: str
    second: str


class Verification(Struct, frozen=True):
    """What one set of models did.

    Attributes:
        models: Which.
        material: What they looked at.
        failures: Pictures without an embedding (failure to acquire).
        genuine: Pairs of one person that were compared.
        impostor: Pairs of different people that were compared.
        equal_error_rate: Where as many genuine pairs are refused as impostor pairs match; null without genuine pairs.
        points: What happens at each false-match rate.
        worst: The pairs of different people that are most alike, the most alike first.
        folds: The accuracy on a list of pairs; null without one.
    """

    models: ModelSet
    material: Material
    failures: Rate
    genuine: int
    impostor: int
    equal_error_rate: float
    points: tuple[OperatingPoint, ...]
    worst: tuple[Alike, ...]
    folds: Folds | None


class Comparison(Struct, frozen=True):
    """How a set of models does beside the first one, on the pictures in which both found a face.

    Attributes:
        models: The name of the set.
        against: The name of the first.
        pictures: In how many pictures both found a face.
        differences: At each supported false-match rate, with 95 % intervals from drawing people; without rates that
            more impostor pairs reach than are kept by name (1e-2 and 3e-3 of ninety million).
    """

    models: str
    against: str
    pictures: int
    differences: tuple[Difference, ...]


class VerifyReport(Struct, frozen=True):
    """`edge eval verify`.

    Attributes:
        data: What the pictures are called.
        models: Each set of models, as asked for.
        comparisons: Each but the first beside the first.
    """

    data: str
    models: tuple[Verification, ...]
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One set of models and what it saw.

    Attributes:
        models: Which.
        material: What was looked at.
        faces: The embeddings.
        scores: The similarities of all pairs.
    """

    models: ModelSet
    material: Material
    faces: Faces
    scores: Scores


def candidate(
    models: ModelSet, material: Material, faces: Faces, advance: Callable[[int], None] = lambda _: None
) -> Candidate:
    """Compare all pairs of what a set of models saw.

    Raises:
        EvidenceError: Faces of fewer than two people were found.
    """
    scores = compare(faces, advance)
    if not scores.comparisons:
        raise EvidenceError(
            f"{models.name}: faces of one person only were found in {material.pictures} pictures; two are needed"
        )
    return Candidate(models, material, faces, scores)


def verification(one: Candidate, images: Path, folds: Folds | None = None) -> Verification:
    """Return the figures of a set of models.

    Args:
        one: What it saw.
        images: The folder of people, which the report leaves out of the names of pictures.
        folds: The accuracy on a list of pairs, if there is one.
    """
    scores, lost = one.scores, len(one.faces.failures)
    return Verification(
        models=one.models,
        material=one.material,
        failures=rate(lost, one.material.pictures),
        genuine=len(scores.genuine),
        impostor=scores.comparisons,
        equal_error_rate=equal_error_rate(scores),
        points=points(scores, attempts(one.faces)),
        worst=_worst(one, images),
        folds=folds,
    )


def points(scores: Scores, tried: int) -> tuple[OperatingPoint, ...]:
    """Return what happens at each false-match rate: down to 1e-5 always, beyond it as far as the evidence reaches."""
    aims = [aim for aim in FMRS if aim >= ALWAYS or supported(scores, aim)]
    return tuple(operating_point(scores, aim, tried) for aim in aims)


def attempts(faces: Faces) -> int:
    """Return how many pairs of pictures of one person there are, those without an embedding included."""
    numbers = {name: number for number, name in enumerate(faces.names)}
    lost = Counter(numbers[one.picture.person] for one in faces.failures)
    held = np.bincount(faces.people, minlength=len(faces.names)).tolist()
    tried = [count + lost[number] for number, count in enumerate(held)]
    return sum(count * (count - 1) // 2 for count in tried)


def side_by_side(
    candidates: Sequence[Candidate], draws: int = DRAWS, advance: Callable[[int], None] = lambda _: None
) -> tuple[Comparison, ...]:
    """Compare each set of models with the first, as `beside` does."""
    return tuple(beside(candidates[0], other, draws, advance=advance) for other in candidates[1:])


def beside(
    first: Candidate,
    other: Candidate,
    draws: int = DRAWS,
    rates: Sequence[float] = FMRS,
    advance: Callable[[int], None] = lambda _: None,
) -> Comparison:
    """Return by how much the other accepts more than the first, at those of the rates that are supported.

    Args:
        first: What one set of models saw.
        other: What the other saw; only pictures in which both found a face count.
        draws: How many times people are drawn.
        rates: The false-match rates.
        advance: Told of how many more of the rates are done.
    """
    common = {one.file for one in first.faces.pictures} & {one.file for one in other.faces.pictures}
    if not common:
        advance(len(rates))
        return Comparison(other.models.name, first.models.name, 0, ())
    ours, theirs = _among(first, common), _among(other, common)
    found = []
    for aim in rates:
        if supported(ours.scores, aim) and comparable(ours.scores, aim) and comparable(theirs.scores, aim):
            found.append(difference(theirs.scores, ours.scores, ours.faces.people, aim, draws))
        advance(1)
    return Comparison(other.models.name, first.models.name, len(common), tuple(found))


def _among(one: Candidate, files: set[Path]) -> Candidate:
    """Leave out the other pictures, which the other models could not use."""
    if len(one.faces) == len(files):
        return one
    faces = one.faces.only(np.array([picture.file in files for picture in one.faces.pictures], bool))
    return Candidate(one.models, one.material, faces, compare(faces))


def _worst(one: Candidate, images: Path) -> tuple[Alike, ...]:
    tail, pictures = one.scores.tail.highest(_WORST), one.faces.pictures
    names = [
        [pictures[place].file.relative_to(images).as_posix() for place in side] for side in (tail.first, tail.second)
    ]
    return tuple(Alike(float(alike), *pair) for alike, *pair in zip(tail.similarity, *names, strict=True))
