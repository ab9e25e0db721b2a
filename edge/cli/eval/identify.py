"""`edge eval identify`: searches people in galleries of several sizes (1:N), under the terminal's own rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.table import Table

from edge.cli.eval.options import Measuring, bar, measuring, results
from edge.eval.identification import IdentificationReport, IdentificationReports
from edge.eval.identify import Plan, report
from edge.eval.pictures import of_people
from edge.eval.subject import material

if TYPE_CHECKING:
    from rich.console import Console

    from edge.eval.identification import Identification, Projection
    from edge.eval.resample import Share
    from edge.eval.trials import Fusion

_NAMED = 5
_TWIN = 0.7
"""Different people are hardly ever so alike; wrong names are."""


@click.command("identify")
@measuring
@click.option(
    "--people", multiple=True, type=click.IntRange(1), help="How many are enrolled; repeatable. [10, 100, … and most]"
)
@click.option(
    "--templates",
    multiple=True,
    type=click.IntRange(1, 50),
    default=(1,),
    show_default="1",
    help="How many pictures each is enrolled with; repeatable.",
)
@click.option(
    "--fusion",
    "fusions",
    multiple=True,
    type=click.Choice(["max", "mean", "centroid"]),
    default=("max", "mean", "centroid"),
    help="How templates become one score, compared at equal FPIR; repeatable. The product's is max. [all three]",
)
@click.option("--repeats", type=click.IntRange(1, 1000), default=10, show_default=True, help="Draws of each gallery.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the draws.")
def command(
    asked: Measuring,
    *,
    people: tuple[int, ...],
    templates: tuple[int, ...],
    fusions: tuple[Fusion, ...],
    repeats: int,
    seed: int,
) -> None:
    """Search for people in galleries of several sizes, at the configured decision.fpir and decision.margin.

    In each repeat people are drawn at random and enrolled with --templates of their pictures: first of those who have
    a picture to spare. Their other pictures are the mated probes; all pictures of everybody else are the non-mated
    probes. Without --people the largest gallery leaves a quarter of the people outside. What one picture decides is
    counted by the terminal's own rule; a running terminal asks for several that agree, and for a live person.

    FPIR is the share of non-mated probes taken for anybody; FNIR that of mated probes not taken for the right person.
    Pictures without a face are no probes: they are counted by themselves. Galleries of 10,000 and 50,000 people are
    computed, not measured, and marked so.
    """
    setups, pictures = asked.setups(), of_people(asked.images)
    plan = Plan(people, tuple(dict.fromkeys(templates)), repeats, seed, fusions)
    found = [asked.faces(pictures, setup) for setup in setups]
    reports = []
    for setup, faces in zip(setups, found, strict=True):
        with bar(f"searching ({setup.name})", len(plan.sizes(faces))) as advance:
            reports.append(report(faces, setup, material(asked.name, faces, gated=asked.gate), plan, advance))
    asked.finish(IdentificationReports(seed, reports), _draw, _print_all, found)


def _draw(written: IdentificationReports) -> bytes:
    from edge.eval.plots_identify import draw  # noqa: PLC0415 - matplotlib is slow to load, and seldom wanted

    return draw(written)


def _print_all(written: IdentificationReports) -> None:
    for one in written.measured:
        _print(one)


def _print(one: IdentificationReport) -> None:
    out = results()
    failures = ", ".join(f"{count} {reason}" for reason, count in one.material.failures.items()) or "none"
    out.print(
        f"{one.models.name}: {one.material.faces} pictures of {one.material.people} people in {one.material.data}; "
        f"failures: {failures}"
    )
    _print_measured(one, out)
    _print_formula(one, out)
    if one.fusions:
        _print_fusions(one, out)
    _print_projected(one, out)


def _print_measured(one: IdentificationReport, out: Console) -> None:
    table = Table(title=f"measured at decision.fpir {one.fpir:g} and decision.margin {one.margin:g} (95 % intervals)")
    for column in ("people", "templates\neach", "threshold", "FPIR", "FNIR", "wrong\nperson", "refused\nby margin"):
        table.add_column(column, justify="right")
    for size in one.measured:
        threshold = f"{size.threshold:.3f}" + ("" if size.supported else "*")
        counts = str(size.wrong.events), str(size.ambiguous.events)
        table.add_row(f"{size.people:,}", str(size.templates), threshold, _cell(size.fpir), _cell(size.fnir), *counts)
    out.print(table)
    out.print(
        f"counts are of {one.measured[0].repeats} repeats, which use the same pictures again; intervals come from "
        f"drawing people"
    )
    out.print(f"the model's evidence supports this FPIR up to {one.largest_supported} templates; * is extrapolated")
    for size in one.measured:
        if size.fpir_by_people is not None:
            out.print(
                f"{_size(size)}: had the threshold counted people and not templates, FPIR would be "
                f"{size.fpir_by_people}"
            )

    largest = one.measured[-1]
    for none in one.left_out:
        wanted = "anybody" if none.people is None else f"{none.people:,} people"
        out.print(f"not measured: {wanted} enrolled with {none.templates} pictures each; {none.able:,} can be")
    for alarm in largest.confusions[:_NAMED]:
        out.print(f"among {_size(largest)}: {alarm.probe} was taken for {alarm.person} at {alarm.similarity:.3f}")
    if largest.confusions and largest.confusions[0].similarity > _TWIN:
        out.print("look at these pictures: one person under two names is counted as a false positive")


def _print_formula(one: IdentificationReport, out: Console) -> None:
    """Print the strictest threshold of each gallery at which both sides can be counted; the report has them all."""
    for size in (size for size in one.measured if size.formula):
        check = size.formula[-1]
        out.print(
            f"{_size(size)}, at FMR {check.fmr.rate:.1e} without a margin: 1 - (1 - FMR)^n computes FPIR "
            f"{check.predicted:.2%}, and {check.fpir} were counted: {check.ratio:.2f} of it"
        )


def _print_fusions(one: IdentificationReport, out: Console) -> None:
    table = Table(
        title="ways to join templates at one FPIR, margin asked (the lowest FPIR that ten people stand behind)"
    )
    for column in ("people", "templates\neach", "fusion", "threshold", "FPIR", "FNIR", "FNIR more than max"):
        table.add_column(column, justify="left" if column == "fusion" else "right")
    lowest = {(point.people, point.templates): point.aim for point in one.fusions}  # the last is the lowest
    for point in (point for point in one.fusions if point.aim == lowest[point.people, point.templates]):
        sure = "" if point.lower > 0 or point.upper < 0 else ", not sure"
        table.add_row(
            f"{point.people:,}",
            str(point.templates),
            point.fusion,
            f"{point.threshold:.3f}",
            _cell(point.fpir),
            _cell(point.fnir),
            "" if point.fusion == "max" else f"{point.more:+.2%}{sure}\n({point.lower:+.2%} to {point.upper:+.2%})",
        )
    out.print(table)


def _print_projected(one: IdentificationReport, out: Console) -> None:
    for size in one.projected:
        words = (
            f"{_size(size)}, computed, not measured: FPIR {one.fpir:g} needs FMR {size.fmr_needed:.1e}; the evidence "
            f"ends at {size.fmr_supported:.1e}"
        )
        if size.supported:
            out.print(f"{words}, which is enough")
            continue
        out.print(
            f"{words}, where FPIR would be {size.fpir_assumed:.1%} if comparisons were independent. The terminal asks "
            f"for {size.threshold:.3f}, an extrapolation; at it FNIR is no smaller than among {size.measured_people:,} "
            f"people here: {size.fnir}"
        )


def _size(size: Identification | Projection) -> str:
    return f"{size.people:,} people with {size.templates} template{'s' if size.templates > 1 else ''} each"


def _cell(found: Share) -> str:
    interval = ""
    if found.lower is not None and found.upper is not None:
        interval = f" ({100 * found.lower:.2f} to {100 * found.upper:.2f})"
    behind = found.behind().removeprefix(", ")
    return f"{found.events:,} of {found.trials:,}\n{found.rate:.2%}{interval}" + (f"\n{behind}" if behind else "")
