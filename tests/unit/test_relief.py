"""Whether a face moves as a solid head does: heads pass by turning, sheets never do."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from edge.values import Box, Cue, Landmarks, Sign
from edge.vision.liveness.parallax import _FACE
from edge.vision.liveness.relief import Relief, look
from tests.unit.sculpture import HEAD, SHEET, Pose, Studio, Thing, findings, scores, turning

ALIVE, FLAT = 0.7, 0.25
STUDIO = Studio().painted()
LOOKS = turning(20, yaw=8)
LONG = pytest.mark.long


def test_a_head_that_turns_a_little_is_solid_within_a_second_and_a_half() -> None:
    assert max(scores(STUDIO.film(HEAD, LOOKS))) >= ALIVE


@pytest.mark.parametrize(
    "poses",
    [
        turning(20, pitch=7),
        pytest.param(turning(20, yaw=-8), marks=LONG),
        pytest.param(turning(20, yaw=7, pitch=5, roll=15.0), marks=LONG),
        pytest.param(turning(20, yaw=8, nearer=2.0), marks=LONG),
        pytest.param([Pose(yaw, nearer=step / 20) for step, (yaw, *_) in enumerate(LOOKS)], marks=LONG),
        [Pose(yaw, jaw=0.1 * (step % 4)) for step, (yaw, *_) in enumerate(LOOKS)],
    ],
    ids=["nods", "looks right", "with a tilted head", "near", "walks up", "talks"],
)
def test_a_head_that_moves_otherwise_is_solid_too(poses: list[Pose]) -> None:
    assert max(scores(STUDIO.film(HEAD, poses))) >= ALIVE


def test_s4_the_motion_of_a_face_that_could_not_be_compared_is_nobody_s() -> None:
    """Too dark, too far or blurred, it may be anybody's: a photograph could take their place unnoticed."""
    film = list(STUDIO.film(HEAD, LOOKS))
    assert scores(replace(view, clear=False) for view in film) == []
    assert max(scores(film)) >= ALIVE


def test_a_small_face_is_solid_when_it_turns() -> None:
    assert max(scores(replace(STUDIO, eyes=30.0).film(HEAD, turning(20, yaw=12)))) >= ALIVE


@pytest.mark.long
def test_a_small_face_in_a_large_picture_is_looked_at_in_full() -> None:
    far = replace(STUDIO, eyes=40.0, size=(1280, 400), noise=4.0)
    assert max(scores(far.film(HEAD, turning(14, yaw=12)))) >= ALIVE


def test_five_frames_a_second_are_enough() -> None:
    assert max(scores(replace(STUDIO, fps=5.0).film(HEAD, turning(10, yaw=12)))) >= ALIVE


def test_a_head_that_keeps_still_says_nothing() -> None:
    assert scores(STUDIO.film(HEAD, [Pose(0.05 * (step % 3)) for step in range(20)])) == []


def test_somebody_who_talks_and_keeps_still_says_nothing() -> None:
    assert scores(STUDIO.film(HEAD, [Pose(jaw=0.35 * abs(np.sin(step / 2))) for step in range(24)])) == []


@pytest.mark.parametrize("bend", [0.0, pytest.param(0.25, marks=LONG), pytest.param(-0.25, marks=LONG)])
@pytest.mark.parametrize("believed", [pytest.param(0.0, marks=LONG), 0.3, pytest.param(1.0, marks=LONG)])
def test_a_sheet_is_never_solid_however_it_is_turned(bend: float, believed: float) -> None:
    sheet = Thing(solid=False, bend=bend, believed=believed)
    way = chain(turning(12, yaw=24), turning(12, pitch=20), turning(12, yaw=-14, pitch=14, roll=8.0))
    assert max(scores(STUDIO.film(sheet, way)), default=0.0) < 0.5


def test_a_sheet_that_is_bent_while_it_turns_is_not_solid() -> None:
    views = [
        STUDIO.view(Thing(solid=False, bend=step / 80, across=across, believed=0.5), Pose(step, step / 3), step)
        for across in (False, True)
        for step in range(20)
    ]
    assert max(scores(views[:20]) + scores(views[20:]), default=0.0) < 0.5


def test_a_wide_sheet_wrapped_around_a_head_is_not_solid() -> None:
    sleeve = Thing(solid=False, bend=0.6, believed=0.6)
    assert max(scores(STUDIO.film(sleeve, turning(16, yaw=16, pitch=6))), default=0.0) < 0.5


def test_what_moves_at_the_mouth_and_beside_it_is_not_looked_at() -> None:
    around_the_mouth = {0, 13, 14, 17, 57, 61, 92, 164, 165, 167, 186, 202, 212, 287, 291, 322, 391, 393, 410, 422, 432}
    assert not around_the_mouth & set(_FACE.tolist())


def test_a_sheet_that_was_clearly_turned_is_called_flat() -> None:
    said = list(findings(STUDIO.film(SHEET, [Pose(2.0 * step) for step in range(20)])))
    assert said[-1].score is not None
    assert said[-1].score <= FLAT
    assert said[-1].sign is Sign.FLAT
    assert said[-1].cue is Cue.RELIEF


def test_a_sheet_that_is_only_shifted_says_nothing() -> None:
    assert scores(STUDIO.film(SHEET, [Pose(right=step / 15, nearer=step / 10) for step in range(20)])) == []


def test_flickering_light_makes_no_sheet_solid_and_no_head_flat() -> None:
    bar = replace(STUDIO, flicker=0.15)
    assert max(scores(bar.film(SHEET, turning(20, yaw=20))), default=0.0) < 0.5
    assert max(scores(bar.film(HEAD, LOOKS))) >= ALIVE


def test_a_turn_that_the_mesh_sees_the_other_way_is_no_proof() -> None:
    assert max(scores(STUDIO.film(replace(HEAD, believed=-1.0), LOOKS)), default=0.0) < 0.5


@pytest.mark.long
def test_what_was_seen_is_forgotten_after_three_seconds_of_stillness() -> None:
    said = list(findings(STUDIO.film(HEAD, [*LOOKS, *[LOOKS[-1]] * 75])))
    assert said[len(LOOKS) - 1].score is not None
    assert said[-1].score is None


def test_evidence_stays_with_its_track() -> None:
    state = Relief()
    for view in STUDIO.film(HEAD, LOOKS):
        state, _ = look(state, view)
    later = STUDIO.view(HEAD, LOOKS[-1], 21)
    assert look(state, later)[1].score is not None
    assert look(state, replace(later, track=2))[1].score is None
    assert look(state, replace(later, box=Box(0, 0, 20, 20)))[1].score is None
    assert look(state, replace(later, at=0.5))[1].score is None
    assert look(state, replace(later, picture=later.picture[:-2]))[1].score is None
    assert look(state, replace(later, track=None))[1].score is None
    gone, said = look(state, replace(later, box=None, mesh=None))
    assert said.score is None
    assert look(gone, later)[1].score is None


def test_a_frame_whose_mesh_was_not_laid_changes_nothing() -> None:
    film = STUDIO.film(HEAD, LOOKS)
    blind = [replace(view, mesh=None) if number % 3 == 1 else view for number, view in enumerate(film)]
    assert max(scores(blind)) >= ALIVE


def test_odd_frames_say_nothing_and_never_raise() -> None:
    good = STUDIO.view(HEAD, Pose(3), 1)
    assert good.mesh is not None
    points = good.mesh.points
    odd = [
        replace(good, mesh=Landmarks(np.full_like(points, np.nan), 1.0)),
        replace(good, mesh=Landmarks(np.full_like(points, np.inf), 1.0)),
        replace(good, mesh=Landmarks(np.zeros_like(points), 1.0)),
        replace(good, mesh=Landmarks(points * 0.1, 1.0)),
        replace(good, mesh=Landmarks(points + 5000, 1.0)),
        replace(good, mesh=Landmarks(points, 0.1)),
        replace(good, mesh=Landmarks(points * np.array([1, 1, 0], np.float32), 1.0)),
        replace(good, picture=good.picture[:1, :1], grey=good.grey[:1, :1]),
        replace(good, box=Box(-900, -900, -800, -800)),
        replace(good, at=float("nan")),
        replace(good, at=float("inf")),
        replace(good, picture=good.picture * 0, grey=good.grey * 0),
    ]
    for frame in odd:
        again = [replace(frame, at=frame.at + step / 15) for step in range(8)]
        assert scores(again) == []
        assert scores([good, *again, good]) == []


def test_a_face_half_outside_the_picture_says_nothing() -> None:
    assert scores(STUDIO.film(HEAD, [pose._replace(right=3.3) for pose in LOOKS])) == []


def test_the_same_film_says_the_same_twice() -> None:
    film = STUDIO.film(HEAD, LOOKS)
    assert list(findings(film)) == list(findings(film))
