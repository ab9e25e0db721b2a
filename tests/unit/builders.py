"""Tiny builders: a test names what its story is about, everything else is as good as it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edge.access.decide import Rule, State, settle, step
from edge.config import DecisionSettings, LivenessSettings
from edge.values import Box, Face, Flaw, Handle, Match, Person, PersonId, Quality, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.values import Reason, Verdict

ANN, BOB = PersonId("ann"), PersonId("bob")
GOOD = Quality(inter_eye_px=80.0)
THRESHOLD = 0.4


def match(person: PersonId = ANN, similarity: float = 0.7, margin: float = 0.3, comparisons: int = 10) -> Match:
    return Match(person, similarity, margin, comparisons)


def frame(at: float, **changes: Any) -> Sighting:  # noqa: ANN401 - any field of a sighting
    """A sighting of Ann, live and well seen, alone, on track 1."""
    shown: dict[str, Any] = {
        "sequence": round(at * 10),
        "faces": 1,
        "track": 1,
        "box": box(),
        "score": 0.9,
        "quality": GOOD,
        "liveness": 0.9,
        "match": match(),
    }
    return Sighting(at=at, **(shown | changes))


def nobody(at: float) -> Sighting:
    return Sighting(at=at, sequence=round(at * 10))


def missed(at: float, track: int = 1) -> Sighting:
    """A frame in which the followed face was not found."""
    return Sighting(at=at, sequence=round(at * 10), track=track)


def blurred(at: float, **changes: Any) -> Sighting:  # noqa: ANN401 - as above
    quality = Quality(inter_eye_px=80.0, flaws=(Flaw.BLURRED,))
    return frame(at, quality=quality, liveness=None, match=None, **changes)


def rule(liveness: str = "passive", **decision: Any) -> Rule:  # noqa: ANN401 - any decision setting
    """k = 2 of 4; a hundredfold of templates asks for a tenth more similarity."""
    return Rule(
        decision=DecisionSettings(**decision),
        liveness=LivenessSettings(mode="off" if liveness == "off" else "passive"),
        fmr_for=lambda templates: 1e-3 / templates,
        threshold_for=lambda fmr: THRESHOLD + 0.05 * float(np.log10(1e-4 / fmr)),
        space="test@0",
    )


def play(sightings: Iterable[Sighting], asked: Rule | None = None, state: State | None = None) -> list[Verdict]:
    """The verdicts that fall while the sightings are shown, oldest first."""
    return run(sightings, asked, state)[1]


def run(
    sightings: Iterable[Sighting],
    asked: Rule | None = None,
    state: State | None = None,
    outcome: Reason | None = None,
) -> tuple[State, list[Verdict]]:
    """The same with what is remembered at the end; the door does as the verdict says, or gives `outcome` instead."""
    asked, state, verdicts = asked or rule(), state or State(), []
    for sighting in sightings:
        state, verdict = step(state, sighting, asked)
        if verdict is not None:
            verdicts.append(verdict)
            state = settle(state, verdict, verdict.reason if outcome is None else outcome, asked)
    return state, verdicts


def box(left: float = 100.0, top: float = 100.0, side: float = 100.0) -> Box:
    return Box(left, top, left + side, top + side)


def face(where: Box | None = None, score: float = 0.9, tilt_deg: float = 0.0) -> Face:
    """A face with its eyes at a third of the box's height, 40 % of its width apart, tilted about the box's middle."""
    where = where or box()
    x, y = where.centre
    side = where.width
    upright = side * np.array([[-0.2, -0.17], [0.2, -0.17], [0, 0.05], [0, 0.2], [-0.4, -0.1], [0.4, -0.1]])
    angle = np.radians(tilt_deg)
    turned = upright @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return Face(where, score, (turned + np.array([x, y])).astype(np.float32))


def person(who: PersonId = ANN) -> Person:
    return Person(who, Handle(f"handle-of-{who}"), who.title(), templates=1)


def reasons(verdicts: list[Verdict]) -> list[Reason]:
    """Why each of them fell as it did."""
    return [verdict.reason for verdict in verdicts]
