"""`edge eval stream`: clips of people played to the terminal's own loop and decision."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from rich.table import Table

from edge.app.settings import load_config
from edge.cli.eval.files import STDOUT, writable, write_report
from edge.cli.eval.options import (
    bar,
    cache_option,
    data_option,
    end,
    flip_option,
    jobs_option,
    report_option,
    results,
)
from edge.cli.options import config_option
from edge.eval.cache import open_cache
from edge.eval.clips import of_labels
from edge.eval.crowd import draw_crowd
from edge.eval.faces import embed
from edge.eval.outcomes import in_words
from edge.eval.pictures import of_people
from edge.eval.rates import LEAST_FALSE_MATCHES
from edge.eval.stream import Cast, Stage, from_clips, from_pictures, look, measure, set_up
from edge.eval.subject import Material, material, setups
from edge.eval.transactions import NO_FACE, NOBODY, RIGHT, WRONG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.eval.clips import Clip
    from edge.eval.crowd import Crowd
    from edge.eval.faces import Faces
    from edge.eval.outcomes import Decisions
    from edge.eval.resample import Share
    from edge.eval.stream import StreamReport
    from edge.eval.votes import Level, VotesReport


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options, as they were typed."""

    folder: Path
    labels: Path | None
    gallery: Path | None
    templates: int
    crowd: Path | None
    people: int
    repeats: int
    seed: int
    fps: float | None
    no_liveness: bool
    model: str | None
    flip: bool
    data: str | None
    cache: bool
    jobs: int
    config_file: Path | None
    report_file: Path | None


@click.command("stream")
@click.option(
    "--clips",
    "folder",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of video clips, each of one person.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A CSV table with the columns clip,person; without it labels.csv in the folder of clips.",
)
@click.option(
    "--gallery",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Enrol people from photographs, PERSON/*.jpg, instead of from their first clips.",
)
@click.option(
    "--templates",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="From how many frames of their first clip people are enrolled: it is cut into so many equal stretches, and "
    "the best frame of each is taken.",
)
@click.option(
    "--crowd",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Pictures of other people, PERSON/*.jpg: everybody is played to galleries of such strangers, too.",
)
@click.option(
    "--people", type=click.IntRange(1), default=100, show_default=True, help="How many strangers a gallery has."
)
@click.option(
    "--repeats", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many galleries are drawn."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the draws.")
@click.option(
    "--fps",
    type=click.FloatRange(0, 1000, min_open=True),
    help="Look at so many frames a second only, as a slower machine would; without it, at all of them.",
)
@click.option("--no-liveness", is_flag=True, help="Judge no liveness.")
@click.option(
    "--model",
    help="The embedder, by bundle name or folder; or dynamic, integer or float for that variant of detector, mesh and "
    "embedder. Without it the configured models.",
)
@flip_option
@data_option
@cache_option
@jobs_option
@config_option
@report_option
def command(**options: Any) -> None:  # noqa: ANN401 (click hands over every option by name)
    """Play clips to the whole decision, with a door that opens for everybody who is recognised.

    People are enrolled from their first clip in the table; all other clips are played through the terminal's own
    pipeline, loop and decision, each frame at its time in the clip. Then everybody is played to galleries without
    them: the other people, or with --crowd strangers drawn over and over. A crowd also shows what several frames are
    worth: how often a stranger gets in who may try with as many frames as an attempt has, against one frame alone.
    """
    asked = _Asked(**options)
    writable(asked.report_file)
    clips = of_labels(asked.folder, asked.labels or asked.folder / "labels.csv")
    config = load_config(asked.config_file)
    config = config.without_liveness() if asked.no_liveness else config
    (setup,) = setups(config, (asked.model,) if asked.model else (), detector="", landmarks="", flip=asked.flip)
    stage = set_up(setup, asked.fps)
    # Photographs first: that there are too few of them is told before the clips, which take long.
    strangers = _faces(asked.crowd, stage, asked)
    drawn = _drawn(strangers, clips, stage, asked) if strangers is not None else None
    photographs = _faces(asked.gallery, stage, asked)
    cast = _cast(clips, photographs, stage, asked)
    report = msgspec.structs.replace(
        measure(cast, stage, asked.data or asked.folder.resolve().name, drawn),
        photographs=_material(asked.gallery, photographs),
        crowd=_material(asked.crowd, strangers),
        seed=asked.seed if strangers is not None else None,
    )
    write_report(report, asked.report_file)
    if asked.report_file != STDOUT:
        _print(report)
    end(*(faces for faces in (photographs, strangers) if faces is not None))


def _drawn(strangers: Faces, clips: Sequence[Clip], stage: Stage, asked: _Asked) -> Crowd:
    shown = {clip.person for clip in clips}
    return draw_crowd(strangers, stage.space, asked.people, asked.repeats, shown, asked.seed)


def _cast(clips: Sequence[Clip], photographs: Faces | None, stage: Stage, asked: _Asked) -> Cast:
    with bar("looking at clips", len(clips)) as advance:
        footages = look(clips, stage, advance)
    if photographs is not None and asked.gallery is not None:
        return from_pictures(footages, photographs, stage, asked.gallery.resolve().name)
    return from_clips(footages, stage, asked.templates)


def _material(folder: Path | None, faces: Faces | None) -> Material | None:
    return material(folder.resolve().name, faces, gated=True) if folder and faces is not None else None


def _faces(folder: Path | None, stage: Stage, asked: _Asked) -> Faces | None:
    """Look at photographs; of those that pass every limit one can be enrolled."""
    if folder is None:
        return None
    pictures = of_people(folder)
    config = stage.setup.config
    with bar(f"looking at {folder.resolve().name}", len(pictures)) as advance:
        return embed(pictures, config, open_cache(config) if asked.cache else None, advance, asked.jobs).gated()


def _print(report: StreamReport) -> None:
    out = results()
    templates = ", ".join(f"{person} {count}" for person, count in report.enrolled.items())
    out.print(f"templates from {report.source}: {templates}; liveness {report.liveness}")
    table = Table("clip", "person", "frames", "what they show", "decided")
    for clip in report.clips:
        shown = ", ".join(f"{count} {word}" for word, count in clip.words.items())
        table.add_row(clip.clip, clip.person, str(clip.frames), shown, _decided(clip.decisions))
    if report.clips:
        out.print(table)
        counts = [report.words.get(word, 0) for word in (RIGHT, WRONG, NOBODY)]
        faces = sum(report.words.values()) - report.words.get(NO_FACE, 0)
        out.print(f"of {faces} frames with a face {sum(counts)} were compared: {counts[0]} right, {counts[1]} wrong")
        _say("enrolled people", report.own)
        out.print(
            f"  time to the opening: {in_words(report.own.seconds, ' s')}; {in_words(report.own.frames, ' frames')}"
        )
    if report.strangers:
        kind = report.strangers
        number = f"{kind.galleries:,} galleries" if kind.galleries > 1 else "a gallery"
        _say(f"people in {number} without them, of {kind.gallery}", kind.decisions)
        for one in kind.people:
            out.print(f"  {one.person}: wrong {one.decisions.wrong}; searches {one.decisions.wrong_searches}")
    if report.votes:
        _print_votes(report.votes)
    out.print(f"seeing a frame takes {in_words(report.see_ms, ' ms')} here")


def _say(who: str, decided: Decisions) -> None:
    out = results()
    refused = ", ".join(f"{count} {reason}" for reason, count in decided.refused.items()) or "none"
    out.print(f"{who}, of the tracks that were decided: right {decided.right}; wrong {decided.wrong}")
    out.print(f"  refused: {refused}; searches wrong {decided.wrong_searches}")
    out.print(
        f"  not counted: {decided.undecided} tracks that ended before anything was decided, "
        f"{decided.walked_on} of somebody who had just been let in"
    )


def _print_votes(votes: VotesReport) -> None:
    out = results()
    out.print(
        f"{votes.attempts} attempts of {votes.people} strangers, each of about {votes.judged:g} judged frames, ", end=""
    )
    out.print(
        f"in {votes.galleries} galleries of {votes.gallery}; {votes.votes} of {votes.window_frames} frames must agree"
    )
    table = Table(
        "threshold",
        "a frame",
        "an attempt",
        "if independent",
        "times",
        f"95 % from drawing\n{votes.drawn}",
        "misses: a frame",
        "an attempt",
    )
    for one in votes.levels:
        factor = ("too few", "") if one.factor is None else (f"{one.factor:.2f}", _between(one))
        rates = _cell(one.search), f"{_cell(one.attempt)}\n{one.let_in} different", f"{one.independent:.3%}"
        misses = _cell(one.frame_misses), _cell(one.attempt_misses)
        table.add_row(f"{one.threshold:.4f}", *rates, *factor, *misses)
    out.print(table)
    out.print(f"best similarities of neighbouring frames correlate at {votes.correlation:.3f}")
    for one in (one for one in votes.levels if one.by_person):
        each = ", ".join(f"{person} {factor:.2f}" for person, factor in one.by_person.items())
        out.print(f"  at {one.threshold:.4f} an attempt is worth so many frames: {each}")
    out.print(
        f"{votes.people} people stand behind this; the intervals draw {votes.drawn}; a factor needs "
        f"{LEAST_FALSE_MATCHES} different attempts that were let in"
    )


def _between(one: Level) -> str:
    return "none" if one.factor_lower is None else f"{one.factor_lower:.2f}-{one.factor_upper:.2f}"


def _cell(found: Share) -> str:
    return f"{found.events:,} of {found.trials:,}\n{found.rate:.3%}" if found.trials else "none"


def _decided(decided: Decisions) -> str:
    parts = [f"{decided.right.events} right"] + ([f"{decided.wrong.events} WRONG"] if decided.wrong.events else [])
    parts += [f"{count} {reason}" for reason, count in decided.refused.items()]
    parts += [f"{decided.undecided} undecided"] if decided.undecided else []
    parts += [f"{decided.walked_on} just let in"] if decided.walked_on else []
    return ", ".join(parts)
