"""People on their way from one terminal to another: what is packed of them, and how they are taken in.

No picture goes along: those that are kept of an enrolment never leave the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from edge.errors import EnrolError, SealError
from edge.people import sealed
from edge.people.names import shown
from edge.people.records import Consent, Kind, Migration, NewPerson, Provenance, Secrets, Template
from edge.people.waiting import Waiting
from edge.values import Embedding, Handle, Person, PersonId, Space

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.people.store import Store


class MovedTemplate(msgspec.Struct, frozen=True):
    """A template on its way.

    Attributes:
        vector: Little-endian float32.
        space: The three words of its space.
        source: Where it came from.
        kind: Where it comes from in one word; one that was "gathered" is no template, but waits to become one.
        provenance: How it was adapted or gathered.
        migration: How it came into its space.
    """

    vector: bytes
    space: tuple[str, str, str]
    source: str
    kind: Kind
    provenance: Provenance | None = None
    migration: Migration | None = None

    def template(self) -> Template:
        """Return it as the store takes it.

        Raises:
            SealError: It is no vector.
        """
        if len(self.vector) % 4:
            raise SealError("a template of the letter is not made of whole numbers")
        vector = np.frombuffer(self.vector, "<f4").astype(np.float32)
        face = Embedding(vector, Space(*self.space))
        return Template(face, self.source, self.kind, self.provenance, self.migration)


class MovedPerson(msgspec.Struct, frozen=True):
    """A person on their way, with all that belongs to them.

    Attributes:
        handle: What the journal knows them by, on every terminal.
        id: The officer's identifier.
        name: What people call them.
        groups: Which groups they belong to.
        valid_from: First moment of access, seconds since the epoch; None for always.
        valid_until: Last moment of access, seconds since the epoch; None for ever.
        consent: What they agreed to.
        secrets: The hashes of what they know.
        templates: Their faces.
    """

    handle: str
    id: str
    name: str
    groups: tuple[str, ...]
    valid_from: float | None
    valid_until: float | None
    consent: Consent | None
    secrets: Secrets
    templates: tuple[MovedTemplate, ...]

    def person(self) -> NewPerson:
        """Return them as somebody who is to be enrolled.

        Raises:
            EnrolError: A text is not allowed.
        """
        new = NewPerson(PersonId(self.id), self.name, self.groups, self.valid_from, self.valid_until, self.consent)
        return new.checked()


_PEOPLE = msgspec.msgpack.Decoder(tuple[MovedPerson, ...])


def packed(store: Store, people: Iterable[Person]) -> bytes:
    """Return people with all that belongs to them.

    Raises:
        StoreError: They cannot be read.
        EnrolError: Somebody's consent is not recorded: their face goes nowhere.
    """
    return msgspec.msgpack.encode(tuple(_packed(store, person) for person in people))


def unpacked(text: bytes) -> tuple[MovedPerson, ...]:
    """Return the people of a letter.

    Raises:
        SealError: It says something else.
    """
    try:
        return _PEOPLE.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise SealError(f"what was sealed is not a letter of people: {error}") from error


def take_in(store: Store, moved: MovedPerson, templates: Iterable[Template], at: float) -> Person:
    """Store somebody who came from another terminal under the handle that they have there: all of it or nothing.

    Args:
        store: Where.
        moved: Who.
        templates: Those of their templates, and of what was gathered of them, that are to be stored.
        at: Now, seconds since the epoch.

    Raises:
        EnrolError: They were removed here for good (S12), are here already, or their id is somebody else's.
        SpaceError: A template is not a unit vector of its space's size.
        StoreError: It cannot be written; nothing was changed.
    """
    new, handle = moved.person(), Handle(moved.handle)
    profile = msgspec.structs.replace(sealed.Profile.of(new, at), secrets=moved.secrets)
    with store.db.writing():
        if handle in store.revocations:
            raise EnrolError(f"id {shown(new.id)}: was removed here for good; enrol them anew if they are to come back")
        store.directory.refresh()
        if store.directory.of(handle) is not None:
            raise EnrolError(f"id {shown(new.id)}: is here already, as {handle} in the journal")
        if store.rows.find(new.id) or store.directory.of(Handle(new.id)):
            raise EnrolError(f"id {shown(new.id)}: is somebody else's here")
        taken = tuple(templates)
        entry = store.rows.add(handle, profile, [one for one in taken if one.kind != "gathered"])
        store.rows.gather(entry, [one for one in taken if one.kind == "gathered"], at)
        return store.directory.person(entry)


def _packed(store: Store, person: Person) -> MovedPerson:
    consent = store.consent(person.id)
    kept = [*(one.template for one in store.kept(person.id)), *Waiting(store).gathered(person.id)]
    if kept and consent is None:
        raise EnrolError(
            f"id {shown(person.id)}: no consent is recorded, and without one their face goes nowhere: "
            f"edge enrol --renew-consent"
        )
    templates = tuple(
        MovedTemplate(
            np.asarray(one.embedding.vector, "<f4").tobytes(),
            (one.embedding.space.embedder, one.embedding.space.sha256, one.embedding.space.preprocessing),
            one.source,
            one.kind,
            one.provenance,
            one.migration,
        )
        for one in kept
    )
    return MovedPerson(
        handle=person.handle,
        id=person.id,
        name=person.name,
        groups=person.groups,
        valid_from=person.valid_from,
        valid_until=person.valid_until,
        consent=consent,
        secrets=store.secrets(person.id),
        templates=templates,
    )
