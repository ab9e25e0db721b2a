"""Which set of models decides, which is tried, and what there is to go back to. Pure: no clock, no I/O, no threads.

A set is all four models together. Every step takes what is and returns what shall be; whoever calls makes it last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NewType

from edge.errors import OtaError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Slot = NewType("Slot", str)
"""The name of an installed set: its own name, and the beginning of its file's sha256."""

Phase = Literal["steady", "shadow", "trial"]

FACTORY = Slot("factory")
"""The bundles that the package itself pins; always there, and never deleted."""

NOBODY = Slot("")
"""No set at all."""

MOST_REFUSED = 20
FURTHEST = 10**12
"""A serial may lie so far above the last one at most: one stolen signature must not use up all there are. A terminal
that has taken none yet takes any."""
_SLOT = re.compile(r"[a-z0-9][a-z0-9.\-]{0,63}-[0-9a-f]{12}")
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Refused:
    """A set that is not to be offered again.

    Attributes:
        slot: Which.
        serial: Up to which serial it stays refused.
        why: For people.
        at: When, seconds since the epoch, by the clock of that time.
    """

    slot: Slot
    serial: int
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class Active:
    """What decides, and what may.

    Attributes:
        running: The set that decides.
        previous: The one before it.
        good: The last one that use confirmed; where a set on trial falls back to.
        candidate: The set that runs beside it without deciding; `NOBODY` when none is.
        phase: "steady": nothing is tried; "shadow": the candidate is; "trial": the running set itself is.
        starts: How often the terminal was started with a set on trial; in shadow, since somebody was last seen with the
            candidate looking on.
        serial: The highest serial that was accepted.
        refused: What is not to be offered again, oldest first; the `MOST_REFUSED` of the highest serials.
    """

    running: Slot = FACTORY
    previous: Slot = FACTORY
    good: Slot = FACTORY
    candidate: Slot = NOBODY
    phase: Phase = "steady"
    starts: int = 0
    serial: int = 0
    refused: tuple[Refused, ...] = ()


def faults(active: Active) -> Iterator[str]:
    """Yield what contradicts itself; every step keeps to this."""
    if (active.phase == "shadow") != (active.candidate != NOBODY):
        yield f'candidate = "{active.candidate}" does not fit phase = "{active.phase}"'
    if active.candidate in {FACTORY, active.running}:
        yield f'candidate = "{active.candidate}": that set needs no trying'
    if (active.phase == "trial") == (active.running == active.good):
        yield f'running = "{active.running}" and good = "{active.good}" do not fit phase = "{active.phase}"'
    if active.phase == "trial" and active.running == FACTORY:
        yield 'phase = "trial": the factory\'s set is never on trial'
    if active.starts and active.phase == "steady":
        yield f'starts = {active.starts} does not fit phase = "{active.phase}"'


def kept(active: Active) -> frozenset[Slot]:
    """Return the slots that may not be deleted."""
    return frozenset({active.running, active.previous, active.good, active.candidate, FACTORY} - {NOBODY})


def offered(active: Active, slot: Slot, serial: int) -> Active:
    """Take an installed set as the candidate: it runs beside the old one from now on.

    What is offered is all that is wanted: an older candidate is given up, also when the running set itself is offered.
    When a set is on trial and the last good one is offered again, the publisher went back, and so does this terminal.

    Args:
        active: What is.
        slot: The set.
        serial: Of its offer.

    Raises:
        OtaError: An older offer than one that was accepted, a refused set, or another one while a set is on trial.
    """
    require_offerable(active, slot, serial)
    active = replace(active, serial=serial)
    if active.phase == "trial":
        if slot == active.running:
            return active
        return _steady(active, active.good, active.previous)
    if slot == active.running:
        return replace(active, candidate=NOBODY, phase="steady", starts=0)
    return replace(active, candidate=slot, phase="shadow", starts=0)


def require_offerable(active: Active, slot: Slot, serial: int) -> None:
    """Refuse what cannot be offered now; to be asked before anything is downloaded.

    Raises:
        OtaError: See `offered`.
    """
    if slot in {FACTORY, NOBODY}:
        raise OtaError(f'"{slot}" cannot be offered: it is no set that was downloaded')
    if serial < active.serial:
        raise OtaError(f"{slot}: its serial {serial} is older than {active.serial}, which was accepted before")
    if active.serial and serial - active.serial > FURTHEST:  # a new terminal has nothing to count from
        raise OtaError(f"{slot}: its serial {serial} is too far above {active.serial}, which was accepted last")
    again = [one for one in active.refused if one.slot == slot and one.serial >= serial]
    if again:
        raise OtaError(
            f"{slot}: was refused with serial {again[-1].serial} ({again[-1].why}): publish it with a higher serial"
        )
    if sum(one.serial >= serial for one in active.refused) >= MOST_REFUSED:
        raise OtaError(f"{slot}: {MOST_REFUSED} sets of serial {serial} or above were refused: publish a higher serial")
    if active.phase == "trial" and slot not in {active.running, active.good}:
        raise OtaError(
            f"{slot}: has to wait: {active.running} decides on trial, until use confirms it or takes it back"
        )


def declined(active: Active, slot: Slot, serial: int, why: str, at: float) -> Active:
    """Write down that a set was refused before it was offered, by the gate for one, so that it is not fetched again."""
    return replace(active, refused=_refused(active, Refused(slot, serial, why, at)))


def dropped(active: Active, why: str, at: float) -> Active:
    """Give the candidate up, for good.

    Raises:
        OtaError: There is none.
    """
    if active.candidate == NOBODY:
        raise OtaError("no set is being tried beside the running one: there is nothing to give up")
    gone = Refused(active.candidate, active.serial, why, at)
    return replace(active, candidate=NOBODY, phase="steady", starts=0, refused=_refused(active, gone))


def cut_over(active: Active) -> Active:
    """Have the candidate decide, on trial.

    Raises:
        OtaError: There is none.
    """
    if active.candidate == NOBODY:
        raise OtaError("no set is waiting to be used; `edge ota check` asks for one")
    return replace(active, running=active.candidate, previous=active.running, candidate=NOBODY, phase="trial", starts=0)


def started(active: Active, max_starts: int, at: float) -> Active:
    """Count a start of the terminal with a set that is tried; beyond `max_starts` it is taken back, or given up.

    A candidate decides nothing, but it runs in the terminal's process: one that ends it would end it again and again.
    """
    if active.phase == "steady":
        return active
    if active.starts >= max_starts and active.phase == "shadow":
        return dropped(active, f"the terminal ended {active.starts} times before it had looked at anybody", at)
    if active.starts >= max_starts:
        return rolled_back(active, f"it was started {active.starts} times and never confirmed by use", at)
    return replace(active, starts=active.starts + 1)


def lasted(active: Active) -> Active:
    """Take in that the candidate looked at somebody, and the terminal still runs: its starts are counted anew."""
    return replace(active, starts=0) if active.phase == "shadow" else active


def confirmed(active: Active) -> Active:
    """Take the set on trial for good: use confirmed it.

    Raises:
        OtaError: None is on trial.
    """
    if active.phase != "trial":
        raise OtaError("no set is on trial: there is nothing to confirm")
    return replace(active, good=active.running, phase="steady", starts=0)


def rolled_back(active: Active, why: str, at: float, to: Slot | None = None) -> Active:
    """Go back; the set that is left is refused from now on, a candidate that is tried goes on being tried.

    Args:
        active: What is.
        why: For people.
        at: Seconds since the epoch.
        to: Where to; None for the last good set, and when that itself is left, for the one before it.

    Raises:
        OtaError: That set runs already, or is none to go back to.
    """
    target = _behind(active) if to is None else to
    if target == active.running:
        raise OtaError(f"{target} decides already: there is nothing to go back to")
    if target == active.candidate or target not in kept(active):
        there = ", ".join(sorted(kept(active) - {active.running, active.candidate}))
        raise OtaError(f'"{target}" is no set to go back to; there are: {there}')
    back = _steady(active, target, active.previous)
    if active.candidate != NOBODY:
        back = replace(back, phase="shadow")
    if active.running == FACTORY:
        return back
    return replace(back, refused=_refused(active, Refused(active.running, active.serial, why, at)))


def without(active: Active, broken: Collection[Slot]) -> Active:
    """Return what is left when sets are missing or damaged.

    The last good one decides, else the one before it, else the factory's. None of them is refused: what a disk
    destroyed may be fetched again.
    """
    gone = set(broken) - {FACTORY, NOBODY}
    previous = FACTORY if active.previous in gone else active.previous
    good = previous if active.good in gone else active.good
    left = replace(active, good=good, previous=previous)
    if active.candidate in gone:
        left = replace(left, candidate=NOBODY, phase="steady", starts=0)
    if active.running in gone:
        back = _steady(left, good, previous)
        return replace(back, phase="shadow" if back.candidate != NOBODY else "steady")
    return left


def _steady(active: Active, running: Slot, previous: Slot) -> Active:
    """Return a set that decides for good after another was left; what was left is nothing to go back to."""
    behind = FACTORY if previous in {running, active.running} else previous
    candidate = NOBODY if active.candidate == running else active.candidate
    return replace(
        active, running=running, previous=behind, good=running, candidate=candidate, phase="steady", starts=0
    )


def _behind(active: Active) -> Slot:
    if active.good != active.running:
        return active.good
    return active.previous if active.previous != active.running else FACTORY


def _refused(active: Active, one: Refused) -> tuple[Refused, ...]:
    """Return what is refused with one more; of too many, the oldest of the lowest serial goes."""
    words = "".join(sign if sign.isprintable() else " " for sign in one.why)[:_LONGEST]
    others = (old for old in active.refused if (old.slot, old.serial) != (one.slot, one.serial))
    everything = [*others, replace(one, why=words)]
    if len(everything) > MOST_REFUSED:
        everything.remove(min(everything, key=lambda old: old.serial))
    return tuple(everything)


def is_slot(name: str) -> bool:
    """Whether a set could have this name: one part of a path, and nothing that leads elsewhere."""
    return _SLOT.fullmatch(name) is not None
