"""`edge eval detect`: faces that are missed, and faces found where there is none."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from edge.app.settings import load_config
from edge.cli.eval.files import STDOUT, writable, write_report
from edge.cli.eval.options import (
    bar,
    data_option,
    jobs_option,
    landmarks_option,
    remark,
    report_option,
    results,
)
from edge.cli.options import config_option
from edge.errors import PictureError
from edge.eval.detect import DetectReport, measure, sources
from edge.eval.subject import VARIANTS, Setup, setups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.config import Config
    from edge.eval.detect import DetectorReport, Sources
    from edge.eval.rates import Rate
    from edge.eval.recall import Bin, Boxed, Counted, Stage, Tally


@click.command("detect")
@click.option(
    "--images",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of pictures that show people; without --boxes each is taken to show one.",
)
@click.option(
    "--boxes",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Where their faces are: a CSV table with the columns file,left,top,width,height in pixels, a row a face and "
    "file below the folder; or the text file of WIDER FACE.",
)
@click.option(
    "--no-faces",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of pictures that show nobody.",
)
@click.option(
    "--iou",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="From which intersection over union a detection is a face.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    help="A detector, by bundle name or folder; or dynamic, integer or float for that variant of detector and mesh. "
    "Repeatable: all are measured side by side. Without it the configured one.",
)
@landmarks_option
@data_option
@jobs_option
@config_option
@report_option
def command(  # noqa: PLR0913 (click hands over every option by name)
    *,
    images: Path | None,
    boxes: Path | None,
    no_faces: Path | None,
    iou: float,
    models: tuple[str, ...],
    landmarks: str,
    data: str | None,
    jobs: int,
    config_file: Path | None,
    report_file: Path | None,
) -> None:
    """Count faces that are missed, by size, and faces found where there is none.

    What is measured is the terminal's own detector with its search in squares, and what the mesh then confirms; a
    face is usable when it passes every limit of the view and would be compared with the people. Detections are matched
    with faces greedily, the most certain first. Boxes of another style (a whole head, say) overlap less: lower --iou,
    or draw them tight around brow, chin and ears.
    """
    if images is None and no_faces is None:
        raise click.UsageError("give --images, --no-faces, or both")
    if boxes is not None and images is None:
        raise click.UsageError("--boxes need the --images they belong to")
    writable(report_file)
    wanted, asked = _setups(load_config(config_file), models, landmarks), sources(images, boxes, no_faces)
    reports, unreadable = _measured(wanted, asked, iou, jobs)
    whole = DetectReport(
        data=(data or images.resolve().name) if images else None,
        no_faces=no_faces.resolve().name if no_faces else None,
        unlabelled=asked.unlabelled,
        detectors=reports,
    )
    write_report(whole, report_file)
    if report_file != STDOUT:
        _print(whole)
    for file in sorted(unreadable):
        remark(f"{file}: cannot be read as a picture")
    if unreadable:
        sys.exit(PictureError.exit_code)


def _measured(
    wanted: tuple[Setup, ...], asked: Sources, iou: float, jobs: int
) -> tuple[tuple[DetectorReport, ...], set[Path]]:
    reports, unreadable = [], set[Path]()
    for setup in wanted:
        with bar(f"looking ({setup.name})", len(asked)) as advance:
            report, bad = measure(setup, asked, iou, advance, jobs)
        reports.append(report)
        unreadable.update(bad)
    return tuple(reports), unreadable


def _setups(config: Config, names: Sequence[str], landmarks: str) -> tuple[Setup, ...]:
    """Return the detectors to compare; a variant's name stands for detector and mesh, any other for the detector."""
    wanted = tuple(dict.fromkeys(names)) or (config.models.detector,)
    found = []
    for name in wanted:
        words = ((name,), "") if name in VARIANTS else ((), name)
        (one,) = setups(config, words[0], detector=words[1], landmarks=landmarks, flip=False)
        one.models()  # a missing bundle is told before an hour's work
        found.append(replace(one, name=name))
    return tuple(found)


def _print(report: DetectReport) -> None:
    out = results()
    table = Table("", *(one.models.detector.name for one in report.detectors))
    boxed = [one.boxed for one in report.detectors if one.boxed]
    if boxed:
        _add_boxed(table, boxed)
    for name, shown, counted in (
        (report.data, "people", [one.people for one in report.detectors if one.people]),
        (report.no_faces, "nobody", [one.nobody for one in report.detectors if one.nobody]),
    ):
        if counted:
            table.add_row(f"pictures of {shown} ({name})", *(str(one.pictures) for one in counted))
            _add_counted(table, counted, one_face=shown == "people")
    out.print(table)
    if report.unlabelled:
        out.print(f"{report.unlabelled} pictures are not named by the boxes, and were left out")


def _add_boxed(table: Table, boxed: list[Boxed]) -> None:
    first = boxed[0]
    table.add_row("pictures", *(str(one.pictures) for one in boxed))
    table.add_row("faces, and others that may be found or not", *(f"{one.faces} and {one.ignored}" for one in boxed))
    table.add_section()
    for name, stages in (
        ("detector", [one.detector for one in boxed]),
        ("confirmed by the mesh", [one.confirmed for one in boxed]),
        ("usable", [one.usable for one in boxed]),
    ):
        _add_stage(table, name, stages)
    for words, unit, columns in (
        ("{} px wide", 1.0, [one.by_width for one in boxed]),
        ("{} % of the picture wide", 100.0, [one.by_share for one in boxed]),
    ):
        for place, bin_ in enumerate(columns[0]):
            size = f"{bin_.low * unit:g}-{bin_.high * unit:g}" if bin_.high else f"{bin_.low * unit:g}+"
            name = f"{words.format(size)} (of {bin_.detector.trials})"
            table.add_row(name, *(_bin(column[place]) for column in columns))
        table.add_section()
    for place, point in enumerate(first.curve):
        stages = [one.curve[place].stage for one in boxed]
        cells = (f"{one.recall.rate:.1%} found, {one.per_picture:.3f} false alarms" for one in stages)
        table.add_row(f"score from {point.min_score:g}", *cells)
    table.add_section()


def _add_stage(table: Table, name: str, stages: list[Stage]) -> None:
    table.add_row(f"{name}: recall", *(_share(one.recall) for one in stages))
    table.add_row("  precision", *(_share(one.precision) for one in stages))
    table.add_row("  false alarms a picture", *(f"{one.per_picture:.3f} ({one.false_alarms})" for one in stages))
    table.add_section()


def _add_counted(table: Table, counted: list[Counted], *, one_face: bool) -> None:
    stages: tuple[tuple[str, list[Tally]], ...] = (
        ("detector", [one.detector for one in counted]),
        ("confirmed by the mesh", [one.confirmed for one in counted]),
        ("usable", [one.usable for one in counted]),
    )
    for name, tallies in stages:
        table.add_row(f"{name}: any face", *(_share(one.some) for one in tallies))
        if one_face:
            table.add_row("  exactly one face", *(_share(one.one) for one in tallies))
        table.add_row("  faces a picture", *(f"{one.per_picture:.3f} ({one.faces})" for one in tallies))
    table.add_section()


def _share(one: Rate) -> str:
    if not one.trials:
        return "none"
    return f"{one.events}/{one.trials} {one.rate:.1%} ({one.lower:.1%}-{one.upper:.1%})"


def _bin(one: Bin) -> str:
    return f"{one.detector.rate:.1%} found, {one.usable.rate:.1%} usable"
