"""`edge demo`: the claim it makes, what it leaves behind, and what it never destroys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import pytest

from edge.app.demo import PLAYED
from edge.config import load
from edge.journal import chain
from edge.journal.log import lines, read
from edge.values import Occasion
from tests.e2e.commands import edge

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures


@pytest.mark.long
def test_the_demo_opens_for_one_person_and_leaves_what_it_says(tmp_path: Path) -> None:
    for words in ((), ("--mosaic",)):  # the second replaces what the first left
        done = edge("demo", "--out", tmp_path, *words)
        assert done.code == 0
        assert "LIVENESS OFF" in done.err
        assert "REFUSED" not in done.err, "nobody stands there who would have to be told what to do"
        shown = [line for line in done.out.splitlines() if line.startswith(("OPEN", "LOCKED"))]
        assert [line.startswith("OPEN   obama") for line in shown] == ["obama" in name for name in PLAYED]
        assert all(name in line for name, line in zip(PLAYED, shown, strict=True))
        assert f"{len(PLAYED)} of {len(PLAYED)} decisions right" in done.out
        states = next(line for line in done.out.splitlines() if line.startswith("GPIO17: "))
        assert states.count("unlocked") == 4
        assert states.endswith(" locked")
        sheet = cv2.imread(str(tmp_path / "sheet.png"))
        assert sheet is not None
        assert sheet.shape[1] == 4 * 420
        assert sheet.std() > 20
        assert chain.verify(lines(tmp_path / "journal.jsonl"))[1] is None
        occasions = [event.occasion for event in read(tmp_path / "journal.jsonl")]
        assert (occasions.count(Occasion.GRANTED), occasions.count(Occasion.REFUSED)) == (4, 3)
        assert load(tmp_path / "terminal.toml").liveness.mode == "off"


def test_the_demo_replaces_no_folder_but_its_own(typed: Typed, tmp_path: Path) -> None:
    mine = tmp_path / "data" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("years of work")
    done = typed("demo", "--out", tmp_path)
    assert done.code == 1
    assert "name another folder" in done.fault
    assert mine.read_text() == "years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_demo_that_cannot_write_says_so(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = typed("demo", "--out", tmp_path / "file" / "demo")
    assert done.code == 1
    assert "cannot be written" in done.fault
