"""Presentations of a wanted kind: each is a row of sightings in which one thing speaks against a person, or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.app.presentation import Moment
from edge.app.proving import Policy
from edge.config import Config, DecisionSettings
from edge.eval.pad_course import Course
from edge.eval.presentations import Presentation, Source
from edge.eval.subject import BundleName, ModelSet
from edge.values import Cue, Finding, Sign
from tests.unit.builders import demand, frame

if TYPE_CHECKING:
    from edge.values import Sighting

NAME = BundleName("some-1", "0" * 64)
MODELS = ModelSet("some", NAME, NAME, NAME, flip=False, runtime="none")
SIGNS = {
    Cue.SURROUND: Sign.EDGES_MOVE,
    Cue.RELIEF: Sign.FLAT,
    Cue.SCREEN: Sign.SCREEN_GLOW,
    Cue.TIME: Sign.FROZEN,
}


def seen(
    scores: dict[Cue, float] | None = None, *, frames: int = 6, track: int = 1, at: float = 0.0, liveness: float = 0.9
) -> list[Sighting]:
    """A track of ten frames a second, all with these scores; the cues that are not named say nothing."""
    found = tuple(
        Finding(cue, (scores or {}).get(cue), sign if (scores or {}).get(cue, 1.0) < 0.5 else None)
        for cue, sign in SIGNS.items()
    )
    times = (at + number / 10 for number in range(frames))
    return [frame(time, track=track, liveness=liveness, match=None, findings=found) for time in times]


def policy(mode: str = "passive", *, recorded: bool = True, **liveness: Any) -> Policy:  # noqa: ANN401 - any setting
    """Who is suspected is asked for a challenge; two judged pictures are enough."""
    asked = demand(mode=mode, **({"on_suspicion": "challenge"} | liveness))
    return Policy(asked, DecisionSettings(votes=2), recorded=recorded)


def course(mode: str = "passive") -> Course:
    """The policy, with eyes that are never opened."""

    def never() -> Moment:
        raise AssertionError

    asked = policy(mode)
    config = replace(Config(), liveness=asked.demand.settings)
    return Course(config, MODELS, NAME, never, asked)  # type: ignore[arg-type]  # never called


def shown(
    sightings: list[Sighting], species: str | None = None, person: str | None = None, name: str = "clip.avi"
) -> Presentation:
    """A presentation, each of whose frames took 20 ms, 3 of them the surround."""
    moments = tuple(Moment(one, 0.02, {Cue.SURROUND: 0.003}) for one in sightings)
    return Presentation(Source(Path(name), species, person), 1, moments)
