"""The panel of liveness cues: each looks at every frame; what to make of it is `edge.access.proof`'s to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from edge.vision.liveness import relief, screen, surround, timing
from edge.vision.liveness.relief import Relief
from edge.vision.liveness.screen import Screen
from edge.vision.liveness.surround import Surround
from edge.vision.liveness.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.values import Finding
    from edge.vision.liveness.view import View


@dataclass(frozen=True, slots=True, eq=False)
class Cues:
    """What the cues have seen so far, each its own."""

    surround: Surround = field(default_factory=Surround)
    relief: Relief = field(default_factory=Relief)
    screen: Screen = field(default_factory=Screen)
    timing: Timing = field(default_factory=Timing)


@dataclass(frozen=True, slots=True)
class Panel:
    """The cues besides the passive network.

    Attributes:
        surround: What is around the face.
        relief: Whether the face moves as a solid head.
        screen: What a screen or a print looks like.
        timing: Whether the pictures come as a camera's do.
    """

    surround: Callable[[Surround, View], tuple[Surround, Finding]] = surround.look
    relief: Callable[[Relief, View], tuple[Relief, Finding]] = relief.look
    screen: Callable[[Screen, View], tuple[Screen, Finding]] = screen.look
    timing: Callable[[Timing, View], tuple[Timing, Finding]] = timing.look

    def look(self, cues: Cues | None, view: View) -> tuple[Cues, tuple[Finding, ...]]:
        """Let every cue look at a frame, also at one without a face.

        Args:
            cues: What they saw so far; None before the first frame.
            view: The frame.

        Returns:
            What they have seen now, and what each says of the followed track.
        """
        before = cues or Cues()
        around, beside = self.surround(before.surround, view)
        solid, depth = self.relief(before.relief, view)
        surface, glow = self.screen(before.screen, view)
        pace, course = self.timing(before.timing, view)
        return Cues(around, solid, surface, pace), (beside, depth, glow, course)


def panel_for(*, fixed_camera: bool) -> Panel:
    """Return the panel for a camera that is mounted, as the empty scene must show, or for one held in the hand."""
    return Panel(surround=partial(surround.look, fixed=fixed_camera))
