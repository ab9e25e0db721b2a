"""Figures of `edge eval quality`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from edge.errors import EdgeError
from edge.eval.discard import SHARES, ideal

try:
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter
except ModuleNotFoundError as error:
    raise EdgeError("plots need the extra `eval`: pip install 'door-terminal[eval]'") from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from edge.eval.discard import DiscardCurve
    from edge.eval.quality import QualityReport, QualityReports

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")


def draw(reports: QualityReports) -> bytes:
    """Return a PNG: FNMR over the share discarded; the unified score (or the best measure) and the next best."""
    figure = Figure(figsize=(7.5 * len(reports.measured), 4.8), layout="constrained")
    axes = figure.subplots(1, len(reports.measured), squeeze=False, sharey=True)[0]
    for one, each in zip(reports.measured, axes, strict=True):
        _panel(one, each)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=130)
    return out.getvalue()


def _panel(one: QualityReport, axes: Axes) -> None:
    for place, curve in enumerate(_shown(one.curves)):
        points = curve.points
        fnmr = [point.fnmr for point in points]
        axes.plot(SHARES, fnmr, color=_COLOURS[place], lw=1.8, label=f"{curve.score}, gain {curve.gain:+.2f}")
        if not place:
            low, high = [point.lower for point in points], [point.upper for point in points]
            axes.fill_between(SHARES, low, high, color=_COLOURS[0], alpha=0.15, lw=0, label="its 95 % band")
    axes.plot(SHARES, ideal(one.fnmr.rate), color="black", lw=1, ls=":", label="ideal")
    axes.axhline(one.random, color="black", lw=1, ls="--", label="random")
    axes.axvline(one.area_to, color="#999999", lw=0.8)
    axes.set_title(
        f"{one.models.name} on {one.material.data}: {one.fnmr.events} false non-matches in {one.fnmr.trials:,}\n"
        f"at threshold {one.threshold:.3f} (FMR {one.fmr:.0e})" + (f"; {one.people} people: few" if one.doubt else ""),
        fontsize=10,
    )
    axes.set(xlabel="share of comparisons discarded, lowest quality first", ylabel="FNMR of the others", xlim=(0, 0.5))
    axes.set_ylim(bottom=0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=9)


def _shown(curves: list[DiscardCurve]) -> list[DiscardCurve]:
    """The unified score, and the best of the others."""
    return sorted(curves, key=lambda one: one.score != "score")[: len(_COLOURS)]
