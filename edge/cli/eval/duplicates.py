"""`edge eval duplicates`: how many second enrolments under another id the desk finds, and whom it refuses wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.table import Table

from edge.cli.eval.options import Measuring, bar, measuring_all, results
from edge.eval.duplicates import DuplicateReport, DuplicateReports, report
from edge.eval.pictures import of_people
from edge.eval.subject import material

if TYPE_CHECKING:
    from edge.eval.rates import Rate


@click.command("duplicates")
@measuring_all
@click.option(
    "--fpir",
    "fpirs",
    multiple=True,
    type=click.FloatRange(0, 0.1, min_open=True),
    help="The share of strangers whom the door may take for somebody; repeatable. [decision.fpir]",
)
def command(asked: Measuring, *, fpirs: tuple[float, ...]) -> None:
    """Count second enrolments under another id that are found, and people who are taken for somebody else.

    Everybody is enrolled from their first picture that is good enough. Then everybody who has others comes again with
    all of these, under another id; and everybody comes where they are not enrolled yet. What is counted are enrolments
    as a whole, by the desk's own rules: one picture of which the door would say that it is somebody else refuses all.
    """
    setups, pictures = asked.setups(), of_people(asked.images)
    found = [asked.faces(pictures, setup) for setup in setups]
    reports = []
    for setup, faces in zip(setups, found, strict=True):
        with bar(f"enrolling ({setup.name})", max(1, len(fpirs))) as advance:
            looked = material(asked.name, faces, gated=False)
            reports.append(report(faces, setup, looked, sorted(set(fpirs), reverse=True), advance))
    asked.finish(DuplicateReports(reports), _draw, _print_all, found)


def _draw(written: DuplicateReports) -> bytes:
    from edge.eval.plots_duplicates import draw  # noqa: PLC0415 - matplotlib is slow to load, and seldom wanted

    return draw(written)


def _print_all(written: DuplicateReports) -> None:
    for one in written.measured:
        _print(one)


def _print(one: DuplicateReport) -> None:
    out = results()
    out.print(
        f"{one.models.name}: {one.enrolled} people enrolled from one picture each; {one.material.faces} pictures of "
        f"{one.material.people} people in {one.material.data}"
    )
    table = Table(title="enrolments as a whole (95 % intervals)")
    for column in ("FPIR", "threshold", "found", "missed", "nothing\nto judge", "different people\nrefused"):
        table.add_column(column, justify="right")
    for point in one.points:
        threshold = f"{point.threshold:.3f}" + ("" if point.supported else "*")
        cells = [_cell(one) for one in (point.found, point.missed, point.unjudged, point.alarms)]
        table.add_row(f"{point.fpir:g}", threshold, *cells)
    out.print(table)
    for point in one.points:
        out.print(f"FPIR {point.fpir:g}: missed with one picture: {point.missed_of_one}")
        out.print(f"FPIR {point.fpir:g}: missed with more: {point.missed_of_more}")
        if point.mistaken:
            out.print(f"FPIR {point.fpir:g}: {point.mistaken} of those found were taken for somebody else's")
        for two in point.named:
            out.print(f"FPIR {point.fpir:g}: {two.person} was taken for {two.other}")
    if not all(point.supported for point in one.points):
        out.print("* is extrapolated: the model's evidence does not reach so far")


def _cell(counted: Rate) -> str:
    return f"{counted.events} of {counted.trials}\n{counted.rate:.2%} ({counted.lower:.2%} to {counted.upper:.2%})"
