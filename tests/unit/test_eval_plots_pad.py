"""DET curves and rates are drawn from whatever was measured, the empty cases included."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from edge.eval.pad import report, weigh
from edge.eval.plots import COLOURS
from edge.eval.plots_pad import deviate, draw, scores_of
from edge.eval.presentations import Showing
from edge.values import Cue
from tests.unit.builders import nobody
from tests.unit.pad_builders import course, seen, shown

if TYPE_CHECKING:
    from edge.eval.pad_report import PadReport


def measured(live: list[float | None], **attacks: list[float | None]) -> PadReport:
    """Presentations in which the cue of the surround said so much; None for a frame without a face."""
    rows = [(score, None) for score in live] + [(score, name) for name, some in attacks.items() for score in some]
    shows = [
        shown(seen({Cue.SURROUND: score}) if score is not None else [nobody(0.0)], species) for score, species in rows
    ]
    return report([weigh(one, course()) for one in shows], course(), Showing(), "office")


def size(content: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(content)) as picture:
        return picture.size


def colours(content: bytes) -> set[str]:
    with Image.open(BytesIO(content)) as picture:
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    return {f"#{red:02X}{green:02X}{blue:02X}" for red, green, blue in np.unique(pixels, axis=0).tolist()}


@pytest.mark.long
def test_each_species_has_a_colour_of_its_own_and_each_cue_that_spoke_a_panel() -> None:
    found = measured([0.9, 0.8, 0.4], print=[0.1, 0.5], replay=[0.2, 0.9])
    content = draw(found)
    assert set(COLOURS[:2]) <= colours(content)
    # The rates, the network (whose scores are there in every presentation) and the surround.
    assert size(content)[0] == round(150 * 4.4 * 3)
    assert content == draw(found)


@pytest.mark.parametrize(
    "odd",
    [
        measured([0.9], print=[0.1]),
        measured([0.1], print=[0.9]),
        measured([0.5, 0.5], print=[0.5]),
        measured([None], print=[None]),
        measured([0.9], print=[None], replay=[0.3]),
    ],
    ids=["never mistaken", "always mistaken", "all alike", "no face", "one species unseen"],
)
def test_odd_reports_can_be_drawn(odd: PadReport) -> None:
    assert size(draw(odd))[1] == round(150 * 4.4)


def test_scores_are_those_of_live_people_and_of_one_species() -> None:
    found = scores_of(measured([0.9, 0.7, None], print=[0.1], replay=[0.3, 0.2]), Cue.SURROUND, "replay")
    assert (found.live.tolist(), found.attacks.tolist()) == ([0.7, 0.9], [0.2, 0.3])


def test_rates_lie_on_a_normal_deviate_scale_with_none_and_all_on_its_edge() -> None:
    assert deviate([0.5, 0.8413]) == pytest.approx([0.0, 1.0], abs=1e-3)
    assert deviate([0.0, 1.0]) == pytest.approx([-2.878, 2.878], abs=1e-3)
