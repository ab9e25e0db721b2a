"""What `edge eval pad` shows to people: the summary first, then each cue; everything else is in the JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from edge.app.bounds import AIM, errorless_trials
from edge.cli.eval.options import results
from edge.eval.outcomes import in_words
from edge.values import Cue, counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from edge.eval.pad_report import LiveReport, PadReport, SpeciesReport
    from edge.eval.rates import Rate

_REASONS = 3
"""How many are shown; the rarer ones are in the JSON."""


def show(found: PadReport) -> None:
    """Print a report to standard output."""
    out = results()
    out.print(
        f"mode {found.mode}, {found.fps:g} frames a second; {found.liveness.name} and the cues; nobody recognised"
    )
    _attacks(found, out)
    _live(found.live, found.data, out)
    _cues(found, out)
    _ablation(found, out)
    costs = ", ".join(f"{one.cue} {one.mean:.2f}" for one in found.costs) or "not timed"
    out.print(f"ms a frame on this machine: {costs}; all of seeing {in_words(found.see_ms, ' ms')}")
    for words in _caveats(found):
        out.print(f"note: {words}")
    out.print(conclusion(found))


def conclusion(found: PadReport) -> str:
    """Return what was found in one sentence."""
    worst, live = found.attacks[0], found.live
    attacks = sum(one.apcer.trials for one in found.attacks)
    words = f"Of {counted(attacks, 'attack')} {sum(one.apcer.events for one in found.attacks)} passed; "
    if len(found.attacks) > 1:
        words += f"the worst of {len(found.attacks)} species, {worst.species}, passed "
    else:
        words += f"{worst.species} passed "
    words += f"{worst.apcer.events} of {worst.apcer.trials} times, which shows an APCER below {worst.apcer_below:.0%}. "
    words += f"Of {live.passed.trials} live presentations {live.passed.events} were let in at once, "
    return (
        words + f"{live.refused.events} refused and {live.stopped.events - live.refused.events} asked for a challenge."
    )


def _attacks(found: PadReport, out: Console) -> None:
    table = _table("species", "n", "passed", "APCER", "95 %", "below", "challenged", "refused", "not judged")
    for one in found.attacks:
        others = (str(other.events) for other in (one.challenged, one.refused, one.no_response))
        apcer = _percent(one.apcer), _between(one.apcer), f"{one.apcer_below:.1%}"
        table.add_row(one.species, str(one.apcer.trials), str(one.apcer.events), *apcer, *others)
    out.print(table)
    worst = found.attacks[0]
    out.print(f"worst species: {worst.species}, APCER {_rate(worst.apcer)}; below: one-sided, with 95 % confidence")
    for one in found.attacks:
        _why(one, out)


def _why(one: SpeciesReport, out: Console) -> None:
    words = f"  {one.species}: {_reasons(one.reasons)}"
    if one.no_response.events and one.responded is not None:
        words += f"; of those judged {one.responded.events} of {one.responded.trials} passed"
    if one.seconds is not None:
        words += f"; those that passed took {in_words(one.seconds, ' s')}"
    out.print(words)
    if one.by_people is not None and one.by_people.lower is not None:
        out.print(f"    drawing the {one.people} people: APCER {one.by_people}")


def _live(live: LiveReport, data: str, out: Console) -> None:
    people = f" of {counted(live.people, 'person', 'people')}" if live.people else ""
    out.print(f"\nlive people: {data}, {counted(live.passed.trials, 'presentation')}{people}")
    table = _table("", "n", "share", "95 %")
    for words, one in (
        ("let in at once", live.passed),
        ("refused: BPCER if everybody passes the challenge", live.refused),
        ("refused or challenged: BPCER if nobody passes it", live.stopped),
        ("not judged (BPNRR)", live.no_response),
        ("not let in at once: all three", live.not_at_once),
    ):
        table.add_row(words, f"{one.events} of {one.trials}", _percent(one), _between(one))
    out.print(table)
    out.print("a recording answers no challenge: how many people would pass one only a door can show (edge padtest)")
    judged = f"; BPCER of those judged at most {_rate(live.responded)}" if live.responded is not None else ""
    out.print(f"time to pass {in_words(live.seconds, ' s')}{judged}")
    out.print(f"  {_reasons(live.reasons)}")
    if live.by_people is not None and live.by_people.lower is not None:
        out.print(f"  drawing the {live.people} people: refused or challenged {live.by_people}")


def _cues(found: PadReport, out: Console) -> None:
    out.print("\neach cue alone: attacks that it has nothing against, and live people whom it has something against")
    table = _table("", *(f"{one.cue} < {one.suspect:g}" for one in found.cues))
    for species in found.attacks:
        alone = (next(of for of in cue.species if of.species == species.species).apcer for cue in found.cues)
        table.add_row(species.species, *map(_short, alone))
    table.add_section()
    table.add_row("live", *(_short(one.bpcer) for one in found.cues))
    table.add_row("live, refused", *(_short(one.bpcer_denied) for one in found.cues))
    table.add_row("live, says nothing", *(f"{one.silent} of {one.bpcer.trials}" for one in found.cues))
    out.print(table)


def _ablation(found: PadReport, out: Console) -> None:
    out.print("\nthe panel without a cue, which never has an objection then (without relief nobody is asked to move)")
    table = _table("", "whole", *(f"no {one.without}" for one in found.ablation))
    for species in found.attacks:
        without = (_percent(one.apcer[species.species], 0) for one in found.ablation)
        table.add_row(species.species, _percent(species.apcer, 0), *without)
    table.add_section()
    live = found.live
    table.add_row("live, refused", _percent(live.refused, 0), *(_percent(one.refused, 0) for one in found.ablation))
    stopped = (_percent(one.stopped, 0) for one in found.ablation)
    table.add_row("live, challenged too", _percent(live.stopped, 0), *stopped)
    silent = (_percent(one.no_response, 0) for one in found.ablation)
    table.add_row("live, not judged", _percent(live.no_response, 0), *silent)
    out.print(table)


def _caveats(found: PadReport) -> Iterator[str]:
    least = errorless_trials(0, 0, AIM)
    sizes = [(one.species, one.apcer.trials) for one in found.attacks] + [("live people", found.live.passed.trials)]
    few = [f"{name} {size}" for name, size in sizes if least is not None and size < least]
    if few:
        yield (
            f"too few to show a rate below {AIM:.0%}, for which {least} presentations without an error are needed: "
            + ", ".join(few)
        )
    if found.window_s is not None:
        yield f"presentations of {found.window_s:g} s of one clip depend on each other: the intervals are too narrow"
    if found.stills:
        yield (
            f"{counted(found.stills, 'presentation')} of {found.still_s:g} s show one picture, the same pixels in each "
            f"frame, which a frozen camera also gives: see the panel without the cue {Cue.TIME}"
        )
    if any(0 < people < size for people, size in _crowds(found)):
        yield "presentations of one person depend on each other: the true intervals are wider"
    elif not any(people for people, _ in _crowds(found)):
        yield "nobody said whose faces these are: presentations of one person count as independent"
    broken = [one.file for one in found.presentations if not one.whole]
    if broken:
        yield f"broke off before the end that they announce: {', '.join(broken)}"


def _crowds(found: PadReport) -> list[tuple[int, int]]:
    """Return how many people are known, and how many presentations there are: of each species, and of live people."""
    return [(one.people, one.apcer.trials) for one in found.attacks] + [(found.live.people, found.live.passed.trials)]


def _table(first: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right")
    return table


def _rate(found: Rate) -> str:
    return f"{found.events:,} of {found.trials:,} = {_percent(found)} ({_between(found)})"


def _percent(found: Rate, digits: int = 1) -> str:
    return f"{found.rate:.{digits}%}"


def _between(found: Rate) -> str:
    return f"{found.lower:.1%} to {found.upper:.1%}"


def _short(found: Rate) -> str:
    return f"{found.rate:.0%} ({100 * found.lower:.0f}-{100 * found.upper:.0f})"


def _reasons(reasons: dict[str, int]) -> str:
    told = [f"{count} {words}" for words, count in reasons.items()]
    more = sum(list(reasons.values())[_REASONS:])
    return "; ".join(told[:_REASONS] + ([f"{more} otherwise"] if more else [])) or "all passed"
