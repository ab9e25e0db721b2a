"""How far adaptation and migration may go here: false-match rates as similarities of the embedders' curves (S9). Pure.

Beyond the measured evidence the curve's stricter continuation counts, as for a door that runs: here it only makes
both rarer.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from edge.access.threshold import for_search
from edge.ota import migrate
from edge.people.adapt import DAY_S, Bounds

if TYPE_CHECKING:
    from edge.access.threshold import Curve
    from edge.config import Config


def lift(config: Config, measured: Curve, templates: int) -> float:
    """Return how much an adapted template may add to the similarity of its person's anchors; 0 when it is off.

    So much lies between the thresholds of the door's false-match rate and of `reach` times it: were every adapted
    template an attacker's choice, that would be the rate of the people who have one.

    Args:
        config: Everything that is set.
        measured: The embedder's curve.
        templates: How many are searched.
    """
    if not config.adaptation.enabled:
        return 0.0
    fmr = for_search(config.decision.fpir, templates)
    worst = min(fmr * config.adaptation.reach, 1.0)
    return measured.resolve(fmr, extrapolate=True) - measured.resolve(worst, extrapolate=True)


def bounds(config: Config, measured: Curve, templates: int) -> Bounds:
    """Return what an adapted template must keep to among so many templates."""
    asked, door = config.adaptation, for_search(config.decision.fpir, templates)
    fmr = min(asked.fmr, door / asked.stricter)
    return Bounds(
        strong=measured.resolve(fmr, extrapolate=True),
        fmr=fmr,
        floor=measured.resolve(door, extrapolate=True) - lift(config, measured, templates),
        margin=asked.margin,
        frames=asked.frames,
        min_score=asked.min_score,
        second_factor=asked.second_factor,
        most=asked.most,
        apart_s=asked.apart_days * DAY_S,
        settled_s=asked.settled_days * DAY_S,
    )


def room(config: Config, measured: Curve, templates: int, mine: int) -> int:
    """Return how many more templates the evidence supports: in a search among all, and in a claim of this person (S9).

    Args:
        config: Everything that is set.
        measured: The embedder's curve.
        templates: How many everybody has together.
        mine: How many of them this person has.
    """
    decision = config.decision
    if decision.accept_extrapolation:
        return sys.maxsize
    everybody = measured.largest_supported_gallery(decision.fpir) - templates
    return min(everybody, measured.largest_supported_gallery(decision.fmr) - mine)


def migration(config: Config, old: Curve, new: Curve, templates: tuple[int, int]) -> migrate.Bounds:
    """Return what walks must keep to before they become a template of a new space.

    In the old space as what is adapted: stricter than the door. In the new one as the new model's own door will ask it
    among as many templates as there will be once everybody has walked by.

    Args:
        config: Everything that is set.
        old: The curve of the embedder that decides.
        new: The curve of the other one.
        templates: How many there are in the old space, and in the new one.
    """
    asked, door = config.adaptation, for_search(config.decision.fpir, max(templates[0], 1))
    fmr = min(asked.fmr, door / asked.stricter)
    new_door = new.resolve(for_search(config.decision.fpir, max(*templates, 1)), extrapolate=True)
    return migrate.Bounds(
        strong=old.resolve(fmr, extrapolate=True),
        fmr=fmr,
        floor=old.resolve(door, extrapolate=True) - lift(config, old, max(templates[0], 1)),
        margin=asked.margin,
        frames=asked.frames,
        min_score=asked.min_score,
        days=config.ota.migrate_days,
        alike=new_door,
        new_floor=new_door,
    )
