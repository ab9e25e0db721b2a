"""Which clips and pictures count, and how each becomes presentations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.app.presentation import Moment
from edge.config import Config
from edge.errors import ConfigError, PictureError
from edge.eval.presentations import Showing, Source, check, of_attacks, of_folder, of_live, watch
from edge.values import Sighting
from hw.base import HardwareError

if TYPE_CHECKING:
    from pathlib import Path

    from hw.base import Frame

FPS = 10
CONFIG = replace(Config(), camera=replace(Config().camera, fps=20.0, width_px=320, height_px=240))


def clip(file: Path, frames: int = 20) -> Path:
    """A grey video of ten frames a second."""
    file.parent.mkdir(parents=True, exist_ok=True)
    video = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (64, 48))
    for number in range(frames):
        video.write(np.full((48, 64, 3), 100 + number % 100, np.uint8))
    video.release()
    return file


def picture(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), np.full((48, 64, 3), 100, np.uint8))
    return file


class Counting:
    """Eyes that see nobody, and count what they are shown."""

    opened = 0

    def __init__(self) -> None:
        type(self).opened += 1

    def look(self, frame: Frame) -> Moment:
        return Moment(Sighting(frame.at, frame.sequence))

    def part(self) -> None:
        raise AssertionError


def parts(source: Source, showing: Showing) -> list[list[float]]:
    """The times of the frames of each presentation."""
    Counting.opened = 0
    found = list(watch(source, CONFIG, Counting, showing))
    assert [one.part for one in found] == list(range(1, len(found) + 1))
    assert all(one.source is source for one in found)
    return [[round(moment.sighting.at, 3) for moment in one.moments] for one in found]


def test_clips_and_pictures_count_wherever_they_lie_and_nothing_else_does(tmp_path: Path) -> None:
    clip(tmp_path / "b.avi")
    picture(tmp_path / "ann" / "2" / "a.PNG")
    (tmp_path / "README.md").write_text("words")
    (tmp_path / ".hidden.avi").write_text("words")
    (tmp_path / "folder.mp4").mkdir()
    found = of_folder(tmp_path, "print")
    assert found == (
        Source(tmp_path / "ann" / "2" / "a.PNG", "print", "ann"),
        Source(tmp_path / "b.avi", "print", None),
    )
    assert [one.still for one in found] == [True, False]


def test_a_table_says_which_clips_count_and_whose_they_are(tmp_path: Path) -> None:
    clip(tmp_path / "a.avi")
    clip(tmp_path / "b.avi")
    (tmp_path / "labels.csv").write_text("clip,person\nb,ann\n")
    assert of_live(tmp_path) == (Source(tmp_path / "b.avi", None, "ann"),)
    other = tmp_path / "other.csv"
    other.write_text("clip,person\na.avi,bob\n")
    assert of_live(tmp_path, other) == (Source(tmp_path / "a.avi", None, "bob"),)
    with pytest.raises(PictureError, match="cannot be read as a table"):
        of_live(tmp_path, tmp_path / "none.csv")


def test_each_folder_of_attacks_is_one_species(tmp_path: Path) -> None:
    clip(tmp_path / "print" / "a.avi")
    clip(tmp_path / "replay" / "a.avi")
    found = of_attacks([tmp_path / "print", tmp_path / "replay"])
    assert [(one.species, one.file.parent.name) for one in found] == [("print", "print"), ("replay", "replay")]


def test_two_folders_of_one_species_are_refused_and_so_is_an_empty_one(tmp_path: Path) -> None:
    clip(tmp_path / "one" / "print" / "a.avi")
    clip(tmp_path / "two" / "print" / "b.avi")
    with pytest.raises(ConfigError, match="two folders of the species print"):
        of_attacks([tmp_path / "one" / "print", tmp_path / "two" / "print"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(PictureError, match=r"empty: holds no clip"):
        of_attacks([tmp_path / "empty"])


def test_what_cannot_be_read_is_named_before_anything_is_looked_at(tmp_path: Path) -> None:
    good = Source(clip(tmp_path / "good.avi"))
    (tmp_path / "bad.avi").write_text("no video")
    (tmp_path / "bad.jpg").write_text("no picture")
    check([good], CONFIG)
    for name in ("bad.avi", "bad.jpg"):
        with pytest.raises(HardwareError, match=name):
            check([good, Source(tmp_path / name)], CONFIG)


def test_one_file_is_not_two_presentations(tmp_path: Path) -> None:
    file = clip(tmp_path / "live" / "a.avi")
    (tmp_path / "print").mkdir()
    (tmp_path / "print" / "b.avi").symlink_to(file)
    with pytest.raises(PictureError, match="a presentation counts once"):
        check([*of_live(tmp_path / "live"), *of_attacks([tmp_path / "print"])], CONFIG)


def test_a_clip_is_one_presentation_at_its_own_pace(tmp_path: Path) -> None:
    source = Source(clip(tmp_path / "a.avi", 20))
    assert parts(source, Showing()) == [[number / FPS for number in range(20)]]
    assert parts(source, Showing(fps=5)) == [[number / 5 for number in range(10)]]
    assert Counting.opened == 1


def test_a_long_clip_may_be_cut_and_each_part_is_seen_afresh(tmp_path: Path) -> None:
    source = Source(clip(tmp_path / "a.avi", 26))
    found = parts(source, Showing(window_s=1.0))
    assert [len(one) for one in found] == [10, 10, 6]
    assert [one[0] for one in found] == [0.0, 1.0, 2.0]
    assert Counting.opened == 3


def test_a_rest_of_less_than_half_a_window_is_left_out_unless_it_is_all_there_is(tmp_path: Path) -> None:
    source = Source(clip(tmp_path / "a.avi", 24))
    assert [len(one) for one in parts(source, Showing(window_s=1.0))] == [10, 10]
    assert [len(one) for one in parts(source, Showing(window_s=60.0))] == [24]


def test_a_picture_stands_still_at_the_cameras_pace_and_is_never_cut(tmp_path: Path) -> None:
    source = Source(picture(tmp_path / "a.png"))
    (one,) = parts(source, Showing(still_s=2.0, window_s=0.5))
    assert len(one) == 40
    assert one[:3] == [0.0, 0.05, 0.1]
    assert [len(one) for one in parts(source, Showing(fps=5, still_s=2.0))] == [10]


def test_a_clip_that_breaks_off_before_its_announced_end_is_told(tmp_path: Path) -> None:
    whole = clip(tmp_path / "whole.avi", 200)
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    def complete(file: Path, fps: float | None = None) -> list[bool]:
        return [one.whole for one in watch(Source(file), CONFIG, Counting, Showing(fps))]

    assert complete(whole) == complete(whole, 0.3) == [True]
    assert complete(cut) == [False]


def test_a_fast_clip_is_looked_at_no_faster_than_the_terminal_does(tmp_path: Path) -> None:
    slow = replace(CONFIG, camera=replace(CONFIG.camera, fps=5.0))
    (found,) = watch(Source(clip(tmp_path / "a.avi", 20)), slow, Counting, Showing())
    assert len(found.moments) == 10
