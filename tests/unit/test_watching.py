"""The terminal's own `see` for measuring liveness: every cue is timed, nobody is searched for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest

from edge.app.watching import TerminalEyes
from edge.values import Cue, Finding, Sign
from edge.vision.liveness.panel import Panel
from hw.base import Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from edge.vision.liveness.view import View
    from edge.vision.pipeline import Eyes

S = TypeVar("S")


def saying(cue: Cue, tracks: list[int | None]) -> Callable[[S, View], tuple[S, Finding]]:
    """A cue that says always the same, and notes the track of each frame."""

    def look(state: S, view: View) -> tuple[S, Finding]:
        tracks.append(view.track)
        return state, Finding(cue, 0.25, Sign.FROZEN)

    return look


@pytest.mark.pictures
def test_every_cue_is_asked_and_timed_and_a_new_presentation_is_a_new_track(
    eyes: Eyes, photographs: Mapping[str, NDArray[np.uint8]]
) -> None:
    tracks: list[int | None] = []
    cues = (Cue.SURROUND, Cue.RELIEF, Cue.SCREEN, Cue.TIME)
    watching = TerminalEyes(replace(eyes, panel=Panel(*(saying(cue, tracks) for cue in cues))))
    picture = photographs["obama"]
    found = [watching.look(Frame(picture, number / 10, number)) for number in range(2)]
    watching.part()
    found.append(watching.look(Frame(picture, 0.2, 2)))
    assert tracks == [1] * 8 + [2] * 4
    for moment in found:
        assert [one.cue for one in moment.sighting.findings] == list(cues)
        assert set(moment.costs) == {*cues, Cue.PASSIVE}
        assert 0 < sum(moment.costs.values()) < moment.seconds
        assert moment.sighting.liveness is not None
        assert moment.sighting.match is None
    empty = watching.look(Frame(np.full((240, 320, 3), 128, np.uint8), 0.3, 3))
    assert set(empty.costs) == set(cues)


def test_a_frame_of_nobody_costs_the_network_nothing(eyes: Eyes) -> None:
    watching = TerminalEyes(replace(eyes, panel=None))
    moment = watching.look(Frame(np.full((240, 320, 3), 128, np.uint8), 0.0, 0))
    assert moment.costs == {}
    assert moment.sighting.quality is None
