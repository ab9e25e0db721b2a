"""What of a person is sealed, and how: profile, templates, kept pictures, and the day they were last seen. Pure.

What a sealed part is about (whose, of which space, enrolled or adapted) is authenticated with it: a row that was moved,
exchanged or changed does not open. What was sealed under a key opens under no other, so that without a person's key
nothing is left of them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np

from edge.errors import SealError
from edge.keys.sealing import seal, unseal
from edge.people.names import label
from edge.people.records import Consent, Crop, Kept, Migration, NewPerson, Provenance, Secrets, Template
from edge.people.records import words as words_of
from edge.values import Embedding, Handle, Person, PersonId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from edge.people.records import Kind
    from edge.values import Space


class _Origin(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed behind a template's vector."""

    created: float
    source: str
    provenance: Provenance | None = None
    migration: Migration | None = None


class Keys(Protocol):
    """The people's keys; `edge.people.keyring.Keyring` is theirs."""

    def key(self, handle: Handle) -> bytes:
        """Return a person's key, 32 bytes."""

    def add(self, handle: Handle) -> bytes:
        """Make a key, lasting on return."""

    def destroy(self, handles: Iterable[Handle]) -> None:
        """Destroy keys for good."""

    def handles(self) -> frozenset[Handle]:
        """Return whose keys there are."""


class Revoked(Protocol):
    """Who was removed for good; `edge.people.revoked.Revocations` is theirs."""

    @property
    def count(self) -> int:
        """How many there are."""

    def add(self, handles: Iterable[Handle]) -> None:
        """Revoke people, lasting on return."""

    def __contains__(self, handle: object) -> bool:
        """Whether somebody was revoked."""


class Profile(msgspec.Struct, frozen=True):
    """All that is known of a person.

    Attributes:
        id: The officer's identifier.
        name: What people call them.
        groups: Which groups they belong to.
        valid_from: First moment of access, seconds since the epoch; None for always.
        valid_until: Last moment of access, seconds since the epoch; None for ever.
        created: When they were enrolled, seconds since the epoch.
        consent: What they agreed to; None of people who were enrolled before it was recorded.
        secrets: What they know.
    """

    id: str
    name: str
    groups: tuple[str, ...]
    valid_from: float | None
    valid_until: float | None
    created: float
    consent: Consent | None = None
    secrets: Secrets = Secrets()

    @classmethod
    def of(cls, new: NewPerson, created: float) -> Profile:
        """Return the profile of somebody who is being enrolled."""
        return cls(new.id, new.name, new.groups, new.valid_from, new.valid_until, created, new.consent)

    def person(self, handle: Handle, templates: int) -> Person:
        """Return the person with so many templates."""
        return Person(PersonId(self.id), handle, self.name, self.groups, self.valid_from, self.valid_until, templates)


_ORIGIN = msgspec.msgpack.Decoder(_Origin)
_PROFILE = msgspec.msgpack.Decoder(Profile)
_CROP = msgspec.msgpack.Decoder(Crop)


def seal_profile(key: bytes, handle: Handle, profile: Profile) -> bytes:
    """Seal a profile."""
    return seal(key, msgspec.msgpack.encode(profile), _about("profile", handle))


def unseal_profile(key: bytes, handle: Handle, sealed: bytes) -> Profile:
    """Return a profile.

    Raises:
        SealError: It is not this person's, or was changed.
    """
    try:
        return _PROFILE.decode(unseal(key, sealed, _about("profile", handle)))
    except msgspec.MsgspecError as error:
        raise SealError(f"what is sealed is no profile: {error}") from error


def seal_template(key: bytes, handle: Handle, template: Template, created: float) -> bytes:
    """Seal a template: its vector, when it was stored, and where it came from."""
    vector = np.asarray(template.embedding.vector, "<f4").tobytes()
    about = about_template(handle, words_of(template.embedding.space), template.kind)
    origin = _Origin(created, label(template.source), template.provenance, template.migration)
    return seal(key, vector + msgspec.msgpack.encode(origin), about)


def template_bytes(vector: bytes, created: float, source: str) -> bytes:
    """Return what is sealed of an enrolled template: its vector, when it was stored, and where it came from."""
    return vector + msgspec.msgpack.encode(_Origin(created, label(source)))


def unseal_vector(key: bytes, sealed: bytes, about: bytes, width: int) -> bytes:
    """Return the `width` bytes of a template's vector, little-endian float32.

    Raises:
        SealError: It is not this person's, of another space, or was changed.
    """
    plain = unseal(key, sealed, about)
    if len(plain) <= width:
        raise SealError(f"a template of {len(plain)} bytes, where more than {width} are needed")
    return plain[:width]


def unseal_template(key: bytes, handle: Handle, sealed: bytes, space: Space, dimensions: int, kind: Kind) -> Kept:
    """Return a template with all that was sealed with it.

    Raises:
        SealError: It is not this person's, of another space or kind, or was changed.
    """
    plain = unseal(key, sealed, about_template(handle, words_of(space), kind))
    width = 4 * dimensions
    try:
        origin = _ORIGIN.decode(plain[width:])
    except msgspec.MsgspecError as error:
        raise SealError(f"what is sealed is no template: {error}") from error
    vector: NDArray[np.float32] = np.frombuffer(plain[:width], "<f4")
    template = Template(Embedding(vector, space), origin.source, kind, origin.provenance, origin.migration)
    return Kept(template, origin.created)


def about_template(handle: Handle, space: Iterable[str], kind: str) -> bytes:
    """Return what a template is about: whose it is, its space and its kind."""
    return _about("template", handle, *space, kind)


def seal_crop(key: bytes, handle: Handle, crop: Crop) -> bytes:
    """Seal the picture that a template was made of."""
    return seal(key, msgspec.msgpack.encode(crop), _about("crop", handle))


def unseal_crop(key: bytes, handle: Handle, sealed: bytes) -> Crop:
    """Return the picture that a template was made of.

    Raises:
        SealError: It is not this person's, or was changed.
    """
    try:
        return _CROP.decode(unseal(key, sealed, _about("crop", handle)))
    except msgspec.MsgspecError as error:
        raise SealError(f"what is sealed is no picture of an enrolment: {error}") from error


def seal_seen(key: bytes, handle: Handle, day: int) -> bytes:
    """Seal the day on which somebody was seen, in days since the epoch."""
    return seal(key, struct.pack("<q", day), _about("seen", handle))


def unseal_seen(key: bytes, handle: Handle, sealed: bytes | None) -> int | None:
    """Return the day on which somebody was last seen; None when they never were.

    Raises:
        SealError: It is not this person's, or was changed.
    """
    if sealed is None:
        return None
    plain = unseal(key, sealed, _about("seen", handle))
    return int.from_bytes(plain, "little", signed=True)


def _about(*words: str) -> bytes:
    return "\0".join(words).encode()
