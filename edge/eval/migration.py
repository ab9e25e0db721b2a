"""What becomes of people whose terminal comes to another model: the product's own rules on people's photographs.

Each person with photographs enough is enrolled with one in the old space, and walks by with the others, one a day. In
the new space their template is made of these walks; the enrolled photograph was never seen there, and judges it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from edge.access.threshold import for_search
from edge.app import leeway
from edge.app.curves import curve
from edge.app.eyes import bundle
from edge.errors import EvidenceError
from edge.eval.migration_report import Forced, MigrationReport, Refusals
from edge.eval.passing import Compared, Door, Searched, Site
from edge.eval.rates import Rate, rate
from edge.vision.embed import space_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from numpy.typing import NDArray

    from edge.access.threshold import Curve
    from edge.config import Config
    from edge.eval.faces import Faces
    from edge.eval.subject import Material, ModelSet, Setup
    from edge.ota.migrate import Bounds
    from edge.values import Space


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be simulated.

    Attributes:
        people: How many are enrolled, the one who walks by among them.
        attackers: How many attackers each person has: whoever resembles them most.
        seed: Of who else is enrolled, and on which day the attacker comes.
        each: Whether each photograph in turn is the enrolled one: more trials, not independent.
    """

    people: int
    attackers: int
    seed: int
    each: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Both:
    """The faces of the same pictures in both spaces, and what is asked of them.

    Attributes:
        old: In the old space.
        new: In the new space, the same pictures in the same order.
        spaces: The two spaces.
        doors: What each door asks for.
        bounds: What walks must keep to.
        days: How many walks make a template at least.
    """

    old: Faces
    new: Faces
    spaces: tuple[Space, Space]
    doors: tuple[Door, Door]
    bounds: Callable[[int, int], Bounds]
    days: int


@dataclass(slots=True)
class _Counts:
    """What was counted."""

    compared: Compared = field(default_factory=Compared)
    why: Counter[str] = field(default_factory=Counter)
    tries: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)

    def refused(self, name: str, *opened: bool) -> None:
        """Count tries at a door, and those that it refused."""
        self.tries[name] += len(opened)
        self.events[name] += len(opened) - sum(opened)

    def happened(self, name: str, *happened: bool) -> None:
        """Count what may happen, and what did."""
        self.tries[name] += len(happened)
        self.events[name] += sum(happened)

    def rate(self, name: str) -> Rate:
        """Return the share of the tries."""
        return rate(self.events[name], self.tries[name])

    def forced(self, among: int) -> Forced:
        """Return what came of attackers among so many walks."""
        return Forced(
            among,
            self.tries[f"planted {among}"],
            self.events[f"taken in {among}"],
            self.rate(f"planted {among}"),
            self.rate(f"control {among}"),
        )


def simulate(
    both: Both, looked: tuple[Material, ModelSet, ModelSet], plan: Plan, advance: Callable[[int], None] = lambda _: None
) -> MigrationReport:
    """Let everybody with photographs enough walk by, and attackers among them.

    Args:
        both: The faces, in both spaces.
        looked: What the pictures are, and both models.
        plan: What is to be simulated.
        advance: Told of how many more people are done.

    Raises:
        EvidenceError: Nobody has photographs enough, or there are too few people.
    """
    counts, random = _Counts(), np.random.default_rng(plan.seed)
    people = subjects(both, plan)
    for mine in people:
        for enrolled in mine if plan.each else mine[:1]:
            attackers = tuple(_attackers(both, int(enrolled), plan.attackers))
            site = _site(both, int(enrolled), attackers, (plan.people, random), counts)
            _walked(both, site, (mine, int(enrolled)), counts)
            for attacker in attackers:
                _attacked(both, site, (mine, int(enrolled), attacker), counts, int(random.integers(0, both.days)))
        advance(1)
    return MigrationReport(
        material=looked[0],
        old=looked[1],
        new=looked[2],
        plan={"days": both.days, "people": plan.people, "attackers": plan.attackers, "seed": plan.seed},
        people={"people": len(people), "enrolled": counts.tries["migrated"]},
        migrated=counts.rate("migrated"),
        declined=dict(sorted(counts.why.items())),
        strangers_kept=counts.rate("strangers kept"),
        compared=counts.compared.within,
        across=counts.compared.across,
        refusals=Refusals(*map(counts.rate, Refusals.__struct_fields__)),
        forced=[counts.forced(among) for among in (both.days - 1, both.days)],
    )


def both_of(old: Faces, new: Faces, setups: tuple[Setup, Setup], days: int) -> Both:
    """Return the faces of the pictures in which both sets found one, with what a terminal asks for.

    Raises:
        ModelError: An embedder is missing or damaged.
        EvidenceError: One has no measured curve.
    """
    common = {one.file for one in old.pictures} & {one.file for one in new.pictures}
    kept = [faces.only(np.array([one.file in common for one in faces.pictures], bool)) for faces in (old, new)]
    config = setups[0].config
    config = replace(config, ota=replace(config.ota, migrate_days=days))
    embedders = [bundle(one.config.models.embedder, "embedder", trusted=False) for one in setups]
    curves = curve(embedders[0]), curve(embedders[1])
    return Both(
        kept[0],
        kept[1],
        (space_of(embedders[0], flip=config.models.flip), space_of(embedders[1], flip=config.models.flip)),
        (_door(config, curves[0]), _door(config, curves[1])),
        lambda before, after: leeway.migration(config, *curves, (before, after)),
        days,
    )


def subjects(both: Both, plan: Plan) -> list[NDArray[np.int64]]:
    """Return the places of the pictures of each person who has enough of them.

    Raises:
        EvidenceError: Nobody has, or there are too few others.
    """
    names, counts = np.unique(both.old.people, return_counts=True)
    enough = names[counts > both.days]
    if not len(enough):
        raise EvidenceError(
            f"somebody needs {both.days + 1} pictures with a face, one to be enrolled with and one for each day, and "
            f"none of {len(names)} people has: give more pictures, or ask for fewer with --days"
        )
    if len(names) < plan.people + plan.attackers:
        raise EvidenceError(
            f"{plan.people} enrolled people and {plan.attackers} attackers are asked for, and there are faces of "
            f"{len(names)} people: give more pictures, or ask for fewer with --people or --attackers"
        )
    return [np.flatnonzero(both.old.people == one) for one in enough]


def _door(config: Config, measured: Curve) -> Door:
    return Door(
        lambda templates: measured.resolve(for_search(config.decision.fpir, templates), extrapolate=True),
        config.decision.margin,
    )


def _site(
    both: Both, enrolled: int, attackers: Collection[int], drawn: tuple[int, np.random.Generator], counts: _Counts
) -> Site:
    """Return a terminal with others' first pictures in both spaces, and somebody in the old one alone."""
    _, firsts = np.unique(both.old.people, return_index=True)
    barred = {int(both.old.people[one]) for one in (enrolled, *attackers)}
    able = [int(one) for one in firsts if int(both.old.people[one]) not in barred]
    others = drawn[1].choice(able, drawn[0] - 1, replace=False)
    old, new = (
        Searched(space, faces.vectors[others], counts.compared)
        for space, faces in zip(both.spaces, (both.old, both.new), strict=True)
    )
    old.give(both.old.vectors[enrolled])
    return Site(old, new, both.bounds)


def _walked(both: Both, around: Site, who: tuple[NDArray[np.int64], int], counts: _Counts) -> None:
    """Let somebody walk by with all their other pictures, and judge them before and after."""
    mine, enrolled = who
    site, walks = around.clean(), [int(one) for one in mine if one != enrolled]
    before = [both.doors[0].opens(site.old, both.old.vectors[one]) for one in walks]
    for one, opened in zip(walks, before, strict=True):
        if opened:  # nobody walks by whom the door refused
            site.walk(both.old.vectors[one], both.new.vectors[one], both.old.qualities[one].score)
        else:
            site.why["refused-by-the-door"] += 1
    counts.why.update(site.why)
    counts.happened("migrated", site.migrated)
    after = site.migrated and both.doors[1].opens(site.new, both.new.vectors[enrolled])
    anew = replace(site.new, mine=())
    anew.give(both.new.vectors[enrolled])
    fresh = [both.doors[1].opens(anew, both.new.vectors[one]) for one in walks]
    counts.refused("before", *before)
    counts.refused("fresh", *fresh)
    counts.refused("cut_over", after)
    if site.migrated:
        counts.refused("after", after)
        counts.refused("before_migrated", *before)
        counts.refused("fresh_migrated", *fresh)


def _attackers(both: Both, enrolled: int, number: int) -> Iterator[int]:
    """Yield that picture of each of the most similar other people which is most alike."""
    alike = both.old.vectors @ both.old.vectors[enrolled]
    alike[both.old.people == both.old.people[enrolled]] = -2.0
    seen: set[int] = set()
    for place in np.argsort(-alike, kind="stable"):
        who = int(both.old.people[place])
        if len(seen) == number:
            return
        if who not in seen:
            seen.add(who)
            yield int(place)


def _attacked(both: Both, site: Site, scene: tuple[NDArray[np.int64], int, int], counts: _Counts, when: int) -> None:
    """Let the old model take an attacker for somebody, once among their own walks; and see what comes of it."""
    mine, enrolled, attacker = scene
    walks = [int(one) for one in mine if one != enrolled]
    anchor, face = both.old.vectors[enrolled], both.new.vectors[attacker]
    honest = site.clean()
    honest.walk(both.old.vectors[attacker], face, both.old.qualities[attacker].score)
    counts.happened("strangers kept", bool(honest.walks))
    naive = replace(site.new, mine=())
    naive.give(face)
    for among in (both.days - 1, both.days):
        attacked, clean = site.clean(), site.clean()
        for day, one in enumerate(walks[:among]):
            if day == when:
                attacked.walk(anchor, face)
            for there in (attacked, clean):
                there.walk(anchor, both.new.vectors[one])  # the old model is made to know the person, too
        if when >= among:
            attacked.walk(anchor, face)
        let_in = both.doors[1].opens(attacked.new, face) and not both.doors[1].opens(clean.new, face)
        counts.happened(f"planted {among}", let_in)
        counts.happened(f"taken in {among}", attacked.migrated and _differs(attacked, clean))
        counts.happened(f"control {among}", both.doors[1].opens(naive, face))


def _differs(one: Site, other: Site) -> bool:
    """Whether the template is another than without the attacker's walk."""
    return not other.migrated or not np.array_equal(one.new.mine[0], other.new.mine[0])
