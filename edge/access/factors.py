"""What somebody has presented beside their face, and what is still asked of them. Pure: moments are arguments.

Whatever was found right belongs to one person and lasts for the door's window (`rules.factor_window_s`); the first of
another person's takes the place of all. Whether it is enough, the door alone says: here is only what it asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING

from edge.access.lockout import Lockouts
from edge.values import Factor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.access.lockout import Backoff
    from edge.values import Credential, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What the terminal knows of second factors.

    Attributes:
        person: Whom it is about: who was recognised, or named by a code or a number; None for nobody, and for a
            number that nobody has, of whom the same is asked.
        asked: What is to be shown still; empty when nobody is asked for anything.
        shown: What was found right, one of each kind.
        until: Until when all of this counts, monotonic seconds.
        lockouts: Failures under each identity.
    """

    person: PersonId | None = None
    asked: tuple[Factor, ...] = ()
    shown: tuple[Credential, ...] = ()
    until: float = -inf
    lockouts: Lockouts = field(default_factory=Lockouts)


def current(presented: Presented, now: float) -> Presented:
    """Return what still counts at a moment: lock-outs always do."""
    return presented if now <= presented.until else emptied(presented)


def emptied(presented: Presented) -> Presented:
    """Return what is known once whatever was presented is done with."""
    return Presented(lockouts=presented.lockouts)


def ask(
    presented: Presented,
    person: PersonId | None,
    wants: Iterable[Factor],
    until: float,
    shown: Iterable[Credential] = (),
) -> Presented:
    """Return what is known once somebody is asked for more.

    Args:
        presented: What was known.
        person: Of whom; None for a number that nobody has.
        wants: What is asked for; a face is looked for anyway.
        until: Until when, monotonic seconds.
        shown: What they have shown already and need not show again.
    """
    asked = tuple(factor for factor in wants if factor is not Factor.FACE)
    kept = tuple(one for one in shown if one.factor not in {Factor.FACE, *asked})
    return Presented(person=person, asked=asked, shown=kept, until=until, lockouts=presented.lockouts)


def missed(
    presented: Presented,
    person: PersonId,
    wants: Iterable[Factor],
    brought: Iterable[Credential],
    now: float,
    window_s: float,
) -> Presented:
    """Return what is known once the door missed something beside a face.

    What was found right and was not brought before the door with this face counts on: somebody may be recognised
    afresh between what they typed and what they show next, and the door misses then what it was not told of.

    Args:
        presented: What was known.
        person: Whose face it was.
        wants: What the door missed.
        brought: What was brought before it beside the face; what it misses of that must be shown again.
        now: Monotonic seconds.
        window_s: How long something that was shown counts.
    """
    told = tuple(brought)
    known = presented.shown if presented.person == person else ()
    untold = {one.factor: one for one in known if one not in told}
    missing = tuple(factor for factor in wants if factor not in untold)
    kept = tuple(({one.factor: one for one in told if one.factor not in missing} | untold).values())
    return ask(presented, person, missing, min((now, *(one.at for one in kept))) + window_s, kept)


def proven(presented: Presented, person: PersonId, credential: Credential, window_s: float) -> Presented:
    """Return what is known once something was found right; the oldest that was shown says how long all of it counts."""
    same = presented if presented.person == person else replace(emptied(presented), person=person)
    shown = (*(one for one in same.shown if one.factor is not credential.factor), credential)
    asked = tuple(factor for factor in same.asked if factor is not credential.factor)
    return replace(same, asked=asked, shown=shown, until=min(one.at for one in shown) + window_s)


def failed(presented: Presented, person: PersonId, at: float, terms: Backoff) -> Presented:
    """Return what is known after a failure under an identity; coming back during a lock-out does not prolong it."""
    if presented.lockouts.locked(person, at):
        return presented
    return replace(presented, lockouts=presented.lockouts.failed(person, at, terms))


def admitted(presented: Presented, person: PersonId) -> Presented:
    """Return what is known once the door has opened for somebody: their failures are forgotten."""
    return Presented(lockouts=presented.lockouts.cleared(person))
