"""What the store is given, and what it gives back. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge.errors import EnrolError
from edge.people import names

if TYPE_CHECKING:
    from edge.values import Embedding, Handle, PersonId, Space


Kind = Literal["enrolled", "adapted", "migrated", "gathered"]
"""Where a template comes from.

An enrolment, which is an anchor; a later match, which may be taken back; what was known of the same person in another
embedding space, which made an anchor in this one; or a walk past the terminal of which such an anchor may become: that
one waits, and no search ever compares it.
"""

How = Literal["walks", "crop", "claim"]
"""What an anchor of another space was made of: several walks, a kept picture of the enrolment, or a claim that was
proven by something else than the face."""


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
    """How an adapted or gathered template came about; it is sealed with the template.

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


@dataclass(frozen=True, slots=True)
class Migration:
    """How an anchor of another embedding space came about; it is sealed with the template.

    Attributes:
        at: When, seconds since the epoch.
        how: Of what it was made.
        walks: Of how many walks, each of another day; 1 for a picture or a claim.
        least: The least similarity between two of them in the new space; 1 where there is only one.
        required: The similarity that was required.
        rival: Similarity to the most similar template of anybody else in the new space; -1 when nobody else has one.
        old: The embedding space that vouches for whose face it is, as its three words.
    """

    at: float
    how: How
    walks: int
    least: float
    required: float
    rival: float
    old: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Crop:
    """The aligned face that an enrolled template was made of, kept so that another model can make its own of it.

    Attributes:
        png: The picture, as a PNG file.
        alignment: How it was aligned: the preprocessing of every model that can look at it begins so.
        source: The name of the photograph or the capture that it was cut out of.
        at: When it was kept, seconds since the epoch.
    """

    png: bytes
    alignment: str
    source: str
    at: float


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A face to be stored.

    Attributes:
        embedding: The face.
        source: The name of the picture or the capture that it came from.
        kind: Where it comes from.
        provenance: How it was adapted or gathered; None of any other.
        migration: How it came into this space; None of one that was not migrated.
        crop: The picture that is to be kept with it; None for none. The store gives it back by itself, never with the
            template.
    """

    embedding: Embedding
    source: str
    kind: Kind = "enrolled"
    provenance: Provenance | None = None
    migration: Migration | None = None
    crop: Crop | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A template as the store keeps it.

    Attributes:
        template: The face, where it came from, and whether it was enrolled or adapted.
        created: When it was stored, seconds since the epoch.
    """

    template: Template
    created: float


@dataclass(frozen=True, slots=True)
class Secrets:
    """What somebody knows, as Argon2id hashes in PHC form; "" where there is none.

    Attributes:
        pin: Of the PIN.
        duress_pin: Of the PIN that opens and raises a silent alarm.
    """

    pin: str = ""
    duress_pin: str = ""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was removed of a person.

    Attributes:
        handle: What the journal and the receipts know the person by.
        templates: How many templates they had.
        number: How many people had been revoked on this terminal then, this one among them.
    """

    handle: Handle
    templates: int
    number: int


def words(space: Space) -> tuple[str, str, str]:
    """Return a space's three words, as the store keeps them."""
    return space.embedder, space.sha256, space.preprocessing
