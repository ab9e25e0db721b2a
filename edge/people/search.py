"""A search that always knows who is enrolled at this moment (S12)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from edge.errors import DamagedError, ModelError, SpaceError
from edge.people import faults
from edge.people.gallery import Gallery

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.people.gallery import Templates
    from edge.people.store import Store
    from edge.values import Embedding, Match, PersonId, Space


class LiveSearch:
    """Searches the store's people of one embedding space; implements `edge.values.Search`.

    Each search asks the store for its generation first, and reads the templates again when it changed, whoever
    changed it. Threads may share it; they take turns.
    """

    def __init__(self, store: Store, space: Space, lift: Callable[[int], float] = lambda _: 0.0) -> None:
        """Read the templates of one space.

        Args:
            store: Who is enrolled.
            space: In which space.
            lift: How much an adapted template may add to what the anchors say among so many templates; without it none
                counts.

        Raises:
            StoreError: The store cannot be read.
        """
        self.space = space
        self._store = store
        self._lift = lift
        self._lock = threading.Lock()
        self._gallery: Gallery | None = None
        self._generation = -1
        self._stranded = 0
        self.gallery()

    def __call__(self, probe: Embedding) -> Match | None:
        """Return the best match among those who are enrolled now; None when nobody is.

        Raises:
            SpaceError: The probe lives in another space, or all enrolled people do (S5).
            StoreError: The store cannot be read; nobody can be recognised until it can.
        """
        gallery = self.gallery()
        with self._lock:
            match = gallery.search(probe)
        if match is None:
            self.check()
        return match

    @property
    def stranded(self) -> int:
        """How many people cannot be recognised because their templates live in other spaces, as last read."""
        return self._stranded

    def check(self) -> None:
        """Refuse a store of which nobody could ever be recognised; meant for the start, too.

        Raises:
            SpaceError: There are templates, and all of them live in other spaces (S5).
        """
        if not len(self.gallery()) and self._stranded:
            others = ", ".join(str(space) for space in self._store.spaces())
            raise SpaceError(
                f"people store {self._store.path}: its {self._stranded} people were enrolled with {others}, and "
                f"{self.space} runs: enrol them again, or configure the model they were enrolled with",
            )

    def gallery(self) -> Gallery:
        """Return the people as they are at this moment.

        Raises:
            StoreError: The store cannot be read, or a template in it is none (`DamagedError`).
        """
        with self._lock:
            generation = self._store.generation()
            if self._gallery is None or generation != self._generation:
                # Let go first: a failed reading leaves nobody to match.
                self._gallery = None
                templates = self._store.templates(self.space)
                gallery = self._of(templates)
                self._stranded = self._store.stranded(self.space)
                # Read before the templates: a change in between only means that they are read once more.
                self._generation = generation
                self._gallery = gallery
            return self._gallery

    def _of(self, templates: Templates) -> Gallery:
        lift = self._lift(len(templates.vectors))
        try:
            return Gallery(templates, lift)
        except ModelError as error:  # no model is at fault: what the store gave is nobody's template
            raise DamagedError(faults.damaged(self._store.path, str(error))) from error


class ClaimedSearch:
    """Searches one person's templates alone (1:1); implements `edge.values.Search`.

    As with `LiveSearch` each search knows the templates of this moment: who was removed is found no more (S12).
    """

    def __init__(self, search: LiveSearch, person: PersonId, *, adapted: bool = True) -> None:
        """Take who was claimed, the search among everybody, and whether adapted templates count."""
        self.person = person
        self._search = search
        self._adapted = adapted

    def __call__(self, probe: Embedding) -> Match | None:
        """Return the claimed person's match; None when they have no template that can be compared.

        Raises:
            SpaceError: The probe lives in another space, or all enrolled people do (S5).
            StoreError: The store cannot be read; nobody can be recognised until it can.
        """
        alone = self.alone()
        match = alone.search(probe)
        if match is None:
            self._search.check()
        return match

    def alone(self) -> Gallery:
        """Return a gallery of the claimed person as they are at this moment; empty when they have no template.

        Raises:
            StoreError: The store cannot be read.
        """
        return self._search.gallery().alone(self.person, adapted=self._adapted)
