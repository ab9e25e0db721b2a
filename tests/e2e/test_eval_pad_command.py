"""`edge eval pad`, as typed: videos and pictures of photographs, which here play both live people and attacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import msgspec
import numpy as np
import pytest

from edge.app.presentation import End
from edge.eval.pad_report import PadReport
from edge.values import Cue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures
FPS, FRAMES = 10, 12


def record(file: Path, photograph: NDArray[np.uint8] | None) -> None:
    """A video of a photograph before which a camera pans a little, or of an empty scene."""
    file.parent.mkdir(parents=True, exist_ok=True)
    shown = np.full((600, 600, 3), 100, np.uint8) if photograph is None else photograph
    scale = 520 / min(shown.shape[:2])
    large = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    video = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (480, 480))
    for number in range(FRAMES):
        left = (large.shape[1] - 480) // 2 + number
        video.write(np.ascontiguousarray(large[number : number + 480, left : left + 480]))
    video.release()


@pytest.fixture(scope="module")
def shows(photographs: Mapping[str, NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Live clips of two people, two prints (a clip and a picture), and a replay that shows nobody."""
    folder = tmp_path_factory.mktemp("shows")
    record(folder / "live" / "bo" / "1.avi", photographs["obama"])
    record(folder / "live" / "joe" / "1.avi", photographs["biden"])
    record(folder / "print" / "a.avi", photographs["obama2"])
    cv2.imwrite(str(folder / "print" / "b.png"), photographs["obama3"])
    record(folder / "replay" / "a.avi", None)
    return folder


def words(shows: Path) -> tuple[str | Path, ...]:
    return "--live", shows / "live", "--attacks", shows / "print", "--attacks", shows / "replay"


def measured(typed: Typed, shows: Path, *more: str | Path) -> PadReport:
    done = typed("eval", "pad", *words(shows), "--json", "-", *more)
    assert done.code == 0
    return msgspec.json.decode(done.out, type=PadReport)


def test_every_clip_and_picture_is_one_presentation_to_the_terminals_own_eyes(shows: Path, typed: Typed) -> None:
    found = measured(typed, shows, "--mode", "passive", "--still-s", "0.5")
    assert [(one.file, one.species, one.person) for one in found.presentations] == [
        ("1.avi", None, "bo"),
        ("1.avi", None, "joe"),
        ("a.avi", "print", None),
        ("b.png", "print", None),
        ("a.avi", "replay", None),
    ]
    assert [one.frames for one in found.presentations] == [FRAMES, FRAMES, FRAMES, 8, FRAMES]
    assert [one.faces > 5 for one in found.presentations] == [True, True, True, True, False]
    (empty,) = (one for one in found.presentations if one.species == "replay")
    assert (empty.end, empty.why, empty.lowest.get(Cue.PASSIVE)) == (End.NO_RESPONSE, "no face", None)
    assert all(Cue.PASSIVE in one.lowest for one in found.presentations[:4])
    assert (found.data, found.mode, found.stills, found.live.people) == ("live", "passive", 1, 2)
    assert {one.species: one.apcer.trials for one in found.attacks} == {"print": 2, "replay": 1}
    assert {one.cue for one in found.costs} == set(Cue) - {Cue.CHALLENGE}
    assert found.liveness.name == "passive-liveness-dynamic-1"
    assert found.see_ms is not None


def test_where_everybody_is_challenged_no_recording_passes(shows: Path, typed: Typed) -> None:
    found = measured(typed, shows, "--mode", "challenge", "--fps", "5", "--window-s", "0.6", "--data", "desk")
    assert found.live.passed.events == 0
    assert all(one.apcer.events == 0 for one in found.attacks)
    assert (found.data, found.fps, found.window_s) == ("desk", 5, 0.6)
    assert [one.part for one in found.presentations if one.person == "bo"] == [1, 2]


@pytest.mark.long
def test_people_get_tables_and_a_figure(shows: Path, typed: Typed, tmp_path: Path) -> None:
    figure = tmp_path / "det.png"
    done = typed("eval", "pad", *words(shows), "--mode", "passive", "--still-s", "0.5", "--plot", figure)
    assert done.code == 0
    assert "worst species" in done.out
    assert "APCER" in done.out
    assert "BPCER" in done.out
    assert "1 presentation of 0.5 s show one picture" in done.out
    assert figure.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (("--attacks", "empty"), (6, "empty: holds no clip")),
        (("--attacks", "broken"), (11, "bad.avi")),
        (("--attacks", "twice"), (6, "is the same file as")),
        (("--attacks", "again/print"), (2, "two folders of the species print")),
        (("--live-labels", "labels.csv"), (6, "line 2: none: no file")),
        (("--json", "missing/out.json"), (1, "cannot be written")),
        (("--json", "one.png", "--plot", "one.png"), (2, "both name")),
        (("--mode", "motion", "--config", "off.toml"), (0, "")),
        (("--config", "off.toml"), (2, "liveness.mode is off")),
    ],
)
def test_what_cannot_be_done_is_one_line(
    changes: tuple[str, ...], fault: tuple[int, str], shows: Path, tmp_path: Path, typed: Typed
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "bad.avi").write_text("no video")
    (tmp_path / "again" / "print").mkdir(parents=True)
    (tmp_path / "again" / "print" / "c.avi").symlink_to(shows / "print" / "a.avi")
    (tmp_path / "twice").mkdir()
    (tmp_path / "twice" / "a.avi").symlink_to(shows / "print" / "a.avi")
    (tmp_path / "labels.csv").write_text("clip,person\nnone,bo\n")
    (tmp_path / "off.toml").write_text('[liveness]\nmode = "off"\n')
    given = [tmp_path / word if not word.startswith("--") and word != "motion" else word for word in changes]
    done = typed("eval", "pad", *words(shows), "--still-s", "0.2", *given)
    assert done.code == fault[0]
    assert fault[1] in done.err
    assert "Traceback" not in done.err
    assert (done.out == "") == (fault[0] != 0)


def test_there_must_be_live_people_and_attacks(shows: Path, typed: Typed, tmp_path: Path) -> None:
    assert typed("eval", "pad", "--live", shows / "live").code == 2
    assert typed("eval", "pad", "--attacks", shows / "print").code == 2
    done = typed("eval", "pad", "--live", tmp_path, "--attacks", shows / "print")
    assert (done.code, done.out) == (6, "")
    assert "holds no clip" in done.err
