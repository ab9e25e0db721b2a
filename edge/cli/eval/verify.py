"""`edge eval verify`: all pairs of pictures, one to one."""

from __future__ import annotations

import time
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from edge.cli.eval import files, options
from edge.eval import lfw
from edge.eval.pictures import of_people
from edge.eval.rates import FMRS, LEAST_FALSE_MATCHES
from edge.eval.subject import material
from edge.eval.verify import VerifyReport, candidate, side_by_side, verification

if TYPE_CHECKING:
    from rich.console import Console

    from edge.cli.eval.options import Measuring
    from edge.eval.pictures import Picture
    from edge.eval.subject import Setup
    from edge.eval.verify import Candidate, Comparison, Verification

_NAMED = 5


@click.command("verify")
@options.measuring
@click.option(
    "--pairs",
    "pairs_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A list of pairs in LFW's format, for the accuracy over its folds; pictures are NAME/NAME_0001.jpg.",
)
def command(chosen: Measuring, pairs_file: Path | None) -> None:
    """Compare all pairs of pictures (1:1), for one or more sets of models side by side.

    Every picture is compared with every other: the equal error rate, how many pairs of one person match at each
    false-match rate, what each rate rests on, and the pairs of different people that are most alike. Rates come with
    95 % intervals of Clopper and Pearson; a rate with fewer than ten false matches behind it is marked as not
    supported. Pictures without a face are counted, and are in the share "of attempts". A second --model is compared
    with the first by drawing people with replacement. The exit code is 6 when a picture could not be read.
    """
    wanted = chosen.setups()
    folds = lfw.read_pairs(pairs_file) if pairs_file else None
    pictures = of_people(chosen.images)
    seen = [_candidate(chosen, setup, pictures) for setup in wanted]
    judged = [lfw.judge(folds, one.faces) if folds else None for one in seen]
    with options.bar("drawing people", len(FMRS) * (len(seen) - 1)) as advance:
        beside = side_by_side(seen, advance=advance)
    results = tuple(verification(one, chosen.images, fold) for one, fold in zip(seen, judged, strict=True))
    report = VerifyReport(chosen.name, results, beside)
    if chosen.plot_file is not None:
        _draw(chosen.name, seen, chosen.plot_file)
    files.write_report(report, chosen.report_file)
    if not chosen.to_stdout():
        _print(report)
    options.remark_memory()
    options.end(*(one.faces for one in seen))


def _candidate(chosen: Measuring, setup: Setup, pictures: tuple[Picture, ...]) -> Candidate:
    faces = chosen.faces(pictures, setup)
    begun = time.perf_counter()
    with options.bar(f"comparing ({setup.name})", len(faces)) as advance:
        found = candidate(setup.models(), material(chosen.name, faces, gated=chosen.gate), faces, advance)
    pairs = len(found.scores.genuine) + found.scores.comparisons
    options.remark(f"{setup.name}: {pairs:,} pairs: {time.perf_counter() - begun:.1f} s")
    return found


def _draw(data: str, seen: list[Candidate], file: Path) -> None:
    from edge.eval import plots  # noqa: PLC0415 (matplotlib is loaded only to draw)

    files.write_file(plots.verification({one.models.name: one.scores for one in seen}, data), file)


def _print(report: VerifyReport) -> None:
    out = options.results()
    for one in report.models:
        _print_one(out, one)
    for comparison in report.comparisons:
        out.print(
            f"{comparison.models} against {comparison.against}, {comparison.pictures:,} pictures in both",
            soft_wrap=True,
        )
        out.print(_compared(comparison))


def _print_one(out: Console, one: Verification) -> None:
    of, models = one.material, one.models
    out.print(
        f"{models.name}: {models.detector.name}, {models.landmarks.name}, {models.embedder.name}"
        f"{', flipped' if models.flip else ''}; {models.runtime}",
        style="bold",
        soft_wrap=True,
    )
    reasons = ", ".join(f"{count} {reason}" for reason, count in of.failures.items())
    out.print(
        f"{of.data}: {of.people:,} people, {of.pictures:,} pictures; without an embedding: {one.failures}",
        soft_wrap=True,
    )
    if reasons:
        out.print(f"  {reasons}")
    out.print(
        f"{one.genuine:,} genuine and {one.impostor:,} impostor pairs; equal error rate "
        f"{options.percent(one.equal_error_rate)}"
    )
    out.print(_points(one))
    if one.folds is not None:
        _print_folds(out, one.folds)
    out.print("different people most alike:")
    for pair in one.worst[:_NAMED]:
        out.print(f"  {pair.similarity:.4f}  {pair.first}  {pair.second}", soft_wrap=True)
    out.print()


def _points(one: Verification) -> Table:
    table = Table(
        "FMR", "threshold", "false", "95 % interval", "accepted (TAR)", "95 % interval", "of attempts", box=None
    )
    for point in one.points:
        table.add_row(
            f"{point.aim:g}" if point.supported else Text(f"{point.aim:g} not supported", style="dim"),
            f"{point.threshold:.4f}",
            f"{point.fmr.events:,}",
            f"{point.fmr.lower:.2g} to {point.fmr.upper:.2g}",
            f"{point.tar.events:,} = {point.tar.rate:.2%}" if point.tar.trials else "-",
            f"{point.tar.lower:.2%} to {point.tar.upper:.2%}" if point.tar.trials else "-",
            options.percent(point.tar_of_attempts.rate),
        )
    return table


def _print_folds(out: Console, folds: lfw.Folds) -> None:
    if folds.absent:
        some = ", ".join(folds.missing[:_NAMED]) + (", …" if len(folds.missing) > _NAMED else "")
        out.print(
            f"list of pairs: {folds.absent:,} of its {folds.absent + folds.pairs:,} pairs left out: "
            f"{len(folds.missing):,} pictures are not there: {some}",
            soft_wrap=True,
        )
    out.print(
        f"list of pairs: accuracy {folds.accuracy:.2%} {_spread(folds)} of {folds.pairs:,} pairs; "
        f"{folds.failed:,} failed and count as errors",
        soft_wrap=True,
    )


def _spread(folds: lfw.Folds) -> str:
    if not folds.cross_validated:
        return "(one fold, judged by a threshold chosen on itself: too good)"
    smallest = min(fold.pairs for fold in folds.folds)
    if smallest < LEAST_FALSE_MATCHES:
        return f"(in {len(folds.folds)} folds, the smallest of {smallest}: too few to say how sure it is)"
    return f"± {folds.deviation:.2%} (s.d. of {len(folds.folds)} folds; standard error {folds.standard_error:.2%})"


def _compared(comparison: Comparison) -> Table:
    table = Table("FMR", "difference of TAR", "95 % interval", "", box=None)
    for one in comparison.differences:
        table.add_row(
            f"{one.aim:g}",
            f"{one.tar * 100:+.2f} points",
            "-" if isnan(one.lower) else f"{one.lower * 100:+.2f} to {one.upper * 100:+.2f}",
            ("better" if one.tar > 0 else "worse") if one.sure else "no sure difference",
        )
    return table
