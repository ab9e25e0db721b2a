"""Makes templates of another embedding space from pictures that were kept of enrolments, where consent allows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.access.threshold import for_search
from edge.app import auditing
from edge.app.beside import chip_of
from edge.app.crops import picturable
from edge.app.curves import curve
from edge.app.eyes import load_model
from edge.app.migrating import OPERATOR, rival_of, told
from edge.app.verifications import consented
from edge.errors import EdgeError
from edge.ota.migrate import SOURCE, Declined
from edge.people.adapt import anchors_of
from edge.people.records import Migration, Template, words
from edge.people.search import LiveSearch
from edge.people.waiting import Waiting
from edge.values import Occasion
from edge.vision.align import NAME
from edge.vision.embed import Embedder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from edge.app.crossing import Crossing
    from edge.app.places import Places
    from edge.config import Config
    from edge.people.records import Crop
    from edge.people.store import Store
    from edge.values import Embedding, Handle, Person, Space
    from edge.vision.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Remade:
    """What came of somebody's pictures.

    Attributes:
        person: Whose they are.
        templates: How many templates were made of them.
        why: Why none was, in a stable word or an error's own; empty where some were.
    """

    person: Person
    templates: int
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Remaker:
    """Makes the templates.

    Attributes:
        waiting: Where the pictures are, and the templates go.
        search: The search in the new space.
        embed: The new embedder: an aligned face in, its embedding out.
        old: The space that decides.
        floor: From here on a face is too like somebody else in the new space.
        allowed: Whether somebody's consent counts, and allows to keep pictures, at this moment.
        audit: Writes down that this person was migrated, with words for people.
    """

    waiting: Waiting
    search: LiveSearch
    embed: Callable[[NDArray[np.uint8]], Embedding]
    old: Space
    floor: float
    allowed: Callable[[Person], bool]
    audit: Callable[[Handle, str], None]

    def remake(self) -> Iterator[Remade]:
        """Make templates of everybody who has pictures and none in the new space; yields what came of each.

        One whose pictures cannot be used keeps nobody else from it.

        Raises:
            StoreError: The store cannot be read.
        """
        for person in self.waiting.pictured():
            if len(anchors_of(self.waiting.kept(person.id), self.search.space)):
                continue
            try:
                yield self._one(person)
            except EdgeError as error:
                yield Remade(person, 0, str(error))

    def _one(self, person: Person) -> Remade:
        if not self.allowed(person):
            return Remade(person, 0, Declined.NO_CONSENT)
        space = self.search.space
        crops = [one for one in self.waiting.crops(person.id) if _fits(one, space)]
        if not crops:
            return Remade(person, 0, "other-alignment")
        faces = [self.embed(chip_of(one)) for one in crops]
        rival = max(rival_of(self.search, person.id)(face) for face in faces)
        if not rival < self.floor:  # written so that what is not a number is declined
            return Remade(person, 0, Declined.RESEMBLES)
        vectors = np.stack([face.vector for face in faces])
        least = min(1.0, float((vectors @ vectors.T).min()))
        at = self.waiting.store.clock()
        made = Migration(at, "crop", len(faces), least, -1.0, rival, words(self.old))
        templates = tuple(Template(face, SOURCE, "migrated", migration=made) for face in faces)
        # The journal first, as everywhere: a template that nobody was told of must not exist.
        self.audit(person.handle, told(templates[0]))
        self.waiting.migrate(person.id, templates, person.handle)
        return Remade(person, len(templates))


def remaker(
    config: Config,
    here: Places,
    store: Store,
    old: Space,
    new: tuple[LiveSearch, Callable[[NDArray[np.uint8]], Embedding], Bundle],
) -> Remaker:
    """Put together what makes templates of the pictures.

    Args:
        config: Everything that is set.
        here: Where the journal is.
        store: Who is enrolled.
        old: The space that people were enrolled in.
        new: The search in the new space, its embedder, which nothing else uses meanwhile, and the embedder's papers.

    Raises:
        EvidenceError: The new embedder was never measured (S9).
        StoreError: The store cannot be read.
    """
    search, embed, papers = new

    def allowed(person: Person) -> bool:
        return picturable(config, store, person) and consented(config, store, person)

    expected = max(search.gallery().templates, store.spaces().get(old, 0), 1)
    floor = curve(papers).resolve(for_search(config.decision.fpir, expected), extrapolate=True)

    def audit(handle: Handle, said: str) -> None:
        auditing.audit(here, Occasion.MIGRATED, operator=OPERATOR, words=said, handle=handle)

    return Remaker(Waiting(store), search, embed, old, floor, allowed, audit)


def loaded(config: Config, here: Places, store: Store, between: Crossing) -> Remaker:
    """Put together what makes templates of the pictures, with a model of its own.

    Raises:
        ModelError: The new embedder is missing, damaged, not proven, or has collapsed (S8).
        EvidenceError: It was never measured (S9).
        StoreError: The store cannot be read.
    """
    model = load_model(between.new, "embedder", config)
    embed = Embedder(model, flip=config.models.flip)
    new = LiveSearch(store, between.new_space), embed, model.bundle
    return remaker(config, here, store, between.old_space, new)


def _fits(crop: Crop, space: Space) -> bool:
    return crop.alignment == NAME and space.preprocessing.startswith(crop.alignment)
