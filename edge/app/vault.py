"""Puts the people store together: who keeps the wrapping key, everybody's keys, who was removed for good, the store."""

from __future__ import annotations

import logging
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from edge.app.auditing import audit
from edge.app.holders import holder
from edge.disk import make_folder
from edge.errors import JournalError
from edge.people.database import wording
from edge.people.keyring import Keyring
from edge.people.opening import guard
from edge.people.revoked import Revocations
from edge.people.store import Store
from edge.values import Occasion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.app.places import Places
    from edge.config import Config

_ITSELF = "the terminal itself"
_log = logging.getLogger(__name__)


@contextmanager
def open_keys(config: Config, here: Places) -> Iterator[tuple[Keyring, Revocations]]:
    """Open everybody's keys, and the list of those who were removed for good.

    Raises:
        StoreError: A file is damaged, or cannot be read or made; or the wrapping key is lost.
    """
    with wording(here.people_db, "opened"):
        make_folder(here.people_db)
    with Keyring(here.keyring, holder(config, here)) as keyring, Revocations(here.revoked) as revocations:
        yield keyring, revocations


@contextmanager
def open_store(
    config: Config,
    here: Places,
    *,
    create: bool = False,
    wait_s: float = 5.0,
    clock: Callable[[], float] = time.time,
) -> Iterator[Store]:
    """Open the people store; every program opens it here.

    Args:
        config: Who keeps the wrapping key.
        here: Where everything is.
        create: Make an empty store when there is none; otherwise that is an error, and nothing is made.
        wait_s: How long to wait for another process's transaction.
        clock: Seconds since the epoch.

    Raises:
        StoreError: It is missing, damaged, newer than this program, or its keys are lost.
    """
    if not create:
        with wording(here.people_db, "opened"):
            guard(here.people_db)
    with (
        open_keys(config, here) as (keyring, revocations),
        closing(Store(here.people_db, keyring, revocations, create=create, wait_s=wait_s, clock=clock)) as store,
    ):
        _record(store, here)
        yield store


def _record(store: Store, here: Places) -> None:
    """Write down which erasures this opening completed: whoever began them did not live to do it."""
    for handle in store.completed:
        try:
            audit(here, Occasion.ERASED, operator=_ITSELF, words="completed after an interruption", handle=handle)
        except JournalError as error:
            _log.warning("an interrupted erasure was completed (%s), but not put on record: %s", handle, error)
