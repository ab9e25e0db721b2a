"""A frame's way with stages that count how often they are asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.config import DetectionSettings, QualityLimits, TrackSettings
from edge.errors import SpaceError
from edge.values import Box, Embedding, Face, Flaw, Landmarks, Match, Sighting
from edge.vision.pipeline import Eyes, Memory, examine, find, in_zone, see
from edge.vision.track import Track
from hw.base import Frame
from tests.fakes import SPACE
from tests.unit.builders import box, face, match

if TYPE_CHECKING:
    from numpy.typing import NDArray

ANY_VIEW = QualityLimits(
    min_eyes_px=30.0,
    min_sharpness=0,
    min_contrast=0,
    min_brightness=0,
    min_presence=0.5,
    min_eyes_visible=0,
    min_mouth_visible=0,
)


@dataclass
class Stages:
    """Eyes that see the given faces, and write down which stage was asked what."""

    faces: list[Face]
    limits: QualityLimits = ANY_VIEW
    zone: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    length: float = 4.0
    asked: Counter[str] = field(default_factory=Counter)
    meshed: list[Face] = field(default_factory=list)
    judged: list[Box] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)

    def detect(self, picture: NDArray[np.uint8]) -> list[Face]:
        self.asked["detect"] += 1
        self.sizes.append((picture.shape[1], picture.shape[0]))
        return self.faces

    def mesh(self, picture: NDArray[np.uint8], seen: Face) -> Landmarks:
        self.asked["mesh"] += 1
        self.sizes.append((picture.shape[1], picture.shape[0]))
        self.meshed.append(seen)
        points = np.zeros((468, 3), np.float32)
        points[:, :2] = seen.keypoints[2]
        points[[33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7], :2] = seen.keypoints[0]
        points[[263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249], :2] = seen.keypoints[1]
        points[[61, 291], :2] = seen.keypoints[3]
        points[10, 1], points[152, 1] = seen.box.top, seen.box.bottom
        return Landmarks(points, 0.1 if seen.score < 0.7 else 1.0)

    def liveness(self, picture: NDArray[np.uint8], where: Box) -> float:
        self.asked["liveness"] += 1
        self.sizes.append((picture.shape[1], picture.shape[0]))
        self.judged.append(where)
        return 0.75

    def embed(self, chip: NDArray[np.uint8]) -> Embedding:
        self.asked["embed"] += 1
        assert chip.shape == (112, 112, 3)
        return Embedding(np.array([1, 0], np.float32), SPACE, self.length)

    def search(self, probe: Embedding) -> Match | None:
        self.asked["search"] += 1
        assert probe.space == SPACE
        return match()

    @property
    def eyes(self) -> Eyes:
        detection = DetectionSettings(zone=self.zone)
        return Eyes(self.detect, self.mesh, self.liveness, self.embed, detection, TrackSettings(), self.limits, 0.3)

    def see(self, shown: Frame | None = None, track: Track | None = None) -> tuple[Sighting, Track]:
        sighting, memory = see(shown or frame(), Memory(track or Track()), self.eyes, self.search)
        return sighting, memory.track


def frame(at: float = 1.0, small: tuple[int, int] | None = None) -> Frame:
    pixels = np.full((480, 640, 3), 128, np.uint8)
    return Frame(pixels, at, 7, None if small is None else np.full((small[1], small[0], 3), 128, np.uint8))


def test_a_good_face_goes_all_the_way() -> None:
    stages = Stages([face(box(200, 150))])
    sighting, track = stages.see()
    assert stages.asked == {"detect": 1, "mesh": 1, "liveness": 1, "embed": 1, "search": 1}
    assert (sighting.at, sighting.sequence, sighting.faces, sighting.track) == (1.0, 7, 1, 1)
    assert (sighting.box, sighting.score, sighting.liveness, sighting.match) == (box(200, 150), 0.9, 0.75, match())
    assert sighting.quality is not None
    assert sighting.quality.good
    assert (track.number, track.box, track.at) == (1, box(200, 150), 1.0)


def test_an_empty_frame_costs_the_detector_alone() -> None:
    stages = Stages([])
    sighting, _ = stages.see()
    assert stages.asked == {"detect": 1}
    assert sighting == Sighting(1.0, 7)


def test_a_face_that_is_hopeless_at_first_look_costs_no_mesh() -> None:
    stages = Stages([face(box(-30, 150))])
    sighting, _ = stages.see()
    assert stages.asked == {"detect": 1}
    assert sighting.quality is not None
    assert sighting.quality.flaws == (Flaw.CUT_OFF,)
    assert (sighting.liveness, sighting.match) == (None, None)


def test_s3_a_face_that_cannot_be_judged_is_neither_matched_nor_called_live() -> None:
    stages = Stages([face(box(200, 150))], limits=replace(ANY_VIEW, min_eyes_px=41.0))
    sighting, _ = stages.see()
    assert stages.asked == {"detect": 1, "mesh": 1}
    assert sighting.quality is not None
    assert sighting.quality.flaws == (Flaw.TOO_FAR,)
    assert (sighting.liveness, sighting.match) == (None, None)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_s3_a_mesh_that_is_not_made_of_numbers_leads_to_no_match(value: float) -> None:
    stages = Stages([face(box(200, 150))])
    eyes = replace(stages.eyes, mesh=lambda _picture, _face: Landmarks(np.full((468, 3), value, np.float32), 1.0))
    sighting, _ = see(frame(), Memory(), eyes, stages.search)
    assert sighting.quality is not None
    assert Flaw.TOO_FAR in sighting.quality.flaws
    assert (sighting.liveness, sighting.match) == (None, None)


def test_what_the_mesh_takes_for_no_face_gives_way_to_the_next_largest() -> None:
    shirt, wearer, child = face(box(200, 200, 200), score=0.6), face(box(250, 50, 100)), face(box(20, 20, 80))
    stages = Stages([shirt, child, wearer])
    sighting, track = stages.see()
    assert (sighting.faces, sighting.box, track.box) == (2, wearer.box, wearer.box)
    assert stages.judged == [wearer.box]
    assert stages.asked == {"detect": 1, "mesh": 2, "liveness": 1, "embed": 1, "search": 1}


def test_s3_where_the_mesh_confirms_no_face_there_is_none() -> None:
    stages = Stages([face(box(200, 150), score=0.6), face(box(400, 150), score=0.6)])
    sighting, track = stages.see()
    assert sighting == Sighting(1.0, 7)
    assert track.box is None


def test_with_liveness_off_it_is_not_judged() -> None:
    stages = Stages([face(box(200, 150))])
    sighting, _ = see(frame(), Memory(), replace(stages.eyes, liveness=None), stages.search)
    assert sighting.liveness is None
    assert sighting.match == match()


def test_s4_of_several_faces_the_largest_is_taken_and_all_are_counted() -> None:
    stages = Stages([face(box(50, 50, 80), score=0.99), face(box(300, 150, 120)), face(box(500, 50, 90))])
    sighting, track = stages.see()
    assert sighting.faces == 3
    assert sighting.box == track.box == box(300, 150, 120)
    assert [seen.box for seen in stages.meshed] == stages.judged == [box(300, 150, 120)]


def test_s4_every_face_is_counted_but_those_that_the_mesh_rejected() -> None:
    crowd = [face(box(10 + 70 * n, 10, 60)) for n in range(9)]
    shirts = [face(box(10 + 200 * n, 250, 150), score=0.6) for n in range(3)]
    stages = Stages([*crowd, *shirts])
    sighting, _ = stages.see()
    assert (sighting.faces, sighting.box) == (9, crowd[0].box)
    assert stages.asked["mesh"] == 4


def test_a_wall_of_posters_costs_four_looks_and_no_more() -> None:
    stages = Stages([face(box(10 + 90 * n, 10, 80), score=0.6) for n in range(7)])
    sighting, track = stages.see()
    assert stages.asked == {"detect": 1, "mesh": 4}
    assert (sighting, track.box) == (Sighting(1.0, 7), None)


def test_faces_outside_the_zone_do_not_count() -> None:
    stages = Stages([face(box(0, 150, 150)), face(box(400, 150, 80))], zone=(0.5, 0.0, 1.0, 1.0))
    sighting, _ = stages.see()
    assert (sighting.faces, sighting.box) == (1, box(400, 150, 80))


@pytest.mark.parametrize(("left", "faces"), [(270, 1), (269.9, 0)])
def test_a_face_whose_middle_is_on_the_zones_edge_counts(left: float, faces: int) -> None:
    settings = DetectionSettings(zone=(0.5, 0.0, 1.0, 1.0))
    assert len(in_zone([face(box(left, 150))], frame().pixels, settings)) == faces


def test_s4_a_face_in_the_same_place_stays_on_its_track_and_one_elsewhere_does_not() -> None:
    _, track = Stages([face(box(200, 150))]).see(frame(1.0))
    same, track = Stages([face(box(210, 150))]).see(frame(1.1), track)
    other, _ = Stages([face(box(400, 150))]).see(frame(1.2), track)
    assert (same.track, other.track) == (1, 2)


def test_a_missed_frame_still_names_the_track_and_a_lost_one_does_not() -> None:
    _, track = Stages([face(box(200, 150))]).see(frame(1.0))
    named = []
    for n in range(3):
        sighting, track = Stages([]).see(frame(1.1 + 0.1 * n), track)
        named.append((sighting.track, sighting.quality))
    assert named == [(1, None), (1, None), (None, None)]


def test_s5_a_probe_of_another_space_is_an_error_and_no_silent_miss() -> None:
    def search(probe: Embedding) -> Match | None:
        raise SpaceError(str(probe.space))

    with pytest.raises(SpaceError):
        see(frame(), Memory(), Stages([face(box(200, 150))]).eyes, search)


# --- the small picture


def test_the_small_picture_is_searched_and_the_face_is_given_in_pixels_of_the_large_one() -> None:
    stages = Stages([face(box(50, 40, 30))])
    (found,) = find(frame(small=(160, 120)), stages.eyes)
    assert stages.sizes == [(160, 120)]
    assert found.box == box(200, 160, 120)
    np.testing.assert_allclose(found.keypoints, 4 * stages.faces[0].keypoints)
    assert found.score == 0.9


def test_mesh_and_liveness_look_at_the_large_picture() -> None:
    stages = Stages([face(box(50, 40, 30))])
    stages.see(frame(small=(160, 120)))
    assert stages.sizes == [(160, 120), (640, 480), (640, 480)]
    assert stages.judged == [box(200, 160, 120)]


# --- examining one face


def test_a_thorough_look_goes_on_whatever_the_first_one_says() -> None:
    stages = Stages([])
    seen = examine(frame().pixels, face(box(-60, 150)), stages.eyes, thorough=True)
    assert seen.chip is not None
    assert seen.quality.flaws == (Flaw.CUT_OFF,)
    assert stages.asked == {"mesh": 1}


def test_both_looks_flaws_are_kept_once_the_first_ones_first() -> None:
    stages = Stages([], limits=replace(ANY_VIEW, min_eyes_px=60.0))
    seen = examine(frame().pixels, face(box(-60, 150)), stages.eyes, thorough=True)
    assert seen.quality.flaws == (Flaw.CUT_OFF, Flaw.TOO_FAR)
    assert seen.quality.inter_eye_px == pytest.approx(40)
