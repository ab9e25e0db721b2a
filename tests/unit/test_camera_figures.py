"""What the terminal tells of its camera: of frames whose times and brightness are made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.app.camera_figures import EVERY_S, FRESH_S, Pace, Telling, running
from edge.app.places import places
from hw.base import Frame

if TYPE_CHECKING:
    from pathlib import Path


def frame(at: float, bright: int = 100) -> Frame:
    return Frame(np.full((48, 64, 3), bright, np.uint8), at, 1)


def test_rate_age_size_and_what_is_missing_are_of_the_frames_that_were_looked_at() -> None:
    pace = Pace()
    for number in [*range(10), 13, *range(14, 20)]:  # 10, 11 and 12 never came
        pace.look(frame(number * 0.1), number * 0.1 + (0.09 if number == 19 else 0.05))
    found = pace.figures(2.0)
    assert found is not None
    assert (found.frames, found.width, found.height, found.missed, found.due) == (17, 64, 48, 3, 19)
    assert (found.rate, found.age_p50_s, found.age_p95_s) == pytest.approx((16 / 1.9, 0.05, 0.09))


def test_the_exposure_has_settled_once_ten_frames_are_equally_bright() -> None:
    pace = Pace()
    for number, bright in enumerate([20, 60, 90, *[100] * 9]):
        pace.look(frame(number * 0.1, bright), number * 0.1)
    unsettled = pace.figures(2.0)
    assert unsettled is not None
    assert unsettled.settled_s is None
    pace.look(frame(1.2), 1.2)
    settled = pace.figures(2.0)
    assert settled is not None
    assert settled.settled_s == pytest.approx(1.2)


def test_figures_are_told_now_and_then_and_old_ones_are_none(tmp_path: Path) -> None:
    here, now = places(tmp_path), 0.0
    telling = Telling(here, lambda: now)
    assert running(here, now) is None
    telling.look(frame(0.0))
    assert running(here, now) is None
    telling.look(frame(0.1))
    assert running(here, now) is not None
    now = EVERY_S / 2
    telling.look(frame(0.2))
    told = running(here, now)
    assert told is not None
    assert (told.frames, told.at) == (2, 0.0)
    assert running(here, FRESH_S + 0.1) is None
    assert running(here, -1.0) is None  # of an earlier start of the machine


def test_a_place_that_takes_no_file_holds_nobody_up(tmp_path: Path) -> None:
    telling = Telling(places(tmp_path / "missing"), lambda: 0.0)
    telling.look(frame(0.0))
    telling.look(frame(0.1))
    assert running(places(tmp_path / "missing"), 0.0) is None
