"""`edge eval attacks`, as typed: a tiny video of a photograph becomes prints and replays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import msgspec
import numpy as np
import pytest

from edge.eval.attacks.plan import AttacksReport
from edge.eval.clips import of_labels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures


@pytest.fixture(scope="module")
def clips(photographs: Mapping[str, NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six frames in which a camera pans a little over a photograph."""
    folder = tmp_path_factory.mktemp("clips")
    photograph = photographs["obama"]
    scale = 330 / min(photograph.shape[:2])
    large = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    video = cv2.VideoWriter(str(folder / "bo1.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 320))
    for number in range(6):
        video.write(np.ascontiguousarray(large[number : number + 320, number : number + 320]))
    video.release()
    (folder / "labels.csv").write_text("clip,person\nbo1,bo\n")
    return folder


@pytest.mark.long
def test_attacks_are_made_named_and_not_written_over(clips: Path, tmp_path: Path, typed: Typed) -> None:
    out = tmp_path / "made"
    words = "eval", "attacks", "--clips", clips, "--out", out, "--distance", "60", "--size", "320x240"
    done = typed(*words, "--json", "-")
    assert done.code == 0
    report = msgspec.json.decode(done.out, type=AttacksReport)
    assert (report.data, report.people, set(report.species.values())) == (clips.name, 1, {1})
    named = {str(clip.file.relative_to(out)) for clip in of_labels(out, out / "labels.csv")}
    assert named == {clip.clip for clip in report.clips}
    assert named == {str(file.relative_to(out)) for file in out.rglob("*.avi")}

    again = typed(*words)
    assert again.code == 1
    assert f"{out}: is not empty" in again.err.replace("\n", "")
    before = (out / "labels.csv").read_bytes()
    forced = typed(*words, "--force")
    assert forced.code == 0
    assert "print-cutout" in forced.out
    assert (out / "labels.csv").read_bytes() == before


def test_one_species_and_a_room_may_be_chosen(clips: Path, pictures: Path, tmp_path: Path, typed: Typed) -> None:
    (tmp_path / "rooms").mkdir()
    (tmp_path / "rooms" / "r.png").symlink_to(pictures / "astronaut.png")
    wanted = "--species", "phone-replay", "--seconds", "0.2", "--distance", "40", "--rooms", tmp_path / "rooms"
    done = typed("eval", "attacks", "--clips", clips, "--out", tmp_path / "made", *wanted, "--json", "-")
    (clip,) = msgspec.json.decode(done.out, type=AttacksReport).clips
    assert (clip.species, clip.room, clip.frames, clip.eyes_px) == ("phone-replay", "r.png", 2, 40)


def test_the_clips_own_folder_is_never_written_to(clips: Path, typed: Typed) -> None:
    done = typed("eval", "attacks", "--clips", clips, "--out", clips, "--force")
    assert done.code == 1
    assert "is the folder of clips" in done.err.replace("\n", " ")
    assert (clips / "labels.csv").read_text() == "clip,person\nbo1,bo\n"


@pytest.mark.parametrize("size", ["640", "0x480", "640x", "axb", "99999x480"])
def test_an_odd_size_is_refused(clips: Path, tmp_path: Path, size: str, typed: Typed) -> None:
    done = typed("eval", "attacks", "--clips", clips, "--out", tmp_path / "made", "--size", size)
    assert done.code == 2
    assert "640x480" in done.err
    assert not (tmp_path / "made").exists()


def test_a_folder_of_rooms_without_pictures_is_refused(clips: Path, tmp_path: Path, typed: Typed) -> None:
    (tmp_path / "rooms").mkdir()
    done = typed("eval", "attacks", "--clips", clips, "--out", tmp_path / "made", "--rooms", tmp_path / "rooms")
    assert done.code == 6
    assert "there are no pictures in there" in done.err.replace("\n", " ")
