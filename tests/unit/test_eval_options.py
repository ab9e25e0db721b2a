"""What the commands of `edge eval` share: how they are ended, and what they refuse before any work."""

from __future__ import annotations

import io
import math
import os
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner
from rich.console import Console

from edge.cli.eval import files, options
from edge.errors import ConfigError, EdgeError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "what was seen is kept, and the same command goes on from there"), (("--no-cache",), "nothing is kept")],
)
def test_an_interrupted_measurement_says_what_is_kept(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    @click.command()
    @options.measuring
    def endless(_: options.Measuring) -> None:
        raise KeyboardInterrupt

    done = CliRunner().invoke(endless, ["--images", str(tmp_path), *words])
    assert done.exit_code == 130
    assert f"interrupted: {said}" in done.output


def test_progress_under_a_name_that_looks_like_markup_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(options, "console", Console(file=shown, force_terminal=True, width=100))
    with options.bar("looking ([/mine])", 3) as advance:
        advance(3)
    assert "looking ([/mine])" in shown.getvalue()


def test_a_folder_that_can_be_made_is_writable_and_one_inside_a_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    files.writable_folder(tmp_path / "new" / "deep")
    with pytest.raises(EdgeError, match=r"cannot be written: .*file is no folder"):
        files.writable_folder(tmp_path / "file" / "deep")


def test_a_share_of_nothing_is_a_dash() -> None:
    assert [options.percent(one) for one in (0.12345, math.nan)] == ["12.35%", "-"]


def test_a_device_is_written_to_and_stays_a_device(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        files.write_file(b"words", pipe)
        assert os.read(reader, 9) == b"words"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_report_and_figure_are_two_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="both name"):
        files.writable(tmp_path / "one", tmp_path / "one")
    files.writable(files.STDOUT, tmp_path / "one")
