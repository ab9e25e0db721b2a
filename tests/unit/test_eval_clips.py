"""Clips and their labels: found by name, played in their own time, thinned for a slower machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.config import Config
from edge.errors import PictureError
from edge.eval.clips import Clip, best, best_frames, of_labels, play, watch
from edge.values import Embedding, Face, Flaw, Landmarks
from edge.vision.pipeline import Eyes
from edge.vision.still import Study
from tests.fakes import SPACE
from tests.unit.builders import GOOD
from tests.unit.eval_builders import likeness

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CONFIG = Config()
FPS = 25.0


def blind() -> Eyes:
    """Eyes that find nothing."""

    def never(*_: object) -> Landmarks:
        raise AssertionError

    def nothing(picture: NDArray[np.uint8]) -> list[Face]:
        assert picture.ndim == 3
        return []

    def embed(picture: NDArray[np.uint8]) -> Embedding:
        return Embedding(np.ones(picture.shape[0], np.float32), SPACE)

    return Eyes(nothing, never, None, embed, CONFIG.detection, CONFIG.track, CONFIG.quality)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Fifty frames in two seconds."""
    file = tmp_path_factory.mktemp("clips") / "a.avi"
    video = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (64, 48))
    for number in range(50):
        video.write(np.full((48, 64, 3), number * 5, np.uint8))
    video.release()
    return Clip(file, "ann")


def test_a_frame_comes_at_its_time_in_the_clip(clip: Clip) -> None:
    frames = list(play(clip, CONFIG))
    assert [frame.at for frame in frames] == pytest.approx([number / FPS for number in range(50)])
    assert [round(frame.pixels.mean() / 5) for frame in frames] == list(range(50))


@pytest.mark.parametrize(("fps", "numbers"), [(5.0, [0, 5, 10, 15]), (10.0, [0, 3, 5, 8]), (25.0, [0, 1, 2, 3])])
def test_a_slower_machine_sees_fewer_frames_at_their_own_times(clip: Clip, fps: float, numbers: list[int]) -> None:
    frames = list(play(clip, CONFIG, fps))
    assert len(frames) == round(2 * fps)
    assert [frame.at for frame in frames[:4]] == pytest.approx([number / FPS for number in numbers])


def test_more_frames_than_there_are_are_not_made_up(clip: Clip) -> None:
    assert len(list(play(clip, CONFIG, 1000.0))) == 50


def test_a_clip_that_shows_nobody_is_looked_at_whole_and_gives_no_template(clip: Clip) -> None:
    footage = watch(clip, CONFIG, blind(), 10.0)
    assert (footage.clip, len(footage.glances)) == (clip, 20)
    assert all(one.probe is None and one.sighting.quality is None and one.seconds > 0 for one in footage.glances)
    assert best_frames(clip, CONFIG, blind(), 3) == []


def seen(score: float, similarity: float, faces: int = 1, flaws: tuple[Flaw, ...] = ()) -> Study:
    return Study(faces, None, replace(GOOD, score=score, flaws=flaws), None, likeness(similarity))


def chosen(studies: list[Study], count: int) -> list[float]:
    return [round(float(one.vector[0]), 2) for one in best(studies, count)]


def test_each_stretch_of_a_clip_gives_its_best_frame() -> None:
    studies = [seen(50, 0.1), seen(70, 0.2), seen(60, 0.3), seen(10, 0.4), seen(20, 0.5), seen(30, 0.6)]
    assert chosen(studies, 1) == [0.2]
    assert chosen(studies, 2) == [0.2, 0.6]
    assert chosen(studies, 3) == [0.2, 0.3, 0.6]


def test_a_frame_with_a_flaw_or_several_faces_or_none_is_no_template() -> None:
    studies = [seen(90, 0.1, faces=2), seen(80, 0.2, flaws=(Flaw.BLURRED,)), Study(), seen(10, 0.4)]
    assert chosen(studies, 1) == [0.4]
    assert chosen(studies, 2) == [0.4]
    assert chosen(studies[:3], 1) == []


def test_clips_are_found_with_or_without_their_endings_in_the_order_of_the_table(tmp_path: Path) -> None:
    for name in ("a.mkv", "b.avi", "b.txt", "c.mp4"):
        (tmp_path / name).touch()
    labels = tmp_path / "who.csv"
    labels.write_text("person,clip,note\nbob,b,\nann,a.mkv,x\nbob, c ,\n", encoding="utf-8-sig")
    found = [(one.file.name, one.person) for one in of_labels(tmp_path, labels)]
    assert found == [("b.avi", "bob"), ("a.mkv", "ann"), ("c.mp4", "bob")]


def test_a_name_that_several_files_have_is_a_fault(tmp_path: Path) -> None:
    for name in ("a.mkv", "a.avi"):
        (tmp_path / name).touch()
    labels = tmp_path / "labels.csv"
    labels.write_text("clip,person\na,ann\n")
    with pytest.raises(PictureError, match="line 2: a: several files have this name"):
        of_labels(tmp_path, labels)


def test_every_bad_row_is_named_and_many_are_counted(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("clip,person\n,ann\na\n" + "x,ann\n" * 6)
    with pytest.raises(PictureError) as raised:
        of_labels(tmp_path, labels)
    assert "line 2: names no clip; line 3: says nobody; line 4: x: no file has this name" in str(raised.value)
    assert str(raised.value).endswith(" and 3 more")
