"""Attempts: what the decision may try of one track, what becomes of it, and what independent frames would do."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from edge.access import decide
from edge.access.decide import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.access.attempt import Rule
    from edge.config import DecisionSettings
    from edge.eval.clips import Glance
    from edge.values import PersonId, Sighting

_MOST_STATES = 100_000


def cut(glances: Sequence[Glance], decision: DecisionSettings) -> list[tuple[Glance, ...]]:
    """Cut what a clip showed into attempts.

    One ends with its track, with as many judged frames as an attempt may have, or when its time is over. What has too
    few judged frames to be let in is left out, and so are frames with too many faces.

    Args:
        glances: Of consecutive frames.
        decision: The limits.
    """
    attempts: list[list[Glance]] = []
    began = math.inf
    for one in glances:
        crowded = one.sighting.faces > decision.max_faces
        if one.sighting.track is None or one.sighting.quality is None or crowded:
            continue
        last = attempts[-1] if attempts else []
        spent = sum(other.probe is not None for other in last) >= decision.max_judged_frames
        late = one.sighting.at - began > decision.patience_s
        if not last or spent or late or last[-1].sighting.track != one.sighting.track:
            attempts.append([])
            began = math.inf
        attempts[-1].append(one)
        if one.probe is not None:
            began = min(began, one.sighting.at)
    return [tuple(one) for one in attempts if sum(glance.probe is not None for glance in one) >= decision.votes]


def independent(share: float, judged: int, decision: DecisionSettings) -> float:
    """Return how likely independent frames are to let somebody in: enough votes in any window.

    Args:
        share: How likely one frame votes.
        judged: How many judged frames the attempt has.
        decision: How many of how many must agree.

    Returns:
        0 to 1; not a number where there are too many windows to tell apart.
    """
    need, window = decision.votes, decision.window_frames
    if window < need:
        return 0.0
    if math.comb(window, need - 1) > _MOST_STATES:
        return math.nan
    # How likely each pattern of recent votes (their ages in frames) is, without having been let in.
    states: dict[tuple[int, ...], float] = {(): 1.0}
    granted = 0.0
    for _ in range(judged):
        following: Counter[tuple[int, ...]] = Counter()
        for ages, likely in states.items():
            kept = tuple(age + 1 for age in ages if age + 1 < window)
            following[kept] += likely * (1 - share)  # type: ignore[assignment]  # a Counter may count in fractions
            if len(kept) + 1 >= need:
                granted += likely * share
            else:
                following[(0, *kept)] += likely * share  # type: ignore[assignment]  # as above
        states = dict(following)
    return granted


def admitted(sightings: Sequence[Sighting], rule: Rule) -> PersonId | None:
    """Play an attempt to the decision, from a fresh start; return whom the door would be opened for."""
    state = State()
    for sighting in sightings:
        state, verdict = decide.step(state, sighting, rule)
        if verdict is not None and verdict.granted:
            return verdict.person
    return None
