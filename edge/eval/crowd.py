"""Galleries of strangers: drawn from a folder of people, over and over, each person with one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.errors import EvidenceError
from edge.people.gallery import Gallery, build
from edge.values import Embedding, PersonId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge.eval.faces import Faces
    from edge.values import Space

_STRANGER = "stranger"


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Strangers, in several draws.

    Attributes:
        space: Of their templates.
        draws: For each gallery its people; every one has one template.
    """

    space: Space
    draws: tuple[tuple[tuple[PersonId, Embedding], ...], ...]

    @property
    def people(self) -> int:
        """How many are in each gallery."""
        return len(self.draws[0])

    def galleries(self, inside: Sequence[tuple[PersonId, Embedding]] = ()) -> list[Gallery]:
        """Return the galleries.

        Args:
            inside: The templates of people who take the place of a stranger in each of them.
        """
        newcomers = len({person for person, _ in inside})
        return [Gallery(build(self.space, (*inside, *draw[newcomers:]))) for draw in self.draws]


def draw_crowd(
    faces: Faces, space: Space, people: int, repeats: int, without: Iterable[str] = (), seed: int = 1
) -> Crowd:
    """Draw galleries of strangers.

    Args:
        faces: Of many people.
        space: Of their embeddings.
        people: How many are in each gallery.
        repeats: How many galleries.
        without: People who must be in none.
        seed: Of the draws.

    Raises:
        EvidenceError: There are not so many people.
    """
    excluded = set(without)
    places = [place for place, number in enumerate(faces.people) if faces.names[number] not in excluded]
    present = sorted({int(faces.people[place]) for place in places})
    if not 1 <= people <= len(present):
        raise EvidenceError(
            f"a gallery of {people} strangers was asked for, and there are usable faces of {len(present)}"
        )
    random = np.random.default_rng(seed)
    draws = []
    for _ in range(repeats):
        # Of each person one picture: the first in a random order.
        order = random.permutation(places)
        _, first = np.unique(faces.people[order], return_index=True)
        chosen = random.permutation(order[first])[:people]
        draws.append(
            tuple(
                (PersonId(f"{_STRANGER} {faces.names[faces.people[place]]}"), Embedding(faces.vectors[place], space))
                for place in chosen
            )
        )
    return Crowd(space, tuple(draws))
