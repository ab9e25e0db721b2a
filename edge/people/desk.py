"""Where people are enrolled: looks at the photographs, asks the rules, and stores what they let through."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge.errors import EnrolError, EvidenceError
from edge.people import enrol
from edge.people.names import shown
from edge.people.records import Template
from edge.values import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.people.enrol import Choice, Limits, Photo
    from edge.people.records import NewPerson
    from edge.people.search import LiveSearch
    from edge.people.store import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """Enrols people from photographs.

    Attributes:
        store: Where they are kept.
        search: Finds those who are there already.
        look: Studies one photograph; one that cannot be read has its `fault` set.
        limits: What counts as similar among so many templates.
        room: Raises `EvidenceError` where the evidence supports no search among so many people and templates (S9).
        most: Among how many templates it supports one.
    """

    store: Store
    search: LiveSearch
    look: Callable[[Path], Photo]
    limits: Callable[[int], Limits]
    room: Callable[[int, int], None]
    most: int

    def enrol(self, person: NewPerson, photographs: Sequence[Path]) -> Choice:
        """Enrol somebody, or give somebody more templates; when no photograph is good enough, nothing is stored.

        Raises:
            EnrolError: An id, a name or a group is not allowed, or is not the enrolled person's.
            EvidenceError: The model's evidence supports no more people or templates (S9).
            StoreError: The store cannot be read or written; nothing was changed.
        """
        new = person.checked()
        self._same(new)
        gallery = self.search.gallery()
        enrolled = gallery.of(new.id)
        people = len(gallery) + (0 if len(enrolled) else 1)
        self.room(people, gallery.templates + 1)  # before the photographs are looked at, which takes its time
        limits = self.limits(gallery.templates + 1)
        photos = [self.look(path) for path in photographs]
        choice = enrol.choose(photos, enrol.Applicant(new.id, enrolled), gallery.search, limits)
        templates = [Template(photo.embedding, Path(photo.file).name) for photo in choice.accepted if photo.embedding]
        if len(templates) > (left := self.most - gallery.templates):
            raise EvidenceError(
                f"id {new.id}: {counted(len(templates), 'photograph')} would become templates, and the model's "
                f"evidence supports {left} more than are enrolled: give at most {counted(left, 'photograph')}; "
                f"nothing was stored"
            )
        if templates and self.store.person(new.id):
            self.store.add_templates(new.id, templates)
        elif templates:
            self.store.add(new, templates)
        return choice

    def _same(self, new: NewPerson) -> None:
        known = self.store.person(new.id)
        if known and (new.name != known.name or (new.groups and set(new.groups) != set(known.groups))):
            groups = f" in {', '.join(known.groups)}" if known.groups else ""
            raise EnrolError(
                f"id {new.id} is enrolled as {shown(known.name)}{groups}, not as {shown(new.name)}: use another id, "
                f"or the enrolled name and groups; nothing was changed",
            )
