"""Figures of `edge eval identify`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from edge.errors import EdgeError
from edge.eval.formula import chance

try:
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter
except ModuleNotFoundError as error:
    raise EdgeError("plots need the extra `eval`: pip install 'door-terminal[eval]'") from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from edge.eval.identification import IdentificationReport, IdentificationReports

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999")


def draw(reports: IdentificationReports) -> bytes:
    """Return a PNG: FNIR over FPIR for each gallery, and FPIR over the size of the gallery; a row a model."""
    rows = len(reports.measured)
    figure = Figure(figsize=(12, 4.6 * rows), layout="constrained")
    axes = figure.subplots(rows, 2, squeeze=False)
    for one, (left, right) in zip(reports.measured, axes, strict=True):
        _trade(one, left)
        _growth(one, right)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=130)
    return out.getvalue()


def _trade(one: IdentificationReport, axes: Axes) -> None:
    for colour, size in zip(_cycle(len(one.measured)), one.measured, strict=True):
        fpir = np.array([point.fpir for point in size.curve])
        fnir = np.array([point.fnir for point in size.curve])
        shown = fpir > 0
        label = f"{size.people:,} people" + (f", {size.templates} templates each" if size.templates > 1 else "")
        axes.plot(fpir[shown], fnir[shown], color=colour, label=label, lw=1.8)
        if size.fpir.events:
            axes.plot(size.fpir.rate, size.fnir.rate, "o", color=colour, ms=7, mec="white")
    axes.set(xscale="log", xlabel="FPIR: non-mated probes taken for somebody", ylabel="FNIR: mated probes not found")
    axes.set_title(f"{one.models.name} on {one.material.data}; dots: configured policy", fontsize=10)
    axes.set_ylim(0, min(1.0, max(0.1, 0.0, *(2 * size.fnir.rate for size in one.measured if size.fnir.trials))))
    axes.set_xlim(right=1)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(which="major", alpha=0.3)
    axes.legend(frameon=False, fontsize=9)


def _growth(one: IdentificationReport, axes: Axes) -> None:
    """FPIR at fixed thresholds as the gallery grows: dots are counted, lines are the formula."""
    thresholds = sorted({(check.threshold, check.fmr.rate) for size in one.measured for check in size.formula})
    numbers = np.geomspace(1, max(10_000, *(size.people * size.templates for size in one.measured)), 200)
    for colour, (threshold, fmr) in zip(_cycle(len(thresholds)), thresholds, strict=True):
        axes.plot(numbers, [chance(fmr, number) for number in numbers], color=colour, lw=1.2, ls="--")
        axes.annotate(
            f"FMR {fmr:.0e}",
            (1, fmr),
            xytext=(-4, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            color=colour,
            fontsize=8,
        )
        for size in one.measured:
            for check in (check for check in size.formula if check.threshold == threshold):
                if check.fpir.lower is None or check.fpir.upper is None:
                    continue
                low, high = check.fpir.rate - check.fpir.lower, check.fpir.upper - check.fpir.rate
                axes.errorbar(
                    size.people * size.templates, check.fpir.rate, [[low], [high]], fmt="o", color=colour, ms=5, lw=1.2
                )
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(0.15, None),
        xlabel="comparisons in a search: templates of everybody",
        ylabel="FPIR at a fixed threshold, no margin",
    )
    axes.set_title("dots: counted (95 %); dashed: 1 - (1 - FMR)^n, computed", fontsize=10)
    axes.grid(which="major", alpha=0.3)


def _cycle(count: int) -> list[str]:
    return [_COLOURS[place % len(_COLOURS)] for place in range(count)]
