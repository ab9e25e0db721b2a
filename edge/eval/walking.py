"""Attackers who try to walk a victim's templates over to their own face, liveness being defeated.

An attacker stands before a terminal that adapts, and is let in as the victim by what they present. Two of them:

- with their own face: their photographs, each with the noise of another frame;
- omniscient: they can present any face, know the rule and the templates, and present each time the face on the way from
  a template of the victim to themselves that goes as far as the rule accepts.

They have won when their own unmodified photograph is let in as the victim, which it was not before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from edge.people import adapt
from edge.people.adapt import Declined, Grant, Surroundings, View
from edge.people.gallery import Gallery, Templates
from edge.people.records import Kept, Provenance, Template
from edge.values import Embedding, PersonId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from edge.people.adapt import Bounds
    from edge.values import Space

    Vector = NDArray[np.float32]

VICTIM = PersonId("a victim")
FRAME_LIKENESS = 0.9
"""Cosine similarity of a photograph and the same face in another frame."""

_HALVINGS = 12
_STEP = 1e-3
"""An attacker who comes no nearer to their own face than this has come as far as they can."""


class Policy(StrEnum):
    """How a terminal adapts."""

    BOUNDED = "bounded"
    """The product's."""
    TEMPLATES_ONLY = "templates bounded"
    """The product's without the bound at the door: an adapted template counts for as much as an enrolled one."""
    UNBOUNDED = "self-updating"
    """Whatever the door lets in becomes a template: the control that must fail."""


class Attack(StrEnum):
    """What an attacker presents."""

    OWN_FACE = "own face"
    OMNISCIENT = "omniscient"
    INSIDER = "omniscient, enrolled"
    """They are enrolled themselves, under their own name."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the terminal asks for, by the number of templates that are searched.

    Attributes:
        space: The space of the embeddings.
        threshold: From here on the door opens.
        margin: The least distance to the next person.
        bounds: How far adaptation may go.
        lift: How much an adapted template may add.
        room: How many more templates there may be, of everybody's and one person's.
    """

    space: Space
    threshold: Callable[[int], float]
    margin: float
    bounds: Callable[[int], Bounds]
    lift: Callable[[int], float]
    room: Callable[[int, int], int]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A victim, whoever else is enrolled, and an attacker.

    Attributes:
        anchor: (dimensions,) float32, the victim's enrolled template.
        others: (n, dimensions) float32, one template of each other enrolled person.
        own: (k, dimensions) float32, the attacker's own photographs.
    """

    anchor: Vector
    others: Vector
    own: Vector


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attack ended.

    Attributes:
        presented: How many faces were presented.
        adapted: How many of them became templates.
        won: Whether the attacker's own face is let in as the victim.
    """

    presented: int
    adapted: int
    won: bool


class Siege:
    """A terminal under attack."""

    def __init__(self, scene: Scene, terms: Terms, policy: Policy) -> None:
        """Enrol the victim and the others."""
        self._scene, self._terms, self._policy = scene, terms, policy
        self._at = 10 * 365 * adapt.DAY_S
        enrolled = Template(Embedding(scene.anchor, terms.space), "photo")
        self.kept: tuple[Kept, ...] = (Kept(enrolled, 0.0),)
        self._gallery = self._built()

    @property
    def least(self) -> float:
        """The similarity to one of the victim's templates below which nobody is let in."""
        return self._terms.threshold(self._gallery.templates)

    def lets_in(self, vector: Vector) -> bool:
        """Whether the door takes a face for the victim."""
        match = self._gallery.search(Embedding(vector, self._terms.space))
        return (
            match is not None
            and match.person == VICTIM
            and match.similarity >= self._terms.threshold(match.comparisons)
            and match.margin >= self._terms.margin
        )

    def judged(self, vector: Vector) -> Template | Declined:
        """Return what a face that is presented now would become."""
        if not self.lets_in(vector):
            return Declined.WEAK
        face = Embedding(vector, self._terms.space)
        if self._policy is Policy.UNBOUNDED:
            return Template(face, adapt.SOURCE, "adapted", Provenance(self._at, 0.0, 0.0, 1.0, 0.0, 1, "challenge"))
        templates = self._gallery.templates
        bounds = self._terms.bounds(templates)
        grant = Grant(self._at, (View(face, 100.0),) * bounds.frames, "challenge")
        around = Surroundings(self._rival, self._terms.room(templates, len(self.kept)))
        return adapt.judge(grant, self.kept, bounds, around)

    def present(self, vector: Vector) -> bool:
        """Stand before the terminal with a face, and come back a while later; returns whether it was adapted."""
        new = self.judged(vector)
        bounds = self._terms.bounds(self._gallery.templates)
        if isinstance(new, Template):
            later = adapt.with_adapted(self.kept, new, bounds.most)
            self.kept = (*adapt.reverted(self.kept), *(Kept(one, self._at) for one in later))
            self._gallery = self._built()
        self._at += max(bounds.apart_s, adapt.DAY_S)
        return isinstance(new, Template)

    def _rival(self, face: Embedding) -> float:
        return float((self._scene.others @ face.vector).max(initial=-1.0))

    def _built(self) -> Gallery:
        mine = np.stack([one.template.embedding.vector for one in self.kept])
        vectors = np.concatenate([mine, self._scene.others])
        adapted = np.zeros(len(vectors), np.bool_)
        adapted[: len(mine)] = [one.template.kind == "adapted" for one in self.kept]
        people = (VICTIM, *(PersonId(f"other {number:05}") for number in range(len(self._scene.others))))
        offsets = np.array([0, *range(len(mine), len(vectors) + 1)], np.int64)
        lift = self._terms.lift(len(vectors)) if self._policy is Policy.BOUNDED else inf
        return Gallery(Templates(self._terms.space, people, offsets, vectors, adapted), lift)


def attack(scene: Scene, terms: Terms, policy: Policy, kind: Attack, plan: tuple[int, int]) -> Outcome | None:
    """Attack a victim; None where the attacker's own face is let in from the start, so that there is nothing to win.

    Args:
        scene: Who is there.
        terms: What the terminal asks for.
        policy: How it adapts.
        kind: What the attacker presents.
        plan: How many times at most, and the seed of the noise.
    """
    if kind is Attack.INSIDER:
        scene = replace(scene, others=np.concatenate([scene.others, scene.own[:1]]))
    siege = Siege(scene, terms, policy)
    if any(siege.lets_in(photo) for photo in scene.own):
        return None
    steps, seed = plan
    faces = _own(scene, steps, seed) if kind is Attack.OWN_FACE else _towards(siege, scene, steps)
    presented = adapted = 0
    for face in faces:
        presented += 1
        if siege.present(face):
            adapted += 1
            if any(siege.lets_in(photo) for photo in scene.own):
                return Outcome(presented, adapted, won=True)
    return Outcome(presented, adapted, won=False)


def _own(scene: Scene, steps: int, seed: int) -> Iterator[Vector]:
    """Yield the attacker's photographs in turn: first as they are, then as other frames would show them."""
    random = np.random.default_rng(seed)
    for step in range(steps):
        photo = scene.own[step % len(scene.own)]
        if step < len(scene.own):
            yield photo
            continue
        noise = random.standard_normal(len(photo))
        noise -= (noise @ photo) * photo
        noise *= np.sqrt(1 / FRAME_LIKENESS**2 - 1) / np.linalg.norm(noise)
        yield _unit(photo + noise)


def _towards(siege: Siege, scene: Scene, steps: int) -> Iterator[Vector]:
    """Yield each time the face nearest to the attacker's own that the rule accepts, until there is none nearer."""
    goal = scene.own[int((scene.own @ scene.anchor).argmax())]
    reached = float(goal @ scene.anchor)
    for _ in range(steps):
        starts = [one.template.embedding.vector for one in siege.kept]
        best = max((_furthest(siege, start, goal) for start in starts), key=lambda face: float(face @ goal))
        if float(best @ goal) < reached + _STEP:
            return
        reached = float(best @ goal)
        yield best


def _furthest(siege: Siege, start: Vector, goal: Vector) -> Vector:
    """Return the furthest face on the way from a template to the attacker's own that nothing is said against.

    That it is nothing new yet speaks against no face: the next one on the way is.
    """
    near, far = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        new = siege.judged(_unit((1 - middle) * start + middle * goal))
        accepted = isinstance(new, Template) or new is Declined.NOTHING_NEW
        near, far = (middle, far) if accepted else (near, middle)
    return _unit((1 - near) * start + near * goal)


def _unit(vector: NDArray[np.floating]) -> Vector:
    return (vector / np.linalg.norm(vector)).astype(np.float32)
