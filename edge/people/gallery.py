"""Who of the enrolled people is most like a probe. Pure: no clock, no files, no threads.

A search reads the whole matrix once, so its time is the matrix's size over the memory's bandwidth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.errors import ModelError, SpaceError
from edge.values import Embedding, Match, PersonId, Space

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

UNIT_TOLERANCE = 1e-3
"""How far a template's or a probe's length may be from 1; float32 rounding stays under 1e-6."""

ALONE = 2.0
"""The margin when there is no other person: the greatest distance two similarities can have."""

_NO_ANCHOR = -1.0
"""What an adapted template by itself is worth: no more than the opposite of the probe would be."""


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """All templates of one space, the rows of each person together.

    Attributes:
        space: The space that all of them live in.
        people: Who has templates, ascending, each once.
        offsets: (people + 1,) int64; person i owns the rows offsets[i] to offsets[i + 1], at least one.
        vectors: (templates, dimensions) float32, C order, rows of unit length.
        adapted: (templates,) bool, which rows were adapted from later matches; None when none was. The others were
            enrolled: they are the anchors.
    """

    space: Space
    people: tuple[PersonId, ...]
    offsets: NDArray[np.int64]
    vectors: NDArray[np.float32]
    adapted: NDArray[np.bool_] | None = None


def build(space: Space, templates: Iterable[tuple[PersonId, Embedding]]) -> Templates:
    """Group templates that come in any order.

    Raises:
        SpaceError: A template lives in another space, or has another size.
    """
    rows: dict[PersonId, list[NDArray[np.float32]]] = {}
    for person, template in templates:
        _same_space(template.space, space)
        rows.setdefault(person, []).append(template.vector)
    people = tuple(sorted(rows))
    offsets = np.cumsum([0, *(len(rows[person]) for person in people)], dtype=np.int64)
    vectors = [vector for person in people for vector in rows[person]]
    if len({vector.shape for vector in vectors}) > 1:
        raise SpaceError(f"templates of different sizes all say that they are of {space}; enrol these people again")
    matrix = np.stack(vectors).astype(np.float32) if vectors else np.empty((0, 0), np.float32)
    return Templates(space, people, offsets, matrix)


class Gallery:
    """The enrolled people of one embedding space; its templates never change.

    A person is as like a probe as the best of their enrolled templates, or as the best of their adapted ones where that
    is more, but never by more than the `lift`: whoever is further than that from every anchor stays outside, whatever
    the adapted templates have become.

    A search writes into buffers that belong to the gallery: one thread searches at a time.
    """

    __slots__ = ("_adapted", "_anchored", "_best", "_lift", "_offsets", "_people", "_scores", "_vectors", "space")

    def __init__(self, templates: Templates, lift: float = 0.0) -> None:
        """Take the templates over; their arrays become read-only.

        Args:
            templates: Of everybody.
            lift: How much an adapted template may add to what the anchors say, in cosine similarity; with 0 none
                counts.

        Raises:
            ModelError: A row is not of unit length or not finite.
        """
        self.space = templates.space
        self._people = templates.people
        self._vectors = np.ascontiguousarray(templates.vectors, np.float32)
        self._vectors.setflags(write=False)
        self._offsets = templates.offsets[:-1]
        self._scores = np.empty(len(self._vectors), np.float32)
        self._best = np.empty(len(self._people), np.float32)
        self._lift = np.float32(lift)
        self._adapted = np.flatnonzero(templates.adapted) if templates.adapted is not None else np.empty(0, np.intp)
        self._anchored = np.empty(len(self._people), np.float32)
        lengths = np.einsum("ij,ij->i", self._vectors, self._vectors)
        if not np.all(np.abs(lengths - 1) <= 2 * UNIT_TOLERANCE):
            raise ModelError(f"a template of {self.space} is not a vector of unit length; enrol that person again")

    def __len__(self) -> int:
        """How many people can be found."""
        return len(self._people)

    @property
    def templates(self) -> int:
        """How many templates are compared with each probe."""
        return len(self._vectors)

    @property
    def most_templates(self) -> int:
        """How many of them the person with the most has; 0 when there is nobody."""
        return int(np.diff(self._offsets, append=len(self._vectors)).max(initial=0))

    def of(self, person: PersonId) -> NDArray[np.float32]:
        """Return the (n, dimensions) enrolled templates of one person, their anchors; n is 0 when they have none."""
        start, end = self._rows(person)
        kept = ~np.isin(np.arange(start, end), self._adapted)
        return self._vectors[start:end] if kept.all() else self._vectors[start:end][kept]

    def alone(self, person: PersonId, *, adapted: bool = True) -> Gallery:
        """Return a gallery of one person's templates; empty when they have none.

        Args:
            person: Whose.
            adapted: Whether adapted templates are among them, under the same rule as here.
        """
        if not adapted:
            anchors = self.of(person)
            whose, ends = ((person,), [0, len(anchors)]) if len(anchors) else ((), [0])
            return Gallery(Templates(self.space, whose, np.array(ends, np.int64), anchors))
        start, end = self._rows(person)
        people = (person,) if end > start else ()
        offsets = np.array([0, end - start] if people else [0], np.int64)
        marks = np.isin(np.arange(start, end), self._adapted)
        return Gallery(Templates(self.space, people, offsets, self._vectors[start:end], marks), float(self._lift))

    def _rows(self, person: PersonId) -> tuple[int, int]:
        """Return where a person's templates begin and end; twice the same place when they have none."""
        if person not in self._people:
            return 0, 0
        place = self._people.index(person)
        end = self._offsets[place + 1] if place + 1 < len(self._people) else len(self._vectors)
        return int(self._offsets[place]), int(end)

    def search(self, probe: Embedding) -> Match | None:
        """Return the person whose best template is most like the probe; None when there is nobody.

        Of people who are equally alike, the first by id is returned, with a margin of 0.

        Raises:
            SpaceError: The probe lives in another space, or has another size (S5).
            ModelError: The probe is not a vector of unit length.
        """
        _same_space(probe.space, self.space)
        vector = probe.vector
        if vector.ndim != 1 or not abs(float(vector @ vector) - 1) <= 2 * UNIT_TOLERANCE:
            raise ModelError(f"the embedder {self.space} returned something that is not a vector of unit length")
        if not self._people:
            return None
        if vector.shape[0] != self._vectors.shape[1]:
            raise SpaceError(
                f"a probe of {vector.shape[0]} numbers cannot be compared with templates of "
                f"{self._vectors.shape[1]}, though both say {self.space}; enrol again with this model",
            )
        # Not np.dot: its threads wait for each other, on busy cores for milliseconds; one core fills the memory's bus.
        np.einsum("ij,j->i", self._vectors, vector.astype(np.float32, copy=False), out=self._scores)
        best = np.maximum.reduceat(self._scores, self._offsets, out=self._best)
        if len(self._adapted):
            self._scores[self._adapted] = _NO_ANCHOR
            anchored = np.maximum.reduceat(self._scores, self._offsets, out=self._anchored)
            np.minimum(best, np.add(anchored, self._lift, out=anchored), out=best)
        first = int(best.argmax())
        similarity = float(best[first])
        margin = ALONE
        if len(self._people) > 1:
            best[first] = -np.inf
            margin = similarity - float(best.max())
        return Match(self._people[first], max(-1.0, min(1.0, similarity)), margin, len(self._vectors))


def _same_space(found: Space, wanted: Space) -> None:
    if found != wanted:
        raise SpaceError(
            f"a face of the space {found} cannot be compared with templates of {wanted}; "
            f"enrol again with the model that runs, or run the model they were enrolled with",
        )
