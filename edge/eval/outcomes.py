"""Counts what became of clips that were played to the decision."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.eval.resample import Share, tallied
from edge.eval.transactions import NOBODY, RIGHT, WRONG, matched, replay, words
from edge.values import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from edge.access.attempt import Rule
    from edge.eval.clips import Footage
    from edge.eval.transactions import Transaction
    from edge.people.gallery import Gallery


_SEARCHES = (WRONG, RIGHT, NOBODY)
_LEAST_P95 = 20
"""Of fewer the 95th percentile is little else than the largest."""


class Spread(Struct, frozen=True):
    """How some measured values lie.

    Attributes:
        median: Half of them are smaller.
        p95: Nineteen in twenty are; null of fewer than twenty.
        count: How many there are.
    """

    median: float
    p95: float | None
    count: int


class Decisions(Struct, frozen=True):
    """What became of transactions; one is a track that was decided. Intervals come from drawing people.

    Attributes:
        right: Those in which the door was opened for the person who stood there.
        wrong: Those in which it was opened for somebody else.
        refused: The others, by reason.
        undecided: Tracks that ended before anything was decided; not counted above.
        walked_on: Tracks of which nothing was decided because somebody had just been let in; not counted above.
        wrong_searches: Judged frames that voted for somebody else (FPIR of one search).
        seconds: From the first frame with a face to the opening for the right person, in the clips' time; null when it
            was never opened.
        frames: The same, in frames.
    """

    right: Share
    wrong: Share
    refused: dict[str, int]
    undecided: int
    walked_on: int
    wrong_searches: Share
    seconds: Spread | None
    frames: Spread | None


class PersonReport(Struct, frozen=True):
    """All clips of one person.

    Attributes:
        person: Who.
        decisions: What was decided.
    """

    person: str
    decisions: Decisions


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What became of one clip in one gallery.

    Attributes:
        clip: Its file's name.
        person: Who it shows.
        words: What its frames show.
        transactions: What was decided.
    """

    clip: str
    person: str
    words: Counter[str]
    transactions: tuple[Transaction, ...]


def play(footage: Footage, gallery: Gallery, rule: Rule) -> Played:
    """Play what a clip showed to a gallery."""
    sightings = matched(footage.glances, gallery.search)
    person = footage.clip.person
    return Played(footage.clip.file.name, person, words(sightings, person, rule), replay(sightings, rule))


def decisions(played: Iterable[Played]) -> Decisions:
    """Count what was decided."""
    some = list(played)
    every = [(one.person, transaction) for one in some for transaction in one.transactions]
    decided = [(person, transaction) for person, transaction in every if transaction.reason is not None]
    granted = [(person, transaction) for person, transaction in decided if transaction.person is not None]
    right = [transaction for person, transaction in granted if transaction.person == person]
    refused = Counter(str(one.reason) for _, one in decided if one.reason is not Reason.GRANTED)
    names = sorted({one.person for one in some})
    trials = _count(names, (person for person, _ in decided))
    searches = (_count(names, (one.person for one in some for _ in range(one.words[word]))) for word in _SEARCHES)
    found = np.array(list(searches))
    return Decisions(
        right=tallied(_count(names, (person for person, one in granted if one.person == person)), trials),
        wrong=tallied(_count(names, (person for person, one in granted if one.person != person)), trials),
        refused=dict(sorted(refused.items())),
        undecided=sum(one.reason is None and not one.walked_on for _, one in every),
        walked_on=sum(one.walked_on for _, one in every),
        wrong_searches=tallied(found[0], found.sum(axis=0)),
        seconds=spread([one.seconds for one in right if one.seconds is not None]),
        frames=spread([one.frames for one in right if one.frames is not None]),
    )


def _count(names: Sequence[str], people: Iterable[str]) -> NDArray[np.int64]:
    """Return how often each name occurs among the people, (names,)."""
    counts = Counter(people)
    return np.array([counts[name] for name in names], np.int64)


def by_person(played: Sequence[Played]) -> tuple[PersonReport, ...]:
    """Count what was decided, for each person."""
    return tuple(
        PersonReport(person, decisions(one for one in played if one.person == person))
        for person in sorted({one.person for one in played})
    )


def spread(values: Sequence[float]) -> Spread | None:
    """Return the median and, of enough, the 95th percentile; None of nothing."""
    if not values:
        return None
    p95 = float(np.percentile(values, 95)) if len(values) >= _LEAST_P95 else None
    return Spread(float(np.median(values)), p95, len(values))


def in_words(values: Spread | None, unit: str) -> str:
    """Say how values lie, for people; "never" of nothing."""
    if values is None:
        return "never"
    p95 = "" if values.p95 is None else f", p95 {values.p95:.3g}{unit}"
    return f"median {values.median:.3g}{unit}{p95} (of {values.count:,})"
