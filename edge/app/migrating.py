"""Gives people templates of a new embedding space as they walk by: judged by the rules, written down, then stored."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from edge.app import auditing, leeway
from edge.app.curves import curve
from edge.errors import EdgeError
from edge.ota.claimed import proven
from edge.ota.migrate import Declined, gathered, migrated, standing
from edge.people.search import LiveSearch
from edge.people.waiting import Waiting
from edge.values import Occasion, counted
from edge.vision.embed import space_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.app.places import Places
    from edge.app.renewing import Everybody
    from edge.config import Config
    from edge.ota.migrate import Bounds, Walk
    from edge.people.records import Kept, Template
    from edge.people.store import Store
    from edge.values import Embedding, Handle, Person, PersonId, Space
    from edge.vision.bundle import Bundle

_log = logging.getLogger(__name__)

OPERATOR = "migration"
"""Who the journal says did it."""


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """Somebody whom the door let in, and whom both models saw.

    Attributes:
        person: Who, as the model that decides says.
        handle: Which of all who ever had that id.
        walk: The track.
    """

    person: PersonId
    handle: Handle
    walk: Walk


class Keeper(Protocol):
    """The people store, as far as migration needs it."""

    def person(self, person: PersonId) -> Person | None:
        """Return a person as they are at this moment."""

    def kept(self, person: PersonId) -> tuple[Kept, ...]:
        """Return all templates of a person, of every space."""

    def gathered(self, person: PersonId) -> tuple[Template, ...]:
        """Return the walks of a person that wait, of every space."""

    def set_gathered(self, person: PersonId, space: Space, walks: Sequence[Template], handle: Handle) -> None:
        """Put these in the place of a person's waiting walks of a space, in one step; of nobody else's (S12)."""

    def migrate(self, person: PersonId, templates: Sequence[Template], handle: Handle) -> None:
        """Give a person, and nobody else, templates of a space in which they have none; their walks are forgotten."""


@dataclass(frozen=True, slots=True, eq=False)
class Migrator:
    """Judges walks and keeps what the rules let through; not for the thread of the frames.

    Attributes:
        store: Where templates are kept.
        old: The search in the space that decides.
        new: The search in the space of the candidate.
        bounds: What walks must keep to, among so many templates of the old space, and of the new one.
        consented: Whether somebody's consent counts at this moment.
        audit: Writes down that this person was migrated, with words for people.
    """

    store: Keeper
    old: Everybody
    new: Everybody
    bounds: Callable[[int, int], Bounds]
    consented: Callable[[Person], bool]
    audit: Callable[[Handle, str], None]

    def walked(self, walked: Walked) -> Template | Declined | None:
        """Take a walk into account: call it after the door opened, best once nobody stands there any more.

        Returns:
            What was kept: a walk that waits ("gathered") or, with this one, a template of the new space ("migrated");
            or why neither; None where the person is gone or something failed. Errors are logged and not raised: nobody
            waits for them, and the next walk is another chance.
        """
        try:
            return self._judged(walked)
        except EdgeError as error:
            _log.warning("nothing was migrated for %s: %s", walked.handle, error)
            return None

    def claimed(self, walked: Walked) -> Template | Declined | None:
        """Take into account that the door opened for somebody whom the old set alone knows, and a PIN or code named.

        Returns:
            What was kept, a template of the new space; or why nothing was, as for `walked`.
        """
        try:
            return self._proven(walked)
        except EdgeError as error:
            _log.warning("nothing was migrated for %s: %s", walked.handle, error)
            return None

    def _proven(self, walked: Walked) -> Template | Declined | None:
        person = self.store.person(walked.person)
        if person is None or person.handle != walked.handle:  # removed since, and perhaps enrolled anew (S12)
            return None
        if not self.consented(person):
            return Declined.NO_CONSENT
        bounds = self.bounds(self.old.gallery().templates, self.new.gallery().templates)
        rivals = rival_of(self.old, person.id), rival_of(self.new, person.id)
        made = proven(walked.walk, self.store.kept(person.id), bounds, rivals)
        if isinstance(made, Declined):
            _log.debug("no template was made of the claim of %s: %s", person.handle, made)
            return made
        return self._kept(person, made)

    def _kept(self, person: Person, made: Template) -> Template:
        # The journal first: a template that nobody was told of must not exist; a line too many harms nobody.
        self.audit(person.handle, told(made))
        self.store.migrate(person.id, (made,), person.handle)
        self.old.gallery()  # both read again here, so that the next face need not wait for it
        self.new.gallery()
        return made

    def _judged(self, walked: Walked) -> Template | Declined | None:
        person = self.store.person(walked.person)
        if person is None or person.handle != walked.handle:  # removed since, and perhaps enrolled anew (S12)
            return None
        if not self.consented(person):
            return Declined.NO_CONSENT
        old, new = self.old.gallery(), self.new.gallery()
        bounds = self.bounds(old.templates, new.templates)
        walks = standing(self.store.gathered(person.id), new.space, walked.walk.at)
        found = gathered(walked.walk, self.store.kept(person.id), walks, bounds, rival_of(self.old, person.id))
        if isinstance(found, Declined):
            _log.debug("no walk was kept of %s: %s", person.handle, found)
            return found
        self.store.set_gathered(person.id, new.space, (*walks, found)[-bounds.most :], person.handle)
        all_of_them = standing(self.store.gathered(person.id), new.space, walked.walk.at)
        made = migrated(all_of_them, old.space, bounds, rival_of(self.new, person.id))
        if isinstance(made, Declined):
            _log.debug("no template was made of the walks of %s: %s", person.handle, made)
            return found
        return self._kept(person, made)


def migrator(
    config: Config,
    here: Places,
    store: Store,
    old: Everybody,
    embedders: tuple[Bundle, Bundle],
    consented: Callable[[Person], bool],
) -> Migrator:
    """Put together what gives people templates of a candidate's space while another set decides.

    Args:
        config: Everything that is set.
        here: Where the journal is.
        store: Who is enrolled.
        old: The terminal's own search, of the set that decides.
        embedders: Of the set that decides, and of the candidate.
        consented: Whether somebody's consent counts at this moment.

    Raises:
        EvidenceError: An embedder has no measured curve.
        StoreError: The store cannot be read.
    """
    decides, candidate = (curve(one) for one in embedders)
    return Migrator(
        Waiting(store),
        old,
        LiveSearch(store, space_of(embedders[1], flip=config.models.flip)),
        lambda before, after: leeway.migration(config, decides, candidate, (before, after)),
        consented,
        lambda handle, words: auditing.audit(here, Occasion.MIGRATED, operator=OPERATOR, words=words, handle=handle),
    )


def told(template: Template) -> str:
    """Return how a template came into a space, in words for the journal: figures, and nobody's face or name."""
    made = template.migration
    if made is None:
        return "nothing is known of it"
    of = {"walks": counted(made.walks, "walk"), "crop": counted(made.walks, "kept picture"), "claim": "a proven claim"}
    alike = f"{made.least:.3f} between the least alike, {made.required:.3f} required, " if made.how == "walks" else ""
    return f"to {template.embedding.space} of {of[made.how]}: {alike}{max(made.rival, -1.0):.3f} to anybody else"


def rival_of(search: Everybody, person: PersonId) -> Callable[[Embedding], float]:
    """Return what says how like a face is to the most similar template of anybody else; -1 when nobody else has one."""

    def rival(face: Embedding) -> float:
        match = search(face) if len(search.gallery()) else None  # in a new space nobody need be known yet
        if match is None:
            return -1.0
        return match.similarity - match.margin if match.person == person else match.similarity

    return rival
