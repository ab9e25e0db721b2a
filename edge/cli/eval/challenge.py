"""`edge eval challenge`: challenges simulated against films that do not know what is asked, and people who answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from edge.app.settings import load_config
from edge.cli.eval.files import STDOUT, writable, write_report
from edge.cli.eval.options import (
    bar,
    data_option,
    percent,
    report_option,
    results,
)
from edge.cli.options import config_option
from edge.errors import PictureError
from edge.eval.challenges import KINDS, Plan, look, measure
from edge.eval.clips import SUFFIXES, Clip

if TYPE_CHECKING:
    from edge.eval.challenges import ChallengeReport, Trial


@click.command("challenge")
@click.option(
    "--clips",
    "folder",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of video clips of heads: they are shown as films, and the noise of the pose is measured on them.",
)
@click.option(
    "--trials", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="Challenges of each kind."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the draws.")
@data_option
@config_option
@report_option
def command(
    *, folder: Path, trials: int, seed: int, data: str | None, config_file: Path | None, report_file: Path | None
) -> None:
    """Simulate active challenges: how often films pass that do not know what is asked, and how long people take.

    Nobody is asked for anything here. Films are the clips as they are, the same with their movements enlarged, a film
    of all movements in a random order, and one whose operator starts a movement whenever one is asked for, without
    knowing which. People are a model of reactions and movements, seen with the noise that was measured on the clips;
    how real people cooperate only a door can show. Somebody who plays the right film for each movement passes always.
    """
    writable(report_file)
    clips = [Clip(file, "") for file in sorted(folder.iterdir()) if file.suffix.lower() in SUFFIXES]
    if not clips:
        raise PictureError(f"{folder}: holds no video clips; their names end in {', '.join(SUFFIXES)}")
    config = load_config(config_file)
    with bar("looking at clips", len(clips)) as advance:
        footages = look(clips, config, advance)
    with bar("simulating", KINDS) as advance:
        report = measure(footages, Plan(config.challenge, trials, seed), data or folder.resolve().name, advance)
    write_report(report, report_file)
    if report_file != STDOUT:
        _print(report)


def _print(report: ChallengeReport) -> None:
    out = results()
    out.print(
        f"A SIMULATION on the poses of {len(report.clips)} clips of {report.data}; nobody was asked for anything."
    )
    sequences = ", ".join(f"{number} of {steps}" for steps, number in report.sequences.items())
    out.print(f"drawn from {', '.join(report.moves)}; different sequences by steps: {sequences}")
    table = Table("clip", "frames", "with a pose", "eyes px", "noise: yaw", "pitch", "size")
    for clip in report.clips:
        noise = ("-",) * 3
        if clip.noise is not None:
            noise = f"{clip.noise.yaw_deg:.2f}°", f"{clip.noise.pitch_deg:.2f}°", percent(clip.noise.size)
        eyes = "-" if clip.eyes_px is None else f"{clip.eyes_px:.0f}"
        table.add_row(clip.clip, str(clip.frames), str(clip.judged), eyes, *noise)
    out.print(table)
    table = Table("who", "steps", "fps", "passed", "95 %", "seconds to pass", "why not")
    for trials in (report.films, report.enlarged, report.loops, report.guesses, report.people):
        for trial in trials:
            _add(table, trial)
        table.add_section()
    out.print(table)


def _add(table: Table, trial: Trial) -> None:
    took = "-"
    if trial.seconds is not None:
        p95 = "" if trial.seconds.p95 is None else f", p95 {trial.seconds.p95:.1f}"
        took = f"median {trial.seconds.median:.1f}{p95}"
    why = ", ".join(f"{count:,} {sign}" for sign, count in trial.signs.items())
    passed, found = (
        trial.passed,
        f"{trial.passed.events:,} of {trial.passed.trials:,} = {percent(trial.passed.rate, 1)}",
    )
    between = f"{percent(passed.lower)}-{percent(passed.upper)}"
    table.add_row(trial.actor, str(trial.steps), f"{trial.fps:g}", found, between, took, why or "-")
