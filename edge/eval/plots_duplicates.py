"""Figures of `edge eval duplicates`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.eval.plots import COLOURS, png, power, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from edge.eval.duplicates import DuplicateReport, DuplicateReports
    from edge.eval.rates import Rate


def draw(reports: DuplicateReports) -> bytes:
    """Return a PNG: what is missed, and whom it alarms for, over the rate that was asked for."""
    figure, panels = sheet(6.0 * len(reports.measured), 4.2, len(reports.measured))
    for one, axes in zip(reports.measured, panels, strict=True):
        _panel(one, axes)
    return png(figure)


def _panel(one: DuplicateReport, axes: Axes) -> None:
    for place, (name, rates) in enumerate(
        (
            ("second enrolments missed", [point.missed for point in one.points]),
            ("different people refused", [point.alarms for point in one.points]),
        )
    ):
        _line(axes, rates, place, name)
    axes.set_xticks(range(len(one.points)), [power(point.fpir) for point in one.points])
    axes.set_title(f"{one.models.name}: {one.enrolled} people enrolled, {one.material.data}", fontsize=9)
    axes.set(xlabel="decision.fpir", ylabel="share of enrolments (95 % intervals)")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8)


def _line(axes: Axes, rates: list[Rate], place: int, name: str) -> None:
    shares = [one.rate for one in rates]
    below = [one.rate - one.lower for one in rates]
    above = [one.upper - one.rate for one in rates]
    axes.errorbar(range(len(rates)), shares, [below, above], color=COLOURS[place], marker="o", capsize=3, label=name)
