"""`edge identify`: who is in a photograph, and what the terminal would decide."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.table import Table

from edge.access import decide
from edge.app.boards import board_of
from edge.app.eyes import open_eyes, space
from edge.app.places import places
from edge.app.settings import load_config
from edge.app.terminal import rule
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import FaceReport, PictureReport
from edge.errors import PictureError
from edge.people.search import LiveSearch
from edge.people.store import Store
from edge.values import Flaw, Quality, Reason, Sighting
from edge.vision import picture
from edge.vision.pipeline import examine
from edge.vision.still import study_face

if TYPE_CHECKING:
    from edge.access.decide import Rule
    from edge.values import Search
    from edge.vision.pipeline import Eyes
    from edge.vision.still import Study


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
    with Store(places(board_of(config).name, data).people_db) as store:
        search = LiveSearch(store, space(config))
        search.check()
        eyes, believed = open_eyes(config), rule(config)
        reports = [_report(path, eyes, search, believed) for path in _files(photos)]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(reports)).decode())
    else:
        _print(reports)
    if not all(any(face.decision == "identified" for face in report.faces) for report in reports):
        sys.exit(1)


def _files(photos: tuple[Path, ...]) -> list[Path]:
    """A missing file is reported like an unreadable one; a folder stands for its pictures."""
    return [file for path in photos for file in (picture.walk([path]) if path.is_dir() else [path])]


def _report(path: Path, eyes: Eyes, search: Search, believed: Rule) -> PictureReport:
    try:
        pixels = picture.read(path)
    except PictureError as error:
        return PictureReport(str(path), (), str(error))
    faces = sorted(eyes.detect(pixels), key=lambda face: -face.box.area)
    seen = [examine(pixels, face, eyes, thorough=True) for face in faces]
    real = [one for one in seen if Flaw.NOT_A_FACE not in one.quality.flaws]
    return PictureReport(str(path), tuple(_face(study_face(pixels, one, eyes), search, believed) for one in real))


def _face(seen: Study, search: Search, believed: Rule) -> FaceReport:
    match = search(seen.embedding) if seen.embedding else None
    sighting = Sighting(0.0, 0, 1, 1, quality=seen.quality, liveness=seen.liveness, match=match)
    reason, person = _decide(sighting, believed)
    box = seen.face.box if seen.face else None
    return FaceReport(
        box=(box.left, box.top, box.right, box.bottom) if box else (0.0, 0.0, 0.0, 0.0),
        score=seen.face.score if seen.face else 0.0,
        quality=seen.quality or Quality(0.0),
        liveness=seen.liveness,
        person=person,
        similarity=match.similarity if match else None,
        margin=match.margin if match else None,
        decision="identified" if reason is Reason.GRANTED else "refused",
        reason=reason,
    )


def _decide(sighting: Sighting, believed: Rule) -> tuple[Reason, str | None]:
    if sighting.quality is None or not sighting.quality.good:
        return Reason.POOR_VIEW, None
    if believed.liveness.mode != "off" and (sighting.liveness or 0.0) < believed.liveness.min_median:
        return Reason.NOT_LIVE, None
    vote = decide.vote(sighting, believed)
    if vote.person is not None:
        return Reason.GRANTED, vote.person
    return (Reason.AMBIGUOUS if vote.ambiguous else Reason.UNKNOWN), None


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
