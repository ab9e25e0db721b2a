"""Whom the terminal has to forget: access that ended, visitors of yesterday, people who no longer come.

Nothing is erased by a clock that cannot be right: what was written down later than now says that it is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from edge.errors import StoreError
from edge.people import erasure
from edge.values import PersonId

if TYPE_CHECKING:
    from pathlib import Path

    from edge.people.directory import Entry
    from edge.people.sealed import Profile
    from edge.people.store import Store
    from edge.values import Handle

DAY_S = 86_400.0
_AHEAD_S = 2 * DAY_S
"""So much the newest record may be ahead of the clock: days are kept as whole ones, and clocks are set right."""


class Cause(StrEnum):
    """Why somebody has to be forgotten; the words are stable."""

    EXPIRED = "access-ended"
    VISITOR = "visit-ended"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Policy:
    """For how long people are kept, in days; 0 days of a visit or of absence are no limit.

    Attributes:
        keep_expired_days: After their access ended.
        inactive_days: After they were last recognised, or enrolled.
        visitor_groups: Who is a visitor.
        visitor_days: After a visitor was enrolled.
        keep_backup_days: How long the key of somebody is kept who may be in a backup alone.
    """

    keep_expired_days: int
    inactive_days: int
    visitor_groups: tuple[str, ...]
    visitor_days: int
    keep_backup_days: int


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody who has to be forgotten, and why."""

    id: PersonId
    handle: Handle
    cause: Cause


def cause(profile: Profile, seen: float | None, policy: Policy, now: float) -> Cause | None:
    """Return why somebody has to be forgotten; None when they may stay. Pure.

    Args:
        profile: What is known of them.
        seen: The end of the last day on which they were recognised, seconds since the epoch; None for never.
        policy: For how long people are kept.
        now: Seconds since the epoch.
    """
    if profile.valid_until is not None and now - profile.valid_until > policy.keep_expired_days * DAY_S:
        return Cause.EXPIRED
    visitor = policy.visitor_days and set(profile.groups) & set(policy.visitor_groups)
    if visitor and now - profile.created > policy.visitor_days * DAY_S:
        return Cause.VISITOR
    if policy.inactive_days and now - max(seen or 0.0, profile.created) > policy.inactive_days * DAY_S:
        return Cause.INACTIVE
    return None


def due(store: Store, policy: Policy, now: float) -> tuple[Due, ...]:
    """Return who has to be forgotten, by id.

    Raises:
        StoreError: The clock is behind what the store remembers, or the store cannot be read.
    """
    found: list[Due] = []
    for entry, seen in store.presence():
        newest = max(entry.profile.created, 0.0 if seen is None else seen - DAY_S)
        if newest > now + _AHEAD_S:
            raise StoreError(
                f"people store {store.path}: something in it was written {(newest - now) / DAY_S:.0f} days later than "
                f"this machine's clock says it is: nobody was erased; set the clock"
            )
        why = cause(entry.profile, seen, policy, now)
        if why:
            found.append(Due(PersonId(entry.profile.id), entry.handle, why))
    return tuple(found)


def forget(store: Store, one: Due, policy: Policy, now: float) -> Due | None:
    """Erase somebody who is due; None when they are gone, or are not due any more when it comes to it.

    Their access may have been prolonged since, and somebody else may have been enrolled under the id.

    Returns:
        Who was erased, with the cause as it was then.

    Raises:
        StoreError: It could not be begun, or not be finished.
    """
    why: Cause | None = None

    def wanted(entry: Entry) -> bool:
        nonlocal why
        if entry.handle == one.handle:
            why = cause(entry.profile, store.rows.seen_until(entry), policy, now)
        return why is not None

    erased = erasure.erase(store, one.id, wanted)
    return replace(one, cause=why) if erased and why else None


def forget_keys(store: Store, policy: Policy, now: float) -> int:
    """Destroy the keys of people who were not in the store for so long that no backup of them counts any more.

    Returns:
        How many.

    Raises:
        StoreError: It cannot be written.
    """
    before = now - policy.keep_backup_days * DAY_S
    with store.db.writing():
        old = [handle for (handle,) in store.db.execute("SELECT handle FROM spared WHERE since < ?", before)]
        store.db.execute("DELETE FROM spared WHERE since < ?", before)
    known = store.keyring.handles()
    store.keyring.destroy([handle for handle in old if handle in known])
    return len(old)


def forget_files(store: Path, policy: Policy, now: float) -> int:
    """Delete the files that restorations set aside so long ago that no backup counts any more; returns how many."""
    old = [
        file
        for why in ("before", "damaged", "log")
        for file in store.parent.glob(f"{store.name}.{why}-*")
        if now - file.stat().st_mtime > policy.keep_backup_days * DAY_S
    ]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)
