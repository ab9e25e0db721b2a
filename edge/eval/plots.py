"""Draws error rates and similarities; the only file besides its namesakes that loads matplotlib."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Literal

import numpy as np

from edge.errors import EdgeError
from edge.eval.rates import LEAST_FALSE_MATCHES, equal_error_rate, operating_point, supported

try:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
except ModuleNotFoundError as error:
    raise EdgeError("plots need the extra `eval`: pip install 'door-terminal[eval]'") from error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from edge.eval.compare import Scores

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Told apart by the colour-blind, too (Okabe and Ito)."""

QUIET = "#777777"
_BINS = 50
_LARGEST = 0.5
_SHOWN_AIM = 1e-4


def sheet(width_in: float, height_in: float, columns: int) -> tuple[Figure, list[Axes]]:
    """Return an empty figure and its panels, side by side."""
    figure = Figure(figsize=(width_in, height_in), dpi=150, layout=ConstrainedLayoutEngine(wspace=0.05))
    FigureCanvasAgg(figure)
    panels = list(figure.subplots(1, columns, squeeze=False)[0])
    for panel in panels:
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=8)
    return figure, panels


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG file that depends on nothing but what it shows."""
    content = BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def power(value: float) -> str:
    """Return a rate as the field writes it: 0.01, 1e-4."""
    return f"{value:.0e}".replace("e-0", "e-") if value < 1e-2 else f"{value:g}"


def verification(sets: Mapping[str, Scores], data: str) -> bytes:
    """Draw the error rates and the similarities of each set of models; returns a PNG file.

    The line is solid where at least ten false matches and ten false non-matches stand behind a point, else dotted.
    """
    figure, (left, right) = sheet(11.0, 4.6, 2)
    for (name, scores), colour in zip(sets.items(), _endless(len(sets)), strict=True):
        _trade_off(left, name, scores, colour)
        _similarities(right, name, scores, colour)
    _finish_trade_off(left)
    _finish_similarities(right, next(iter(sets.values())))
    figure.suptitle(f"{data}: all pairs", fontsize=10)
    return png(figure)


def _endless(count: int) -> list[str]:
    return [COLOURS[number % len(COLOURS)] for number in range(count)]


def _trade_off(panel: Axes, name: str, scores: Scores, colour: str) -> None:
    passed, refused = rates(scores)
    claimed = claims(scores, passed, refused)
    shown = (passed > 0) & (refused > 0) & (passed <= _LARGEST) & (refused <= _LARGEST)
    error = equal_error_rate(scores)
    panel.plot(passed[shown], refused[shown], ":", color=colour, linewidth=1.1)
    solid = shown & claimed
    panel.plot(passed[solid], refused[solid], color=colour, linewidth=1.6, label=f"{name}: EER {100 * error:.2f} %")
    if np.isfinite(error) and error > 0:
        panel.plot([error], [error], "o", color=colour, markersize=4)


def rates(scores: Scores) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (FMR, FNMR) at every threshold at which either changes."""
    thresholds, passed = scores.impostor.survival()
    genuine = np.sort(scores.genuine.similarity.astype(np.float64))
    refused = np.searchsorted(genuine, thresholds, side="left") / max(len(genuine), 1)
    changes = np.ones(len(passed), bool)
    changes[1:] = (np.diff(passed) != 0) | (np.diff(refused) != 0)
    return passed[changes], refused[changes]


def claims(scores: Scores, passed: NDArray[np.float64], refused: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return where at least ten false matches and ten false non-matches stand behind (FMR, FNMR)."""
    enough = LEAST_FALSE_MATCHES - 0.5  # counts, but for rounding
    return (passed * scores.comparisons > enough) & (refused * len(scores.genuine) > enough)


def _finish_trade_off(panel: Axes) -> None:
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.xaxis.set_major_locator(LogLocator(10, numticks=12))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: power(value)))
    panel.yaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5), numticks=12))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_minor_locator(NullLocator())
    if not any(np.size(line.get_xdata()) for line in panel.get_lines()):  # nothing is ever mistaken: an empty panel
        panel.set_xlim(_SHOWN_AIM, _LARGEST)
        panel.set_ylim(_SHOWN_AIM, _LARGEST)
    panel.set_ylim(panel.get_ylim())
    ends = max(panel.get_xlim()[0], panel.get_ylim()[0]), _LARGEST
    panel.plot(ends, ends, color=QUIET, linewidth=0.6, zorder=0)
    panel.annotate(
        "FNMR = FMR", ends[1:] * 2, (-6, -4), textcoords="offset points", ha="right", color=QUIET, fontsize=8
    )
    panel.set_xlabel("false-match rate (FMR)", fontsize=9)
    panel.set_ylabel("false-non-match rate (FNMR)", fontsize=9)
    panel.grid(color="#e6e6e6", linewidth=0.6)
    _legend(panel, "lower left", "dotted: fewer than ten errors")


def _legend(panel: Axes, place: Literal["lower left", "upper left"], title: str) -> None:
    panel.legend(
        loc=place, title=title, alignment="left", fontsize=8, title_fontsize=8, facecolor="white", edgecolor="none"
    )


def _similarities(panel: Axes, name: str, scores: Scores, colour: str) -> None:
    edges = np.linspace(-1, 1, _BINS * 2 + 1)
    step = (len(scores.impostor.counts) - 1) // (_BINS * 2)
    impostor = scores.impostor.counts[:-1].reshape(-1, step).sum(axis=1)
    impostor[-1] += scores.impostor.counts[-1]
    genuine = np.histogram(np.clip(scores.genuine.similarity, -1, 1), edges)[0]
    panel.stairs(impostor / max(scores.comparisons, 1), edges, color=colour, linewidth=1.2, linestyle="--")
    panel.stairs(genuine / max(len(scores.genuine), 1), edges, color=colour, linewidth=1.4, label=name)


def _finish_similarities(panel: Axes, first: Scores) -> None:
    counted = np.flatnonzero(first.impostor.counts)
    low = (counted[0] - len(first.impostor.counts) // 2) / (len(first.impostor.counts) // 2)
    panel.set_xlim(max(-1.0, low - 0.05), 1.0)
    panel.set_ylim(bottom=0)
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    panel.set_xlabel("cosine similarity (bins of 0.02)", fontsize=9)
    panel.set_ylabel("share of pairs in a bin", fontsize=9)
    height = panel.get_ylim()[1]
    if supported(first, _SHOWN_AIM):
        threshold = operating_point(first, _SHOWN_AIM).threshold
        panel.axvline(threshold, color=QUIET, linewidth=0.8)
        words = f"FMR {power(_SHOWN_AIM)} at {threshold:.4f}"
        panel.annotate(words, (threshold, height), (4, -8), textcoords="offset points", fontsize=8, color=QUIET)
    _legend(panel, "upper left", "solid: one person\ndashed: two people")
