"""The duplicate check of the enrolment desk, measured: second enrolments under another id, and different people.

Everybody is enrolled from one picture. Then everybody who has more is enrolled again, from the others, under another
id; and everybody is enrolled from all of their pictures where they are not enrolled yet, which must not be refused for
resembling somebody. The rules are the desk's own; that a picture shows several faces is not counted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.app.curves import curve
from edge.app.desk import limits
from edge.app.eyes import bundle
from edge.errors import EvidenceError
from edge.eval.rates import Rate, rate
from edge.eval.subject import Material, ModelSet
from edge.people.enrol import Applicant, Photo, choose
from edge.people.gallery import Gallery, Templates
from edge.values import Embedding, PersonId, Space

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.eval.faces import Faces
    from edge.eval.subject import Setup
    from edge.people.enrol import Choice, Limits

_AGAIN = PersonId("again")
_SPACE = Space("measured", "0" * 64, "1")
_NAMED = 10


class Resemblance(Struct, frozen=True):
    """Two people whom the check took for one; often a wrong name in the data.

    Attributes:
        person: Who was to be enrolled.
        other: Whom they were taken for.
    """

    person: str
    other: str


class DuplicatePoint(Struct, frozen=True):
    """What the check does at one rate.

    Attributes:
        fpir: The share of strangers whom the door may take for somebody.
        threshold: The cosine similarity that stands for it.
        supported: Whether the embedder's evidence reaches so far.
        found: Second enrolments that were refused as such.
        missed: Second enrolments that went through: one face under two ids.
        unjudged: Second enrolments of which no picture was good enough for any rule to speak.
        mistaken: Those found that were taken for somebody else's.
        missed_of_one: Missed ones of people who came with one picture only,
        missed_of_more: and with two or three.
        alarms: Enrolments of people who were not enrolled yet that were refused as second ones.
        named: The first of these.
    """

    fpir: float
    threshold: float
    supported: bool
    found: Rate
    missed: Rate
    unjudged: Rate
    mistaken: int
    missed_of_one: Rate
    missed_of_more: Rate
    alarms: Rate
    named: list[Resemblance]


class DuplicateReport(Struct, frozen=True):
    """What was measured of one embedder.

    Attributes:
        material: The pictures.
        models: The models.
        enrolled: How many people were enrolled, from one picture each.
        points: One for each rate.
    """

    material: Material
    models: ModelSet
    enrolled: int
    points: list[DuplicatePoint]


class DuplicateReports(Struct, frozen=True):
    """What `edge eval duplicates` writes.

    Attributes:
        measured: A report for each embedder, side by side.
    """

    measured: list[DuplicateReport]


@dataclass(frozen=True, slots=True, eq=False)
class _Desk:
    """Everybody's photographs, and who is enrolled."""

    faces: Faces
    first: dict[int, int]

    def photo(self, place: int) -> Photo:
        face = Embedding(self.faces.vectors[place], _SPACE)
        return Photo(str(self.faces.pictures[place].file), 1, self.faces.qualities[place].flaws, face)

    def gallery(self, without: int | None = None) -> Gallery:
        people = sorted(person for person in self.first if person != without)
        rows = np.array([self.first[person] for person in people], np.int64)
        ids = tuple(PersonId(f"{person:06}") for person in people)
        return Gallery(Templates(_SPACE, ids, np.arange(len(rows) + 1), self.faces.vectors[rows]))

    def come(self, places: Sequence[int], gallery: Gallery, asked: Limits) -> Choice:
        nothing = np.empty((0, self.faces.vectors.shape[1]), np.float32)
        return choose([self.photo(place) for place in places], Applicant(_AGAIN, nothing), gallery.search, asked)


def report(
    faces: Faces, setup: Setup, material: Material, fpirs: Sequence[float], advance: Callable[[int], None]
) -> DuplicateReport:
    """Measure the duplicate check of one embedder.

    Args:
        faces: Of everybody.
        setup: Its models.
        material: What the pictures are.
        fpirs: The rates; empty for the configured one.
        advance: Told of how many more rates are done.

    Raises:
        EvidenceError: Nobody has two pictures that are good enough, or the embedder was never measured.
        ModelError: The embedder is missing or damaged.
    """
    good = [place for place, quality in enumerate(faces.qualities) if quality.good]
    first: dict[int, int] = {}
    for place in good:
        first.setdefault(int(faces.people[place]), place)
    desk = _Desk(faces, first)
    if len(first) == len(good) or len(first) < 2:
        raise EvidenceError("nobody has two pictures that are good enough, so nobody can be enrolled twice")
    measured = curve(bundle(setup.config.models.embedder, "embedder", trusted=False))
    points = []
    for fpir in fpirs or [setup.config.decision.fpir]:
        asked = limits(measured, fpir, len(first))
        points.append(_point(desk, fpir, asked, supported=len(first) <= measured.largest_supported_gallery(fpir)))
        advance(1)
    return DuplicateReport(material, setup.models(), len(first), points)


def _point(desk: _Desk, fpir: float, asked: Limits, *, supported: bool) -> DuplicatePoint:
    pictures: dict[int, list[int]] = {}
    for place, person in enumerate(desk.faces.people.tolist()):
        pictures.setdefault(person, []).append(place)
    whole, ends = desk.gallery(), {"found": [0, 0], "missed": [0, 0], "unjudged": [0, 0]}
    mistaken = 0
    for person, place in desk.first.items():
        others = [one for one in pictures[person] if one != place]
        if not others:
            continue
        choice = desk.come(others, whole, asked)
        mistaken += choice.twin is not None and int(choice.twin) != person
        end = "found" if choice.twin else "missed" if choice.accepted else "unjudged"
        ends[end][len(others) > 1] += 1
    alarms = _alarms(desk, pictures, asked)
    trials = [sum(end[more] for end in ends.values()) for more in (0, 1)]
    return DuplicatePoint(
        fpir=fpir,
        threshold=asked.other,
        supported=supported,
        found=rate(sum(ends["found"]), sum(trials)),
        missed=rate(sum(ends["missed"]), sum(trials)),
        unjudged=rate(sum(ends["unjudged"]), sum(trials)),
        mistaken=mistaken,
        missed_of_one=rate(ends["missed"][0], trials[0]),
        missed_of_more=rate(ends["missed"][1], trials[1]),
        alarms=rate(len(alarms), len(desk.first)),
        named=alarms[:_NAMED],
    )


def _alarms(desk: _Desk, pictures: dict[int, list[int]], asked: Limits) -> list[Resemblance]:
    """Return who is refused as somebody else, though nobody is enrolled with their face."""
    found, names = [], desk.faces.names
    for person in desk.first:
        choice = desk.come(pictures[person], desk.gallery(without=person), asked)
        if choice.twin:
            found.append(Resemblance(names[person], names[int(choice.twin)]))
    return found
