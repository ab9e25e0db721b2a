"""What adaptation is worth to the people themselves: their later photographs against the first, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.eval.rates import Rate, rate
from edge.eval.walking import Policy, Scene, Siege

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edge.eval.faces import Faces
    from edge.eval.walking import Terms

LEAST = 3
"""How many photographs somebody needs: one to be enrolled with, one to adapt to, one to be judged by."""

_SEED = 1


class Renewal(Struct, frozen=True):
    """What became of genuine people.

    Attributes:
        people: How many have photographs enough; each is enrolled, comes by a few times, and is judged by the last.
        grants: How many photographs in between were presented.
        adapted: How many of them became templates.
        before: False non-matches of the last photographs, by the enrolled template alone.
        after: The same with the adapted ones, at the threshold of the gallery that has grown by them.
        rescued: How many were refused before and are let in after.
        lost: How many were let in before and are refused after.
        strangers_before: False matches of everybody else's photographs with these people, before.
        strangers_after: The same after.
    """

    people: int
    grants: int
    adapted: int
    before: Rate
    after: Rate
    rescued: int
    lost: int
    strangers_before: Rate
    strangers_after: Rate


def renewal(faces: Faces, terms: Terms, enrolled: int, *, each: bool) -> Renewal:
    """Let people come by with their photographs, in their order.

    Args:
        faces: Of everybody.
        terms: What the terminal asks for.
        enrolled: How many are enrolled, each with one photograph.
        each: Whether each photograph of a person is the enrolled one in turn, not only the first.
    """
    lives = [order for person in np.unique(faces.people) for order in _orders(faces, int(person), each=each)]
    grants = adapted = 0
    before, after = np.zeros(len(lives), bool), np.zeros(len(lives), bool)
    strangers = np.zeros((2, 2), np.int64)  # false matches and comparisons, before and after
    _, firsts = np.unique(faces.people, return_index=True)
    crowd = np.random.default_rng(_SEED).permutation(firsts)
    for number, life in enumerate(lives):
        anchor, *passing, last = (faces.vectors[place] for place in life)
        someone = int(faces.people[life[0]])
        siege = Siege(Scene(anchor, _others(faces, crowd, someone, enrolled), anchor[None]), terms, Policy.BOUNDED)
        aliens = faces.vectors[faces.people != someone]
        before[number] = siege.lets_in(last)
        strangers[0] += _matches(siege, aliens)
        for photo in passing:
            grants += 1
            adapted += siege.present(photo)
        after[number] = siege.lets_in(last)
        strangers[1] += _matches(siege, aliens)
    return Renewal(
        people=len(lives),
        grants=grants,
        adapted=adapted,
        before=rate(int((~before).sum()), len(lives)),
        after=rate(int((~after).sum()), len(lives)),
        rescued=int((~before & after).sum()),
        lost=int((before & ~after).sum()),
        strangers_before=rate(*map(int, strangers[0])),
        strangers_after=rate(*map(int, strangers[1])),
    )


def _orders(faces: Faces, person: int, *, each: bool) -> Iterator[list[int]]:
    """Yield a person's photographs in their order: the enrolled one, those in between, the last."""
    places = np.flatnonzero(faces.people == person).tolist()
    if len(places) >= LEAST:
        for turn in range(len(places) if each else 1):
            yield places[turn:] + places[:turn]


def _others(faces: Faces, crowd: NDArray[np.int64], someone: int, enrolled: int) -> NDArray[np.float32]:
    """Return the templates of whoever is enrolled besides."""
    places = [place for place in crowd if int(faces.people[place]) != someone]
    return faces.vectors[places[: enrolled - 1]]


def _matches(siege: Siege, aliens: NDArray[np.float32]) -> tuple[int, int]:
    """Count the strangers who are let in as this person; those who are like none of the templates need no search."""
    mine = np.stack([one.template.embedding.vector for one in siege.kept])
    likely = aliens[(aliens @ mine.T).max(axis=1) >= siege.least]
    return sum(siege.lets_in(one) for one in likely), len(aliens)
