"""`edge eval pad`: live people and attacks shown to the terminal's own eyes, and judged by liveness alone."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from edge.app.settings import load_config
from edge.cli.eval.options import (
    INTERRUPTED,
    STDOUT,
    bar,
    plot_option,
    remark,
    report_option,
    results,
    writable,
    write_file,
    write_report,
)
from edge.cli.options import config_option
from edge.errors import ConfigError
from edge.eval.outcomes import in_words
from edge.eval.pad import report, run
from edge.eval.pad_course import open_course
from edge.eval.presentations import Showing, check, of_attacks, of_live
from edge.values import Cue, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from edge.config import Config
    from edge.eval.cues import CueOnSpecies
    from edge.eval.pad_course import Course
    from edge.eval.pad_report import LiveReport, PadReport
    from edge.eval.presentations import Source
    from edge.eval.rates import Rate
    from edge.values import Mode

_MODES = ("passive", "motion", "challenge")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options, as they were typed."""

    live: Path
    live_labels: Path | None
    attacks: tuple[Path, ...]
    mode: Mode | None
    still_s: float
    window_s: float | None
    fps: float | None
    data: str | None
    config_file: Path | None
    report_file: Path | None
    plot_file: Path | None

    @property
    def showing(self) -> Showing:
        """How clips and pictures are shown."""
        return Showing(self.fps, self.still_s, self.window_s)

    def config(self) -> Config:
        """Return what is measured.

        Raises:
            ConfigError: The configuration is wrong, or switches liveness off.
        """
        config = load_config(self.config_file)
        if self.mode is not None:
            config = replace(config, liveness=replace(config.liveness, mode=self.mode))
        if config.liveness.mode == "off":
            raise ConfigError("liveness.mode is off, so there is nothing to measure: name a --mode")
        return config


@click.command("pad")
@click.option(
    "--live",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of clips and pictures of live people: DIR/*.mkv, or a folder for each person, DIR/PERSON/*.mkv.",
)
@click.option(
    "--live-labels",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A CSV table with the columns clip,person: these clips count. Without it labels.csv in the folder, if any.",
)
@click.option(
    "--attacks",
    "attacks",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of clips and pictures of one species of attack, named like it: DIR/print. Repeatable; it may hold "
    "a folder for each person, or labels.csv, too.",
)
@click.option(
    "--mode",
    type=click.Choice(_MODES),
    help="What a face must do: nothing, move as a solid head does, or answer a challenge. [liveness.mode]",
)
@click.option(
    "--still-s",
    type=click.FloatRange(0.1, 600),
    default=3.0,
    show_default=True,
    help="For how many seconds a picture stands still before the camera.",
)
@click.option(
    "--window-s",
    type=click.FloatRange(0.5, 3600),
    help="Cut clips into presentations of so many seconds. They depend on each other: the intervals are too narrow "
    "then. Without it a clip is one presentation.",
)
@click.option(
    "--fps",
    type=click.FloatRange(0, 1000, min_open=True),
    help="Look at so many frames a second only, as a slower machine would; without it, at all of them.",
)
@click.option("--data", help="What to call the live clips in the report; without it the folder's name.")
@config_option
@report_option
@plot_option
def command(**options: Any) -> None:  # noqa: ANN401 (click hands over every option by name)
    """Count attacks that pass and live people who do not (ISO/IEC 30107-3), by liveness alone: nobody is recognised.

    Each clip or picture is one presentation. APCER is the share of a species' attacks that pass, and the worst species
    leads; BPCER the share of live people who are refused, or asked for a challenge, which no recording answers. What
    was never judged (no face, a poor view, no motion) is counted by itself. Each cue is measured alone, too, and
    the panel without it.
    """
    asked = _Asked(**options)
    writable(asked.report_file, asked.plot_file)
    if asked.plot_file is not None:
        importlib.import_module("edge.eval.plots_pad")  # whether plots can be drawn is told before an hour's work
    config = asked.config()
    sources = (*of_live(asked.live, asked.live_labels), *of_attacks(asked.attacks))
    check(sources, config)
    try:
        found = _measured(sources, open_course(config), asked)
    except KeyboardInterrupt:
        remark("interrupted: nothing is kept")
        sys.exit(INTERRUPTED)
    write_report(found, asked.report_file)
    if asked.plot_file is not None:
        write_file(_draw(found), asked.plot_file)
    if asked.report_file != STDOUT:
        _print(found)


def _draw(written: PadReport) -> bytes:
    from edge.eval.plots_pad import draw  # noqa: PLC0415 - matplotlib is slow to load, and seldom wanted

    return draw(written)


def _measured(sources: Sequence[Source], course: Course, asked: _Asked) -> PadReport:
    with bar("showing clips", len(sources)) as advance:
        judged = run(sources, course, asked.showing, advance)
    return report(judged, course, asked.showing, asked.data or asked.live.resolve().name)


def _print(found: PadReport) -> None:
    out = results()
    out.print(f"mode {found.mode}; live people: {found.data}; {found.liveness.name} and the cues; no face recognised")
    _print_panel(found, out)
    _print_live(found.live, out)
    _print_cues(found, out)
    _print_ablation(found, out)
    costs = ", ".join(f"{one.cue} {one.mean:.2f}" for one in found.costs) or "not timed"
    out.print(f"cost on this machine, ms a frame on average: {costs}; seeing a frame {in_words(found.see_ms, ' ms')}")
    for words in _caveats(found):
        out.print(f"note: {words}")


def _print_panel(found: PadReport, out: Console) -> None:
    table = Table("species", "n", "APCER (95 %)", "below (95 %)", "of those judged", "challenged", "refused", "APNRR")
    for one in found.attacks:
        rates = _cell(one.apcer), f"{one.apcer_below:.1%}", _cell(one.responded)
        others = (_count(other) for other in (one.challenged, one.refused, one.no_response))
        table.add_row(one.species, str(one.apcer.trials), *rates, *others)
    out.print(table)
    worst = found.attacks[0]
    out.print(f"worst species: {worst.species}: APCER {worst.apcer}")
    for one in found.attacks:
        out.print(f"  {one.species}: {_reasons(one.reasons)}")
        if one.seconds is not None:
            out.print(f"    those that passed took {in_words(one.seconds, ' s')}")
        if one.by_people is not None:
            out.print(f"    drawing the {one.people} people: APCER {one.by_people}")


def _print_live(live: LiveReport, out: Console) -> None:
    out.print(f"live people: BPCER from {live.refused} refused")
    out.print(f"               to {live.stopped} refused or asked for a challenge")
    out.print(f"  of those judged {live.responded or 'none'}; never judged (BPNRR) {live.no_response}")
    out.print(f"  passed {live.passed}; time to pass {in_words(live.seconds, ' s')}")
    out.print(f"  {_reasons(live.reasons)}")
    if live.by_people is not None:
        out.print(f"  drawing the {live.people} people: refused or asked for a challenge {live.by_people}")


def _print_cues(found: PadReport, out: Console) -> None:
    table = Table("each cue alone", "n", *(f"{one.cue} < {one.suspect:g}" for one in found.cues))
    for species in found.attacks:
        alone = [next(of for of in cue.species if of.species == species.species) for cue in found.cues]
        table.add_row(f"APCER {species.species}", str(species.apcer.trials), *map(_alone, alone))
    n = str(found.live.passed.trials)
    table.add_row("BPCER, refused", n, *(_short(one.bpcer_denied) for one in found.cues))
    silent = (f"{_short(one.bpcer)}\n{one.silent} silent" if one.silent else _short(one.bpcer) for one in found.cues)
    table.add_row("BPCER, challenge too", n, *silent)
    out.print(table)
    worst = ", ".join(f"{one.cue} {one.worst}" for one in found.cues)
    out.print(f"a cue passes what it says nothing of; worst species of each: {worst}")


def _alone(one: CueOnSpecies) -> str:
    words = _short(one.apcer)
    if one.auc is not None and one.eer is not None:
        words += f"\nAUC {one.auc:.3f}, EER {one.eer:.0%}"
    return words + (f"\n{one.silent} silent" if one.silent else "")


def _print_ablation(found: PadReport, out: Console) -> None:
    table = Table("the panel", "n", "whole", *(f"without {one.without}" for one in found.ablation))
    for species in found.attacks:
        without = (_short(one.apcer[species.species]) for one in found.ablation)
        table.add_row(f"APCER {species.species}", str(species.apcer.trials), _short(species.apcer), *without)
    live, n = found.live, str(found.live.passed.trials)
    table.add_row("BPCER, refused", n, _short(live.refused), *(_short(one.refused) for one in found.ablation))
    table.add_row("BPCER, challenge too", n, _short(live.stopped), *(_short(one.stopped) for one in found.ablation))
    table.add_row("BPNRR", n, _short(live.no_response), *(_short(one.no_response) for one in found.ablation))
    out.print(table)


def _caveats(found: PadReport) -> Iterator[str]:
    if found.window_s is not None:
        yield f"presentations of {found.window_s:g} s of one clip depend on each other: the intervals are too narrow"
    if found.stills:
        yield (
            f"{counted(found.stills, 'presentation')} of {found.still_s:g} s show one picture, the same pixels in each "
            f"frame, which a frozen camera also gives: see the panel without the cue {Cue.TIME}"
        )
    if not any(one.people for one in found.attacks) and not found.live.people:
        yield "nobody said whose faces these are: presentations of one person count as independent"


def _cell(found: Rate | None) -> str:
    if found is None:
        return "none"
    return f"{found.events:,} of {found.trials:,} = {found.rate:.1%}\n({found.lower:.1%} to {found.upper:.1%})"


def _short(found: Rate) -> str:
    return f"{found.rate:.0%} ({found.lower:.0%}-{found.upper:.0%})"


def _count(found: Rate) -> str:
    return f"{found.events:,}"


def _reasons(reasons: dict[str, int]) -> str:
    return ", ".join(f"{count} {words}" for words, count in reasons.items()) or "all passed"
