"""`edge padtest`, as typed, on replayed sources: it opens a camera and no lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app.padtest import PadtestReport
from edge.app.presentation import End
from tests.e2e.commands import play

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures
MODE = {"liveness": "passive"}


def test_a_replay_tries_it_out_and_says_that_it_means_nothing(pictures: Path, typed: Typed, tmp_path: Path) -> None:
    config = play(tmp_path, pictures, "obama2.jpg", "biden.jpg", **MODE)
    out = tmp_path / "report.json"
    done = typed("padtest", "--config", config, "--yes", "--live", "1", "--attack", "print=1", "--json", out)
    assert done.code == 0
    assert "REPLAYED SOURCE" in done.out
    assert "Presentation 2 of 2: hold the print before the camera" in done.err
    assert "APCER" in done.out
    found = msgspec.json.decode(out.read_bytes(), type=PadtestReport)
    assert (found.complete, found.replayed, found.mode) == (True, True, "passive")
    assert [one.species for one in found.trials] == [None, "print"]
    assert found.camera[:2] == ("replay", "folder")


def test_a_source_that_ends_too_soon_is_told(pictures: Path, typed: Typed, tmp_path: Path) -> None:
    config = play(tmp_path, pictures, "obama2.jpg", **MODE)
    done = typed("padtest", "--config", config, "--yes", "--attack", "print=50", "--json", "-")
    assert done.code == 0
    assert "REPLAYED SOURCE" in done.err
    found = msgspec.json.decode(done.out, type=PadtestReport)
    assert not found.complete
    assert 1 <= len(found.trials) < 50
    assert found.trials[0].end in End


def test_with_nobody_at_the_keyboard_what_was_counted_is_kept(
    pictures: Path, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = play(tmp_path, pictures, "obama2.jpg", **MODE)
    out = tmp_path / "report.json"
    with (tmp_path / "keys").open("w+") as keys:
        keys.write("\n")
        keys.seek(0)
        monkeypatch.setattr("sys.stdin", keys)
        done = typed("padtest", "--config", config, "--attack", "print=3", "--json", out)
    assert done.code == 130
    assert "broken off: 1 presentation counted" in done.err
    assert len(msgspec.json.decode(out.read_bytes(), type=PadtestReport).trials) == 1


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((), (2, "nothing to present")),
        (("--attack", "print"), (2, "print: write SPECIES=COUNT")),
        (("--attack", "print=0"), (2, "write SPECIES=COUNT")),
        (("--attack", "=3"), (2, "write SPECIES=COUNT")),
        (("--attack", "print=3", "--attack", "print=4"), (2, "print is given twice")),
        (("--live", "1", "--json", "missing/out.json"), (1, "cannot be written")),
        (("--live", "1", "--source", "missing.avi"), (11, "missing.avi")),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_asked(
    words: tuple[str, ...], fault: tuple[int, str], typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = typed("padtest", "--yes", *words)
    assert (done.code, done.out) == (fault[0], "")
    assert fault[1] in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "padtest.json").exists()


def test_with_liveness_off_there_is_nothing_to_test(pictures: Path, typed: Typed, tmp_path: Path) -> None:
    config = play(tmp_path, pictures, "obama2.jpg")
    done = typed("padtest", "--config", config, "--yes", "--live", "1", "--json", "-")
    assert (done.code, done.out) == (2, "")
    assert "liveness.mode is off" in done.fault
