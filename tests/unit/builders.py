"""Tiny builders: a test names what its story is about, everything else is as good as it gets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.access.decide import Rule, State, asked, settle, step
from edge.access.proof import Demand
from edge.config import ChallengeSettings, DecisionSettings, LivenessSettings
from edge.values import Box, Cue, Face, Finding, Flaw, Handle, Match, Person, PersonId, Quality, Sighting
from tests.unit.heads import BOTH, STRAIGHT, toward

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.access.challenge import Pose
    from edge.values import Move, Reason, Sign, Verdict

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
        demand=demand(mode=liveness),
        fmr_for=lambda templates: 1e-3 / templates,
        threshold_for=lambda fmr: THRESHOLD + 0.05 * float(np.log10(1e-4 / fmr)),
        space="test@0",
    )


LIMITS: dict[str, Any] = {
    "suspect_below": 0.05,
    "surround_suspect": 0.5,
    "surround_deny": 0.1,
    "relief_alive": 0.7,
    "relief_deny": 0.1,
    "screen_suspect": 0.3,
    "timing_suspect": 0.5,
    "timing_deny": 0.1,
}
"""What the cues' scores mean in the stories; the product's own limits are measured and change."""


def demand(moves: tuple[Move, ...] = (), **liveness: Any) -> Demand:  # noqa: ANN401 - any liveness setting
    """Two pictures are enough for the passive network, and who is suspected is refused, unless a story says else."""
    asked: dict[str, Any] = {"mode": "passive", "passive_frames": 2, "on_suspicion": "refuse"} | LIMITS | liveness
    return Demand(LivenessSettings(**asked), ChallengeSettings(), lambda: moves, DecisionSettings().max_faces)


def proving(mode: str = "motion", moves: tuple[Move, ...] = BOTH, **decision: Any) -> Rule:  # noqa: ANN401 - as above
    """The rule of a story about liveness: who is suspected may prove it by a challenge, as the product's default is."""
    asked = rule(mode, **decision)
    return replace(asked, demand=demand(moves, mode=mode, on_suspicion="challenge"))


def found(cue: Cue, score: float | None, sign: Sign | None = None) -> dict[str, Any]:
    """What a single cue says of a frame."""
    return {"findings": (Finding(cue, score, sign),)}


SOLID = found(Cue.RELIEF, 1.0)
"""The motion of a solid head."""


def answering(start: float = 0.0, moves: tuple[Move, ...] = BOTH, **changes: Any) -> list[Sighting]:  # noqa: ANN401 - as above
    """Somebody who looks straight, moves as asked and looks straight again; ten frames a second."""
    poses = [pose for move in moves for pose in (*[STRAIGHT] * 7, toward(move, 1.3))] + [STRAIGHT] * 4
    return [frame(round(start + 0.1 * n, 3), quality=posed(pose), **changes) for n, pose in enumerate(poses)]


def posed(pose: Pose) -> Quality:
    """A good view of a head that looks somewhere."""
    return Quality(pose.eyes_px, yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, head_size=0.3)


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


def told(sightings: list[Sighting], asked_for: Rule, state: State | None = None) -> list[tuple[Move | None, bool]]:
    """What is asked of the person after each frame, and whether a verdict fell on it."""
    state, heard = state or State(), []
    for one in sightings:
        state, verdict = step(state, one, asked_for)
        if verdict is not None:
            state = settle(state, verdict, verdict.reason, asked_for)
        heard.append((asked(state, asked_for), verdict is not None))
    return heard


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
