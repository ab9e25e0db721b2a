"""`edge eval attacks`: presentation attacks made from clips of people, for developing and measuring liveness."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from edge.app.settings import load_config
from edge.cli.eval.files import STDOUT, writable, writable_folder, write_file, write_report
from edge.cli.eval.options import (
    bar,
    data_option,
    remark,
    report_option,
    results,
)
from edge.cli.options import config_option
from edge.errors import EdgeError, PictureError
from edge.eval.attacks.make import make
from edge.eval.attacks.plan import DISTANCES, Asked, plan, report, table
from edge.eval.attacks.sources import finder, of_clip, of_still
from edge.eval.attacks.species import SENTENCES, Species
from edge.eval.clips import of_labels
from edge.eval.pictures import of_people
from edge.vision.picture import walk

if TYPE_CHECKING:
    from edge.config import Config
    from edge.eval.attacks.plan import AttacksReport
    from edge.eval.attacks.sources import Source

_TABLE = "labels.csv"
_SPECIES = "\n".join(f"  {kind.value:<16}{words}" for kind, words in SENTENCES.items())


class _Size(click.ParamType[tuple[int, int]]):
    """WIDTHxHEIGHT, such as 640x480."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:  # noqa: ANN401 (click's own signature)
        """Return width and height."""
        if isinstance(value, tuple):
            return value
        width, _, height = str(value).partition("x")
        if not (width.isdecimal() and height.isdecimal() and 64 <= int(width) <= 3840 and 64 <= int(height) <= 3840):
            self.fail(f"{value!r} is no size such as 640x480, of 64 to 3840 pixels a side", param, ctx)
        return int(width), int(height)


@dataclass(frozen=True, slots=True)
class _Typed:
    """The options, as they were typed."""

    folder: Path
    labels: Path | None
    stills: Path | None
    rooms: Path | None
    out: Path
    species: tuple[str, ...]
    distances: tuple[float, ...]
    count: int
    seconds: float
    size: tuple[int, int]
    seed: int
    jobs: int
    force: bool
    data: str | None
    config_file: Path | None
    report_file: Path | None


@click.command("attacks", epilog=f"\b\nThe species:\n{_SPECIES}")
@click.option(
    "--clips",
    "folder",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of video clips, each of one live person.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A CSV table with the columns clip,person; without it labels.csv in the folder of clips.",
)
@click.option(
    "--stills",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Photographs to print as well, PERSON/*.jpg: larger than what a clip shows of somebody far away.",
)
@click.option(
    "--rooms",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Photographs without people to put behind the artefacts; without it rooms are made.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to: SPECIES/*.avi and the table labels.csv.",
)
@click.option(
    "--species",
    multiple=True,
    type=click.Choice([str(kind) for kind in Species]),
    help="Make only this; repeatable. [all]",
)
@click.option(
    "--distance",
    "distances",
    multiple=True,
    default=DISTANCES,
    show_default=True,
    type=click.FloatRange(10, 1000),
    help="How many pixels the eyes are apart; repeatable.",
)
@click.option(
    "--count",
    type=click.IntRange(0),
    default=0,
    help="How many clips of each species, people and distances mixed; 0 for each source at each distance. [0]",
)
@click.option(
    "--seconds", type=click.FloatRange(0.1, 600), default=2.5, show_default=True, help="How long a clip is at most."
)
@click.option("--size", type=_Size(), default="640x480", show_default=True, help="Of the pictures, in pixels.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of all draws.")
@click.option(
    "--jobs", type=click.IntRange(0, 64), default=0, help="Clips made at once; 0 for one on each processor. [0]"
)
@click.option("--force", is_flag=True, help="Write over clips and the table of an earlier run.")
@data_option
@config_option
@report_option
def command(**options: Any) -> None:  # noqa: ANN401 (click hands over every option by name)
    """Make presentation attacks from clips of live people, and controls that went through the same camera.

    Each clip is put on a sheet of paper or a screen, moved as a hand would, and photographed anew: perspective,
    blur, exposure, white balance, fresh noise in every frame, compression. The table labels.csv says who is shown, at
    which distance, and every parameter, so that people and species can be held out. The same seed makes the same clips.

    They are development figures' material, not evidence: an attack that is made lacks what real ones have, and what
    tells it apart may be the making. Compare with live-zoom, which went through the same camera, before you
    believe a cue. A face that is enlarged beyond its clip is soft.
    """
    typed = _Typed(**options)
    writable(typed.report_file)
    _free(typed)
    rooms = _rooms(typed.rooms)
    config = load_config(typed.config_file)
    asked = Asked(
        species=tuple(kind for kind in Species if not typed.species or kind in typed.species),
        distances=tuple(dict.fromkeys(typed.distances)),
        count=typed.count,
        seconds=typed.seconds,
        size=typed.size,
        seed=typed.seed,
        rooms=tuple(rooms),
    )
    planned = plan(_sources(typed, config), asked)
    with bar("making attacks", len(planned)) as advance:
        make(planned, typed.out, config, rooms, typed.jobs or os.cpu_count() or 1, advance)
    recipes = [recipe for recipe, _ in planned]
    write_file(table(recipes).encode(), typed.out / _TABLE)
    written = report(recipes, typed.data or typed.folder.resolve().name, typed.seed)
    write_report(written, typed.report_file)
    if typed.report_file != STDOUT:
        _print(written, typed.out)


def _sources(typed: _Typed, config: Config) -> list[Source]:
    """Look at everything that is to be shown."""
    clips = of_labels(typed.folder, typed.labels or typed.folder / "labels.csv")
    stills = of_people(typed.stills) if typed.stills else ()
    find = finder(config)
    sources: list[Source] = []
    with bar("looking for eyes", len(clips) + len(stills)) as advance:
        for clip in clips:
            sources.append(of_clip(clip, config, find))
            advance(1)
        for still in stills:
            sources.append(of_still(still.file, still.person, find))
            advance(1)
    return sources


def _free(typed: _Typed) -> None:
    """Refuse to write over anything, or where nothing can be written."""
    writable_folder(typed.out)
    if not typed.force and typed.out.exists() and any(typed.out.iterdir()):
        raise EdgeError(f"{typed.out}: is not empty; name another folder, or say --force to write over what is there")
    if typed.out.resolve() == typed.folder.resolve():
        raise EdgeError(f"{typed.out}: is the folder of clips, whose labels.csv would be lost; name another folder")


def _rooms(folder: Path | None) -> dict[str, Path]:
    if folder is None:
        return {}
    found = {file.relative_to(folder).as_posix(): file for file in walk([folder])}
    if not found:
        raise PictureError(f"{folder}: there are no pictures in there")
    return found


def _print(written: AttacksReport, out: Path) -> None:
    shown = Table("species", "clips", "what it is")
    for kind, count in written.species.items():
        shown.add_row(kind, str(count), SENTENCES[Species(kind)])
    results().print(shown)
    remark(f"{len(written.clips)} clips of {written.people} people in {out}; {out / _TABLE} says what each is made of")
