"""Figures of `edge eval pad`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from edge.eval.cues import Scores, trade_off
from edge.eval.plots import COLOURS, QUIET, png, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from edge.eval.cues import CueReport
    from edge.eval.pad_report import PadReport
    from edge.eval.rates import Rate
    from edge.values import Cue

_LEAST, _TICKS = 0.002, (0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 0.995)
"""What a normal-deviate scale shows; a rate of 0 or 1 lies beyond it, and is drawn on its edge."""

_STYLES = ("-", "--", ":")
"""Of the first six species, of the next six, and of more."""


def draw(report: PadReport) -> bytes:
    """Return a PNG: each species' and live people's rates, then a DET curve for each cue that said anything of both.

    A DET curve (ISO/IEC 19795-1) has APCER over BPCER on normal-deviate scales, as the limit on the lowest score
    moves; a dot marks the configured limit, at which a cue that says nothing passes everybody.
    """
    told = [cue for cue in report.cues if any(len(one.live) and len(one.attacks) for one in _scores(report, cue))]
    height = max(4.4, 1 + 0.4 * len(report.attacks))
    figure, panels = sheet(4.4 * (1 + len(told)), height, 1 + len(told))
    _bars(panels[0], report)
    for cue, panel in zip(told, panels[1:], strict=True):
        _det(panel, report, cue)
    figure.suptitle(f"presentation attack detection, mode {report.mode}, live: {report.data}", fontsize=10)
    return png(figure)


def scores_of(report: PadReport, cue: Cue, species: str) -> Scores:
    """Return the lowest scores of a cue, of live people and of a species."""
    live, attacks = (
        np.sort([one.lowest[cue] for one in report.presentations if one.species == name and cue in one.lowest])
        for name in (None, species)
    )
    return Scores(live, attacks)


def _scores(report: PadReport, cue: CueReport) -> list[Scores]:
    return [scores_of(report, cue.cue, one.species) for one in report.attacks]


def _bars(panel: Axes, report: PadReport) -> None:
    rows: list[tuple[str, Rate, str]] = [
        (f"APCER {one.species}", one.apcer, COLOURS[place % len(COLOURS)]) for place, one in enumerate(report.attacks)
    ]
    rows += [
        ("BPCER, if all pass\nthe challenge", report.live.refused, QUIET),
        ("BPCER, if none does", report.live.stopped, QUIET),
    ]
    for place, (_, found, colour) in enumerate(rows):
        spread = [[found.rate - found.lower], [found.upper - found.rate]]
        panel.errorbar([found.rate], [place], xerr=spread, fmt="o", color=colour, capsize=3, markersize=5)
    panel.set_yticks(range(len(rows)), [f"{name}\n(n = {found.trials:,})" for name, found, _ in rows], fontsize=8)
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.set_xlim(-0.02, 1.02)
    panel.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    panel.set_title("the panel (95 % intervals)", fontsize=9)
    panel.grid(axis="x", color="#e6e6e6", linewidth=0.6)


def _det(panel: Axes, report: PadReport, cue: CueReport) -> None:
    for place, (one, found) in enumerate(zip(report.attacks, _scores(report, cue), strict=True)):
        if not (len(found.live) and len(found.attacks)):
            continue
        passed, refused = trade_off(found)
        colour, style = COLOURS[place % len(COLOURS)], _STYLES[place // len(COLOURS) % len(_STYLES)]
        panel.step(deviate(refused), deviate(passed), style, where="post", color=colour, lw=1.4, label=one.species)
        here = next(other for other in cue.species if other.species == one.species)
        panel.plot(deviate([cue.bpcer.rate]), deviate([here.apcer.rate]), "o", color=colour, markersize=5)
    ticks = deviate(_TICKS)
    names = [f"{100 * tick:g} %" for tick in _TICKS]
    panel.set_xticks(ticks, names, fontsize=7, rotation=45)
    panel.set_yticks(ticks, names, fontsize=7)
    ends = deviate([_LEAST, 1 - _LEAST])
    panel.set_xlim(ends[0] - 0.1, ends[1] + 0.1)
    panel.set_ylim(ends[0] - 0.1, ends[1] + 0.1)
    panel.plot(ends, ends, color=QUIET, linewidth=0.6, zorder=0)
    panel.grid(color="#e6e6e6", linewidth=0.6)
    panel.set_xlabel("BPCER", fontsize=9)
    panel.set_ylabel("APCER", fontsize=9)
    panel.set_title(f"{cue.cue} alone, limit {cue.suspect:g} (dots)", fontsize=9)
    panel.legend(fontsize=7, frameon=False, loc="upper right")


def deviate(rates: NDArray[np.float64] | list[float] | tuple[float, ...]) -> NDArray[np.float64]:
    """Return rates as normal deviates; those of 0 and 1 lie on the edge."""
    return np.asarray(norm.ppf(np.clip(np.asarray(rates, np.float64), _LEAST, 1 - _LEAST)), np.float64)
