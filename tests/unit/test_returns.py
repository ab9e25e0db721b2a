"""Whether pictures come back, told from thumbnails alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.vision.liveness.returns import likeness

Cells = NDArray[np.uint8]
RANDOM = np.random.default_rng(2)
WAVES = RANDOM.uniform(0.3, 1.6, (4, 100)), RANDOM.uniform(0, 6.3, (4, 100))


def alive(times: NDArray[np.float64]) -> Cells:
    """A hundred cells, each of which wanders in its own way."""
    waves = np.sin(2 * np.pi * WAVES[0] * times[:, None, None] + WAVES[1]).sum(axis=1)
    return np.asarray((128 + 20 * waves).round(), np.uint8)


def moments(seconds: float, fps: float) -> NDArray[np.float64]:
    return np.arange(0, seconds, 1 / fps)


def judged(times: NDArray[np.float64], cells: Cells) -> float:
    found = likeness(list(times), cells)
    assert found is not None
    return found


@pytest.mark.parametrize("fps", [30, 15, 6])
def test_what_never_was_before_is_about_as_far_as_it_moves(fps: int) -> None:
    times = moments(12, fps)
    assert judged(times, alive(times)) > 0.7


@pytest.mark.parametrize("period_s", [0.5, 1.7, 10.0])
def test_what_was_there_before_is_near_nothing(period_s: float) -> None:
    times = moments(period_s + 2, 30)
    assert judged(times, alive(times % period_s)) < 0.1


def test_a_loop_that_is_sampled_at_other_moments_is_found_between_them() -> None:
    times = moments(4, 10) + RANDOM.uniform(0, 0.03, 40)
    assert judged(times, alive(times % 2.03)) < 0.12


def test_a_third_of_the_frames_may_differ() -> None:
    times = moments(5, 15)
    cells = alive(times % 2)
    cells[::3] = RANDOM.integers(100, 150, cells[::3].shape, np.uint8)
    assert judged(times, cells) < 0.1


def test_cells_that_stand_still_do_not_count() -> None:
    times = moments(6, 15)
    cells = np.hstack([alive(times % 2)[:, :50], np.full((times.size, 3000), 90, np.uint8)])
    assert judged(times, cells) < 0.1


@pytest.mark.parametrize(
    ("times", "cells"),
    [
        (moments(0, 15), np.zeros((0, 4), np.uint8)),
        (moments(1, 30), alive(moments(1, 30))),
        (moments(6, 3), alive(moments(6, 3))),
        (moments(6, 15), np.full((90, 100), 7, np.uint8)),
        (moments(6, 15), RANDOM.integers(100, 104, (90, 100), np.uint8)),
        (moments(6, 15), np.zeros((90, 0), np.uint8)),
    ],
    ids=["nothing", "too-short", "too-few", "still", "noise", "no-cells"],
)
def test_where_too_little_is_known_nothing_is_said(times: NDArray[np.float64], cells: Cells) -> None:
    assert likeness(list(times), cells) is None
