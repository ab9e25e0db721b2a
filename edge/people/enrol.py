"""Which photographs become templates: pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from edge.errors import EnrolError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from edge.values import Embedding, Flaw, Handle, Match, PersonId

SAME_PICTURE = 0.9999
"""Cosine similarity from which two pictures are one: they differ by less than a JPEG saved once more."""


class Refusal(StrEnum):
    """Why a photograph does not become a template; the words are stable. A flaw of the view is its own word."""

    UNREADABLE = "unreadable"
    NO_FACE = "no-face"
    SEVERAL_FACES = "several-faces"
    SAME_PICTURE = "same-picture"
    UNLIKE = "unlike-the-others"
    RESEMBLES = "resembles-another"


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """What was seen in a photograph that is to become a template.

    Attributes:
        file: Its name.
        faces: How many faces it shows.
        flaws: What is wrong with the view of the face.
        embedding: The face; None when there is none to speak of.
        fault: Why it could not be read as a picture; empty when it could.
        pixels: (height, width, 3) uint8, BGR, where somebody else is to look at it, too; None otherwise.
    """

    file: str
    faces: int = 0
    flaws: tuple[Flaw, ...] = ()
    embedding: Embedding | None = None
    fault: str = ""
    pixels: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A photograph that does not become a template.

    Attributes:
        file: Its name.
        reason: A `Refusal` or a `Flaw`.
        detail: More words for people; may be empty.
    """

    file: str
    reason: Refusal | Flaw
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """The similarities that the rules compare with.

    Attributes:
        same: From here on two photographs can show one person.
        other: From here on the door would take a face for an enrolled person.
    """

    same: float
    other: float


@dataclass(frozen=True, slots=True, eq=False)
class Applicant:
    """The person whose photographs these are.

    Attributes:
        id: Their id.
        enrolled: (n, dimensions) float32, the templates they have already; n may be 0.
        distinct: Somebody who is known to be another person, however alike they are: a twin; None for nobody.
    """

    id: PersonId
    enrolled: NDArray[np.float32]
    distinct: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which photographs become templates and which do not, each in the order given.

    Attributes:
        accepted: Those that do; none where the whole enrolment is another of somebody who is enrolled.
        rejected: Those that do not.
        twin: Who is enrolled with this face under another id; None when nobody is. Not for the officer to read.
        duplicate: What the journal knows them by; None when it is nobody, or was not looked up.
    """

    accepted: tuple[Photo, ...]
    rejected: tuple[Rejected, ...]
    twin: PersonId | None = None
    duplicate: Handle | None = None


def choose(
    photos: Sequence[Photo], applicant: Applicant, search: Callable[[Embedding], Match | None], limits: Limits
) -> Choice:
    """Judge the photographs of one person; the first rule that is broken names the reason.

    A photograph like the others of which the door would say that it is somebody else refuses the enrolment as a whole:
    the others are of the same face, and would make a second identity of it.

    Args:
        photos: The photographs.
        applicant: Whose they are.
        search: Finds the most similar person among those who are enrolled.
        limits: What counts as similar.
    """
    refused: dict[int, Rejected] = {}
    usable: dict[int, NDArray[np.float32]] = {}
    for number, photo in enumerate(photos):
        fault = _view(photo) or _repeated(photo, [*applicant.enrolled, *usable.values()])
        if fault or photo.embedding is None:
            refused[number] = fault or Rejected(photo.file, Refusal.NO_FACE)
        else:
            usable[number] = photo.embedding.vector
    twin: PersonId | None = None
    for number, vector in usable.items():
        others = list(applicant.enrolled) or [other for place, other in usable.items() if place != number]
        fault = _unlike(photos[number], vector, others, limits.same)
        probe = photos[number].embedding
        match = search(probe) if fault is None and probe is not None else None
        spared = match is not None and match.person in (applicant.id, applicant.distinct)
        fault = fault or _resembling(photos[number], match, limits.other, behind=spared)
        if fault:
            refused[number] = fault
        if fault and match and not spared:
            twin = twin or match.person
    if twin:
        same = {number: _twin(photos[number]) for number in usable if number not in refused}
        refused |= same
    accepted = tuple(photo for number, photo in enumerate(photos) if number not in refused)
    return Choice(accepted, tuple(refused[number] for number in sorted(refused)), twin)


def require(choice: Choice, applicant: PersonId) -> None:
    """Refuse an enrolment of which no photograph was accepted.

    Raises:
        EnrolError: Nothing was accepted; every photograph is named with its reason.
    """
    if choice.twin:
        known = f", as {choice.duplicate} in the journal" if choice.duplicate else ""
        raise EnrolError(
            f"id {applicant}: this face is enrolled already under another id{known}: give that person more templates, "
            f"or remove them first; if they are two people for sure, --distinct HANDLE; nothing was stored"
        )
    if not choice.accepted:
        reasons = "; ".join(f"{fault.file}: {fault.reason}" for fault in choice.rejected[:5])
        more = f"; and {len(choice.rejected) - 5} more" if len(choice.rejected) > 5 else ""
        raise EnrolError(
            f"id {applicant}: no photograph was accepted, nothing was stored: {reasons or 'none given'}{more}"
        )


def _view(photo: Photo) -> Rejected | None:
    if photo.fault:
        return Rejected(photo.file, Refusal.UNREADABLE, photo.fault)
    if photo.faces != 1:
        reason = Refusal.SEVERAL_FACES if photo.faces else Refusal.NO_FACE
        return Rejected(photo.file, reason, f"{photo.faces} faces" if photo.faces else "")
    if photo.flaws:
        return Rejected(photo.file, photo.flaws[0], ", ".join(photo.flaws))
    return None


def _repeated(photo: Photo, known: list[NDArray[np.float32]]) -> Rejected | None:
    if photo.embedding is None:
        return None
    if any(float(vector @ photo.embedding.vector) >= SAME_PICTURE for vector in known):
        return Rejected(photo.file, Refusal.SAME_PICTURE, "this picture is a template already")
    return None


def _unlike(
    photo: Photo, vector: NDArray[np.float32], others: list[NDArray[np.float32]], least: float
) -> Rejected | None:
    if not others:
        return None
    # At least half of the others must agree: one stranger's picture cannot spoil three, nor can two hide in four.
    similarity = float(np.sort(np.stack(others) @ vector)[len(others) // 2])
    if similarity >= least:
        return None
    return Rejected(
        photo.file, Refusal.UNLIKE, f"similarity {similarity:.2f} to half of the others; {least:.2f} is needed"
    )


def _resembling(photo: Photo, match: Match | None, least: float, *, behind: bool) -> Rejected | None:
    """Say whether a photograph is too much like somebody; `behind` the one who may be like it, the next counts."""
    if match is None:
        return None
    similarity = match.similarity - match.margin if behind else match.similarity
    if similarity < least:
        return None
    return Rejected(photo.file, Refusal.RESEMBLES, f"similarity {similarity:.2f} to another person")


def _twin(photo: Photo) -> Rejected:
    return Rejected(photo.file, Refusal.RESEMBLES, "the other photographs are of somebody who is enrolled")
