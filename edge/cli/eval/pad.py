"""`edge eval pad`: live people and attacks shown to the terminal's own eyes, and judged by liveness alone."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edge.app.settings import load_config
from edge.cli.eval.files import STDOUT, writable, write_file, write_report
from edge.cli.eval.options import (
    INTERRUPTED,
    bar,
    plot_option,
    remark,
    report_option,
)
from edge.cli.eval.pad_tables import show
from edge.cli.options import config_option
from edge.errors import ConfigError
from edge.eval.pad import report, run
from edge.eval.pad_course import open_course
from edge.eval.presentations import Showing, check, of_attacks, of_live

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.config import Config
    from edge.eval.pad_course import Course
    from edge.eval.pad_report import PadReport
    from edge.eval.presentations import Source
    from edge.values import Mode

_MODES = ("passive", "motion", "challenge")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options, as they were typed."""

    live: Path
    live_labels: Path | None
    attacks: tuple[Path, ...]
    mode: Mode | None
    still_s: float
    window_s: float | None
    fps: float | None
    data: str | None
    config_file: Path | None
    report_file: Path | None
    plot_file: Path | None

    @property
    def showing(self) -> Showing:
        """How clips and pictures are shown."""
        return Showing(self.fps, self.still_s, self.window_s)

    def config(self) -> Config:
        """Return what is measured.

        Raises:
            ConfigError: The configuration is wrong, or switches liveness off.
        """
        config = load_config(self.config_file)
        if self.mode is not None:
            config = replace(config, liveness=replace(config.liveness, mode=self.mode))
        if config.liveness.mode == "off":
            raise ConfigError("liveness.mode is off, so there is nothing to measure: name a --mode")
        return config


@click.command("pad")
@click.option(
    "--live",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of clips and pictures of live people: DIR/*.mkv, or a folder for each person, DIR/PERSON/*.mkv.",
)
@click.option(
    "--live-labels",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A CSV table with the columns clip,person: these clips count. Without it labels.csv in the folder, if any.",
)
@click.option(
    "--attacks",
    "attacks",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of clips and pictures of one species of attack, named like it: DIR/print. Repeatable; it may hold "
    "a folder for each person, or labels.csv, too.",
)
@click.option(
    "--mode",
    type=click.Choice(_MODES),
    help="What a face must do: nothing, move as a solid head does, or answer a challenge. [liveness.mode]",
)
@click.option(
    "--still-s",
    type=click.FloatRange(0.1, 600),
    default=3.0,
    show_default=True,
    help="For how many seconds a picture stands still before the camera.",
)
@click.option(
    "--window-s",
    type=click.FloatRange(0.5, 3600),
    help="Cut clips into presentations of so many seconds. They depend on each other: the intervals are too narrow "
    "then. Without it a clip is one presentation.",
)
@click.option(
    "--fps",
    type=click.FloatRange(0, 1000, min_open=True),
    help="Look at so many frames a second at most, as a slower machine would. [camera.fps]",
)
@click.option("--data", help="What to call the live clips in the report; without it the folder's name.")
@config_option
@report_option
@plot_option
def command(**options: Any) -> None:  # noqa: ANN401 (click hands over every option by name)
    """Count attacks that pass and live people who do not (ISO/IEC 30107-3), by liveness alone: nobody is recognised.

    Each clip or picture is one presentation. APCER is the share of a species' attacks that pass, and the worst species
    leads; BPCER the share of live people who are refused, or asked for a challenge, which no recording answers. What
    was never judged (no face, a poor view, no motion) is counted by itself. Each cue is measured alone, too, and
    the panel without it.
    """
    asked = _Asked(**options)
    writable(asked.report_file, asked.plot_file)
    if asked.plot_file is not None:
        importlib.import_module("edge.eval.plots_pad")  # whether plots can be drawn is told before an hour's work
    config = asked.config()
    sources = (*of_live(asked.live, asked.live_labels), *of_attacks(asked.attacks))
    try:
        check(sources, config)
        found = _measured(sources, open_course(config), asked)
    except KeyboardInterrupt:
        remark("interrupted: nothing is kept")
        sys.exit(INTERRUPTED)
    write_report(found, asked.report_file)
    if asked.plot_file is not None:
        write_file(_draw(found), asked.plot_file)
    if asked.report_file != STDOUT:
        show(found)


def _draw(written: PadReport) -> bytes:
    from edge.eval.plots_pad import draw  # noqa: PLC0415 - matplotlib is slow to load, and seldom wanted

    return draw(written)


def _measured(sources: Sequence[Source], course: Course, asked: _Asked) -> PadReport:
    with bar("showing clips", len(sources)) as advance:
        judged = run(sources, course, asked.showing, advance)
    return report(judged, course, asked.showing, asked.data or asked.live.resolve().name)
