"""The terminal's own eyes for measuring liveness: nobody is searched for, and every cue is timed."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from edge.app.presentation import Moment
from edge.values import Cue
from edge.vision.pipeline import Memory, see
from edge.vision.track import Track

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.values import Embedding, Match
    from edge.vision.liveness.panel import Panel
    from edge.vision.pipeline import Eyes
    from hw.base import Frame

P = ParamSpec("P")
R = TypeVar("R")


class TerminalEyes:
    """`edge.vision.pipeline.see` from frame to frame, as `edge.app.presentation.Watching` promises."""

    def __init__(self, eyes: Eyes) -> None:
        self._costs: dict[Cue, float] = {}
        network = self._timed(Cue.PASSIVE, eyes.liveness) if eyes.liveness else None
        self._eyes = replace(eyes, liveness=network, panel=self._panel(eyes.panel) if eyes.panel else None)
        self._memory = Memory()

    def look(self, frame: Frame) -> Moment:
        """Say what the next frame shows."""
        self._costs = {}
        begun = time.perf_counter()
        sighting, self._memory = see(frame, self._memory, self._eyes, _nobody)
        return Moment(sighting, time.perf_counter() - begun, self._costs)

    def part(self) -> None:
        """Begin a new presentation: whoever is seen next is on a new track; the empty scene stays known."""
        self._memory = replace(self._memory, track=Track(self._memory.track.number))

    def _panel(self, panel: Panel) -> Panel:
        return replace(
            panel,
            surround=self._timed(Cue.SURROUND, panel.surround),
            relief=self._timed(Cue.RELIEF, panel.relief),
            screen=self._timed(Cue.SCREEN, panel.screen),
            timing=self._timed(Cue.TIME, panel.timing),
        )

    def _timed(self, cue: Cue, look: Callable[P, R]) -> Callable[P, R]:
        def timed(*words: P.args, **named: P.kwargs) -> R:
            begun = time.perf_counter()
            try:
                return look(*words, **named)
            finally:
                self._costs[cue] = self._costs.get(cue, 0.0) + time.perf_counter() - begun

        return timed


def _nobody(probe: Embedding) -> Match | None:
    """Find nobody: liveness is measured alone."""
    del probe
    return None
