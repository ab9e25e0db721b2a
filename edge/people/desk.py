"""Where people are enrolled: looks at the photographs, asks the rules, and stores what they let through."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from edge.errors import EnrolError, EvidenceError
from edge.people import enrol, moving
from edge.people.names import shown
from edge.people.records import Template
from edge.people.waiting import Waiting
from edge.values import Handle, Occasion, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.people.enrol import Choice, Limits, Photo
    from edge.people.moving import MovedPerson
    from edge.people.records import Consent, Crop, NewPerson
    from edge.people.search import LiveSearch
    from edge.people.store import Store
    from edge.values import Embedding, Person, PersonId, Space


class Audit(Protocol):
    """Writes down what was done to whom; on return it lasts."""

    def __call__(self, occasion: Occasion, handle: Handle, words: str) -> None:
        """Write it down.

        Raises:
            JournalError: It was not written.
        """


@dataclass(frozen=True, slots=True)
class Beside:
    """What else than a template of the set that decides is kept of a photograph.

    Attributes:
        space: The embedding space of another set that is being tried; None for none.
        embed: Returns the face as that set sees it; None where it sees none, or there is no such set.
        crop: Returns the aligned face; asked only where the consent allows to keep it.
        crop_texts: The versions of the consent text that allow it; empty for none.
    """

    space: Space | None = None
    embed: Callable[[Photo], Embedding | None] = lambda _: None
    crop: Callable[[Photo], Crop | None] = lambda _: None
    crop_texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Enrols people from photographs, or from what a camera captured.

    Attributes:
        store: Where they are kept.
        search: Finds those who are there already.
        look: Studies one photograph; one that cannot be read has its `fault` set.
        limits: What counts as similar among so many templates.
        room: Raises `EvidenceError` where the evidence supports no search among so many people and templates (S9).
        most: Among how many templates it supports one.
        consent_texts: The versions of the consent text that count; empty: any.
        distinct: Somebody whom the officer knows to be another person than whoever is enrolled; None for nobody.
        audit: Writes down who was enrolled, and who was to be enrolled twice; by default nobody does.
        beside: What else is kept of a photograph; by default nothing is.
    """

    store: Store
    search: LiveSearch
    look: Callable[[Path], Photo]
    limits: Callable[[int], Limits]
    room: Callable[[int, int], None]
    most: int
    consent_texts: tuple[str, ...] = ()
    distinct: Handle | None = None
    audit: Audit = lambda occasion, handle, words: None  # noqa: ARG005 - a desk without a journal
    beside: Beside = Beside()

    def enrol(self, person: NewPerson, photographs: Sequence[Path]) -> Choice:
        """Enrol somebody, or give somebody more templates; when no photograph is good enough, nothing is stored.

        Raises:
            EnrolError: An id, a name or a group is not allowed, or is not the enrolled person's; or there is no
                consent that counts.
            EvidenceError: The model's evidence supports no more people or templates (S9).
            StoreError: The store cannot be read or written; nothing was changed.
            JournalError: It was stored, and not written down.
        """
        new = self.admit(person)  # before the photographs are looked at, which takes its time
        return self._take(new, [self.look(path) for path in photographs])

    def enrol_seen(self, person: NewPerson, seen: Sequence[Photo]) -> Choice:
        """Enrol somebody from what was seen of them already; as `enrol` otherwise."""
        return self._take(self.admit(person), seen)

    def admit(self, person: NewPerson) -> NewPerson:
        """Return the person in normal form if they may be enrolled; the errors are those of `enrol`."""
        new = person.checked()
        known = self.store.person(new.id)
        self._same(new, known)
        self._agreed(new, self.store.consent(new.id) if known else None)
        gallery = self.search.gallery()
        self.room(len(gallery) + (0 if len(gallery.of(new.id)) else 1), gallery.templates + 1)
        return new

    def renew_consent(self, person: PersonId, consent: Consent) -> None:
        """Record what somebody agreed to who was enrolled before, perhaps without any record.

        Raises:
            EnrolError: Nobody is enrolled under this id, or the text does not count.
            StoreError: It cannot be written; nothing was changed.
            JournalError: It was stored, and not written down.
        """
        known = self.store.person(person)
        if known is None:
            raise EnrolError(f"nobody is enrolled under the id {shown(person)}: enrol them with their consent")
        self._counts(consent.checked(), person)
        self._consent(person, consent)
        self.audit(Occasion.ENROLLED, known.handle, f"consent to text {consent.text} recorded anew")

    def take_in(self, moved: MovedPerson, at: float) -> Person:
        """Take in somebody who was enrolled at another terminal, under the handle that they have there.

        Args:
            moved: Who.
            at: Now, seconds since the epoch.

        Raises:
            EnrolError: They may not be enrolled here, or are already, or their face is under another id; or all of
                their templates are of other models than the one that runs (S5).
            EvidenceError: The model's evidence supports no more people or templates (S9).
            StoreError: The store cannot be read or written; nothing was changed.
            JournalError: It was stored, and not written down.
        """
        new, gallery = moved.person(), self.search.gallery()
        self._agreed(new, None)
        everything = [each.template() for each in moved.templates]
        templates = [one for one in everything if one.embedding.space == gallery.space and one.kind != "gathered"]
        others = [one for one in everything if one.embedding.space == self.beside.space]
        if not templates:
            raise EnrolError(f"id {shown(new.id)}: has no template of the model that runs here ({gallery.space})")
        self.room(len(gallery) + 1, gallery.templates + len(templates))
        asked = self.limits(gallery.templates + 1)
        photos = [enrol.Photo(one.source, 1, (), one.embedding) for one in templates]
        here = self.store.person_by_handle(Handle(moved.handle))
        choice = enrol.choose(photos, enrol.Applicant(new.id, gallery.of(new.id)[:0]), gallery.search, asked)
        if choice.twin and here is None and self.store.person(new.id) is None:
            enrol.require(self._refused(choice, choice.twin), new.id)
        stored = moving.take_in(self.store, moved, [*templates, *others], at)
        self.audit(Occasion.ENROLLED, stored.handle, f"{counted(len(templates), 'template')} from another terminal")
        return stored

    def left(self, person: PersonId, photographs: Sequence[Path]) -> list[Path]:
        """Return the photographs that are not templates of this person yet, by name and content.

        Raises:
            StoreError: The store cannot be read.
        """
        known = {one.template.source for one in self.store.kept(person)}
        return [path for path in photographs if not (known and source(path) in known)]

    def _take(self, new: NewPerson, photos: Sequence[Photo]) -> Choice:
        gallery = self.search.gallery()
        limits = self.limits(gallery.templates + 1)
        twin = self.store.person_by_handle(self.distinct) if self.distinct else None
        if self.distinct and twin is None:
            raise EnrolError(f"nobody is known by the handle {shown(self.distinct)}: copy it from the refusal")
        applicant = enrol.Applicant(new.id, gallery.of(new.id), twin.id if twin else None)
        choice = enrol.choose(photos, applicant, gallery.search, limits)
        if choice.twin:
            return self._refused(choice, choice.twin)
        templates = [Template(one.embedding, source(Path(one.file))) for one in choice.accepted if one.embedding]
        if len(templates) > (left := self.most - gallery.templates):
            raise EvidenceError(
                f"id {new.id}: {counted(len(templates), 'photograph')} would become templates, and the model's "
                f"evidence supports {left} more than are enrolled: give at most {counted(left, 'photograph')}; "
                f"nothing was stored"
            )
        if templates:
            self._keep(new, [*self._with_crops(new, choice.accepted, templates), *self._seen_beside(choice.accepted)])
        return choice

    def _with_crops(self, new: NewPerson, photos: Sequence[Photo], templates: Sequence[Template]) -> list[Template]:
        """Return the templates with what they were made of, where the person agreed to that (S6)."""
        agreed = new.consent or self.store.consent(new.id)
        if agreed is None or agreed.text not in self.beside.crop_texts:
            return list(templates)
        crops = [self.beside.crop(photo) for photo in photos if photo.embedding]
        return [replace(template, crop=crop) for template, crop in zip(templates, crops, strict=True)]

    def _seen_beside(self, photos: Sequence[Photo]) -> list[Template]:
        """Return what another set that is being tried makes of the same photographs."""
        seen = [(photo, self.beside.embed(photo)) for photo in photos]
        return [Template(face, source(Path(photo.file))) for photo, face in seen if face is not None]

    def _consent(self, person: PersonId, consent: Consent) -> None:
        """Record a consent; pictures that it does not allow are forgotten (S6)."""
        self.store.set_consent(person, consent)
        if consent.text not in self.beside.crop_texts:
            Waiting(self.store).forget_crops(person)

    def _keep(self, new: NewPerson, templates: Sequence[Template]) -> None:
        if self.store.person(new.id):
            recorded = self.store.consent(new.id)
            if new.consent and (recorded is None or recorded.text != new.consent.text):
                self._consent(new.id, new.consent)
            stored = self.store.add_templates(new.id, templates)
        else:
            stored = self.store.add(new, templates)
        agreed = self.store.consent(new.id)
        text = f", consent to text {agreed.text}" if agreed else ""
        text += f", said to be another person than {self.distinct}" if self.distinct else ""
        pictures = sum(one.crop is not None for one in templates)
        text += f", {counted(pictures, 'picture')} kept" if pictures else ""
        self.audit(Occasion.ENROLLED, stored.handle, f"{counted(len(templates), 'template')}{text}")

    def _refused(self, choice: Choice, twin: PersonId) -> Choice:
        known = self.store.person(twin)
        if known is None:
            return choice
        self.audit(Occasion.DUPLICATE, known.handle, "a second enrolment under another id was refused")
        return replace(choice, duplicate=known.handle)

    def _agreed(self, new: NewPerson, recorded: Consent | None) -> None:
        """Refuse whom nobody has asked: no consent, no template.

        Raises:
            EnrolError: There is no consent, or not one that counts.
        """
        agreed = new.consent or recorded
        if agreed is None:
            raise EnrolError(
                f"id {new.id}: nobody is enrolled without their consent: give the version of the text that they agreed "
                f"to and who took it down, --consent VERSION --operator NAME, or a column consent of the table"
            )
        self._counts(agreed, new.id)

    def _counts(self, agreed: Consent, person: PersonId) -> None:
        if self.consent_texts and agreed.text not in self.consent_texts:
            raise EnrolError(
                f"id {person}: consent to text {shown(agreed.text)} does not count; people.consent_texts names "
                f"{', '.join(self.consent_texts)}: ask for it anew, and give --consent VERSION --operator NAME"
            )

    def _same(self, new: NewPerson, known: Person | None) -> None:
        if known is None:
            return
        if new.name != known.name or (new.groups and set(new.groups) != set(known.groups)):
            groups = f" in {', '.join(known.groups)}" if known.groups else ""
            raise EnrolError(
                f"id {new.id} is enrolled as {shown(known.name)}{groups}, not as {shown(new.name)}: use another id, "
                f"or the enrolled name and groups; nothing was changed",
            )
        asked, stands = (new.valid_from, new.valid_until), (known.valid_from, known.valid_until)
        if any(one is not None and one != there for one, there in zip(asked, stands, strict=True)):
            raise EnrolError(f"id {new.id} is enrolled with another validity: leave it out; nothing was changed")


def source(photograph: Path) -> str:
    """Return what a template's photograph is known by: its name and, where it can be read, its content's hash."""
    try:
        content = hashlib.sha256(photograph.read_bytes()).hexdigest()
    except OSError:
        return photograph.name
    return f"{photograph.name[-150:]} sha256:{content[:16]}"
