"""What the commands of `edge eval` share: options, progress on stderr, reports written whole or not at all."""

from __future__ import annotations

import contextlib
import functools
import importlib
import math
import resource
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from edge.app.settings import load_config
from edge.cli.eval.files import STDOUT, writable, write_file, write_report
from edge.cli.options import config_option
from edge.cli.screen import console
from edge.errors import PictureError
from edge.eval.cache import open_cache
from edge.eval.faces import embed
from edge.eval.subject import Setup, setups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from edge.eval.faces import Faces
    from edge.eval.pictures import Picture

images_option = click.option(
    "--images",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of pictures: a folder for each person, PERSON/*.jpg.",
)
data_option = click.option("--data", help="What to call the pictures in the report; without it the folder's name.")
named_option = click.option("--data", required=True, help="What to call the pictures beside the figures.")
model_option = click.option(
    "--model",
    "models",
    multiple=True,
    help="An embedder, by bundle name or folder; or dynamic, integer or float for that variant of detector, mesh and "
    "embedder together. Repeatable: all are measured side by side. Without it the configured models.",
)
detector_option = click.option("--detector", default="", help="The detector of all of them, instead of each one's own.")
landmarks_option = click.option("--landmarks", default="", help="The mesh of all of them, instead of each one's own.")
flip_option = click.option("--flip", is_flag=True, help="Average the face and its mirror image.")
gate_option = click.option("--gate", is_flag=True, help="Count faces that the quality limits refuse as failures.")
cache_option = click.option("--cache/--no-cache", default=True, help="Keep and use what pictures gave before.")
jobs_option = click.option(
    "--jobs", type=click.IntRange(0, 64), default=0, help="Pictures looked at at once; 0 for one on each processor."
)
report_option = click.option(
    "--json",
    "report_file",
    metavar="OUT",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write the report as JSON to this file; - for standard output.",
)
plot_option = click.option(
    "--plot",
    "plot_file",
    metavar="OUT.png",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the figures into this file.",
)
_WIDE = 120
R = TypeVar("R")
INTERRUPTED = 130
"""The exit code of a program that Ctrl-C ended."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """What was asked for by the shared options.

    Attributes:
        images: The folder of pictures.
        data: What to call it; None for its name.
        models: The embedders or variants.
        detector: For all of them; empty for each one's own.
        landmarks: For all of them; empty for each one's own.
        flip: Whether to average the face and its mirror image.
        gate: Whether the quality limits apply.
        cache: Whether to keep and use what pictures gave.
        jobs: Pictures looked at at once; 0 for one on each processor.
        config_file: The configuration; None for this machine's.
        report_file: Where the JSON goes; None for nowhere.
        plot_file: Where the figures go; None for nowhere.
    """

    images: Path
    data: str | None
    models: tuple[str, ...]
    detector: str
    landmarks: str
    flip: bool
    gate: bool
    cache: bool
    jobs: int
    config_file: Path | None
    report_file: Path | None
    plot_file: Path | None

    @property
    def name(self) -> str:
        """What the pictures are called."""
        return self.data or self.images.resolve().name

    def setups(self) -> tuple[Setup, ...]:
        """Return the ways of looking that are compared; what would fail at the end is refused before any work.

        Raises:
            ConfigError: The configuration or a name is wrong, or report and plot are one file.
            ModelError: A bundle is missing or damaged.
            EdgeError: A report or plot could not be written where it is to go.
        """
        writable(self.report_file, self.plot_file)
        if self.plot_file is not None:
            importlib.import_module("edge.eval.plots")  # whether plots can be drawn is told before an hour's work
        config = load_config(self.config_file)
        wanted = setups(config, self.models, detector=self.detector, landmarks=self.landmarks, flip=self.flip)
        for one in wanted:
            one.models()
        return wanted

    def faces(self, pictures: Sequence[Picture], setup: Setup) -> Faces:
        """Look at pictures, with progress on stderr; the arguments and errors are as for `edge.eval.faces.embed`."""
        cache = open_cache(setup.config) if self.cache else None
        before, begun = len(cache or ()), time.perf_counter()
        with bar(f"looking ({setup.name})", len(pictures)) as advance:
            found = embed(pictures, setup.config, cache, advance, self.jobs)
        took = time.perf_counter() - begun
        fresh = f", {len(cache) - before:,} of them seen for the first time" if cache is not None else ""
        remark(f"{setup.name}: {len(pictures):,} pictures{fresh}: {took:.1f} s, {len(pictures) / took:.0f} a second")
        return found.gated() if self.gate else found

    def to_stdout(self) -> bool:
        """Whether standard output belongs to the JSON, so that no table may go there."""
        return self.report_file == STDOUT

    def finish(self, written: R, draw: Callable[[R], bytes], show: Callable[[R], None], found: Sequence[Faces]) -> None:
        """Write the report as JSON, draw it as PNG and show it to people, each where it is wanted; then end.

        Raises:
            EdgeError: A file cannot be written.
        """
        write_report(written, self.report_file)
        if self.plot_file:
            write_file(draw(written), self.plot_file)
        if not self.to_stdout():
            show(written)
        end(*found)


def measuring(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the shared options; it gets them as its first argument, a `Measuring`."""
    asked = data_option, model_option, flip_option, gate_option
    return _given(command, (images_option, *asked, detector_option, landmarks_option, *_RUNNING))


def measuring_all(command: Callable[..., None]) -> Callable[..., None]:
    """The same without --gate, for what measures the quality limits themselves."""
    asked = data_option, model_option, flip_option
    return _given(command, (images_option, *asked, detector_option, landmarks_option, *_RUNNING))


def measuring_one(command: Callable[..., None]) -> Callable[..., None]:
    """The same for one model as it is configured, on named pictures: no --model, --flip or --gate."""
    return _given(command, (images_option, named_option, detector_option, landmarks_option, *_RUNNING))


def simulating(command: Callable[..., None]) -> Callable[..., None]:
    """The same for a simulation of the configured models that draws nothing."""
    return _given(command, (images_option, data_option, cache_option, jobs_option, config_option, report_option))


_RUNNING = cache_option, jobs_option, config_option, report_option, plot_option
_UNASKED = {"models": (), "flip": False, "gate": False, "detector": "", "landmarks": "", "plot_file": None}


def _given(command: Callable[..., None], shared: Sequence[Callable[..., Any]]) -> Callable[..., None]:
    @functools.wraps(command)
    def gathered(**values: Any) -> None:  # noqa: ANN401 (click hands over every option by name)
        given = {**_UNASKED, **values}
        chosen = Measuring(**{field.name: given.pop(field.name) for field in fields(Measuring)})
        try:
            command(chosen, **given)
        except KeyboardInterrupt:
            kept = (
                "what was seen is kept, and the same command goes on from there" if chosen.cache else "nothing is kept"
            )
            remark(f"interrupted: {kept}")
            sys.exit(INTERRUPTED)

    for option in reversed(shared):
        gathered = option(gathered)
    return gathered


@contextlib.contextmanager
def bar(words: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show progress on stderr; the block gets a function to be told of how many more are done."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(words, total=total)
        yield lambda more: progress.advance(task, more)


def remark(words: str) -> None:
    """Say something beside the results, on stderr."""
    console.print(words, highlight=False, markup=False, soft_wrap=True)


def remark_memory() -> None:
    """Say how much memory this run took at most."""
    remark(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def results() -> Console:
    """Return standard output for tables; into a file or pipe they are wide enough for their columns.

    Names from data are printed as they are: no word of theirs is markup.
    """
    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else _WIDE)


def percent(share: float, digits: int = 2) -> str:
    """Return a share in hundredths; a dash for one of nothing."""
    return f"{share:.{digits}%}" if math.isfinite(share) else "-"


def end(*faces: Faces) -> None:
    """Name the pictures that could not be read, and end with exit code 6 if there are any."""
    unreadable = sorted({one.picture.file for found in faces for one in found.failures if one.reason == "unreadable"})
    for file in unreadable:
        remark(f"{file}: cannot be read as a picture")
    if unreadable:
        sys.exit(PictureError.exit_code)
