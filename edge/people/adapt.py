"""Whether the face of a granted track becomes a further template of that person. Pure: no clock, no I/O.

Faces change over years, and an enrolment does not. What is adapted may be an attacker's doing, so four things bound it:

- The enrolled templates are the anchors. Nothing here changes or removes one, and `reverted` leaves them alone.
- An adapted template must itself be like an ANCHOR, at a stricter false-match rate than the door's. It never counts as
  one: a chain of small steps leads nowhere.
- It may be like nobody else who is enrolled.
- At the door it lifts its person's similarity by a bounded amount above the anchors' (`edge.people.gallery`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from edge.people.records import Provenance, Template
from edge.values import Embedding, Factor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from edge.people.records import Kept
    from edge.values import Credential, Space

DAY_S = 86_400.0

SOURCE = "adapted"
"""What an adapted template's source says; its provenance says the rest."""

ANCHORS = frozenset({"enrolled", "migrated"})
"""The kinds of templates that adaptation neither changes nor removes, and must keep to."""

SAME_FACE = 0.95
"""Cosine similarity from which a template adds nothing to one that is there."""


class Declined(StrEnum):
    """Why a grant does not become a template; the words are stable."""

    NOT_PROVEN = "not-proven"
    DURESS = "duress"
    NO_SECOND_FACTOR = "no-second-factor"
    FEW_FRAMES = "few-frames"
    NO_ANCHOR = "no-anchor"
    CLOCK = "clock"
    UNSETTLED = "unsettled"
    TOO_SOON = "too-soon"
    WEAK = "weak"
    DRIFTED = "drifted"
    RESEMBLES = "resembles-another"
    NARROW = "narrow-margin"
    NOTHING_NEW = "nothing-new"
    NO_ROOM = "no-room"
    NO_CONSENT = "no-consent"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far adaptation may go.

    Attributes:
        strong: The least similarity to an anchor, stricter than the door's.
        fmr: The false-match rate that it stands for.
        floor: From here on a face is too like somebody else who is enrolled.
        margin: The least distance between an anchor's similarity and anybody else's.
        frames: The least number of good frames of the track.
        min_score: The least quality score of such a frame.
        second_factor: Whether something else than the face must have been shown.
        most: The most adapted templates of a person; a further one takes the oldest one's place.
        apart_s: The least time between two.
        settled_s: The least time after the last enrolment of that person.
    """

    strong: float
    fmr: float
    floor: float
    margin: float
    frames: int
    min_score: float
    second_factor: bool
    most: int
    apart_s: float
    settled_s: float


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One frame of the track.

    Attributes:
        embedding: The face.
        score: Its quality score, 0 to 100.
    """

    embedding: Embedding
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Grant:
    """A track that the door opened for.

    Attributes:
        at: When, seconds since the epoch.
        views: Its frames that were compared, oldest first.
        proof: What showed a live person: "motion" or "challenge"; empty for neither.
        credentials: What was shown, the face among it.
    """

    at: float
    views: tuple[View, ...]
    proof: str
    credentials: tuple[Credential, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else there is in the gallery.

    Attributes:
        rival: Says how like a face is to the most similar template of anybody else; -1 when nobody else is enrolled.
        room: How many more templates the model's evidence supports (S9).
    """

    rival: Callable[[Embedding], float]
    room: int


def judge(grant: Grant, kept: Sequence[Kept], bounds: Bounds, around: Surroundings) -> Template | Declined:
    """Return the template that a grant becomes, or why it becomes none; the first rule that is broken names the reason.

    Args:
        grant: The track.
        kept: All templates of the person.
        bounds: How far adaptation may go.
        around: What else there is.
    """
    good = tuple(view for view in grant.views if view.score >= bounds.min_score)
    declined = _unproven(grant, bounds)
    if declined or len(good) < bounds.frames:
        return declined or Declined.FEW_FRAMES
    face = median([view.embedding for view in good])
    anchors = anchors_of(kept, face.space)
    if not len(anchors):
        return Declined.NO_ANCHOR
    return (
        _untimely(grant.at, kept, bounds)
        or _unlike(good, face, anchors, bounds)
        or _redundant(kept, face, bounds, around)
        or _drawn(grant, face, anchors, bounds, around.rival(face), len(good))
    )


def anchors_of(kept: Sequence[Kept], space: Space) -> NDArray[np.float32]:
    """Return the (n, dimensions) anchors of one space, enrolled or migrated ones; n may be 0."""
    rows = [
        one.template.embedding.vector
        for one in kept
        if one.template.kind in ANCHORS and one.template.embedding.space == space
    ]
    return np.stack(rows) if rows else np.empty((0, 0), np.float32)


def adapted_of(kept: Sequence[Kept], space: Space | None = None) -> tuple[Template, ...]:
    """Return the adapted templates, of one space or of all, oldest first."""
    found = (one.template for one in kept if one.template.kind == "adapted")
    return tuple(sorted((one for one in found if space in {None, one.embedding.space}), key=_when))


def with_adapted(kept: Sequence[Kept], new: Template, most: int) -> tuple[Template, ...]:
    """Return the adapted templates that a person has from now on: the newest ones, and the new one among them.

    Those of other spaces stay: a model that is taken back finds its own.
    """
    mine = adapted_of(kept, new.embedding.space)
    others = (one for one in adapted_of(kept) if one.embedding.space != new.embedding.space)
    return (*others, *(*mine, new)[-most:])


def reverted(kept: Sequence[Kept]) -> tuple[Kept, ...]:
    """Return what is left after all adaptation was taken back: the anchors, as they are."""
    return tuple(one for one in kept if one.template.kind in ANCHORS)


def nearest(vector: NDArray[np.float32], anchors: NDArray[np.float32]) -> float:
    """Return the cosine similarity to the most similar anchor."""
    return float((anchors @ vector).max())


def median(faces: Sequence[Embedding]) -> Embedding:
    """Return the median of faces of one space, number by number, brought to unit length."""
    middle = np.median(np.stack([one.vector for one in faces]), axis=0)
    length = float(np.linalg.norm(middle))
    return Embedding((middle / length if length else middle).astype(np.float32), faces[0].space)


def beside_face(credentials: Iterable[Credential]) -> tuple[str, ...]:
    """Return what else than the face was shown, each kind once."""
    return tuple(dict.fromkeys(str(one.factor) for one in credentials if one.factor is not Factor.FACE))


def _unproven(grant: Grant, bounds: Bounds) -> Declined | None:
    if not grant.proof:
        return Declined.NOT_PROVEN
    if any(one.duress for one in grant.credentials):
        return Declined.DURESS
    if bounds.second_factor and not beside_face(grant.credentials):
        return Declined.NO_SECOND_FACTOR
    return None


def _untimely(at: float, kept: Sequence[Kept], bounds: Bounds) -> Declined | None:
    """A clock that went backwards is no time that has passed."""
    enrolled = max(one.created for one in kept if one.template.kind in ANCHORS)
    adapted = max((_when(one.template) for one in kept if one.template.kind == "adapted"), default=-np.inf)
    if not np.isfinite(at) or at < max(enrolled, adapted):
        return Declined.CLOCK
    if at - enrolled < bounds.settled_s:
        return Declined.UNSETTLED
    return Declined.TOO_SOON if at - adapted < bounds.apart_s else None


def _unlike(good: Sequence[View], face: Embedding, anchors: NDArray[np.float32], bounds: Bounds) -> Declined | None:
    # A median is more like anything than its frames are, so both are asked: the usual frame, and what would be kept.
    if not float(np.median([nearest(view.embedding.vector, anchors) for view in good])) >= bounds.strong:
        return Declined.WEAK
    return None if nearest(face.vector, anchors) >= bounds.strong else Declined.DRIFTED


def _redundant(kept: Sequence[Kept], face: Embedding, bounds: Bounds, around: Surroundings) -> Declined | None:
    alike = [one.template.embedding.vector for one in kept if one.template.embedding.space == face.space]
    if nearest(face.vector, np.stack(alike)) >= SAME_FACE:
        return Declined.NOTHING_NEW
    replaces = len(adapted_of(kept, face.space)) >= bounds.most
    return None if replaces or around.room > 0 else Declined.NO_ROOM


def _drawn(
    grant: Grant, face: Embedding, anchors: NDArray[np.float32], bounds: Bounds, rival: float, frames: int
) -> Template | Declined:
    similarity = nearest(face.vector, anchors)
    if not rival < bounds.floor:  # written so that what is not a number is declined
        return Declined.RESEMBLES
    if not similarity - rival >= bounds.margin:
        return Declined.NARROW
    provenance = Provenance(
        at=grant.at,
        similarity=similarity,
        required=bounds.strong,
        fmr=bounds.fmr,
        rival=rival,
        frames=frames,
        proof=grant.proof,
        factors=beside_face(grant.credentials),
    )
    return Template(face, SOURCE, "adapted", provenance)


def _when(template: Template) -> float:
    return template.provenance.at if template.provenance else -np.inf
