"""`edge identify`: who is in a photograph, and what the terminal would decide."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge.app.photos import identify
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import emit
from edge.values import advice
from edge.vision import picture

if TYPE_CHECKING:
    from edge.app.photos import FaceReport, PictureReport


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
    reports = identify(files, config, places(data))
    if as_json:
        emit(reports)
    else:
        _print(reports)
    if not all(any(face.decision == "identified" for face in report.faces) for report in reports):
        sys.exit(1)


def _print(reports: list[PictureReport]) -> None:
    """A line a face, never cut or wrapped: names of files are long, and lines are what people search in."""
    for report in reports:
        if report.error:
            click.echo(report.error)
        elif not report.faces:
            click.echo(f"{report.file}: no face")
        for number, face in enumerate(report.faces, start=1):
            which = f"{report.file}: " if len(report.faces) == 1 else f"{report.file}: face {number}: "
            click.echo(which + _words(face))


def _words(face: FaceReport) -> str:
    parts = [f"identified {face.person}" if face.person else f"{face.decision}: {face.reason}"]
    asked = advice(face.quality.flaws)
    parts += [asked.removesuffix(".")] if asked else []
    parts += [] if face.similarity is None else [f"similarity {face.similarity:.3f}"]
    parts += [] if face.margin is None else [f"margin {face.margin:.3f}"]
    parts.append("liveness off" if face.liveness is None else f"liveness {face.liveness:.2f}")
    return "; ".join(parts)
