"""`edge bench`, also `edge eval bench`: how long every stage, the search and the start-up take here."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.table import Table

from edge.app.pictures import fetch_pictures
from edge.app.settings import load_config
from edge.cli.options import config_option, json_option
from edge.cli.screen import console
from edge.eval.bench import bench

if TYPE_CHECKING:
    from edge.eval.bench import BenchReport, Timing


@click.command("bench")
@click.option(
    "--source",
    type=click.Path(path_type=Path, exists=True),
    help="A photograph with a face, or a folder of them; without it the public photographs of the demo are fetched.",
)
@click.option(
    "--threads", type=click.IntRange(1, 16), help="Threads a model may use, instead of the configured number."
)
@click.option(
    "--variant",
    type=click.Choice(["dynamic", "integer", "float"]),
    help="Bench this variant of all four models; integer and float have to be built first (scripts/build_models).",
)
@click.option("--frames", type=click.IntRange(10, 100_000), default=100, show_default=True, help="Frames to time.")
@config_option
@json_option
def command(
    source: Path | None,
    threads: int | None,
    variant: str | None,
    frames: int,
    config_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Time every stage of a frame, the models alone, the search at 1k/10k/50k templates, and the start-up.

    Times are medians and 95th percentiles on this machine as it is now; on a shared one compare ratios, not
    milliseconds.
    """
    config = load_config(config_file)
    models = dataclasses.replace(config.models, threads=threads or config.models.threads)
    if variant:
        models = dataclasses.replace(
            models,
            detector=_variant(models.detector, variant),
            landmarks=_variant(models.landmarks, variant),
            embedder=_variant(models.embedder, variant),
            liveness=_variant(models.liveness, variant),
        )
    config = dataclasses.replace(config, models=models)
    with console.status("timing"):
        report = bench(config, source or fetch_pictures(), frames)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
    else:
        _print(report)


def _variant(bundle: str, variant: str) -> str:
    """`mobilefacenet-dynamic-1` in another variant."""
    name, _, version = bundle.rsplit("-", 2)
    return f"{name}-{variant}-{version}"


def _print(report: BenchReport) -> None:
    out = Console(highlight=False)
    table = Table("stage", "median ms", "p95 ms", "calls", title=f"{report.runtime}, {report.threads} thread(s)")
    sections: tuple[tuple[str, tuple[Timing, ...]], ...] = (
        ("", report.stages),
        ("", (report.frame,)),
        ("model alone: ", report.invoke),
        ("", report.search),
    )
    for prefix, timings in sections:
        for timing in timings:
            table.add_row(prefix + timing.stage, f"{timing.median_ms:.2f}", f"{timing.p95_ms:.2f}", str(timing.calls))
        table.add_section()
    out.print(table)
    out.print(f"models: {', '.join(report.models)}; looked at: {report.source}")
    out.print(f"{report.frames_per_s:.1f} frames with a face per second; {report.outside_share:.1%} of a frame's time")
    out.print("is spent outside the models")
    out.print(
        f"102 MB (50,000 templates) are read in {report.read_ms:.2f} ms at {report.read_gb_s:.1f} GB/s by one core"
    )
    out.print(
        f"start-up, new process to first sighting: {report.start_up_ms:.0f} ms; peak memory {report.peak_rss_mb:.0f} MB"
    )
