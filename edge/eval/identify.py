"""Open-set identification (1:N) under the product's own rule, measured on people who are and are not enrolled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.app.curves import curve
from edge.app.eyes import bundle
from edge.app.running import rule
from edge.errors import EvidenceError
from edge.eval.compare import compare
from edge.eval.formula import formula, projections
from edge.eval.fusion import FusionPoint, fusion_points
from edge.eval.identification import (
    Confusion,
    CurvePoint,
    Identification,
    IdentificationReport,
    LeftOut,
    Projection,
)
from edge.eval.rates import rate
from edge.eval.trials import Found, Fusion, Split, UnderTest, able, counted, find, joined, largest_gallery, split, voted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from edge.eval.faces import Faces
    from edge.eval.subject import Material, Setup

PEOPLE = (10, 100, 1000, 10_000)
"""The galleries that are measured as far as there are people, and the largest that there are people for."""

_STEPS = 100
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured.

    Attributes:
        people: The sizes of gallery; empty for as many as make sense.
        templates: The numbers of templates, each with every size.
        repeats: How many times people are drawn for each.
        seed: Of the draws.
        fusions: Ways to join templates; "max", which is the product's, is always among them.
    """

    people: tuple[int, ...] = ()
    templates: tuple[int, ...] = (1,)
    repeats: int = 10
    seed: int = 1
    fusions: tuple[Fusion, ...] = ("max", "mean", "centroid")

    def sizes(self, faces: Faces) -> list[tuple[int, int]]:
        """Return (people, templates) of each gallery that there are people for.

        Raises:
            EvidenceError: There are not people enough for one of the sizes, whatever the number of templates.
        """
        most = {templates: able(faces, templates) for templates in self.templates}
        for people in self.people or (1,):
            if people > max(most.values()):
                raise EvidenceError(_too_few(people, most))
        return [
            (people, templates)
            for templates in self.templates
            for people in sorted(set(self.people or _usual(largest_gallery(faces, templates))))
            if 1 <= people <= most[templates]
        ]

    def left_out(self, faces: Faces) -> list[LeftOut]:
        """Return the galleries that are asked for and that there are too few people for."""
        return [
            LeftOut(people, templates, most)
            for templates in self.templates
            for most in [able(faces, templates)]
            for people in (sorted(set(self.people)) if self.people else (None,))
            if most < (people or 1)
        ]


def _too_few(people: int, most: Mapping[int, int]) -> str:
    wanted = "nobody can be enrolled" if people == 1 else f"{people:,} people cannot be enrolled"
    there = " and ".join(
        f"{number:,} with {templates} picture{'s' if templates > 1 else ''} each" for templates, number in most.items()
    )
    return (
        f"{wanted} while somebody stays outside: there can be at most {there} that show a face; ask for fewer people "
        f"or --templates, or give pictures of more people"
    )


def _usual(largest: int) -> list[int]:
    return [*(size for size in PEOPLE if size < largest), largest]


def report(
    faces: Faces, setup: Setup, material: Material, plan: Plan, advance: Callable[[int], None] = lambda _: None
) -> IdentificationReport:
    """Measure one embedder.

    Args:
        faces: Of everybody.
        setup: Its models, and the policy.
        material: What the pictures are.
        plan: What is to be measured.
        advance: Told of how many more galleries are done.

    Raises:
        EvidenceError: There are too few people or pictures for the plan, or the embedder has no measured curve.
        ModelError: The embedder is missing or damaged.
    """
    embedder = bundle(setup.config.models.embedder, "embedder", trusted=False)
    believed, measured = rule(setup.config, embedder), curve(embedder)
    plan.sizes(faces)
    scores = compare(faces)
    galleries, fusions, projected = identify(UnderTest(faces, scores, believed, measured), plan, advance)
    return IdentificationReport(
        material=material,
        models=setup.models(),
        fpir=setup.config.decision.fpir,
        margin=setup.config.decision.margin,
        largest_supported=measured.largest_supported_gallery(setup.config.decision.fpir),
        measured=galleries,
        left_out=plan.left_out(faces),
        projected=projected,
        fusions=fusions,
    )


def identify(
    tested: UnderTest, plan: Plan, advance: Callable[[int], None] = lambda _: None
) -> tuple[list[Identification], list[FusionPoint], list[Projection]]:
    """Measure identification: each gallery under the product's rule, the ways to join templates, and what follows.

    Args:
        tested: The rule and the faces.
        plan: What is to be measured.
        advance: Told of how many more galleries are done.

    Raises:
        EvidenceError: There are too few people or pictures for the plan.
    """
    faces, margin = tested.faces, tested.rule.decision.margin
    sizes = plan.sizes(faces)
    measured: list[Identification] = []
    fusions: list[FusionPoint] = []
    largest: dict[int, tuple[int, Found]] = {}
    for people, templates in sizes:
        random = np.random.default_rng((plan.seed, people, templates))
        drawn = [split(faces, people, templates, random) for _ in range(plan.repeats)]
        strangers = [find(faces, one, one.non_mated) for one in drawn]
        mates = [find(faces, one, one.mated) for one in drawn]
        measured.append(_measure(tested, strangers, mates, (people, templates)))
        largest[templates] = people, joined(mates)  # sizes ascend
        others: list[Fusion] = [one for one in plan.fusions if one != "max"] if templates > 1 else []
        if others and any(map(len, mates)):
            found = {one: _found(faces, drawn, one) for one in others}
            found["max"] = joined(strangers), largest[templates][1]
            fusions += fusion_points(found, (people, templates), margin)
        advance(1)
    return measured, fusions, projections(tested, largest)


def _found(faces: Faces, drawn: Sequence[Split], fusion: Fusion) -> tuple[Found, Found]:
    strangers = joined([find(faces, one, one.non_mated, fusion) for one in drawn])
    return strangers, joined([find(faces, one, one.mated, fusion) for one in drawn])


def _measure(tested: UnderTest, strangers: list[Found], mates: list[Found], size: tuple[int, int]) -> Identification:
    believed, margin = tested.rule, tested.rule.decision.margin
    people, templates = size
    fmr = believed.fmr_for(people * templates)
    everyone, known = joined(strangers), joined(mates)
    alarms = voted(everyone, believed, people * templates)[0] >= 0
    who, ambiguous = voted(known, believed, people * templates)
    by_people = everyone.identified(believed.threshold_for(believed.fmr_for(people)), margin)
    missed, first = who != known.truth, (len(strangers[0]), len(mates[0]))
    return Identification(
        people=people,
        templates=templates,
        repeats=len(strangers),
        threshold=believed.threshold_for(fmr),
        fmr=fmr,
        supported=tested.curve.supports(fmr),
        fpir=counted(alarms, everyone),
        first_fpir=rate(int(alarms[: first[0]].sum()), first[0]),
        fpir_without_margin=counted(everyone.identified(believed.threshold_for(fmr), 0.0), everyone),
        fpir_by_people=counted(by_people, everyone) if templates > 1 else None,
        fnir=counted(missed, known),
        first_fnir=rate(int(missed[: first[1]].sum()), first[1]),
        wrong=counted(missed & (who >= 0), known),
        ambiguous=counted(ambiguous, known),
        not_first=counted(known.person != known.truth, known),
        confusions=_confusions(tested.faces, everyone, alarms),
        formula=formula(everyone, tested, people * templates),
        curve=_curve(everyone, known, margin),
    )


def _confusions(faces: Faces, strangers: Found, alarms: NDArray[np.bool_]) -> list[Confusion]:
    worst: dict[tuple[str, str], float] = {}
    for place in np.flatnonzero(alarms):
        file = faces.pictures[strangers.probe[place]].file
        pair = f"{file.parent.name}/{file.name}", faces.names[strangers.person[place]]
        worst[pair] = max(worst.get(pair, -1.0), float(strangers.similarity[place]))
    ordered = sorted(worst.items(), key=lambda item: (-item[1], item[0]))
    return [Confusion(*pair, similarity) for pair, similarity in ordered[:_NAMED]]


def _curve(strangers: Found, mates: Found, margin: float) -> list[CurvePoint]:
    right = mates.person == mates.truth
    points = []
    for threshold in (step / _STEPS for step in range(_STEPS + 1)):
        taken = mates.identified(threshold, margin)
        points.append(
            CurvePoint(
                threshold=threshold,
                fpir=_mean(strangers.identified(threshold, margin)),
                fnir=1 - _mean(taken & right),
                wrong=_mean(taken & ~right),
            )
        )
    return points


def _mean(happened: NDArray[np.bool_]) -> float:
    return float(happened.mean()) if len(happened) else math.nan
