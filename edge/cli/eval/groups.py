"""`edge eval groups`: error rates of groups of people at one threshold, and where their impostors lie."""

from __future__ import annotations

from itertools import pairwise
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from rich.table import Table

from edge.cli.eval.options import Measuring, bar, measuring, results
from edge.errors import ConfigError, EvidenceError
from edge.eval.compare import compare
from edge.eval.disparity import GroupsReport, GroupsReports
from edge.eval.groups import EVERYBODY, Thresholds, compare_groups
from edge.eval.labels import grouping, read
from edge.eval.pictures import of_people
from edge.eval.subject import material

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from edge.eval.disparity import ColumnResult, GroupResult
    from edge.eval.faces import Faces
    from edge.eval.labels import Grouping
    from edge.eval.subject import Setup

_NAMED = 10


@click.command("groups")
@measuring
@click.option(
    "--labels",
    "table",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV: a first line that names the columns, then a line a person; the first column is their folder's name.",
)
@click.option(
    "--by",
    multiple=True,
    metavar="COLUMN[=30,45]",
    help="A column whose groups are compared, and where its bins begin if it is cut into any; repeatable. [all]",
)
@click.option(
    "--fmr", type=click.FloatRange(0, 1, min_open=True), help="The false-match rate asked about. [decision.fmr]"
)
@click.option("--threshold", type=click.FloatRange(-1, 1), help="A threshold asked about, instead of --fmr.")
@click.option(
    "--lax",
    type=click.FloatRange(0, 1, min_open=True),
    default=1e-2,
    show_default=True,
    help="The false-match rate of everybody at which groups are compared where the other is too strict to count.",
)
def command(
    asked: Measuring,
    *,
    table: Path,
    by: tuple[str, ...],
    fmr: float | None,
    threshold: float | None,
    lax: float,
) -> None:
    """Compare groups of people at one threshold, the same for everybody.

    For each group: pairs of different people inside it that match (FMR), pairs of one person that do not (FNMR), and
    the shift of its impostor similarities against everybody's, in standard deviations. Where there are too few false
    matches for a rate, that is said instead; then the rate at --lax, a lower threshold, shows the direction.

    Numbers such as ages are cut into three bins of about as many people each, or as --by says. Empty cells and NA are
    no label. People without one are left out, counted and named.
    """
    if fmr is not None and threshold is not None:
        raise ConfigError("--fmr and --threshold both name the threshold: leave one out")
    setups, labels = asked.setups(), read(table)
    strict = [_strict(setup, fmr, threshold) for setup in setups]
    pictures = of_people(asked.images)
    people = {one.person for one in pictures}
    columns = [grouping(labels, *one, people) for one in dict.fromkeys(map(_column, by or labels.columns))]
    found = [asked.faces(pictures, setup) for setup in setups]
    reports = []
    for setup, faces, (at, aim) in zip(setups, found, strict, strict=True):
        thresholds = Thresholds(at, aim, min(at, _lax(faces, columns, lax)))
        compared = [_compare(faces, column, thresholds, setup.name) for column in columns]
        looked = material(asked.name, faces, gated=asked.gate)
        reports.append(GroupsReport(looked, setup.models(), at, aim, thresholds.lax, compared))
    asked.finish(GroupsReports(sorted(set(labels.rows) - people), reports), _draw, _print, found)


def _draw(written: GroupsReports) -> bytes:
    from edge.eval.plots_groups import draw  # noqa: PLC0415 - matplotlib is slow to load, and seldom wanted

    return draw(written)


def _column(words: str) -> tuple[str, tuple[float, ...]]:
    column, _, numbers = words.partition("=")
    try:
        cut = tuple(float(number) for number in numbers.split(",")) if numbers else ()
    except ValueError as error:
        raise ConfigError(f"--by {words}: write a column, = and numbers, such as age=30,45") from error
    if any(not one < other for one, other in pairwise(cut)):
        raise ConfigError(f"--by {words}: the numbers must ascend")
    return column, cut


def _strict(setup: Setup, fmr: float | None, threshold: float | None) -> tuple[float, float | None]:
    """Return the threshold that is asked about, and the false-match rate by which it was asked for if it was."""
    if threshold is not None:
        return round(threshold, 4), None
    aim = fmr or setup.config.decision.fmr
    return round(setup.threshold(aim), 4), aim


def _lax(faces: Faces, columns: Sequence[Grouping], share: float) -> float:
    """Return the threshold that this share of the impostor pairs of people with a label reach."""
    labelled = {name for column in columns for name in column.groups}
    shown = faces.only(np.array([faces.names[who] in labelled for who in faces.people], bool))
    if len(np.unique(shown.people)) < 2:
        raise EvidenceError("faces of fewer than two people who have a label were found: there is nothing to compare")
    return compare(shown).impostor.threshold(share)


def _compare(faces: Faces, column: Grouping, thresholds: Thresholds, name: str) -> ColumnResult:
    count = len(column.names)
    with bar(f"comparing by {column.column} ({name})", count * (count + 1) // 2) as advance:
        return compare_groups(faces, column, thresholds, advance)


def _print(written: GroupsReports) -> None:
    out = results()
    for one in written.measured:
        out.print(
            f"{one.models.name}: {one.material.faces} pictures of {one.material.people} people in {one.material.data}; "
            f"threshold {one.threshold:.4f} ({_asked(one.aim)}), lax {one.lax_threshold:.4f}"
        )
        for column in one.columns:
            _print_column(column, out)
    if written.strangers:
        out.print(f"labels of people without pictures: {_names(written.strangers)}")


def _print_column(column: ColumnResult, out: Console) -> None:
    table = Table(title=f"by {column.column}")
    for name in (
        "group",
        "people",
        "impostor\npairs",
        "shift of impostors\n(sd, 95 %)",
        "FMR at lax,\nof everybody's",
        "FNMR",
    ):
        table.add_column(name, justify="left" if name == "group" else "right")
    for one in (*column.groups, column.across, column.everybody):
        fnmr = "" if one.fnmr is None else f"{one.fnmr.events} of {one.fnmr.trials:,}"
        table.add_row(one.group, str(one.people), f"{one.fmr.trials:,}", _shift(one), _at_lax(one), fnmr)
    out.print(table)
    for one in (*column.groups, column.across, column.everybody):
        out.print(f"{one.group}, FMR at the threshold: {one.fmr_doubt or one.fmr}")
    for caution in column.cautions:
        out.print(f"note: {caution}")
    if column.unlabelled:
        out.print(f"without a label by {column.column}: {_names(column.unlabelled)}")


def _asked(aim: float | None) -> str:
    return "given" if aim is None else f"FMR {aim:.1e}"


def _shift(one: GroupResult) -> str:
    if one.group == EVERYBODY:
        return "-"
    if isnan(one.shift_lower):
        return "too few people"
    return f"{one.shift:+.2f}\n({one.shift_lower:+.2f} to {one.shift_upper:+.2f})"


def _at_lax(one: GroupResult) -> str:
    if one.lax_ratio is None or isnan(one.lax_ratio.lower):
        return f"too few ({one.lax.events})" if one.lax_doubt else f"{one.lax.rate:.2%}"
    return f"{one.lax_ratio.ratio:.2f} times\n({one.lax_ratio.lower:.2f} to {one.lax_ratio.upper:.2f})"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{len(names)}: {', '.join(names[:_NAMED])}{more}"
