"""What `edge eval migrate` reports."""

from __future__ import annotations

from msgspec import Struct

from edge.eval.rates import Rate
from edge.eval.subject import Material, ModelSet


class Refusals(Struct, frozen=True):
    """How often people were refused at the door's own rate.

    Attributes:
        before: By the old model, enrolled with one photograph, of everybody.
        cut_over: By the new model at the moment of the cut-over: who has no template there is refused, and shows
            something else than their face once.
        after: By the new model, of those who migrated: each was judged by the photograph they were enrolled with.
        fresh: By the new model, had they been enrolled in it with that photograph: the same comparison as before.
        before_migrated: As `before`, of those who migrated alone.
        fresh_migrated: As `fresh`, of those who migrated alone.
    """

    before: Rate
    cut_over: Rate
    after: Rate
    fresh: Rate
    before_migrated: Rate
    fresh_migrated: Rate


class Forced(Struct, frozen=True):
    """Attackers whom the old model was made to take for somebody, once, however unlike they are.

    Attributes:
        among: How many walks the person made themself, beside.
        trials: How many attackers.
        taken_in: How often the attacker's walk changed the template that was made.
        planted: How often the attacker's own face is let in by the new model, and is not without that walk.
        control: How often it would be if one walk were enough for a template.
    """

    among: int
    trials: int
    taken_in: int
    planted: Rate
    control: Rate


class MigrationReport(Struct, frozen=True):
    """`edge eval migrate`.

    Attributes:
        material: The photographs.
        old: The models that people were enrolled with.
        new: The models that they came to.
        plan: Days that are needed, walks of each, attackers of each, and the seed.
        people: How many people had photographs enough, and how often they were enrolled.
        migrated: How many came to the new space by walking by.
        declined: Walks that were not kept, and templates that were not made, by reason.
        strangers_kept: Walks of others that the rules kept without being forced, of all that were presented.
        compared: Searches within a space.
        across: Searches across spaces.
        refusals: Of the people themselves.
        forced: Attackers.
    """

    material: Material
    old: ModelSet
    new: ModelSet
    plan: dict[str, int]
    people: dict[str, int]
    migrated: Rate
    declined: dict[str, int]
    strangers_kept: Rate
    compared: int
    across: int
    refusals: Refusals
    forced: list[Forced]
