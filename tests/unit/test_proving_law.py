"""Liveness measured alone judges as the door does of somebody whom every frame recognises."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edge.access.decide import State, step
from edge.app.presentation import End
from edge.app.proving import Policy
from edge.values import Cue, Finding, Reason, Sighting, Verdict
from tests.unit.builders import blurred, demand, frame, rule

FPS = st.sampled_from([5, 10, 15, 30])
MODES = st.sampled_from(["passive", "motion"])
LIVENESS = st.sampled_from([0.9, 0.9, 0.9, 0.7, 0.4, 0.01])
RELIEF = st.sampled_from([None, None, 0.95, 0.5])
AGAINST = st.sampled_from([None] * 20 + [(Cue.SURROUND, 0.05), (Cue.SCREEN, 0.2), (Cue.TIME, 0.4), (Cue.RELIEF, 0.05)])
KIND = st.sampled_from(["vote"] * 7 + ["spared", "poor"])
ROWS = st.lists(st.tuples(LIVENESS, RELIEF, AGAINST, KIND), min_size=1, max_size=40)


def seen(at: float, row: tuple[float, float | None, tuple[Cue, float] | None, str]) -> Sighting:
    liveness, relief, against, kind = row
    said = dict([(Cue.RELIEF, relief)] + ([against] if against else []))
    if kind == "poor":
        return blurred(at)
    found = tuple(Finding(cue, score, None) for cue, score in said.items())
    return frame(at, liveness=liveness, findings=found, spared=kind == "spared")


@given(rows=ROWS, fps=FPS, mode=MODES, on_suspicion=st.sampled_from(["refuse", "challenge"]))
def test_who_passes_would_be_let_in_on_the_same_frame(
    rows: list[tuple[float, float | None, tuple[Cue, float] | None, str]], fps: int, mode: str, on_suspicion: str
) -> None:
    track = [seen(number / fps, row) for number, row in enumerate(rows)]
    asked = replace(rule(mode), demand=demand(mode=mode, on_suspicion=on_suspicion))
    said = Policy(asked.demand, asked.decision, recorded=True)(track)
    verdict, state = None, State()
    for one in track:
        state, fell = step(state, one, asked)
        verdict = verdict or _of_the_person(fell)
    granted = verdict is not None and verdict.granted
    assert granted == (said.end is End.PASSED)
    if verdict is not None and granted:
        assert verdict.at == said.at
    if said.end is End.REFUSED:
        assert verdict is not None
        assert verdict.reason is Reason.NOT_LIVE
        assert said.at is not None
        assert verdict.at <= said.at  # a challenge that nobody answers may have ended it before


def _of_the_person(verdict: Verdict | None) -> Verdict | None:
    """A verdict after which more may come says nothing of the person yet."""
    over = verdict is not None and verdict.reason not in {Reason.POOR_VIEW, Reason.TOO_MANY_FACES}
    return verdict if over else None
