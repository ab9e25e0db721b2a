"""Gives a person an adapted template after a grant: judges by the rules, writes it down, and only then stores it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from edge.errors import EdgeError
from edge.people.adapt import Declined, Surroundings, judge, with_adapted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.people.adapt import Bounds, Grant
    from edge.people.gallery import Gallery
    from edge.people.records import Kept, Template
    from edge.values import Embedding, Handle, Match, Person, PersonId

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Granted:
    """Somebody whom the door let in.

    Attributes:
        person: Who.
        handle: Which of all who ever had that id.
        grant: The track.
    """

    person: PersonId
    handle: Handle
    grant: Grant


class Keeper(Protocol):
    """The people store, as far as adaptation needs it."""

    def person(self, person: PersonId) -> Person | None:
        """Return a person as they are at this moment."""

    def kept(self, person: PersonId) -> tuple[Kept, ...]:
        """Return all templates of a person."""

    def set_adapted(self, person: PersonId, templates: Sequence[Template], handle: Handle) -> int:
        """Put these in the place of a person's adapted templates, in one step, and of nobody else's (S12)."""


class Everybody(Protocol):
    """The search among everybody, as far as adaptation needs it; `edge.people.search.LiveSearch` is one."""

    def __call__(self, probe: Embedding) -> Match | None:
        """Return the best match among those who are enrolled now."""

    def gallery(self) -> Gallery:
        """Return the people as they are at this moment."""


@dataclass(frozen=True, slots=True, eq=False)
class Renewer:
    """Judges grants and keeps what the rules let through; not for the thread of the frames.

    Attributes:
        store: Where templates are kept.
        search: The terminal's own: it reads the templates again here, so that the next face need not wait for it.
        bounds: How far adaptation may go among so many templates.
        room: How many more the evidence supports: of everybody's, and of one person's.
        consented: Whether their consent counts at this moment.
        audit: Writes down that this person was given a template, with words for people.
    """

    store: Keeper
    search: Everybody
    bounds: Callable[[int], Bounds]
    room: Callable[[int, int], int]
    consented: Callable[[Person], bool]
    audit: Callable[[Handle, str], None]

    def __call__(self, granted: Granted) -> Template | Declined | None:
        """Return the template that was kept, why there is none, or None where the person is gone or something failed.

        Errors are logged and not raised: nobody waits for them, and the next grant is another chance.
        """
        try:
            return self._renewed(granted)
        except EdgeError as error:
            _log.warning("nothing was adapted for %s: %s", granted.handle, error)
            return None

    def _renewed(self, granted: Granted) -> Template | Declined | None:
        person = self.store.person(granted.person)
        if person is None or person.handle != granted.handle:  # removed since, and perhaps enrolled anew (S12)
            return None
        if not self.consented(person):
            return Declined.NO_CONSENT
        kept, gallery = self.store.kept(person.id), self.search.gallery()
        bounds = self.bounds(gallery.templates)
        around = Surroundings(self._rival_of(person.id), self.room(gallery.templates, len(kept)))
        found = judge(granted.grant, kept, bounds, around)
        if isinstance(found, Declined):
            _log.debug("nothing was adapted for %s: %s", person.handle, found)
            return found
        # The journal first: a template that nobody was told of must not exist; a line too many harms nobody.
        self.audit(person.handle, told(found))
        self.store.set_adapted(person.id, with_adapted(kept, found, bounds.most), person.handle)
        self.search.gallery()
        return found

    def _rival_of(self, person: PersonId) -> Callable[[Embedding], float]:
        def rival(face: Embedding) -> float:
            match = self.search(face)
            if match is None:
                return -1.0
            return match.similarity - match.margin if match.person == person else match.similarity

        return rival


def told(template: Template) -> str:
    """Return how a template came about, in words for the journal: figures, and nobody's face or name."""
    made = template.provenance
    if made is None:
        return "nothing is known of it"
    shown = f" and {', '.join(made.factors)}" if made.factors else ""
    return (
        f"similarity {made.similarity:.3f} to an enrolled template, {made.required:.3f} required (FMR {made.fmr:.1e}), "
        f"{max(made.rival, -1.0):.3f} to anybody else; {made.frames} frames, {made.proof}{shown}"
    )
