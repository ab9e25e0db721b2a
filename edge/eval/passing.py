"""People who walk past a terminal that two models look through, by the product's own rules: one victim at a time.

The store is in memory; what judges is `edge.app.migrating.Migrator`. Each search counts which space met which.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from edge.app.migrating import Migrator, Walked
from edge.ota.migrate import Look, Walk
from edge.people.adapt import DAY_S
from edge.people.gallery import Gallery, Templates
from edge.people.records import Kept, Template
from edge.values import Embedding, Handle, Person, PersonId

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from edge.ota.migrate import Bounds
    from edge.values import Match, Space

    Vector = NDArray[np.float32]

SOMEBODY = PersonId("somebody")
NOON = 10 * 365 * DAY_S + DAY_S / 2
_WHO = Person(SOMEBODY, Handle("0" * 32), "Somebody", (), None, None, 1)


@dataclass(slots=True)
class Compared:
    """Which comparisons were made.

    Attributes:
        within: Searches of a probe among templates of its own space.
        across: Searches among those of another, all of which the gallery refused (S5).
    """

    within: int = 0
    across: int = 0


@dataclass(slots=True, eq=False)
class Searched:
    """The people of one space; what migration asks, counted.

    Attributes:
        space: The space.
        others: (n, dimensions) float32, one template of each other person.
        compared: Where searches are counted.
        mine: The templates of the one who walks by.
    """

    space: Space
    others: Vector
    compared: Compared
    mine: tuple[Vector, ...] = ()
    _built: Gallery | None = field(default=None, init=False)

    def __call__(self, probe: Embedding) -> Match | None:
        """Return the best match.

        Raises:
            SpaceError: The probe is of another space.
        """
        if probe.space == self.space:
            self.compared.within += 1
        else:
            self.compared.across += 1
        return self.gallery().search(probe)

    def gallery(self) -> Gallery:
        """Return the people as they are."""
        if self._built is None:
            vectors = np.concatenate([np.stack(self.mine), self.others]) if self.mine else self.others
            others = tuple(PersonId(f"zother {number:06}") for number in range(len(self.others)))
            people = (SOMEBODY, *others) if self.mine else others
            starts = (0, *range(len(self.mine), len(vectors) + 1)) if self.mine else range(len(vectors) + 1)
            self._built = Gallery(Templates(self.space, people, np.array(starts, np.int64), vectors))
        return self._built

    def give(self, vector: Vector) -> None:
        """Give the one who walks by a template."""
        self.mine, self._built = (*self.mine, vector), None


@dataclass(slots=True, eq=False)
class Site:
    """A terminal with two models, and somebody who is enrolled in the old space; an `edge.app.migrating.Keeper`.

    Attributes:
        old: The people in the old space.
        new: The people in the new one.
        bounds: What walks must keep to, among so many templates of each.
        walks: What waits.
        why: How often which rule declined.
    """

    old: Searched
    new: Searched
    bounds: Callable[[int, int], Bounds]
    walks: tuple[Template, ...] = ()
    why: Counter[str] = field(default_factory=Counter)
    _day: int = field(default=0, init=False)

    def walk(self, old: Vector, new: Vector, score: float = 100.0) -> None:
        """Walk by on another day."""
        bounds = self.bounds(self.old.gallery().templates, self.new.gallery().templates)
        look = Look(Embedding(old, self.old.space), Embedding(new, self.new.space), score)
        walk = Walk(NOON + self._day * DAY_S, (look,) * bounds.frames, "challenge")
        self._day += 1
        migrator = Migrator(self, self.old, self.new, self.bounds, lambda _: True, lambda *_: None)
        found = migrator.walked(Walked(SOMEBODY, _WHO.handle, walk))
        self.why[found.kind if isinstance(found, Template) else str(found or "failed")] += 1

    @property
    def migrated(self) -> bool:
        """Whether they have a template in the new space."""
        return bool(self.new.mine)

    def clean(self) -> Site:
        """Return the same terminal before anybody walked by."""
        return Site(self.old, replace(self.new, mine=()), self.bounds)

    def person(self, _person: PersonId) -> Person:
        """See `Keeper.person`."""
        return _WHO

    def kept(self, _person: PersonId) -> tuple[Kept, ...]:
        """See `Keeper.kept`."""
        both = ((one, self.old.space, "enrolled") for one in self.old.mine)
        came = ((one, self.new.space, "migrated") for one in self.new.mine)
        return tuple(
            Kept(Template(Embedding(vector, space), "photo", kind), 0.0)  # type: ignore[arg-type]  # both are kinds
            for vector, space, kind in (*both, *came)
        )

    def gathered(self, _person: PersonId) -> tuple[Template, ...]:
        """See `Keeper.gathered`."""
        return self.walks

    def set_gathered(self, _person: PersonId, _space: Space, walks: Sequence[Template], _handle: Handle) -> None:
        """See `Keeper.set_gathered`."""
        self.walks = tuple(walks)

    def migrate(self, _person: PersonId, templates: Sequence[Template], _handle: Handle) -> None:
        """See `Keeper.migrate`."""
        for one in templates:
            self.new.give(one.embedding.vector)
        self.walks = ()


@dataclass(frozen=True, slots=True)
class Door:
    """Whom a door lets in.

    Attributes:
        threshold: The similarity that is needed among so many templates.
        margin: The least distance to the next person.
    """

    threshold: Callable[[int], float]
    margin: float

    def opens(self, searched: Searched, vector: Vector) -> bool:
        """Whether it takes a face for the one who walks by."""
        match = searched(Embedding(vector, searched.space))
        return (
            match is not None
            and match.person == SOMEBODY
            and match.similarity >= self.threshold(match.comparisons)
            and match.margin >= self.margin
        )
