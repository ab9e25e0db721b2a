"""Whether FPIR = 1 - (1 - FMR)^comparisons, and what that says of galleries that were not measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edge.eval.identification import FormulaCheck, Projection
from edge.eval.rates import FMRS, LEAST_FALSE_MATCHES, rate
from edge.eval.trials import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.eval.trials import Found, UnderTest

PROJECTED = (10_000, 50_000)
"""The galleries of which is said what the evidence supports, measured or not."""


def formula(strangers: Found, tested: UnderTest, comparisons: int) -> list[FormulaCheck]:
    """Set FPIR against the formula, at each threshold at which ten people, and ten pairs of people, are mistaken.

    Args:
        strangers: What was found for the non-mated probes.
        tested: The scores.
        comparisons: How many templates each search is compared with.
    """
    checks, scores = [], tested.scores
    for aim in FMRS:
        threshold = scores.impostor.threshold(aim)
        fmr = rate(scores.impostor.at_least(threshold), scores.comparisons)
        fpir = counted(strangers.identified(threshold, 0.0), strangers)
        if _alike(tested, threshold) >= LEAST_FALSE_MATCHES and fpir.evident and fpir.events < fpir.trials:
            predicted = chance(fmr.rate, comparisons)
            checks.append(FormulaCheck(threshold, fmr, predicted, fpir, fpir.rate / predicted))
    return checks


def _alike(tested: UnderTest, threshold: float) -> int:
    """Return how many pairs of people have pictures that reach a threshold, of the pairs of pictures that are kept."""
    tail, people = tested.scores.tail, tested.faces.people
    reached = tail.similarity.astype(np.float64) >= threshold
    pairs = np.sort(np.stack([people[tail.first[reached]], people[tail.second[reached]]]), axis=0)
    return pairs.shape[1] and len(np.unique(pairs, axis=1).T)


def chance(fmr: float, comparisons: float) -> float:
    """Return 1 - (1 - FMR)^comparisons: that one of so many independent comparisons matches by chance."""
    return -math.expm1(comparisons * math.log1p(-fmr)) if fmr < 1 else 1.0


def projections(tested: UnderTest, largest: Mapping[int, tuple[int, Found]]) -> list[Projection]:
    """Say what the evidence supports of large galleries, measured or not.

    Args:
        tested: The rule, and the embedder's curve.
        largest: For each number of templates the people in the largest gallery that was measured, and what was found
            for its mated probes.
    """
    found, believed = [], tested.rule
    for each, (measured, mates) in largest.items():
        for people in PROJECTED:
            needed, supported = believed.fmr_for(people * each), tested.curve.strictest.fmr
            threshold = believed.threshold_for(needed)
            known = mates.identified(threshold, believed.decision.margin) & (mates.person == mates.truth)
            found.append(
                Projection(
                    people=people,
                    templates=each,
                    fmr_needed=needed,
                    fmr_supported=supported,
                    supported=tested.curve.supports(needed),
                    fpir_assumed=chance(max(needed, supported), people * each),
                    threshold=threshold,
                    measured_people=measured,
                    fnir=counted(~known, mates),
                )
            )
    return found
