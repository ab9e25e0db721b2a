"""Whether a new set of models may take the old one's place, from what both made of the same frames. Pure.

The unit is the visit, never the frame: frames of one visit resemble each other, and counted one by one they would
prove anything. A visit says by what share of its frames the new set accepted the right person less often than the old
one. It counts when either set would have let that person in, so that two equally good sets are treated alike: among
visits that the old set granted alone its own luck would look like the new one's loss.

Both questions (is it shown to lose no more than is allowed? is it shown to lose?) are bets against the opposite
answer: whoever bets on a bounded fair game multiplies their stake by 20 with a chance of 1 in 20 at most (Ville;
Waudby-Smith and Ramdas 2024). That holds for any number of visits and however often one looks, so the figures may be
looked at after each.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from edge.ota.figures import Day, Figures, Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_FRAMES = 12
"""Of a visit's compared frames the first so many count: who stands there for a minute is still one visit."""

DOUBT = 0.05
"""The chance at which a set that loses more than is allowed may be found good enough."""

BLAME = 0.01
"""The chance at which a set that loses nothing, or confuses nobody, may be found worse."""

SUSPECT = 0.05
"""Confusions that are less likely than this at the rate that is meant are not passed over: more must be seen."""

_STAKES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 0.95)
"""Which share of what they have is risked on each visit, by as many gamblers who began with the same."""

_MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Look:
    """What one set made of one frame.

    Attributes:
        person: Whom it took the face for, above its threshold; empty for nobody.
        nearest: Who was most like it, whatever the threshold; empty where it was not compared.
        near: Whether the nearest was so like that it is no coincidence.
    """

    person: str = ""
    nearest: str = ""
    near: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """What both sets made of one frame, in which one of them at least compared a face."""

    old: Look
    new: Look


@dataclass(frozen=True, slots=True)
class Visit:
    """One track, looked at by both sets.

    Attributes:
        pairs: What they made of its frames.
        granted: Whom the old set recognised; empty for nobody.
        refused: Whether it refused a stranger.
        let_in: Whether the door opened.
        turned: Whether it was refused for whatever reason.
        known: Whether that person has a template of the new set.
    """

    pairs: Sequence[Pair]
    granted: str = ""
    refused: bool = False
    let_in: bool = False
    turned: bool = False
    known: bool = True


@dataclass(frozen=True, slots=True)
class Policy:
    """What must be seen.

    Attributes:
        visits: So many compared visits at least,
        days: on so many days.
        loss: How much smaller the accepted share may be.
        fpir: The rate of searches that may name somebody wrongly (S9).
        votes: How many frames that agree let somebody in.
    """

    visits: int
    days: int
    loss: float
    fpir: float
    votes: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing is decided yet.

    Attributes:
        missing: What is missing, in words.
    """

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """The new set may take the old one's place."""


@dataclass(frozen=True, slots=True)
class Worse:
    """The new set is not to decide.

    Attributes:
        why: In words.
    """

    why: str


def counted(figures: Figures, visit: Visit, day: str, policy: Policy) -> Figures:
    """Return the figures with one more visit.

    Args:
        figures: So far.
        visit: What was seen.
        day: Of which day, as "2026-11-29".
        policy: How many frames let somebody in.
    """
    pairs = [one for one in visit.pairs if _compared(one.old) or _compared(one.new)][:MOST_FRAMES]
    if not (pairs or visit.let_in or visit.turned):
        return figures
    days = {one.day: one for one in figures.days}
    days[day] = _added(days.get(day, Day(day)), visit, pairs, policy)
    return replace(figures, days=tuple(days[one] for one in sorted(days))[-_MOST_DAYS:])


def judged(figures: Figures, policy: Policy) -> Waiting | Ready | Worse:
    """Say what the figures allow."""
    confusions = sum(day.confused + day.taken for day in figures.days)
    comparisons = sum(day.open for day in figures.days)
    chance = at_least(confusions, policy.fpir * comparisons)
    if chance < BLAME:
        return Worse(
            f"it took people for others in {confusions} visits, {comparisons} comparisons that might have gone wrong: "
            f"at a rate of {policy.fpir:g} that has a chance of {chance:.2g} (S9)"
        )
    if _won(figures, 0.0, -1) >= 1 / BLAME:
        return Worse(f"it accepts {_points(figures.loss)} less of the frames, in {figures.visits} visits")
    missing = list(_missing(figures, policy))
    if chance < SUSPECT:
        missing.append(f"it took people for others in {confusions} visits: whether by bad luck is not known yet")
    return Waiting(tuple(missing)) if missing else Ready()


def welcome(looks: Iterable[Look], votes: int) -> str:
    """Return whom so many frames would let in; empty for nobody."""
    names = Counter(one.person for one in looks if one.person)
    person, agreed = names.most_common(1)[0] if names else ("", 0)
    return person if agreed >= votes else ""


def at_least(found: int, expected: float) -> float:
    """Return the chance of so many or more where so many are expected (Poisson)."""
    if found == 0:
        return 1.0
    if expected <= 0:
        return 0.0
    below = sum(math.exp(k * math.log(expected) - expected - math.lgamma(k + 1)) for k in range(found))
    return min(max(1.0 - below, 0.0), 1.0)


def _added(day: Day, visit: Visit, pairs: list[Pair], policy: Policy) -> Day:
    names = Counter(one.new.person for one in pairs if one.new.person)
    person = visit.granted or (_recovered(pairs, policy.votes) if visit.refused else "")
    others = sum(count for name, count in names.items() if name != person)
    looked = sum(1 for one in pairs if _compared(one.new))
    right = names[person] if person else 0
    day = replace(
        day,
        open=day.open + looked - right,
        granted=day.granted + visit.let_in,
        turned=day.turned + visit.turned,
        passed=day.passed + (not visit.let_in and bool(welcome((one.old for one in pairs), policy.votes))),
    )
    if visit.refused:
        day = replace(day, strangers=day.strangers + 1)
    if visit.granted:
        day = replace(day, unknown=day.unknown + (not visit.known))
    if others and visit.granted:
        day = replace(day, confused=day.confused + 1)
    elif others and visit.refused:
        day = replace(day, taken=day.taken + 1)
    if not (pairs and person and visit.known):
        return day
    blind = sum(1 for one in pairs if _compared(one.old) and not _compared(one.new))
    old = sum(1 for one in pairs if one.old.person == person)
    shares = _with(day.shares, Share(len(pairs), old, right))
    return replace(day, shares=shares, faceless=day.faceless + blind)


def _recovered(pairs: list[Pair], votes: int) -> str:
    """Return whom the new set would have let in and the old one had in mind, too; empty for nobody."""
    person = welcome((one.new for one in pairs), votes)
    thought = [one.old for one in pairs if _compared(one.old)]
    likely = sum(1 for one in thought if one.nearest == person and one.near)
    return person if person and 2 * likely >= len(thought) > 0 else ""


def _with(shares: Iterable[Share], one: Share) -> tuple[Share, ...]:
    """Return the shares with one more visit; of visits that went alike only the number is kept."""
    kept = {(share.frames, share.old, share.new): share.visits for share in shares}
    key = (one.frames, one.old, one.new)
    kept[key] = kept.get(key, 0) + one.visits
    return tuple(Share(*alike, visits) for alike, visits in sorted(kept.items()))


def _compared(look: Look) -> bool:
    return bool(look.nearest)


def _missing(figures: Figures, policy: Policy) -> Iterable[str]:
    if figures.visits < policy.visits:
        yield f"{figures.visits} of {policy.visits} visits compared"
    if figures.compared_days < policy.days:
        yield f"{figures.compared_days} of {policy.days} days"
    if _won(figures, policy.loss, +1) < 1 / DOUBT:
        yield (
            f"not shown yet that it accepts at most {_points(policy.loss)} less: "
            f"{_points(figures.loss)} less in {figures.visits} visits"
        )


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"


def _won(figures: Figures, loss: float, sign: int) -> float:
    """Return what a stake of 1 has become that was bet on changes above `-loss`, or below with a sign of -1."""
    changes = figures.changes()
    grown = [
        sum(visits * math.log1p(stake * sign * (change + loss)) for change, visits in changes.items())
        for stake in _STAKES
    ]
    return sum(math.exp(min(one, 700.0)) for one in grown) / len(grown)
