"""`edge identify`: who is in a photograph, and what the terminal would decide."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from edge.app.photos import identify
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import emit
from edge.vision import picture

if TYPE_CHECKING:
    from edge.app.photos import PictureReport


@click.command("identify")
@click.argument("photos", nargs=-1, required=True, type=click.Path(path_type=Path))
@config_option
@data_option
@json_option
def command(photos: tuple[Path, ...], config_file: Path | None, data: Path | None, *, as_json: bool) -> None:
    """Say who is in the PHOTOS, and what the terminal would decide on each face by itself.

    A running terminal asks for more: several frames that agree, and a live person. Exit code 0 when every file
    could be read and somebody was identified in each, else 1.
    """
    config = load_config(config_file)
    # A missing file is reported like an unreadable one; a folder stands for its pictures.
    files = [file for path in photos for file in (picture.walk([path]) if path.is_dir() else [path])]
    reports = identify(files, config, places(config.board, data))
    if as_json:
        emit(reports)
    else:
        _print(reports)
    if not all(any(face.decision == "identified" for face in report.faces) for report in reports):
        sys.exit(1)


def _print(reports: list[PictureReport]) -> None:
    table = Table("photograph", "face", "person", "similarity", "margin", "quality", "liveness", "decision")
    for report in reports:
        if not report.faces:
            table.add_row(report.file, "-", "", "", "", "", "", report.error or "no face")
        for number, face in enumerate(report.faces, start=1):
            table.add_row(
                report.file,
                str(number),
                face.person or "-",
                "-" if face.similarity is None else f"{face.similarity:.3f}",
                "-" if face.margin is None else f"{face.margin:.3f}",
                ", ".join(face.quality.flaws) or "good",
                "off" if face.liveness is None else f"{face.liveness:.2f}",
                f"{face.decision}: {face.reason}",
            )
    Console().print(table)
