"""Parallax between two frames: a head shows its turn, a sheet shows none, for any texture and pose."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.vision.liveness.parallax import Pair, compare, reference, usable
from tests.unit.sculpture import HEAD, Pose, Studio, Thing

few = settings(max_examples=8, deadline=None)
poses = st.builds(
    Pose,
    yaw=st.floats(-10, 10),
    pitch=st.floats(-8, 8),
    roll=st.floats(-15, 15),
    right=st.floats(-0.2, 0.2),
    nearer=st.floats(0, 1),
    jaw=st.just(0.0),
)
turns = st.floats(4, 10) | st.floats(-10, -4)


def between(studio: Studio, thing: Thing, first: Pose, second: Pose) -> Pair | None:
    before, after = studio.view(thing, first, 0), studio.view(thing, second, 1)
    assert before.mesh is not None
    assert after.mesh is not None
    assert usable(before)
    assert usable(after)
    return compare(reference(before, before.mesh), after, after.mesh)


@few
@given(seed=st.integers(0, 99), pose=poses, turn=turns, nod=st.booleans())
def test_a_head_shows_most_of_its_turn(seed: int, pose: Pose, turn: float, *, nod: bool) -> None:
    other = pose._replace(pitch=pose.pitch + turn) if nod else pose._replace(yaw=pose.yaw + turn)
    pair = between(Studio(eyes=48.0, size=(200, 190), seed=seed).painted(), HEAD, pose, other)
    assert pair is not None
    assert 0.4 * abs(turn) < pair.along < 1.4 * abs(turn)
    assert pair.across < 0.4 * abs(turn)


@few
@given(seed=st.integers(0, 99), pose=poses, other=poses, bend=st.floats(-0.3, 0.3), across=st.booleans())
def test_a_sheet_shows_none(seed: int, pose: Pose, other: Pose, bend: float, *, across: bool) -> None:
    sheet = Thing(solid=False, bend=bend, across=across, believed=0.3)
    pair = between(Studio(eyes=48.0, size=(200, 190), seed=seed).painted(), sheet, pose, other)
    assert pair is None or (abs(pair.along) < 1 and pair.across < 1)
