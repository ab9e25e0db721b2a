"""A frame that its track has shown better casts no vote; what denies counts all the same (S4)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from edge.values import Reason
from tests.unit.builders import ANN, frame, match, play, reasons, rule

if TYPE_CHECKING:
    from edge.values import Sighting


def spared(at: float, **changes: Any) -> Sighting:  # noqa: ANN401 - any field of a sighting
    """A frame that could be judged and was not compared, because its track has shown the face better."""
    return frame(at, **({"match": None, "spared": True} | changes))


def test_a_spared_frame_is_no_vote_and_no_draw() -> None:
    asked = rule(max_judged_frames=4)
    shown = [frame(0.0), *(spared(0.05 * n) for n in range(1, 15)), frame(0.8)]
    (verdict,) = play(shown, asked)
    assert (verdict.granted, verdict.at) == (True, 0.8)
    assert play(shown[:-1], asked) == []


@pytest.mark.parametrize("liveness", [0.04, None, math.nan])
def test_s4_a_spared_frame_that_is_denied_ends_the_track(liveness: float | None) -> None:
    (verdict,) = play([frame(0.0), spared(0.1, liveness=liveness), frame(0.2), frame(0.3)])
    assert (verdict.reason, verdict.at, verdict.person) == (Reason.NOT_LIVE, 0.1, ANN)


def test_s4_the_liveness_of_a_spared_frame_speaks_neither_against_the_face_nor_for_it() -> None:
    """The compared frames alone: 0.4 and 0.6 have a median of 0.5, which is enough."""
    compared = [frame(0.0, liveness=0.4), frame(0.3, liveness=0.6)]
    assert [one.granted for one in play(compared)] == [True]
    assert [one.granted for one in play([compared[0], spared(0.1, liveness=0.06), compared[1]])] == [True]
    doubtful = [frame(0.0, liveness=0.4), frame(0.3, liveness=0.55)]
    assert reasons(play(doubtful)) == [Reason.NOT_LIVE]
    helped = [doubtful[0], spared(0.1, liveness=0.99), spared(0.2, liveness=0.99), doubtful[1]]
    assert reasons(play(helped)) == [Reason.NOT_LIVE]


def test_s4_sparing_gives_no_more_time() -> None:
    shown = [frame(0.0, match=match(similarity=0.1)), *(spared(0.1 * n) for n in range(1, 40))]
    (verdict,) = play(shown)
    assert verdict.reason is Reason.UNKNOWN
    assert verdict.at == pytest.approx(3.1)


def test_s4_time_runs_from_a_spared_frame_too() -> None:
    shown = [spared(0.1 * n) for n in range(34)]
    (verdict,) = play([*shown, *(frame(3.4 + 0.1 * n) for n in range(20))])
    assert not verdict.granted
    assert verdict.at == pytest.approx(3.1)
