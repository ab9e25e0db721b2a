"""How often a stranger is let in who may try with several frames, against how often one frame would do.

The frames of a face are alike, so a second vote is not independent of the first. An attempt is cut from a clip as the
decision would end it: a stretch of one track with so many judged frames, and of so many seconds, as it may have. Each
is played to `edge.access.decide.step` by itself, in many galleries and at several thresholds. Liveness judges nothing
here: a stranger at the door is alive.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.access import decide
from edge.errors import EvidenceError
from edge.eval.attempts import admitted, cut, independent
from edge.eval.factors import Counts, by_person, interval, misses, shares
from edge.eval.rates import LEAST_FALSE_MATCHES
from edge.eval.resample import LEAST_PEOPLE, Share
from edge.eval.transactions import matched
from edge.values import PersonId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.access.attempt import Rule
    from edge.config import DecisionSettings
    from edge.eval.clips import Footage
    from edge.eval.crowd import Crowd
    from edge.values import Embedding, Sighting

FPIRS = (0.3, 0.1, 0.03, 0.01)
"""The false-positive rates of a single search that are looked at."""


class Level(Struct, frozen=True):
    """One threshold. Shares have an interval where there are ten people.

    Attributes:
        aim: The largest share of strangers' searches that may vote for somebody.
        threshold: The cosine similarity for it.
        search: Strangers' searches that vote for somebody (FPIR of one frame).
        attempt: Strangers' attempts that are let in (FPIR of an attempt).
        let_in: How many different attempts that is; the same one in another gallery is no further evidence.
        independent: What the share of attempts would be if their frames were independent and every wrong vote were for
            the same person: the most that independence could give.
        factor: `attempt` as a multiple of `search`; null where fewer than ten different attempts are let
            in.
        factor_lower: Lower end of its 95 % interval; null also where many draws have no wrong vote.
        factor_upper: Upper end.
        by_person: The factor of each stranger of whom ten different attempts are let in.
        frame_misses: Judged frames of enrolled people that do not vote for them (FNIR of one frame).
        attempt_misses: Attempts of enrolled people that are not let in (FNIR of an attempt).
    """

    aim: float
    threshold: float
    search: Share
    attempt: Share
    let_in: int
    independent: float
    factor: float | None
    factor_lower: float | None
    factor_upper: float | None
    by_person: dict[str, float]
    frame_misses: Share
    attempt_misses: Share


class VotesReport(Struct, frozen=True):
    """What several frames are worth.

    Attributes:
        people: How many strangers asked to be let in.
        drawn: What the intervals of the factors draw: "people and galleries"; or "galleries" alone where there are
            fewer than ten people, and the intervals say nothing about other people.
        attempts: How many attempts their clips were cut into; each is made in every gallery.
        judged: Median number of judged frames of an attempt.
        gallery: How many people are in each gallery.
        galleries: How many galleries were drawn.
        votes: How many frames must agree.
        window_frames: Among how many.
        correlation: Of the best similarities of neighbouring judged frames, over all attempts and galleries.
        levels: From the laxest threshold to the strictest; a rate that no threshold gives is left out.
    """

    people: int
    drawn: str
    attempts: int
    judged: float
    gallery: int
    galleries: int
    votes: int
    window_frames: int
    correlation: float
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Attempts in galleries.

    Attributes:
        people: Whose each attempt is.
        shown: For each gallery, for each attempt, what the frames showed, with their matches.
    """

    people: tuple[PersonId, ...]
    shown: tuple[tuple[tuple[Sighting, ...], ...], ...]


def measure(
    strangers: Sequence[Footage],
    own: tuple[Sequence[Footage], Mapping[str, Sequence[Embedding]]],
    crowd: Crowd,
    rule: Rule,
    fpirs: Sequence[float] = FPIRS,
) -> VotesReport:
    """Measure what several frames are worth.

    Args:
        strangers: Clips of people who are in no gallery.
        own: Clips of people to be enrolled in every gallery instead of a stranger, and their templates; clips of
            others are left out.
        crowd: The galleries.
        rule: What a track must show; its thresholds are not used.
        fpirs: The rates of a single search to look at.

    Raises:
        EvidenceError: No clip holds an attempt.
    """
    settings = replace(rule.demand.settings, mode="off")
    open_rule = replace(rule, demand=replace(rule.demand, settings=settings))
    trials = _strangers(strangers, crowd, rule.decision)
    if not trials.people:
        raise EvidenceError("no clip holds enough frames with a face that can be judged")
    known = [_own(own[0], person, templates, crowd, rule.decision) for person, templates in own[1].items()]
    thresholds = [(aim, _threshold(trials, aim, rule.decision.margin)) for aim in fpirs]
    people = len(set(trials.people))
    return VotesReport(
        people=people,
        drawn="people and galleries" if people >= LEAST_PEOPLE else "galleries",
        attempts=len(trials.people),
        judged=float(np.median([_judged(one) for one in trials.shown[0]])),
        gallery=crowd.people,
        galleries=len(crowd.draws),
        votes=rule.decision.votes,
        window_frames=rule.decision.window_frames,
        correlation=_correlation(trials),
        levels=tuple(_level(aim, one, trials, known, open_rule) for aim, one in thresholds if one is not None),
    )


def count(trials: Trials, rule: Rule, *, own: bool) -> Counts:
    """Count votes and attempts that are let in.

    Args:
        trials: The attempts.
        rule: What a track must show.
        own: Whether only votes for the person whose attempt it is count; else those for anybody.
    """
    names = sorted(set(trials.people))
    found = np.zeros((4, len(names), len(trials.shown)), np.int64)
    ever: list[set[int]] = [set() for _ in names]
    for place, gallery in enumerate(trials.shown):
        for number, (person, sightings) in enumerate(zip(trials.people, gallery, strict=True)):
            cast = [decide.vote(one, rule).person for one in sightings if one.match is not None]
            let_in = admitted(sightings, rule)
            voted = sum(one == person if own else one is not None for one in cast)
            granted = let_in == person if own else let_in is not None
            found[:, names.index(person), place] += (len(cast), voted, 1, granted)
            ever[names.index(person)] |= {number} if granted else set()
    different = np.array([len(one) for one in ever], np.int64)
    return Counts(found[0], found[1], found[2], found[3], different)


def _level(aim: float, threshold: float, trials: Trials, known: Sequence[Trials], rule: Rule) -> Level:
    strict = replace(rule, fmr_for=lambda _: aim, threshold_for=lambda _: threshold)
    counts = count(trials, strict, own=False)
    search, attempt = shares(counts)
    let_in = int(counts.different.sum())
    judged = Counter(_judged(one) for one in trials.shown[0])
    alone = sum(number * independent(search.rate, frames, rule.decision) for frames, number in judged.items())
    evident = let_in >= LEAST_FALSE_MATCHES
    lower, upper = interval(counts) if evident else (None, None)
    frame_misses, attempt_misses = misses([count(one, strict, own=True) for one in known])
    return Level(
        aim=aim,
        threshold=threshold,
        search=search,
        attempt=attempt,
        let_in=let_in,
        independent=alone / judged.total(),
        factor=attempt.rate / search.rate if evident else None,
        factor_lower=lower,
        factor_upper=upper,
        by_person=by_person(sorted(set(trials.people)), counts),
        frame_misses=frame_misses,
        attempt_misses=attempt_misses,
    )


def _strangers(footages: Sequence[Footage], crowd: Crowd, decision: DecisionSettings) -> Trials:
    attempts = [(PersonId(one.clip.person), part) for one in footages for part in cut(one.glances, decision)]
    return Trials(
        tuple(person for person, _ in attempts),
        tuple(tuple(matched(part, gallery.search) for _, part in attempts) for gallery in crowd.galleries()),
    )


def _own(
    footages: Sequence[Footage],
    person: str,
    templates: Sequence[Embedding],
    crowd: Crowd,
    decision: DecisionSettings,
) -> Trials:
    attempts = [part for one in footages if one.clip.person == person for part in cut(one.glances, decision)]
    galleries = crowd.galleries([(PersonId(person), template) for template in templates])
    shown = tuple(tuple(matched(part, gallery.search) for part in attempts) for gallery in galleries)
    return Trials((PersonId(person),) * len(attempts), shown)


def _threshold(trials: Trials, aim: float, margin: float) -> float | None:
    """Return the lowest similarity of a search that no more than this share of all reach with a clear margin, or None.

    Searches that are as similar pass together, or not at all.
    """
    matches = [one.match for gallery in trials.shown for part in gallery for one in part if one.match is not None]
    clear = sorted((match.similarity for match in matches if match.margin >= margin), reverse=True)
    allowed = math.floor(aim * len(matches))
    if not 0 < allowed <= len(clear):
        return None
    refused = clear[allowed] if allowed < len(clear) else -math.inf
    return min((one for one in clear[:allowed] if one > refused), default=None)


def _correlation(trials: Trials) -> float:
    pairs = []
    for gallery in trials.shown:
        for part in gallery:
            best = [one.match.similarity for one in part if one.match is not None]
            pairs += list(pairwise(best))
    first, second = np.array(pairs).T if len(pairs) > 1 else np.zeros((2, 0))
    if not len(first) or not first.std() or not second.std():
        return math.nan
    return float(np.corrcoef(first, second)[0, 1])


def _judged(sightings: Sequence[Sighting]) -> int:
    return sum(one.match is not None for one in sightings)
