"""Erases people for good, and completes what a crash cut short.

The order decides what a crash leaves: first the revocation, which lasts and which no backup holds, so that from then on
nobody finds them whatever file is put in place (S12); then the rows, overwritten; then the key. The last two are made
good at the next start. Once the key is gone, and the key it was wrapped with is no more, the person's sealed rows in
backups, in old blocks of the flash and in the log are noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import EdgeError, EnrolError, StoreError
from edge.people.names import shown
from edge.people.records import Erased

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edge.people.directory import Entry
    from edge.people.store import Store
    from edge.values import Handle, PersonId

_DELETE = "DELETE FROM person WHERE handle = ?"


def erase(store: Store, person: PersonId, wanted: Callable[[Entry], bool] | None = None) -> Erased | None:
    """Erase a person; None when there is no such person, or they are not wanted gone.

    Args:
        store: Where they are.
        person: Who.
        wanted: Asked within the transaction that erases them, with what is known of them then: what was decided of
            them before may be outdated, and the id be somebody else's. None for whoever has the id.

    Raises:
        EdgeError: As `wanted`; nothing was changed.
        StoreError: It could not be begun: nothing was changed. Or it could not be finished: they are revoked, and
            the next start completes it.
    """
    number = 0
    try:
        with store.db.writing():
            entry = store.rows.find(person)
            if entry is None or not (wanted is None or wanted(entry)):
                return None
            templates = store.directory.person(entry).templates
            store.revocations.add([entry.handle])
            number = store.revocations.count
            store.db.execute(_DELETE, entry.handle)
        store.keyring.destroy([entry.handle])
    except EdgeError as error:
        if not number:
            raise
        raise StoreError(
            f"{shown(person)} is revoked and will not be recognised again, but the erasure could not be finished; the "
            f"next start of the terminal, or `edge people list`, completes it: {error}"
        ) from error
    return Erased(entry.handle, templates, number)


def only(handle: Handle, entry: Entry) -> bool:
    """Want somebody gone only if they are who was meant.

    Raises:
        EnrolError: The id is somebody else's by now.
    """
    if entry.handle != handle:
        who = shown(entry.profile.id)
        raise EnrolError(
            f"id {who} is somebody else's by now: whoever had it was removed, and somebody was enrolled under it "
            f"since; nobody was erased: see with `edge people show {who}` who they are"
        )
    return True


def complete(store: Store) -> tuple[Handle, ...]:
    """Complete erasures that a crash cut short, and remove keys whose rows never followed; returns who was erased now.

    Another process that holds the store is not waited for longer than any other transaction; then the next start does
    it: until then the revoked are not found, and an additional key opens nothing.

    Raises:
        StoreError: Nobody in the store can be read, because all their keys are lost.
    """
    with store.db.reading():
        store.directory.refresh()
        held, lost = store.directory.held(), store.directory.lost()
        if lost and len(lost) == len([one for one in held if one not in store.revocations]):
            raise StoreError(
                f"people store {store.path}: the keys of all {len(lost)} people in it are lost, and nobody can be "
                f"recognised: put the file of keys and the key that it is wrapped with back where they were; a store "
                f"of another terminal cannot be read here. To begin anew, move {store.path.name} away and enrol again"
            )
        if not _unfinished(store, held):
            return ()
    try:
        with store.db.writing():
            store.directory.refresh()
            held = store.directory.held()
            revoked = tuple(sorted(handle for handle in held if handle in store.revocations))
            for handle in revoked:
                store.db.execute(_DELETE, handle)
            keys = _unfinished(store, held)
    except StoreError:
        return ()
    # Within no transaction: to exchange the wrapping key may take a while, and destroying a key twice does no harm.
    store.keyring.destroy([handle for handle in keys if handle in store.keyring.handles()])
    return revoked


def _unfinished(store: Store, held: Iterable[Handle]) -> tuple[Handle, ...]:
    """Return who has a row or a key left that they should not have."""
    spared = {handle for (handle,) in store.db.execute("SELECT handle FROM spared")}
    wanted = spared.union(held)
    every = store.keyring.handles() | frozenset(held)
    return tuple(sorted(one for one in every if one in store.revocations or one not in wanted))
