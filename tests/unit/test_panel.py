"""The panel of cues on a frame's way: each is asked every frame, and remembers for itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edge.values import Cue, Finding, Sign
from edge.vision.liveness import relief, screen, surround, timing
from edge.vision.liveness.panel import Cues, Panel, panel_for
from edge.vision.liveness.view import View, view_of
from edge.vision.pipeline import Memory, see
from hw.base import Frame
from tests.unit.builders import box, face
from tests.unit.test_pipeline import Stages, frame

if TYPE_CHECKING:
    from edge.values import Face

CUES = (Cue.SURROUND, Cue.RELIEF, Cue.SCREEN, Cue.TIME)


@dataclass
class Asked:
    """A panel of four cues that count their frames in their state, and note what they were shown.

    Attributes:
        views: What each cue was shown.
    """

    views: dict[Cue, list[View]] = field(default_factory=lambda: {cue: [] for cue in CUES})

    @property
    def panel(self) -> Panel:
        return Panel(*map(self._counting, CUES))

    def _counting(self, cue: Cue) -> Any:  # noqa: ANN401 - each cue has a state of its own
        def look(state: object, view: View) -> tuple[object, Finding]:
            self.views[cue].append(view)
            count = state + 1 if isinstance(state, int) else 1
            return count, Finding(cue, count / 10, Sign.FLAT if count > 1 else None)

        return look


def seen(faces: list[list[Face]]) -> tuple[Asked, list[tuple[Finding, ...]], Memory]:
    """What a panel is shown and says while these faces are detected, frame by frame."""
    asked, memory, said = Asked(), Memory(), []
    for number, there in enumerate(faces):
        stages = Stages(there)
        eyes = replace(stages.eyes, panel=asked.panel)
        sighting, memory = see(frame(number / 10), memory, eyes, stages.search)
        said.append(sighting.findings)
    return asked, said, memory


def test_every_cue_is_asked_about_every_frame_also_about_those_without_a_face() -> None:
    asked, said, _ = seen([[], [face(box(200, 150))], []])
    for cue in CUES:
        assert [view.at for view in asked.views[cue]] == [0.0, 0.1, 0.2]
        assert [view.box for view in asked.views[cue]] == [None, box(200, 150), None]
    assert [[finding.cue for finding in one] for one in said] == [list(CUES)] * 3


def test_what_each_cue_remembers_is_its_own_and_is_handed_on() -> None:
    _, said, memory = seen([[], [face(box(200, 150))], []])
    assert [finding.score for one in said for finding in one] == [0.1] * 4 + [0.2] * 4 + [0.3] * 4
    cues = memory.cues or Cues()
    assert [cues.surround, cues.relief, cues.screen, cues.timing] == [3] * 4


def test_what_they_say_is_part_of_what_was_seen() -> None:
    _, said, _ = seen([[face(box(200, 150))]] * 2)
    assert said[1] == tuple(Finding(cue, 0.2, Sign.FLAT) for cue in CUES)


def test_they_are_shown_the_followed_face_its_mesh_and_how_many_faces_there_are() -> None:
    asked, _, _ = seen([[face(box(200, 150)), face(box(20, 20, 60))]])
    (view,) = asked.views[Cue.RELIEF]
    assert (view.track, view.box, view.faces, view.sequence) == (1, box(200, 150), 2, 7)
    assert view.mesh is not None
    assert view.mesh.points[10, 1] == 150
    assert asked.views[Cue.TIME][0] is view


def test_a_face_on_which_no_mesh_was_laid_is_shown_without_one() -> None:
    asked, _, _ = seen([[face(box(-30, 150))]])
    (view,) = asked.views[Cue.SURROUND]
    assert (view.track, view.box, view.mesh) == (1, box(-30, 150), None)


def test_a_face_that_is_followed_but_missed_for_a_frame_stays_the_track_s() -> None:
    asked, _, _ = seen([[face(box(200, 150))], [], [face(box(200, 150))]])
    assert [(view.track, view.box is None) for view in asked.views[Cue.RELIEF]] == [(1, False), (1, True), (1, False)]


def test_without_a_panel_nothing_is_found_and_nothing_is_remembered() -> None:
    stages = Stages([face(box(200, 150))])
    sighting, memory = see(frame(), Memory(), stages.eyes, stages.search)
    assert sighting.findings == ()
    assert memory.cues is None


@pytest.mark.parametrize("size", [(1, 1), (640, 480), (1280, 720)])
def test_the_real_cues_begin_knowing_nothing_and_say_nothing_of_one_frame(size: tuple[int, int]) -> None:
    cues, found = panel_for(fixed_camera=True).look(None, view_of(shade(size)))
    assert [(one.cue, one.score, one.sign) for one in found] == [(cue, None, None) for cue in CUES]
    assert isinstance(cues.timing, timing.Timing)
    assert (cues.relief.track, cues.surround.track) == (None, None)


def shade(size: tuple[int, int]) -> Frame:
    return Frame(np.full((size[1], size[0], 3), 128, np.uint8), 0.0, 1)


@pytest.mark.parametrize("mounted", [True, False])
def test_the_surround_is_told_whether_the_camera_is_mounted(*, mounted: bool) -> None:
    found = panel_for(fixed_camera=mounted).surround
    assert isinstance(found, partial)
    assert (found.func, found.args, found.keywords) == (surround.look, (), {"fixed": mounted})


def test_the_panel_s_cues_are_the_modules_own() -> None:
    panel = panel_for(fixed_camera=False)
    assert (panel.relief, panel.screen, panel.timing) == (relief.look, screen.look, timing.look)
    assert Panel().surround is surround.look


def test_s4_they_are_told_whether_the_face_is_seen_well_enough_to_be_compared() -> None:
    asked, _, _ = seen([[face(box(200, 150))], [face(box(200, 150, 70))], []])
    assert [view.clear for view in asked.views[Cue.RELIEF]] == [True, False, False]
