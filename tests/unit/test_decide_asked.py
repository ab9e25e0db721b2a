"""What is asked of whoever stands there does not tell whether they are recognised."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edge.values import Cue, Finding, Match, Sighting
from tests.unit.builders import BOB, answering, demand, frame, match, proving, told

STRANGER = match(similarity=0.1)

scores = st.sampled_from([None, None, 1.0, 1.0, 1.0, 0.6, 0.4, 0.2])
said = st.lists(st.builds(Finding, st.sampled_from(Cue), scores), max_size=2).map(tuple)
cast = st.builds(
    frame,
    at=st.just(0.0),
    track=st.sampled_from([1] * 12 + [2, None]),
    faces=st.sampled_from([1] * 9 + [9]),
    liveness=st.sampled_from([0.9, 0.9, 0.9, 0.6, 0.4, 0.3, 0.1]),
    match=st.sampled_from([match(), match(), match(), match(), match(BOB), STRANGER]),
    spared=st.sampled_from([False] * 5 + [True]),
    findings=said,
)
walks = st.lists(st.one_of(cast, cast, cast, st.just(answering())), max_size=50)


def laid_out(walk: list[Sighting | list[Sighting]], step_s: float) -> list[Sighting]:
    flat = [one for part in walk for one in (part if isinstance(part, list) else [part])][:90]
    return [replace(one, at=round(step_s * n, 3)) for n, one in enumerate(flat)]


@given(
    walk=walks,
    mode=st.sampled_from(["passive", "motion", "motion", "challenge", "off"]),
    refuse=st.booleans(),
    draws=st.integers(4, 15),
    step_s=st.sampled_from([0.1, 0.1, 0.4]),
)
def test_what_is_asked_does_not_tell_who_is_recognised(
    walk: list[Sighting | list[Sighting]], mode: str, draws: int, step_s: float, *, refuse: bool
) -> None:
    """Up to the first verdict of either, a stranger hears the same requests at the same frames."""
    asked_for = proving(mode, max_judged_frames=draws)
    if refuse:
        asked_for = replace(asked_for, demand=demand(tuple(asked_for.demand.draw()), mode=mode))
    shown = laid_out(walk, step_s)
    nothing: Match | None = None
    strange = [replace(one, match=nothing) for one in shown]
    for (move, ended), (other, refused) in zip(told(shown, asked_for), told(strange, asked_for), strict=True):
        if ended or refused:
            break
        assert move is other
