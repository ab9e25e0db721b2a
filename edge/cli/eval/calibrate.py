"""`edge eval calibrate`: an embedder's thresholds and what it accepts at them, kept for its next build."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.table import Table

from edge.app import measured
from edge.app.eyes import bundle
from edge.cli.eval import files, options
from edge.cli.screen import console
from edge.errors import ConfigError
from edge.eval.calibrate import COMPARISONS, FPIRS, accepted, again, report, thresholds
from edge.eval.pictures import of_people
from edge.eval.rates import LEAST_FALSE_MATCHES
from edge.eval.subject import VARIANTS, material
from edge.eval.verify import candidate

if TYPE_CHECKING:
    from rich.console import Console

    from edge.cli.eval.options import Measuring
    from edge.eval.calibrate import CalibrationReport
    from edge.eval.pictures import Picture
    from edge.eval.subject import Setup
    from edge.eval.verify import Candidate
    from edge.vision.manifest import Accuracy


@click.command("calibrate")
@click.argument("model")
@options.measuring_one
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    default=measured.FOLDER,
    help="The folder of figures for the next build; without it the one that `scripts/build_models` reads.",
)
@click.option(
    "--against",
    default="",
    help="Also say by how much more it accepts than this embedder; or dynamic, integer or float for that variant of "
    "detector, mesh and embedder together.",
)
def command(chosen: Measuring, model: str, keep: Path, against: str) -> None:
    """Measure the thresholds of the embedder MODEL on a named set of pictures, and keep them for its next build.

    Every picture is compared with every other; a person is a folder. Only rates with at least ten false matches behind
    them are kept: what is rarer than that was not measured. A model has one curve, of one set: these figures replace
    those of any other set, which is named. What the embedder accepts at 1e-3, 1e-4 and 1e-5 is kept with them; with
    --against also how much more that is than a reference accepts of the pictures that both embedded, with 95 %
    intervals from drawing people with replacement.
    """
    (setup,) = replace(chosen, models=(model,)).setups()
    files.writable_folder(keep)
    if setup.config.models.flip:
        raise ConfigError("a curve is of the embedder without flip: set models.flip = false")
    file = bundle(setup.config.models.embedder, "embedder", trusted=False)
    reference = _reference(chosen, against, setup) if against else None
    before = measured.read(file.name, file.manifest.sha256, keep).threshold
    pictures = of_people(chosen.images)
    seen = _seen(chosen, pictures, setup)
    other = _seen(chosen, pictures, reference) if reference is not None else None
    told = again(seen.models, chosen.name, reference.name if reference is not None else "")
    with console.status("drawing people"):
        found = report(seen, accepted(seen, told, other), before[0].data if before else "")
    rows = thresholds(found.points, chosen.name)
    path = measured.update(file.name, file.manifest.sha256, threshold=rows, accuracy=list(found.accuracy), folder=keep)
    if chosen.plot_file is not None:
        from edge.eval import plots  # noqa: PLC0415 (matplotlib is loaded only to draw)

        files.write_file(plots.verification({file.name: seen.scores}, chosen.name), chosen.plot_file)
    files.write_report(found, chosen.report_file)
    if not chosen.to_stdout():
        _print(found)
    if reference is not None and all(row.against is None for row in found.accuracy):
        options.remark(f"no difference to {reference.name} is kept: too few people or pairs to say how sure it is")
    if before:
        options.remark(f"replaces the curve of {found.replaces} ({before[0].comparisons:,} comparisons)")
    options.remark(f"kept in {path}; build the bundle again to have it in its manifest")
    options.end(*(one.faces for one in (seen, other) if one is not None))


def _reference(chosen: Measuring, against: str, setup: Setup) -> Setup:
    """Return what MODEL is held against, whose bundles are there: a variant with its own detector and mesh.

    Raises:
        ConfigError: It is MODEL itself.
        ModelError: A bundle is missing or damaged.
    """
    given = setup.config.models
    detector, landmarks = ("", "") if against in VARIANTS else (given.detector, given.landmarks)
    (reference,) = replace(chosen, models=(against,), detector=detector, landmarks=landmarks).setups()
    if msgspec.structs.replace(reference.models(), name=setup.name) == setup.models():
        raise ConfigError(f"--against {against} names the same models: name another embedder or variant")
    return reference


def _seen(chosen: Measuring, pictures: tuple[Picture, ...], setup: Setup) -> Candidate:
    faces = chosen.faces(pictures, setup)
    with options.bar(f"comparing ({setup.name})", len(faces)) as advance:
        return candidate(setup.models(), material(chosen.name, faces, gated=False), faces, advance)


def _print(found: CalibrationReport) -> None:
    out = options.results()
    out.print(f"{found.material.data}: {found.genuine:,} genuine and {found.impostor:,} impostor pairs", soft_wrap=True)
    for reason, count in found.material.failures.items():
        out.print(f"  without an embedding: {count} {reason}")
    out.print(f"equal error rate {options.percent(found.equal_error_rate)}")
    table = Table("FMR", "threshold", "false", "95 % interval", "accepted (TAR)", "95 % interval", box=None)
    for point in found.points:
        table.add_row(
            f"{point.aim:g}",
            f"{point.threshold:.4f}",
            f"{point.fmr.events:,}",
            f"{point.fmr.lower:.2g} to {point.fmr.upper:.2g}",
            f"{point.tar.events:,} = {point.tar.rate:.2%}" if point.tar.trials else "-",
            f"{point.tar.lower:.2%} to {point.tar.upper:.2%}" if point.tar.trials else "-",
        )
    out.print(table)
    _print_difference(out, found.accuracy)
    if found.unsupported is not None:
        out.print(f"not supported by {LEAST_FALSE_MATCHES} false matches: {found.unsupported:g} and rarer")
    out.print(_searches(found))


def _print_difference(out: Console, accuracy: tuple[Accuracy, ...]) -> None:
    for row in accuracy:
        if (one := row.against) is not None:
            out.print(
                f"FMR {row.fmr:g}: {one.difference * 100:+.2f} points ({one.difference_lower * 100:+.2f} to "
                f"{one.difference_upper * 100:+.2f}) more than {one.bundle} accepts, {one.pictures:,} pictures in both",
                soft_wrap=True,
            )


def _searches(found: CalibrationReport) -> Table:
    """The threshold of a search, by its rate and by how many templates it compares with."""
    heads = [f"{size:,} templates" for size in COMPARISONS]
    table = Table("FPIR", *heads, "most templates", box=None, title="thresholds of searches", title_justify="left")
    asked = {(one.fpir, one.comparisons): one.threshold for one in found.resolved}
    most = {one.fpir: one.comparisons for one in found.reach}
    for fpir in FPIRS:
        cells = [asked[fpir, size] for size in COMPARISONS]
        words = ["not supported" if cell is None else f"{cell:.4f}" for cell in cells]
        table.add_row(f"{fpir:g}", *words, f"{most[fpir]:,}" if most[fpir] else "none")
    return table
