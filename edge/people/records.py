"""What the store is given and how a row proves that nothing changed it. Pure."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from edge.errors import EnrolError
from edge.people import names
from edge.values import Person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.values import Embedding, PersonId, Space


Kind = Literal["enrolled", "adapted"]
"""Where a template comes from: an enrolment, which is the anchor; or a later match, which may be taken back."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody agreed to before their face was enrolled.

    Attributes:
        text: The version of the text that they agreed to.
        at: When, seconds since the epoch.
        operator: Who took their consent down.
    """

    text: str
    at: float
    operator: str

    def checked(self) -> Consent:
        """Return the same consent with every text in its normal form.

        Raises:
            EnrolError: A text is not allowed, or the moment is none.
        """
        if not 0 <= self.at < math.inf:
            raise EnrolError(f"consent to {names.shown(self.text)}: its moment must be seconds since the epoch")
        return Consent(names.group(self.text), self.at, names.person_name(self.operator))


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be enrolled; `checked` is the way to make one from what somebody typed.

    Attributes:
        id: The officer's identifier.
        name: What people call them.
        groups: Which groups they belong to, each once.
        valid_from: First moment of access, seconds since the epoch; None for always.
        valid_until: Last moment of access, seconds since the epoch; None for ever.
        consent: What they agreed to; without it nobody gets a template.
    """

    id: PersonId
    name: str
    groups: tuple[str, ...] = ()
    valid_from: float | None = None
    valid_until: float | None = None
    consent: Consent | None = None

    def checked(self) -> NewPerson:
        """Return the same person with every text in its normal form.

        Raises:
            EnrolError: A text is not allowed, or the validity ends before it begins.
        """
        if self.valid_from is not None and self.valid_until is not None and self.valid_from > self.valid_until:
            raise EnrolError(f"id {names.shown(self.id)}: the access would end before it begins")
        return NewPerson(
            names.person_id(self.id),
            names.person_name(self.name),
            tuple(dict.fromkeys(names.group(group) for group in self.groups)),
            self.valid_from,
            self.valid_until,
            self.consent.checked() if self.consent else None,
        )


@dataclass(frozen=True, slots=True)
class Provenance:
    """How an adapted template came about; it is sealed with the template.

    Attributes:
        at: When, seconds since the epoch.
        similarity: Cosine similarity to the most similar enrolled template: its anchor.
        required: The similarity that was required.
        fmr: The false-match rate that `required` stands for.
        rival: Cosine similarity to the most similar template of anybody else; -1 when nobody else is enrolled.
        frames: Of how many frames of one track it is the median.
        proof: What showed a live person: "motion" or "challenge".
        factors: What else was shown for that grant, such as "pin"; empty for the face alone.
    """

    at: float
    similarity: float
    required: float
    fmr: float
    rival: float
    frames: int
    proof: str
    factors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A face to be stored.

    Attributes:
        embedding: The face.
        source: The name of the picture or the capture that it came from.
        kind: Whether it was enrolled, or adapted from a later match.
        provenance: How it was adapted; None of one that was enrolled.
    """

    embedding: Embedding
    source: str
    kind: Kind = "enrolled"
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A template as the store keeps it.

    Attributes:
        template: The face, and where it comes from.
        created: Since when, seconds since the epoch.
    """

    template: Template
    created: float


def words(space: Space) -> tuple[str, str, str]:
    """Return a space's three words, as the store keeps them."""
    return space.embedder, space.sha256, space.preprocessing


def person_row(person: NewPerson, handle: str, created: float) -> tuple[Any, ...]:
    """Return the values of a person's row, the checksum last."""
    groups = msgspec.json.encode(person.groups).decode()
    values = (person.id, handle, person.name, groups, person.valid_from, person.valid_until, created)
    return (*values, _checksum(*values))


def intact_person(row: Sequence[Any]) -> bool:
    """Whether a row is as `person_row` made it."""
    return bool(row[-1] == _checksum(*row[:-1]))


def person(row: Sequence[Any]) -> Person:
    """Return the person of an intact row, to which the number of templates was appended."""
    found, handle, name, groups, valid_from, valid_until, _, _, templates = row
    return Person(found, handle, name, tuple(msgspec.json.decode(groups)), valid_from, valid_until, templates)


def template_row(handle: str, space: Sequence[str], source: str, created: float, blob: bytes) -> tuple[Any, ...]:
    """Return the values of a template's row, the checksum last; whose it is and its space are in the checksum."""
    label = names.label(source)
    return blob, label, created, _checksum(handle, *space, label, created, blob=blob)


def intact_template(handle: str, space: Sequence[str], row: Sequence[Any]) -> bool:
    """Whether a row is as `template_row` made it for this person and this space."""
    blob, label, created, check = row
    return bool(check == _checksum(handle, *space, label, created, blob=blob))


def _checksum(*values: object, blob: bytes = b"") -> int:
    # CRC-32 finds what a failing disk does to a row; what a forger does takes a key.
    return zlib.crc32(blob, zlib.crc32(msgspec.msgpack.encode(values)))
