"""Whether people who walk by become templates of a new embedding space. Pure: no clock, no I/O, no threads.

Nobody is called back: the old model says who walks by, and the new one looks at the same face. What the old one says
may be wrong, so five things keep one false match, or one attacker, from ever becoming somebody's template:

- A walk must be like an ANCHOR of that person in the old space at a stricter false-match rate than the door's, like
  nobody else by a margin, alive, and not under duress.
- A template needs walks of several days, three at least. A clock that went backwards is no day that has passed.
- They must all be like each other in the new space, at the new model's own rate. Each walk that is not raises the
  number that is needed by as many again, so that whoever comes more often than the person themself wins nothing soon.
- What is stored is, number by number, the median of the walks. Of three or more walks one false one moves no number
  beyond what the true ones say.
- It may be like nobody else who is known in the new space already.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from edge.people.adapt import DAY_S, anchors_of, beside_face, median, nearest
from edge.people.records import Migration, Provenance, Template, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from edge.people.records import Kept
    from edge.values import Credential, Embedding, Space

SOURCE = "migrated"
"""What a migrated template's source says; its migration says the rest."""

APART_S = DAY_S / 2
"""The least time between walks of two days: around midnight, two days are one visit."""


class Declined(StrEnum):
    """Why a walk is not kept, or why no template is made of those that were; the words are stable."""

    NOT_PROVEN = "not-proven"
    DURESS = "duress"
    FEW_FRAMES = "few-frames"
    NO_ANCHOR = "no-anchor"
    KNOWN = "known-already"
    CLOCK = "clock"
    SAME_DAY = "same-day"
    WEAK = "weak"
    RESEMBLES = "resembles-another"
    NARROW = "narrow-margin"
    UNSTEADY = "unsteady"
    WAITING = "few-days"
    CONTRADICTED = "contradicted"
    NO_SECOND_FACTOR = "no-second-factor"
    NO_CONSENT = "no-consent"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What walks must keep to.

    Attributes:
        strong: The least similarity to an anchor of the old space, stricter than the door's.
        fmr: The false-match rate that it stands for.
        floor: From here on a face is too like somebody else who is enrolled in the old space.
        margin: The least distance between an anchor's similarity and anybody else's.
        frames: The least number of good frames of a track.
        min_score: The least quality score of such a frame.
        days: On how many days somebody must have walked by; 3 at least.
        alike: The least similarity of two walks in the new space.
        new_floor: From here on a face is too like somebody else in the new space.
    """

    strong: float
    fmr: float
    floor: float
    margin: float
    frames: int
    min_score: float
    days: int
    alike: float
    new_floor: float

    @property
    def most(self) -> int:
        """How many walks of somebody are kept at most; a further one takes the oldest one's place."""
        return 3 * self.days


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One frame of a track, seen by both models.

    Attributes:
        old: The face in the old space.
        new: The same face of the same frame in the new space.
        score: Its quality score, 0 to 100.
    """

    old: Embedding
    new: Embedding
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A track that the door opened for, as both models saw it.

    Attributes:
        at: When, seconds since the epoch.
        looks: Its frames that both compared, oldest first.
        proof: What showed a live person: "motion" or "challenge"; empty for neither.
        credentials: What was shown, the face among it.
    """

    at: float
    looks: tuple[Look, ...]
    proof: str
    credentials: tuple[Credential, ...] = ()


def gathered(
    walk: Walk, kept: Sequence[Kept], walks: Sequence[Template], bounds: Bounds, rival: Callable[[Embedding], float]
) -> Template | Declined:
    """Return what is kept of a walk until there are enough, or why nothing is; the first broken rule names the reason.

    Args:
        walk: The track.
        kept: All templates of the person, of every space.
        walks: What is kept of earlier walks, as `standing` returned them.
        bounds: What it must keep to.
        rival: Says how like a face of the old space is to anybody else; -1 when nobody else is enrolled.
    """
    good = tuple(look for look in walk.looks if look.score >= bounds.min_score)
    declined = _unproven(walk)
    if declined or len(good) < bounds.frames:
        return declined or Declined.FEW_FRAMES
    old, new = median([look.old for look in good]), median([look.new for look in good])
    anchors = anchors_of(kept, old.space)
    if not len(anchors):
        return Declined.NO_ANCHOR
    return (
        _needless(kept, new.space)
        or _untimely(walk.at, walks)
        or _unsteady(good, new, bounds)
        or _weak(good, old, anchors, bounds)
        or _drawn(walk, (old, new), nearest(old.vector, anchors), bounds, rival(old), len(good))
    )


def standing(walks: Sequence[Template], space: Space, at: float) -> tuple[Template, ...]:
    """Return the earlier walks of a space that count at this moment, oldest first.

    What is dated after this moment was written by a clock that was wrong: it proves no day.
    """
    mine = (one for one in walks if one.embedding.space == space and _when(one) <= at)
    return tuple(sorted(mine, key=_when))


def migrated(
    walks: Sequence[Template], old: Space, bounds: Bounds, rival: Callable[[Embedding], float]
) -> Template | Declined:
    """Return the template of the new space that walks become, or why they become none yet.

    Args:
        walks: What is kept of them, all of one space, oldest first, as `standing` returned them.
        old: The space in which they were matched.
        bounds: What they must keep to.
        rival: Says how like a face of the new space is to anybody else; -1 when nobody else has a template there.
    """
    days = days_of(walks)[-bounds.most :]
    if len(days) < max(bounds.days, 3):
        return Declined.WAITING
    faces = np.stack([one.embedding.vector for one in days])
    likeness = faces @ faces.T
    chosen = _consistent(likeness >= bounds.alike)
    if len(chosen) < needed(len(days) - len(chosen), bounds):
        return Declined.CONTRADICTED
    among = [days[place].embedding for place in chosen]
    face = median(among)
    nearest_other = max(rival(one) for one in (face, *among))
    if not nearest_other < bounds.new_floor:  # written so that what is not a number is declined
        return Declined.RESEMBLES
    made = Migration(
        at=_when(days[chosen[-1]]),
        how="walks",
        walks=len(chosen),
        least=float(likeness[np.ix_(chosen, chosen)].min()),
        required=bounds.alike,
        rival=nearest_other,
        old=words(old),
    )
    return Template(face, SOURCE, "migrated", migration=made)


def needed(contradicting: int, bounds: Bounds) -> int:
    """Return how many walks must agree where so many do not agree with them."""
    return max(bounds.days, 3) * (1 + contradicting)


def days_of(walks: Sequence[Template]) -> tuple[Template, ...]:
    """Return one walk of each day, the first of it, oldest first."""
    found: list[Template] = []
    for one in sorted(walks, key=_when):
        if not found or _another_day(_when(found[-1]), _when(one)):
            found.append(one)
    return tuple(found)


def _unproven(walk: Walk) -> Declined | None:
    if not walk.proof:
        return Declined.NOT_PROVEN
    return Declined.DURESS if any(one.duress for one in walk.credentials) else None


def _needless(kept: Sequence[Kept], new: Space) -> Declined | None:
    return Declined.KNOWN if len(anchors_of(kept, new)) else None


def _untimely(at: float, walks: Sequence[Template]) -> Declined | None:
    if not np.isfinite(at) or any(_when(one) > at for one in walks):
        return Declined.CLOCK
    return None if not walks or _another_day(_when(walks[-1]), at) else Declined.SAME_DAY


def _unsteady(good: Sequence[Look], new: Embedding, bounds: Bounds) -> Declined | None:
    """One track is one face: in the new space, too, each of its frames is like their middle."""
    least = min(float(look.new.vector @ new.vector) for look in good)
    return None if least >= bounds.alike else Declined.UNSTEADY


def _weak(good: Sequence[Look], old: Embedding, anchors: NDArray[np.float32], bounds: Bounds) -> Declined | None:
    # A median is more like anything than its frames are, so both are asked.
    usual = float(np.median([nearest(look.old.vector, anchors) for look in good]))
    return None if min(usual, nearest(old.vector, anchors)) >= bounds.strong else Declined.WEAK


def _drawn(
    walk: Walk, face: tuple[Embedding, Embedding], similarity: float, bounds: Bounds, rival: float, frames: int
) -> Template | Declined:
    if not rival < bounds.floor:  # written so that what is not a number is declined
        return Declined.RESEMBLES
    if not similarity - rival >= bounds.margin:
        return Declined.NARROW
    others = beside_face(walk.credentials)
    made = Provenance(walk.at, similarity, bounds.strong, bounds.fmr, rival, frames, walk.proof, others)
    return Template(face[1], SOURCE, "gathered", made)


def _consistent(alike: NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the most walks of which each is like each other, and of those that are as many, the oldest."""
    best: tuple[int, ...] = ()

    def grow(chosen: tuple[int, ...], left: tuple[int, ...]) -> None:
        nonlocal best
        if len(chosen) > len(best):
            best = chosen
        for place, one in enumerate(left):
            if len(chosen) + len(left) - place <= len(best):
                return
            grow((*chosen, one), tuple(other for other in left[place + 1 :] if alike[one, other]))

    grow((), tuple(range(len(alike))))
    return best


def _another_day(earlier: float, later: float) -> bool:
    return later - earlier >= APART_S and later // DAY_S > earlier // DAY_S


def _when(walk: Template) -> float:
    return walk.provenance.at if walk.provenance else np.inf  # of no moment: it stands for no day
