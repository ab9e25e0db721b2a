"""Who is followed from frame to frame when there are several, and which of their frames are compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.config import DetectionSettings, TrackSettings
from edge.values import Embedding, Face, Sighting
from edge.vision.pipeline import Eyes, Memory, see
from hw.base import Frame
from tests.fakes import SPACE
from tests.unit.builders import box, face
from tests.unit.test_pipeline import ANY_VIEW, Stages, frame

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Crowd(Stages):
    """People who differ by the score of their faces, which their embedding tells too."""

    def embed(self, chip: NDArray[np.uint8]) -> Embedding:
        super().embed(chip)
        (who,) = (one.score for one in self.faces if one.box == self.judged[-1])
        return Embedding(np.array({0.91: (1, 0), 0.92: (0, 1), 0.93: (-1, 0)}[who], np.float32), SPACE)


def film(frames: list[list[Face]], **settings: Any) -> list[Sighting]:  # noqa: ANN401 - any track setting
    """Play frames 0.1 s apart."""
    stages, memory, sightings = Crowd([]), Memory(), []
    eyes = replace(stages.eyes, track=TrackSettings(**settings))
    for number, stages.faces in enumerate(frames):
        sighting, memory = see(frame(0.1 * number), memory, eyes, stages.search)
        sightings.append(sighting)
    return sightings


def ann(left: float, top: float = 150, side: float = 100) -> Face:
    return face(box(left, top, side), score=0.91)


def bob(left: float, top: float = 150, side: float = 100) -> Face:
    return face(box(left, top, side), score=0.92)


def test_the_followed_face_stays_followed_though_another_is_a_little_larger() -> None:
    shown = film([[ann(100)], [ann(100), bob(400, side=110)], [ann(100), bob(400, side=122)]])
    assert [(one.track, one.score, one.faces) for one in shown] == [(1, 0.91, 1), (1, 0.91, 2), (1, 0.91, 2)]


def test_s4_who_comes_clearly_nearer_is_followed_on_a_track_of_their_own() -> None:
    near = [ann(100), bob(350, side=123)]
    shown = film([[ann(100)], near, near, near])
    assert [(one.track, one.score) for one in shown] == [(1, 0.91), (1, 0.91), (2, 0.92), (2, 0.92)]


def test_what_the_mesh_takes_for_a_face_in_one_frame_only_takes_nothing_over() -> None:
    """The mesh of the stages does not believe in a face of so low a score."""
    shirt, mistaken = face(box(350, 150, 140), score=0.6), bob(350, side=140)
    shown = film([[ann(100), shirt], [ann(100), mistaken], [ann(100), shirt], [ann(100), mistaken]])
    assert [(one.track, one.score, one.faces) for one in shown] == [(1, 0.91, faces) for faces in (1, 2, 1, 2)]


def test_what_the_detector_alone_shows_to_be_hopeless_takes_nothing_over_from_the_followed_face() -> None:
    """A jacket that is taken for a face cut off by the picture's edge; the mesh is never asked about it."""
    shown = film([[ann(100)], [ann(100), bob(-20, side=150)], [ann(100), bob(-20, side=150)]])
    assert [(one.track, one.score, one.faces) for one in shown] == [(1, 0.91, 1), (1, 0.91, 2), (1, 0.91, 2)]
    assert all(one.match is not None for one in shown)


def test_however_many_hopeless_faces_there_are_the_followed_one_is_looked_at() -> None:
    hopeless = [bob(-20, top, side=150) for top in (0, 80, 160, 240, 320)]
    shown = film([[ann(300)], [ann(300), *hopeless]])
    assert [(one.track, one.score, one.faces) for one in shown] == [(1, 0.91, 1), (1, 0.91, 6)]


def test_a_hopeless_face_is_told_so_where_nobody_is_followed() -> None:
    (shown,) = film([[ann(100), bob(-20, side=150)]])
    assert (shown.track, shown.score, shown.match) == (1, 0.92, None)


def test_a_hopeless_face_is_told_so_where_the_followed_one_turns_out_to_be_none() -> None:
    """The mesh of the stages does not believe in a face of so low a score."""
    print_on_a_shirt, smaller = face(box(100, 150, 100), score=0.6), face(box(-20, 320, 130), score=0.93)
    shown = film([[ann(100)], [print_on_a_shirt, smaller, bob(-20, side=150)]])
    assert [(one.track, one.score, one.faces) for one in shown] == [(1, 0.91, 1), (2, 0.92, 2)]


def test_s4_a_neighbour_who_comes_clearly_nearer_is_looked_at_at_once() -> None:
    shown = film([[ann(100), bob(350, side=100)], [ann(100), bob(340, side=130)]])
    assert [(one.track, one.score) for one in shown] == [(1, 0.91), (2, 0.92)]


def test_s3_where_nothing_says_what_likeness_is_enough_no_two_frames_are_one_track() -> None:
    stages, memory = Crowd([ann(100)]), Memory()
    eyes = Eyes(
        stages.detect, stages.mesh, stages.liveness, stages.embed, DetectionSettings(), TrackSettings(), ANY_VIEW
    )
    one, memory = see(frame(0.0), memory, eyes, stages.search)
    other, _ = see(frame(0.1), memory, eyes, stages.search)
    assert (one.track, other.track) == (1, 2)


def test_a_moment_behind_a_raised_hand_does_not_hand_the_track_to_the_neighbour() -> None:
    shown = film([[ann(100), bob(400, side=90)], [bob(400, side=90)], [ann(100), bob(400, side=90)]])
    assert [(one.track, one.quality is None) for one in shown] == [(1, False), (1, True), (1, False)]
    assert (shown[1].faces, shown[1].box, shown[1].match) == (1, None, None)


def test_the_neighbour_is_looked_at_once_the_followed_face_is_gone() -> None:
    shown = film([[ann(100), bob(400, side=90)], *[[bob(400, side=90)]] * 4])
    assert [one.track for one in shown] == [1, 1, 1, 2, 2]
    assert [one.score for one in shown][3:] == [0.92, 0.92]


def test_s4_two_who_change_places_between_two_frames_share_no_track() -> None:
    """A's place is B's and B's is A's: A is followed to where A is not, and the embedding tells."""
    shown = film([[ann(100, side=110), bob(220)], [bob(100, side=110), ann(220)]])
    assert shown[0].track != shown[1].track


def test_s4_a_picture_of_another_held_before_the_face_is_another_track() -> None:
    shown = film([[bob(100)], [bob(100)], [ann(102)], [ann(102)]])
    assert [one.track for one in shown] == [1, 1, 2, 2]


spots = st.tuples(st.integers(0, 40).map(lambda n: 10.0 * n), st.sampled_from([80.0, 100.0, 130.0]))
people = st.sampled_from([0.91, 0.92, 0.93])


@given(st.lists(st.dictionaries(people, spots, max_size=3), max_size=25), st.sampled_from([0.0, 0.1, 0.3]))
def test_s4_however_people_move_no_two_of_them_are_compared_on_one_track(
    steps: list[dict[float, tuple[float, float]]], min_iou: float
) -> None:
    places = [{place: who for who, place in step.items()} for step in steps]  # one face in one place
    frames = [[face(box(left, 150, side), score=who) for (left, side), who in step.items()] for step in places]
    shown = film(frames, min_iou=min_iou)
    owners: dict[int, float] = {}
    for one in shown:
        if one.match is not None and one.track is not None:
            assert owners.setdefault(one.track, one.score) == one.score


def test_s4_likeness_is_asked_for_at_one_false_match_in_ten_thousand() -> None:
    assert TrackSettings().fmr == 1e-4


# --- the best frames


def test_a_frame_clearly_worse_than_the_track_has_shown_is_spared_the_comparison_but_not_the_liveness() -> None:
    stages, memory, asked = Stages([ann(200)]), Memory(), []
    sizes = [100.0] * 5 + [50.0, 100.0]  # eyes 40 pixels apart, and then 20
    limits, pixels = replace(ANY_VIEW, min_eyes_px=1.0), np.random.default_rng(0).integers(0, 255, (480, 640, 3))
    eyes = replace(stages.eyes, quality=limits, track=TrackSettings(min_iou=0.2))
    for number, side in enumerate(sizes):
        stages.faces = [ann(200 + (100 - side) / 2, 150 + (100 - side) / 2, side)]
        shown = Frame(pixels.astype(np.uint8), 0.05 * number, number)
        sighting, memory = see(shown, memory, eyes, stages.search)
        asked.append((sighting.track, sighting.spared, sighting.liveness, sighting.match is None))
    assert asked == [(1, False, 0.75, False)] * 5 + [(1, True, 0.75, True), (1, False, 0.75, False)]
    assert stages.asked["liveness"] == 7
    assert stages.asked["embed"] == stages.asked["search"] == 6


def test_the_length_of_the_embedding_is_part_of_the_score() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    scores = {}
    for length in (4.0, 2.0):
        sighting, track = Stages([face(box(200, 150))], length=length).see(Frame(pixels, 1.0, 7))
        assert sighting.quality is not None
        assert sighting.quality.embedding_length == length
        scores[length] = sighting.quality.score
        assert track.best is not None
        assert track.best[1] == scores[length], "the best view is the one of the best whole score"
    assert 0 < scores[2.0] < scores[4.0]
