"""Puts together what `edge ota status` says: which set decides, which is tried, and what is waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from edge.app.crossing import progress_of
from edge.app.doctor_models import since
from edge.app.eyes import space
from edge.app.model_set import by_hand, chosen, running
from edge.app.trials import trial_policy
from edge.app.trying import SHADOW, TRIAL, shadow_policy
from edge.app.vault import open_store
from edge.errors import EdgeError
from edge.ota import figures, shadow, trial
from edge.ota.active import FACTORY, NOBODY
from edge.ota.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.app.places import Places
    from edge.config import Config
    from edge.ota.active import Active
    from edge.ota.progress import Progress

T = TypeVar("T")


class RefusedSet(Struct, frozen=True):
    """A set that is not offered again.

    Attributes:
        slot: Which.
        serial: Up to which serial.
        why: For people.
        at: When, seconds since the epoch.
    """

    slot: str
    serial: int
    why: str
    at: float


class Coming(Struct, frozen=True):
    """How far the people have come to the set that is tried.

    Attributes:
        active: How many people were here lately,
        migrated: and how many of them it knows.
        share: The share of them.
        needed: The share that a cut-over needs.
        missing: Who of them it does not know yet: the id, and on how many days they walked by so that it counts.
        absent: How many it does not know either and who were not here lately: they hold nothing up.
        enough: Whether that is enough for a cut-over.
    """

    active: int
    migrated: int
    share: float
    needed: float
    missing: tuple[tuple[str, int], ...]
    absent: int
    enough: bool


class OtaStatus(Struct, frozen=True, kw_only=True):
    """`edge ota status`.

    Attributes:
        running: The set that decides.
        since: Since when, seconds since the epoch; null when the history does not reach back that far.
        phase: "steady", "shadow" or "trial".
        previous: The set before it.
        good: The last one that use confirmed.
        candidate: The one that is tried beside it; empty for none.
        factory: Always there to go back to.
        starts: How often the terminal was started with a set on trial,
        max_starts: and how often it may be.
        serial: The highest serial that was accepted.
        waits_for: What is missing until the next step, in words; empty when nothing is waited for.
        people: How far they have come to the candidate; null when none is tried, or it is of the same space.
        refused: Sets that are not offered again, oldest first.
        by_hand: The settings that name other bundles: then no set takes their place.
        faults: What is broken, in words.
    """

    running: str
    since: float | None
    phase: str
    previous: str
    good: str
    candidate: str
    factory: str = FACTORY
    starts: int
    max_starts: int
    serial: int
    waits_for: tuple[str, ...]
    people: Coming | None
    refused: tuple[RefusedSet, ...]
    by_hand: tuple[str, ...]
    faults: tuple[str, ...]


def status(config: Config, here: Places) -> OtaStatus:
    """Return how the sets of this terminal stand; nothing is changed, and what cannot be said is among the faults."""
    slots = Slots(here.models)
    found = slots.look()
    active, faults = found.active, [*found.faults, *found.unsure]
    try:
        begun = since(slots.history.entries(), active.running)
    except OSError as error:
        begun = None
        faults.append(f"{slots.history.path}: cannot be read: {error.strerror}")
    if not found.unsure:
        faults += (f"{slot} does not decide: {why}" for slot, why in running(config, here).passed_over.items())
    people = None
    try:
        people = coming(config, here, active)
    except EdgeError as error:
        faults.append(str(error))
    return OtaStatus(
        running=active.running,
        since=begun,
        phase=active.phase,
        previous=active.previous,
        good=active.good,
        candidate=active.candidate,
        starts=active.starts,
        max_starts=config.ota.max_starts,
        serial=active.serial,
        waits_for=tuple(_waits_for(config, here, active, people)),
        people=people,
        refused=tuple(RefusedSet(one.slot, one.serial, one.why, one.at) for one in active.refused),
        by_hand=by_hand(config),
        faults=tuple(faults),
    )


def coming(config: Config, here: Places, active: Active) -> Coming | None:
    """Return how far people have come to the candidate; None when there is none, or everybody is known to it anyhow.

    Raises:
        OtaError: The candidate is not whole, or not proven.
        ModelError: An embedder is damaged.
        StoreError: The people store cannot be read.
    """
    if active.candidate == NOBODY or not here.people_db.exists():
        return None
    old, new = space(config, running(config, here)), space(config, chosen(config, here, active.candidate))
    if old == new:
        return None
    with open_store(config, here) as store:
        found = progress_of(config, store, old, new, time.time())
    return _coming(found, config.ota.migrated_share)


def _coming(found: Progress, needed: float) -> Coming:
    missing = tuple((str(who), days) for who, days in found.waiting)
    return Coming(found.active, found.migrated, found.share, needed, missing, len(found.absent), found.enough(needed))


def _waits_for(config: Config, here: Places, active: Active, people: Coming | None) -> list[str]:
    """Say what is missing until the next step."""
    if active.phase == "shadow":
        missing = list(_shadow(config, here, active))
        if people is not None and not people.enough:
            known = f"{people.migrated} of {people.active} active people are known to it"
            missing.append(f"{known}, {people.needed:.0%} are needed")
        return missing or ["an empty, locked door with the terminal running"]
    return list(_trial(config, here, active)) if active.phase == "trial" else []


def _shadow(config: Config, here: Places, active: Active) -> tuple[str, ...]:
    kept = _kept(here, SHADOW, figures.parse)
    same = kept is not None and kept.slot == active.candidate and kept.old in {"", active.running}
    seen = kept if kept is not None and same else figures.Figures(active.candidate)
    found = shadow.judged(seen, shadow_policy(config))
    if isinstance(found, shadow.Waiting):
        return found.missing
    return (f"it will be given up: {found.why}",) if isinstance(found, shadow.Worse) else ()


def _trial(config: Config, here: Places, active: Active) -> tuple[str, ...]:
    kept = _kept(here, TRIAL, trial.parse)
    if kept is None or kept.slot != active.running:
        return ("the terminal has not begun with it: start it",)
    found = trial.judged(kept, trial_policy(config), time.time())
    if isinstance(found, trial.Going):
        return found.missing
    return (f"it will be taken back: {found.why}",) if isinstance(found, trial.Failed) else ()


def _kept(here: Places, name: str, parse: Callable[[bytes], T]) -> T | None:
    """Return the figures that the terminal keeps; None while there are none."""
    try:
        return parse((here.models / name).read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
