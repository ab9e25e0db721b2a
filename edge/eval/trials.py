"""Who is enrolled, who asks to be let in, and whom the search finds: open-set identification (ISO/IEC 19795-1).

In each repeat people are drawn: some are enrolled with some of their pictures; their other pictures are the mated
probes, and all pictures of everybody else are the non-mated probes. A picture is never both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from edge.access.decide import vote
from edge.eval.resample import Share, share
from edge.people.gallery import ALONE
from edge.values import Match, PersonId, Sighting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.access.attempt import Rule
    from edge.access.threshold import Curve
    from edge.eval.compare import Scores
    from edge.eval.faces import Faces

Fusion = Literal["max", "mean", "centroid"]
"""How a person's templates become one score: the best (the product's), their mean, or that of their mean vector."""

_BLOCK = 256
_NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One repeat.

    Attributes:
        enrolled: (people,) int64, who is enrolled, ascending.
        templates: (people, m) int64, their templates: places in the faces.
        mated: (k,) int64, places of the other pictures of enrolled people.
        non_mated: (l,) int64, places of the pictures of everybody else.
    """

    enrolled: NDArray[np.int64]
    templates: NDArray[np.int64]
    mated: NDArray[np.int64]
    non_mated: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The best match of each probe, as `Gallery.search` finds it.

    Attributes:
        probe: (n,) int64, places in the faces.
        truth: (n,) int64, whom each shows.
        person: (n,) int64, who is most like it.
        similarity: (n,) float64, how much.
        margin: (n,) float64, how far the next person is behind.
    """

    probe: NDArray[np.int64]
    truth: NDArray[np.int64]
    person: NDArray[np.int64]
    similarity: NDArray[np.float64]
    margin: NDArray[np.float64]

    def __len__(self) -> int:
        """How many probes there are."""
        return len(self.probe)

    def identified(self, threshold: float, margin: float) -> NDArray[np.bool_]:
        """Whether each probe is taken for somebody, right or wrong."""
        return (self.similarity >= threshold) & (self.margin >= margin)


@dataclass(frozen=True, slots=True, eq=False)
class UnderTest:
    """A terminal's rule and the faces that it is tried on.

    Attributes:
        faces: Of everybody.
        scores: The similarities of all pairs of them.
        rule: The terminal's.
        curve: The embedder's.
    """

    faces: Faces
    scores: Scores
    rule: Rule
    curve: Curve


def able(faces: Faces, templates: int) -> int:
    """Return how many people have pictures enough to be enrolled while somebody stays outside."""
    counts = np.bincount(faces.people)
    return min(int((counts >= templates).sum()), int(np.count_nonzero(counts)) - 1)


def largest_gallery(faces: Faces, templates: int) -> int:
    """Return how many people can be enrolled while a quarter of all of them stays outside; 0 for nobody."""
    everybody = len(np.unique(faces.people))
    return min(able(faces, templates), everybody - round(everybody / 4))


def split(faces: Faces, people: int, templates: int, random: np.random.Generator) -> Split:
    """Draw who is enrolled: first of those who have a picture to spare for a probe, then of the others.

    Args:
        faces: Of everybody.
        people: How many are enrolled; at most as many as are `able`.
        templates: With how many pictures each.
        random: Draws people and pictures.
    """
    counts = np.bincount(faces.people)
    spare = random.permutation(np.flatnonzero(counts > templates))
    fillers = random.permutation(np.flatnonzero(counts == templates))
    enrolled = np.sort(np.concatenate([spare, fillers])[:people])
    shuffled = random.permutation(len(faces))
    order = shuffled[np.argsort(faces.people[shuffled], kind="stable")]
    rank = np.arange(len(order)) - (np.cumsum(counts) - counts)[faces.people[order]]
    inside = np.isin(faces.people[order], enrolled)
    return Split(
        enrolled=enrolled,
        templates=order[inside & (rank < templates)].reshape(people, templates),
        mated=np.sort(order[inside & (rank >= templates)]),
        non_mated=np.sort(order[~inside]),
    )


def find(faces: Faces, drawn: Split, probes: NDArray[np.int64], fusion: Fusion = "max") -> Found:
    """Search for each probe among the enrolled, a block of probes at a time.

    Args:
        faces: Of everybody.
        drawn: Who is enrolled.
        probes: (n,) int64, places in the faces.
        fusion: How the templates of a person become one score.
    """
    gallery = _gallery(faces, drawn, fusion)
    best, similarity, margin = [np.empty(0, np.int64)], [np.empty(0)], [np.empty(0)]
    for start in range(0, len(probes), _BLOCK):
        scores = faces.vectors[probes[start : start + _BLOCK]] @ gallery.reshape(-1, gallery.shape[-1]).T
        people = scores.reshape(len(scores), *gallery.shape[:2]).max(axis=2)
        first = people.argmax(axis=1)
        rows = np.arange(len(people))
        top = people[rows, first].astype(np.float64)
        people[rows, first] = -np.inf
        best.append(drawn.enrolled[first])
        similarity.append(np.clip(top, -1.0, 1.0))
        margin.append(top - people.max(axis=1) if people.shape[1] > 1 else np.full(len(top), ALONE))
    found = np.concatenate(best)
    return Found(probes, faces.people[probes], found, np.concatenate(similarity), np.concatenate(margin))


def joined(found: list[Found]) -> Found:
    """Return the probes of several repeats as one."""
    return Found(
        np.concatenate([one.probe for one in found]),
        np.concatenate([one.truth for one in found]),
        np.concatenate([one.person for one in found]),
        np.concatenate([one.similarity for one in found]),
        np.concatenate([one.margin for one in found]),
    )


def counted(happened: NDArray[np.bool_], found: Found) -> Share:
    """Return how often something happened to probes, with an interval from drawing the people whom they show."""
    return share(happened, found.truth, found.probe)


def voted(found: Found, rule: Rule, templates: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Ask the product's own rule whom each probe shows, as one judged frame does (`edge.access.decide.vote`).

    Args:
        found: The best matches.
        rule: The terminal's.
        templates: How many templates are enrolled.

    Returns:
        (n,) int64, who, or -1 for nobody; and (n,) bool, whether only the margin was missing.
    """
    who = np.full(len(found), _NOBODY)
    ambiguous = np.zeros(len(found), bool)
    rows = zip(found.person.tolist(), found.similarity.tolist(), found.margin.tolist(), strict=True)
    for place, (person, similarity, margin) in enumerate(rows):
        match = Match(PersonId(str(person)), similarity, margin, templates)
        cast = vote(Sighting(at=0.0, sequence=0, match=match), rule)
        who[place] = _NOBODY if cast.person is None else int(cast.person)
        ambiguous[place] = cast.ambiguous
    return who, ambiguous


def _gallery(faces: Faces, drawn: Split, fusion: Fusion) -> NDArray[np.float32]:
    """Return (people, vectors of each, dimensions); the mean of similarities is the similarity to the mean vector."""
    vectors = faces.vectors[drawn.templates]
    if fusion == "max":
        return vectors
    mean = vectors.mean(axis=1, keepdims=True)
    return np.asarray(mean if fusion == "mean" else mean / np.linalg.norm(mean, axis=2, keepdims=True), np.float32)
