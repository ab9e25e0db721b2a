"""`edge eval stream`, as typed: videos of photographs before which a camera pans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import msgspec
import numpy as np
import pytest

from edge.eval.stream import StreamReport

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures
FPS, FRAMES, EMPTY = 10, 12, 3


def record(file: Path, photograph: NDArray[np.uint8]) -> None:
    """A video: nobody for a moment, then a camera that pans a little over a photograph."""
    scale = 520 / min(photograph.shape[:2])
    large = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    video = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (480, 480))
    for _ in range(EMPTY):
        video.write(np.full((480, 480, 3), 100, np.uint8))
    for number in range(FRAMES):
        left = (large.shape[1] - 480) // 2 + number
        video.write(np.ascontiguousarray(large[number : number + 480, left : left + 480]))
    video.release()


@pytest.fixture(scope="module")
def clips(photographs: Mapping[str, NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips of Bo, one of Joe and one of Eve, and who they show."""
    folder = tmp_path_factory.mktemp("clips")
    for clip, name in (("bo1", "obama"), ("bo2", "obama2"), ("joe", "biden"), ("eve", "astronaut")):
        record(folder / f"{clip}.avi", photographs[name])
    (folder / "labels.csv").write_text("clip,person\nbo1.avi,bo\nbo2,bo\njoe,joe\neve,eve\n")
    return folder


@pytest.fixture(scope="module")
def people(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    for person, name in (("bo", "obama"), ("bo", "obama3"), ("joe", "biden"), ("sue", "astronaut")):
        (folder / person).mkdir(exist_ok=True)
        (folder / person / f"{name}.jpg").symlink_to(
            pictures / (f"{name}.jpg" if name != "astronaut" else f"{name}.png")
        )
    return folder


def played(typed: Typed, clips: Path, *words: str | Path) -> StreamReport:
    done = typed("eval", "stream", "--clips", clips, "--no-liveness", "--no-cache", "--json", "-", *words)
    assert done.code == 0
    return msgspec.json.decode(done.out, type=StreamReport)


def test_everybody_is_enrolled_from_their_first_clip_and_found_in_the_others(clips: Path, typed: Typed) -> None:
    report = played(typed, clips)
    assert (report.data, report.source, report.liveness) == (clips.name, "clips", "off")
    assert report.enrolled == {"bo": 1, "eve": 1, "joe": 1}
    (clip,) = report.clips
    assert (clip.clip, clip.person, clip.frames) == ("bo2.avi", "bo", FRAMES + EMPTY)
    assert clip.words["no face"] == EMPTY
    assert report.own.right.events == report.own.right.trials == 1
    assert report.own.wrong.events == 0
    # Two frames have to agree; the second comes a tenth of a second after the first.
    assert report.own.frames is not None
    assert report.own.seconds is not None
    assert report.own.frames.median == 2
    assert report.own.seconds.median == pytest.approx(0.1)
    assert report.votes is None
    assert report.see_ms is not None
    assert report.see_ms.count == 4 * (FRAMES + EMPTY)


def test_everybody_is_a_stranger_to_the_others(clips: Path, typed: Typed) -> None:
    strangers = played(typed, clips).strangers
    assert strangers is not None
    assert (strangers.gallery, strangers.galleries) == (2, 1)
    assert strangers.decisions.right.events == strangers.decisions.wrong.events == 0
    assert strangers.decisions.refused == {"unknown": 4}
    assert [(one.person, one.decisions.wrong.trials) for one in strangers.people] == [("bo", 2), ("eve", 1), ("joe", 1)]
    assert strangers.decisions.wrong_searches.trials > 12


def test_people_may_be_enrolled_from_photographs_and_who_has_none_is_a_stranger(
    clips: Path, people: Path, typed: Typed
) -> None:
    report = played(typed, clips, "--gallery", people)
    assert (report.source, report.enrolled) == (people.name, {"bo": 2, "joe": 1, "sue": 1})
    assert [one.clip for one in report.clips] == ["bo1.avi", "bo2.avi", "joe.avi"]
    assert report.own.right.events == 3
    assert report.strangers is not None
    assert report.photographs is not None
    assert (report.photographs.people, report.photographs.faces, report.photographs.failures) == (3, 4, {})
    # Eve was enrolled as Sue.
    (eve,) = (one for one in report.strangers.people if one.person == "eve")
    assert eve.decisions.wrong.events == 1
    assert eve.decisions.wrong_searches.events == eve.decisions.wrong_searches.trials


def test_a_crowd_shows_what_several_frames_are_worth(clips: Path, people: Path, typed: Typed) -> None:
    report = played(
        typed, clips, "--crowd", people, "--people", "1", "--repeats", "3", "--templates", "2", "--fps", "5"
    )
    assert report.fps == 5
    assert report.enrolled == {"bo": 2, "eve": 2, "joe": 2}
    assert report.clips[0].frames == (FRAMES + EMPTY + 1) // 2
    assert report.crowd is not None
    assert (report.crowd.data, report.crowd.pictures, report.seed) == (people.name, 4, 1)
    assert report.votes is not None
    # Bo and Joe are in no gallery: they are in the clips, so Sue alone is left.
    assert (report.votes.people, report.votes.gallery, report.votes.galleries) == (3, 1, 3)
    assert report.votes.attempts == 4
    assert report.votes.levels[0].attempt.trials == 4 * 3
    assert report.votes.levels[0].attempt_misses.trials == 3
    assert report.strangers is not None
    assert (report.strangers.gallery, report.strangers.galleries) == (1, 3)
    assert report.strangers.decisions.right.trials == 12
    # Eve is Sue by another name.
    assert [(one.person, one.decisions.wrong.events) for one in report.strangers.people] == [
        ("bo", 0),
        ("eve", 3),
        ("joe", 0),
    ]


def test_a_photograph_that_cannot_be_read_is_named_and_the_rest_is_played(
    clips: Path, pictures: Path, typed: Typed, tmp_path: Path
) -> None:
    for person, name in (("bo", "obama"), ("joe", "biden")):
        (tmp_path / "people" / person).mkdir(parents=True)
        (tmp_path / "people" / person / "1.jpg").symlink_to(pictures / f"{name}.jpg")
    (tmp_path / "people" / "joe" / "2.jpg").write_bytes(b"no picture")
    out = tmp_path / "report.json"
    words = "--no-liveness", "--no-cache", "--gallery", tmp_path / "people", "--json", out
    done = typed("eval", "stream", "--clips", clips, *words)
    report = msgspec.json.decode(out.read_bytes(), type=StreamReport)
    assert done.code == 6
    assert "2.jpg: cannot be read" in done.err
    assert report.photographs is not None
    assert report.photographs.failures == {"unreadable": 1}
    assert report.own.right.events == 3


def test_people_get_a_table(clips: Path, people: Path, typed: Typed) -> None:
    words = "--no-liveness", "--no-cache", "--crowd", people, "--people", "1", "--repeats", "2"
    done = typed("eval", "stream", "--clips", clips, *words)
    assert done.code == 0
    assert "bo2.avi" in done.out
    assert "0 wrong" in done.out
    assert "3 people stand behind this" in done.out
    assert "(3 people: no interval)" in done.out
    assert "p95" not in done.out.split("time to the opening")[1].splitlines()[0]


def test_a_crowd_that_is_too_small_is_told_before_any_clip_is_looked_at(
    people: Path, typed: Typed, tmp_path: Path
) -> None:
    (tmp_path / "broken.avi").write_text("no video")
    (tmp_path / "labels.csv").write_text("clip,person\nbroken.avi,bo\n")
    words = "--no-liveness", "--no-cache", "--crowd", people, "--people", "3"
    done = typed("eval", "stream", "--clips", tmp_path, *words)
    assert done.code == 10
    assert "a gallery of 3 strangers was asked for" in done.err


@pytest.mark.parametrize(
    ("labels", "words", "fault"),
    [
        (None, (), (6, "labels.csv: cannot be read")),
        ("clip,who\na,b\n", (), (6, "columns clip,person")),
        ("clip,person\n", (), (6, "names no clip")),
        ("clip,person\nnone,bo\nbo1,\nbo1,bo\nbo1.avi,bo\n,bo\n", (), (6, "line 2: none: no file")),
        ("clip,person\nbo1,bo\nbo1.avi,bo\n", (), (6, "line 3: bo1.avi was named before")),
        ("clip,person\nbo1,\n", (), (6, "line 2: says nobody")),
        ("clip,person\ntext,bo\n", (), (11, "text.avi")),
        ("clip,person\nempty,bo\n", (), (10, "good enough to be enrolled")),
        ("clip,person\nbo1,bo\n", ("--model", "nothing"), (4, "nothing")),
        ("clip,person\nbo1,bo\n", ("--json", "missing/out.json"), (1, "cannot be written")),
    ],
)
def test_what_cannot_be_done_is_one_line(
    labels: str | None, words: tuple[str, ...], fault: tuple[int, str], clips: Path, tmp_path: Path, typed: Typed
) -> None:
    (tmp_path / "bo1.avi").symlink_to(clips / "bo1.avi")
    (tmp_path / "text.avi").write_text("no video")
    record(tmp_path / "empty.avi", np.full((200, 200, 3), 100, np.uint8))
    if labels is not None:
        (tmp_path / "labels.csv").write_text(labels)
    done = typed("eval", "stream", "--clips", tmp_path, "--no-liveness", "--no-cache", *words)
    assert (done.code, done.out) == (fault[0], "")
    assert fault[1] in done.err
    assert "Traceback" not in done.err
