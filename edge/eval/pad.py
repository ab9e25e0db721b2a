"""Presentation attack detection, counted: what becomes of each presentation, of each species, of live people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.app.bounds import upper_bound
from edge.app.presentation import End, first_face, settle, silenced
from edge.eval.cues import cue_report, limits, lowest
from edge.eval.outcomes import spread
from edge.eval.pad_report import Cost, LiveReport, PadReport, PanelReport, PresentationReport, SpeciesReport
from edge.eval.presentations import watch
from edge.eval.rates import rate
from edge.eval.resample import tallied
from edge.values import Cue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from edge.app.presentation import Judge, Outcome
    from edge.eval.outcomes import Spread
    from edge.eval.pad_course import Course
    from edge.eval.presentations import Presentation, Showing, Source
    from edge.eval.rates import Rate
    from edge.eval.resample import Share
    from edge.values import Sighting

WATCHING = tuple(cue for cue in Cue if cue is not Cue.CHALLENGE)
"""The cues that need nothing of the person."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What became of one presentation, and what it takes to report it: its frames are let go.

    Attributes:
        told: What is reported of it.
        without: What would have become of it with one cue silenced.
        seconds: How long seeing each frame took.
        costs: How long each cue took of each frame.
        still: Whether it is a picture.
    """

    told: PresentationReport
    without: Mapping[Cue, End]
    seconds: tuple[float, ...]
    costs: Mapping[Cue, tuple[float, ...]]
    still: bool = False


def run(
    sources: Iterable[Source], course: Course, showing: Showing, advance: Callable[[int], None] = lambda _: None
) -> tuple[Judged, ...]:
    """Show clips and pictures, one after the other, so that the time it takes is that of the terminal.

    Raises:
        HardwareError: A clip is damaged; the message names it.
    """
    found = []
    for source in sources:
        found += [weigh(one, course) for one in watch(source, course.config, course.begin, showing)]
        advance(1)
    return tuple(found)


def weigh(shown: Presentation, course: Course) -> Judged:
    """Say what becomes of a presentation, and what would without each cue."""
    sightings = shown.sightings
    outcome = settle(sightings, course.judge, attack=shown.attack)
    return Judged(
        told=_told(shown, outcome, lowest(sightings, course.config.liveness)),
        without={cue: _without(cue, sightings, course.judge, attack=shown.attack) for cue in WATCHING},
        seconds=tuple(one.seconds for one in shown.moments),
        costs={cue: tuple(one.costs[cue] for one in shown.moments if cue in one.costs) for cue in Cue},
        still=shown.source.still,
    )


def _without(cue: Cue, sightings: Sequence[Sighting], judge: Judge, *, attack: bool) -> End:
    return settle([silenced(one, cue) for one in sightings], judge, attack=attack).end


def _told(shown: Presentation, outcome: Outcome, low: dict[Cue, float]) -> PresentationReport:
    sightings = shown.sightings
    since = first_face(sightings)
    return PresentationReport(
        file=shown.source.file.name,
        part=shown.part,
        species=shown.source.species,
        person=shown.source.person,
        frames=len(sightings),
        faces=sum(one.quality is not None for one in sightings),
        end=outcome.end,
        seconds=None if outcome.at is None or since is None else outcome.at - since,
        cue=outcome.cue,
        sign=outcome.sign,
        why=outcome.why,
        whole=shown.whole,
        lowest=low,
    )


def report(judged: Sequence[Judged], course: Course, showing: Showing, data: str) -> PadReport:
    """Count what became of presentations.

    Args:
        judged: Of live people and of at least one species.
        course: What they went through.
        showing: How they were shown.
        data: What the live clips are called.
    """
    live = [one for one in judged if one.told.species is None]
    attacks = _by_species(judged)
    told = sorted(
        (_species(name, some) for name, some in attacks.items()), key=lambda one: (-one.apcer.rate, -one.apcer_below)
    )
    lowest_of = {name: [one.told.lowest for one in some] for name, some in attacks.items()}
    low_live = [one.told.lowest for one in live]
    return PadReport(
        data=data,
        models=course.models,
        liveness=course.liveness,
        mode=course.config.liveness.mode,
        fps=showing.fps or course.config.camera.fps,
        window_s=showing.window_s,
        still_s=showing.still_s,
        stills=sum(one.still for one in judged),
        worst=told[0].species,
        attacks=tuple(told),
        live=_live(live),
        cues=tuple(
            cue_report(cue, bound, low_live, lowest_of) for cue, bound in limits(course.config.liveness).items()
        ),
        ablation=tuple(_ablated(cue, live, attacks) for cue in WATCHING),
        costs=tuple(_costs(judged)),
        see_ms=spread([1e3 * seconds for one in judged for seconds in one.seconds]),
        presentations=tuple(one.told for one in judged),
    )


def _by_species(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    found: dict[str, list[Judged]] = {}
    for one in judged:
        if one.told.species is not None:
            found.setdefault(one.told.species, []).append(one)
    return found


def _species(name: str, some: Sequence[Judged]) -> SpeciesReport:
    told = [one.told for one in some]
    ends = Counter(one.end for one in told)
    total, passed = len(told), ends[End.PASSED]
    return SpeciesReport(
        species=name,
        people=_people(told),
        apcer=rate(passed, total),
        apcer_below=upper_bound(passed, total),
        responded=_responded(passed, ends),
        no_response=rate(ends[End.NO_RESPONSE], total),
        challenged=rate(ends[End.CHALLENGED], total),
        refused=rate(ends[End.REFUSED], total),
        by_people=_share(told, {End.PASSED}),
        reasons=_reasons(told),
        seconds=_seconds(told),
    )


def _live(some: Sequence[Judged]) -> LiveReport:
    told = [one.told for one in some]
    ends = Counter(one.end for one in told)
    total, stopped = len(told), ends[End.REFUSED] + ends[End.CHALLENGED]
    return LiveReport(
        people=_people(told),
        passed=rate(ends[End.PASSED], total),
        refused=rate(ends[End.REFUSED], total),
        stopped=rate(stopped, total),
        responded=_responded(stopped, ends),
        no_response=rate(ends[End.NO_RESPONSE], total),
        not_at_once=rate(total - ends[End.PASSED], total),
        by_people=_share(told, {End.REFUSED, End.CHALLENGED}),
        reasons=_reasons(told),
        seconds=_seconds(told),
    )


def _responded(events: int, ends: Counter[End]) -> Rate | None:
    judged = ends.total() - ends[End.NO_RESPONSE]
    return rate(events, judged) if judged else None


def _ablated(cue: Cue, live: Sequence[Judged], attacks: Mapping[str, Sequence[Judged]]) -> PanelReport:
    ends = Counter(one.without[cue] for one in live)
    apcer = {
        name: rate(sum(one.without[cue] is End.PASSED for one in some), len(some)) for name, some in attacks.items()
    }
    return PanelReport(
        without=cue,
        apcer=apcer,
        worst=max(apcer, key=lambda name: apcer[name].rate),
        refused=rate(ends[End.REFUSED], len(live)),
        stopped=rate(ends[End.REFUSED] + ends[End.CHALLENGED], len(live)),
        no_response=rate(ends[End.NO_RESPONSE], len(live)),
    )


def _costs(judged: Sequence[Judged]) -> Iterator[Cost]:
    for cue in Cue:
        ms = [1e3 * seconds for one in judged for seconds in one.costs.get(cue, ())]
        lie = spread(ms)
        if lie is not None:
            yield Cost(cue, sum(ms) / len(ms), lie)


def _people(told: Iterable[PresentationReport]) -> int:
    return len({one.person for one in told if one.person is not None})


def _share(told: Sequence[PresentationReport], ends: set[End]) -> Share | None:
    """Return how often a presentation ended so, by people; None where somebody's is not known."""
    names = sorted({one.person for one in told if one.person is not None})
    if len(names) < 2 or any(one.person is None for one in told):
        return None
    trials = Counter(one.person for one in told)
    events = Counter(one.person for one in told if one.end in ends)
    counts = np.array([[some[name] for name in names] for some in (events, trials)], np.int64)
    return tallied(counts[0], counts[1])


def _reasons(told: Iterable[PresentationReport]) -> dict[str, int]:
    """Count what decided where somebody did not pass, the most frequent first."""
    found = Counter(_reason(one) for one in told if one.end is not End.PASSED)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _reason(one: PresentationReport) -> str:
    if one.end is End.NO_RESPONSE:
        return one.why
    against = f"{one.cue}: {one.sign}" if one.cue and one.sign else str(one.cue or one.why or "policy")
    return f"{one.end}, {against}"


def _seconds(told: Iterable[PresentationReport]) -> Spread | None:
    return spread([one.seconds for one in told if one.end is End.PASSED and one.seconds is not None])
