"""Figures of `edge eval groups`."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

from edge.errors import EdgeError

try:
    from matplotlib.figure import Figure
except ModuleNotFoundError as error:
    raise EdgeError("plots need the extra `eval`: pip install 'door-terminal[eval]'") from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from edge.eval.disparity import GroupResult, GroupsReport, GroupsReports

_SURE, _UNSURE = "#0072b2", "#999999"


def draw(reports: GroupsReports) -> bytes:
    """Return a PNG: the shift of each group's impostors, and its FMR at the lax threshold; a row a model."""
    lines = max(sum(len(column.groups) + 2 for column in one.columns) for one in reports.measured)
    rows = len(reports.measured)
    figure = Figure(figsize=(12, (0.3 * lines + 1.4) * rows), layout="constrained")
    axes = figure.subplots(rows, 2, squeeze=False)
    for one, (left, right) in zip(reports.measured, axes, strict=True):
        _rows(one, left, right)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=130)
    return out.getvalue()


def _rows(one: GroupsReport, left: Axes, right: Axes) -> None:
    ticks: dict[float, str] = {}
    place = 0.0
    for column in one.columns:
        for result in (*column.groups, column.across):
            ticks[place] = f"{column.column}: {result.group} ({result.people})"
            _line(left, place, (result.shift, result.shift_lower, result.shift_upper))
            if result.lax_ratio is not None:
                ratio = result.lax_ratio
                _line(right, place, (ratio.ratio, ratio.lower, ratio.upper))
            else:
                right.text(
                    0.02,
                    place,
                    _why(result),
                    transform=right.get_yaxis_transform(),
                    color="#666666",
                    fontsize=8,
                    va="center",
                    bbox={"color": "white", "pad": 1},
                )
            place += 1
        place += 0.6
    for axes, centre in ((left, 0.0), (right, 1.0)):
        axes.axvline(centre, color="black", lw=0.8)
        axes.set_yticks(list(ticks), list(ticks.values()) if axes is left else [""] * len(ticks), fontsize=8)
        axes.set_ylim(place - 0.6, -1)
        axes.grid(axis="x", alpha=0.3)
    left.set_xlabel("shift of impostor similarities against everybody's, sd (95 %)")
    right.set_xlabel(f"false matches at {one.lax_threshold:.3f} over everybody's share, times (95 %)")
    left.set_title(f"{one.models.name} on {one.material.data} (people in brackets)", fontsize=10)


def _line(axes: Axes, place: float, interval: tuple[float, float, float]) -> None:
    value, lower, upper = interval
    if math.isnan(value):
        return
    if math.isnan(lower):
        axes.plot([value], [place], "o", mfc="none", color=_UNSURE, ms=5)
        return
    axes.plot([lower, upper], [place, place], color=_SURE, lw=1.6)
    axes.plot([value], [place], "o", color=_SURE, ms=5)


def _why(result: GroupResult) -> str:
    return f"{result.lax.events} false matches of {result.lax_people} pairs of people: too few"
