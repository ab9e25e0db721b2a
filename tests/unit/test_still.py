"""Of a photograph the largest face near the middle is meant, and studied whatever the view of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import DetectionSettings, QualityLimits, TrackSettings
from edge.values import Embedding, Flaw, Landmarks, Quality
from edge.vision.pipeline import Eyes, Seen
from edge.vision.score import scored
from edge.vision.still import meant, study
from tests.fakes import SPACE
from tests.unit.builders import box, face

if TYPE_CHECKING:
    from edge.values import Box, Face

PICTURE = np.full((480, 640, 3), 128, np.uint8)


def eyes_that_see(*faces: Face, liveness: float | None = 0.8) -> Eyes:
    return Eyes(
        detect=lambda _: list(faces),
        mesh=lambda _, one: Landmarks(
            np.resize(np.pad(one.keypoints, ((0, 0), (0, 1))), (468, 3)), 0.1 if one.score < 0.7 else 1.0
        ),
        liveness=None if liveness is None else lambda _picture, _box: liveness,
        embed=lambda chip: Embedding(np.array([float(chip.mean() > 0), 0], np.float32), SPACE, 3.0),
        detection=DetectionSettings(),
        track=TrackSettings(),
        quality=QualityLimits(),
    )


def seen(where: Box) -> Seen:
    return Seen(face(where), None, Quality(60.0))


def test_of_two_equally_near_the_middle_the_larger_is_meant() -> None:
    small, large = seen(box(150, 200, 80)), seen(box(400, 190, 100))
    assert meant([small, large], (640, 480)) is large


def test_of_two_of_one_size_the_more_central_is_meant() -> None:
    aside, central = seen(box(20, 20, 100)), seen(box(270, 190, 100))
    assert meant([aside, central], (640, 480)) is central


def test_a_face_much_larger_is_meant_though_it_is_not_quite_central() -> None:
    large, central = seen(box(350, 150, 200)), seen(box(300, 220, 40))
    assert meant([central, large], (640, 480)) is large


@given(st.permutations([seen(box(20 * n, 15 * n, 30 + 7 * n)) for n in range(6)]))
def test_the_order_of_faces_changes_nothing(faces: list[Seen]) -> None:
    assert meant(faces, (640, 480)).face.box.left == 100


def test_a_face_in_the_very_corner_is_still_meant_when_it_is_alone() -> None:
    corner = seen(box(630, 470, 20))
    assert meant([corner], (640, 480)) is corner


def test_a_photograph_without_a_face_shows_nothing() -> None:
    shown = study(PICTURE, eyes_that_see())
    assert (shown.faces, shown.face, shown.quality, shown.liveness, shown.embedding) == (0, None, None, None, None)


def test_all_faces_are_counted_and_one_is_studied() -> None:
    central = face(box(270, 190, 100))
    shown = study(PICTURE, eyes_that_see(face(box(0, 0, 50)), central))
    assert shown.faces == 2
    assert shown.face is central
    assert shown.liveness == pytest.approx(0.8)


def test_a_view_with_flaws_is_embedded_all_the_same_and_its_flaws_are_named() -> None:
    shown = study(PICTURE, eyes_that_see(face(box(300, 200, 12))))
    assert shown.embedding is not None
    assert shown.quality is not None
    assert shown.quality.flaws[0] is Flaw.TOO_FAR
    assert len(set(shown.quality.flaws)) == len(shown.quality.flaws)


def test_the_score_of_a_photograph_takes_its_embedding_into_account() -> None:
    quality = study(PICTURE, eyes_that_see(face())).quality
    assert quality is not None
    assert quality.embedding_length == 3.0
    assert 0 < quality.score < scored(quality).score


def test_what_the_mesh_takes_for_no_face_neither_counts_nor_is_meant() -> None:
    shirt, wearer = face(box(250, 200, 200), score=0.6), face(box(300, 60, 90))
    shown = study(PICTURE, eyes_that_see(shirt, wearer))
    assert shown.face is wearer
    assert shown.faces == 1


def test_with_liveness_off_it_is_not_judged() -> None:
    assert study(PICTURE, eyes_that_see(face(), liveness=None)).liveness is None
