"""`edge eval quality`: what the quality measures are worth, and what the gate refuses."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import click
from rich.table import Table

from edge.cli.eval.options import Measuring, bar, measuring_all, percent, results
from edge.eval.pictures import of_people
from edge.eval.quality import QualityReport, QualityReports, chosen, report
from edge.eval.subject import material

if TYPE_CHECKING:
    from rich.console import Console

    from edge.eval.discard import DiscardCurve

_SHOWN = (0.05, 0.1, 0.2)


@click.command("quality")
@measuring_all
@click.option("--fmr", type=click.FloatRange(0, 1, min_open=True), help="Sets the threshold. [decision.fmr]")
@click.option(
    "--score",
    "scores",
    multiple=True,
    metavar="NAME",
    help="A measure: score, inter_eye_px, sharpness, yaw_deg …; repeatable. [all]",
)
def command(asked: Measuring, *, fmr: float | None, scores: tuple[str, ...]) -> None:
    """Say how many false non-matches go when the comparisons of the lowest quality are discarded (ISO/IEC 29794-1).

    A comparison is of two pictures of one person, and as good as the worse of them. The gain is 1 where every error is
    discarded first, 0 where as many go as by chance. With few errors nothing can be said of quality, and that is said.

    It also counts which faces the configured limits refuse, and why, and the errors of those they let through.
    """
    names, setups = chosen(scores), asked.setups()
    rates = [fmr or setup.config.decision.fmr for setup in setups]
    for setup, rate in zip(setups, rates, strict=True):
        setup.threshold(rate)  # a rate beyond the evidence is told before an hour's work
    pictures = of_people(asked.images)
    found = [asked.faces(pictures, setup) for setup in setups]
    reports = []
    for setup, rate, faces in zip(setups, rates, found, strict=True):
        with bar(f"discarding ({setup.name})", len(names)) as advance:
            looked = material(asked.name, faces, gated=False)
            reports.append(report(faces, setup, looked, (rate, names), advance))
    asked.finish(QualityReports(reports), _draw, _print_all, found)


def _draw(written: QualityReports) -> bytes:
    from edge.eval.plots_quality import draw  # noqa: PLC0415 - matplotlib is slow to load, and seldom wanted

    return draw(written)


def _print_all(written: QualityReports) -> None:
    for one in written.measured:
        _print(one)


def _print(one: QualityReport) -> None:
    out = results()
    gate = one.gate
    out.print(
        f"{one.models.name}: {one.material.faces} pictures of {one.material.people} people in {one.material.data}; "
        f"threshold {one.threshold:.3f} (FMR {one.fmr:.1e})"
    )
    out.print(f"false non-matches: {one.fnmr}, of {one.people} people")
    out.print(f"the limits refuse {gate.refused} of the faces" + _flaws(gate.flaws))
    out.print(f"false non-matches where both faces pass: {gate.fnmr}")
    if one.doubt:
        out.print(f"note: {one.doubt}")
    if one.fnmr.events:
        _print_curves(one, out)


def _print_curves(one: QualityReport, out: Console) -> None:
    table = Table(title=f"FNMR when so many comparisons are discarded (at random {one.random:.2%})")
    table.add_column("measure")
    for words in (*(f"{share:.0%}" for share in _SHOWN), "gain (95 %)"):
        table.add_column(words, justify="right")
    for curve in one.curves:
        table.add_row(curve.score, *(_at(curve, share) for share in _SHOWN), _gain(curve))
    out.print(table)
    out.print(
        f"gain up to {one.area_to:.0%} discarded: 1 where errors go first, 0 at random, less where the good go first"
    )


def _at(curve: DiscardCurve, share: float) -> str:
    return percent(min(curve.points, key=lambda point: abs(point.discarded - share)).fnmr)


def _gain(curve: DiscardCurve) -> str:
    if isnan(curve.gain):
        return "-"
    interval = "" if isnan(curve.gain_lower) else f" ({curve.gain_lower:+.2f} to {curve.gain_upper:+.2f})"
    return f"{curve.gain:+.2f}{interval}"


def _flaws(flaws: dict[str, int]) -> str:
    return ": " + ", ".join(f"{count} {flaw}" for flaw, count in flaws.items()) if flaws else ""
