"""What adaptation is worth, and what an attacker makes of it: the product's own rules on people's photographs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.access.threshold import for_search
from edge.app import leeway
from edge.app.curves import curve
from edge.app.eyes import bundle
from edge.errors import EvidenceError
from edge.eval.rates import Rate, rate
from edge.eval.renewal import Renewal, renewal
from edge.eval.subject import Material, ModelSet
from edge.eval.walking import Attack, Policy, Scene, Terms, attack
from edge.vision.embed import space_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from edge.config import Config
    from edge.eval.faces import Faces
    from edge.eval.subject import Setup


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be simulated.

    Attributes:
        enrolled: How many people are enrolled, each with one photograph.
        attackers: How many attackers each victim has: whoever resembles them most.
        steps: How many times each presents something at most.
        seed: Of who else is enrolled, and of the noise of frames.
    """

    enrolled: int
    attackers: int
    steps: int
    seed: int


class Walk(Struct, frozen=True):
    """Attacks of one kind on one policy.

    Attributes:
        policy: How the terminal adapts.
        attack: What the attackers present.
        near: Whether they resemble their victim so much that adaptation may let them in: as much as the door's rate
            times `adaptation.reach` stands for.
        presented: How many faces were presented.
        adapted: How many of them became templates.
        won: Attackers whose own face is let in afterwards, which it was not before, of all.
    """

    policy: str
    attack: str
    near: bool
    presented: int
    adapted: int
    won: Rate


class AdaptReport(Struct, frozen=True):
    """`edge eval adapt`.

    Attributes:
        material: The photographs.
        models: What looked at them.
        plan: People enrolled, attackers of each victim, presentations of each, and the seed.
        threshold: The door's similarity with one adapted template among the enrolled.
        strong: The similarity that an adapted template must have to an enrolled one.
        lift: How much an adapted template may add.
        accepted_before: Attackers who were let in from the start, and had nothing to win.
        walks: The attacks.
        renewal: What it is worth to the people themselves, enrolled with their first photograph.
        renewal_of_each: The same with each photograph in turn as the enrolled one: more trials, not independent.
    """

    material: Material
    models: ModelSet
    plan: dict[str, int]
    threshold: float
    strong: float
    lift: float
    accepted_before: int
    walks: list[Walk]
    renewal: Renewal
    renewal_of_each: Renewal


def simulate(
    faces: Faces, setup: Setup, looked: Material, plan: Plan, advance: Callable[[int], None] = lambda _: None
) -> AdaptReport:
    """Attack every person, and renew the templates of whoever has photographs enough.

    Args:
        faces: Of everybody.
        setup: The models and the policy; adaptation is taken to be on.
        looked: What the pictures are.
        plan: What is to be simulated.
        advance: Told of how many more victims are done.

    Raises:
        EvidenceError: There are too few people, or the embedder has no measured curve.
        ModelError: The embedder is missing or damaged.
    """
    terms = terms_of(setup.config)
    require(faces, plan)
    counts: dict[tuple[Policy, Attack, bool], Counter[str]] = {}
    before: Counter[Attack] = Counter()
    for scene in scenes(faces, plan):
        near = _near(scene, terms)
        for policy in Policy:
            for kind in Attack:
                outcome = attack(scene, terms, policy, kind, (plan.steps, plan.seed))
                if outcome is None:
                    before[kind] += 1
                    continue
                found = counts.setdefault((policy, kind, near), Counter())
                found.update(trials=1, presented=outcome.presented, adapted=outcome.adapted, won=outcome.won)
        advance(1)
    size = plan.enrolled + 1
    return AdaptReport(
        material=looked,
        models=setup.models(),
        plan={"enrolled": plan.enrolled, "attackers": plan.attackers, "steps": plan.steps, "seed": plan.seed},
        threshold=terms.threshold(size),
        strong=terms.bounds(plan.enrolled).strong,
        lift=terms.lift(size),
        accepted_before=before[Attack.OMNISCIENT] // len(Policy),
        walks=[
            Walk(policy, kind, near, found["presented"], found["adapted"], rate(found["won"], found["trials"]))
            for (policy, kind, near), found in sorted(counts.items())
        ],
        renewal=renewal(faces, terms, plan.enrolled, each=False),
        renewal_of_each=renewal(faces, terms, plan.enrolled, each=True),
    )


def terms_of(config: Config) -> Terms:
    """Return what a terminal with adaptation asks for.

    Raises:
        ModelError: The embedder is missing or damaged.
        EvidenceError: It has no measured curve.
    """
    config = replace(config, adaptation=replace(config.adaptation, enabled=True))
    embedder = bundle(config.models.embedder, "embedder", trusted=False)
    measured = curve(embedder)
    return Terms(
        space=space_of(embedder, flip=config.models.flip),
        threshold=lambda templates: measured.resolve(for_search(config.decision.fpir, templates), extrapolate=True),
        margin=config.decision.margin,
        bounds=partial(leeway.bounds, config, measured),
        lift=partial(leeway.lift, config, measured),
        room=partial(leeway.room, config, measured),
    )


def scenes(faces: Faces, plan: Plan) -> Iterator[Scene]:
    """Yield every person as the victim of whoever resembles them most, among others who are drawn anew each time."""
    random = np.random.default_rng(plan.seed)
    firsts = _firsts(faces)
    for place in firsts:
        alike = faces.vectors @ faces.vectors[place]
        best = np.full(len(faces.names), -2.0, np.float32)
        np.maximum.at(best, faces.people, alike)
        best[faces.people[place]] = -2.0
        attackers = np.argsort(-best, kind="stable")[: plan.attackers]
        barred = {int(faces.people[place]), *(int(one) for one in attackers)}
        able = [one for one in firsts if int(faces.people[one]) not in barred]
        others = faces.vectors[random.choice(able, plan.enrolled - 1, replace=False)]
        for attacker in attackers:
            yield Scene(faces.vectors[place], others, faces.vectors[faces.people == attacker])


def _near(scene: Scene, terms: Terms) -> bool:
    """Whether an attacker is as near as the bound at the door allows: what `reach` openly gives away."""
    size = len(scene.others) + 2
    alike = float((scene.own @ scene.anchor).max())
    return alike >= terms.threshold(size) - terms.lift(size)


def _firsts(faces: Faces) -> NDArray[np.int64]:
    """Return the place of each person's first picture."""
    _, first = np.unique(faces.people, return_index=True)
    return first.astype(np.int64)


def require(faces: Faces, plan: Plan) -> None:
    """Refuse a plan that there are too few people for.

    Raises:
        EvidenceError: There are.
    """
    people = len(set(faces.people.tolist()))
    needed = plan.enrolled + plan.attackers
    if people < needed:
        raise EvidenceError(
            f"{plan.enrolled} enrolled people and {plan.attackers} attackers of each are asked for, and there are "
            f"faces of {people} people: give more pictures, or ask for fewer with --people or --attackers"
        )
