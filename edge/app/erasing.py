"""Erasing people, one or all who are due, with what has to be told of it: the journal, and a signed receipt."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from edge.app.auditing import audit
from edge.app.crops import picturable
from edge.app.crossing import crossing
from edge.app.durable import replace_file
from edge.app.identity import device_key
from edge.errors import EdgeError, ModelError, OtaError, StoreError
from edge.keys.tokens import sign_token
from edge.people import retention
from edge.people.waiting import Waiting
from edge.values import Occasion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.app.places import Places
    from edge.config import Config
    from edge.people.records import Erased
    from edge.people.store import Store
    from edge.values import Person

RECEIPT = "erasure+jwt"
"""What sort of statement an erasure's receipt is."""


def erase(store: Store, here: Places, person: Person, operator: str, receipt: Path | None = None) -> Erased:
    """Erase somebody for good, and write it into the journal.

    Args:
        store: Where they are.
        here: Where the journal and the device's key are.
        person: Who, as whoever erases them was shown: nobody else who has their id by now.
        operator: Who erases them.
        receipt: Where a signed statement of it goes, which names nobody but by their handle; None for none.

    Raises:
        EdgeError: Nobody is enrolled under this id; or they were erased, and the journal or the receipt could not be
            written: the message says so.
        EnrolError: The id is somebody else's by now; nobody was erased.
        StoreError: The erasure could not be begun, or not be finished.
    """
    private = device_key(here) if receipt else b""  # before anything is destroyed: a receipt that cannot be signed
    erased = store.remove(person.id, person.handle)
    if erased is None:
        raise EdgeError(
            f"nobody is enrolled under the id {person.id} any more: somebody else removed them a moment ago"
        )
    statement = _statement(erased, operator)
    try:
        if receipt:
            replace_file(receipt, sign_token(statement, private, RECEIPT).encode() + b"\n")
        words = f"{erased.templates} templates; revocation {erased.number}"
        audit(here, Occasion.ERASED, operator=operator, words=words, handle=erased.handle)
    except (EdgeError, OSError) as error:
        raise EdgeError(
            f"{person.id} was erased ({erased.handle}), but this could not be put on record: {error}"
        ) from error
    return erased


def _statement(erased: Erased, operator: str) -> dict[str, object]:
    return {
        "iat": int(time.time()),
        "sub": erased.handle,
        "event": "erased",
        "operator": operator,
        "templates": erased.templates,
        "revocation": erased.number,
    }


def policy(config: Config) -> retention.Policy:
    """Return for how long people are kept."""
    people = config.people
    return retention.Policy(
        keep_expired_days=people.keep_expired_days,
        inactive_days=people.inactive_days,
        visitor_groups=people.visitor_groups,
        visitor_days=people.visitor_days,
        keep_backup_days=people.keep_backup_days,
    )


def retain(store: Store, here: Places, config: Config, operator: str) -> Iterator[retention.Due]:
    """Erase everybody who is due, one after the other, and yield each; then the keys and files that are too old.

    Pictures of enrolments that may not be kept any more, by the settings or by the person's consent, go, too, and walks
    that no candidate waits for (S6): they give nobody anything, and nobody misses them.
    Each is judged again as they are erased. Whoever cannot be erased does not keep the others from being erased.

    Raises:
        StoreError: The clock cannot be right, and nobody was erased; or some could not be erased: they are counted.
    """
    now, rules = time.time(), policy(config)
    faults: list[str] = []
    for found in retention.due(store, rules, now):
        try:
            one = retention.forget(store, found, rules, now)
            if one is None:
                continue
            audit(here, Occasion.RETAINED, operator=operator, words=one.cause, handle=one.handle)
        except EdgeError as error:
            faults.append(str(error))
            continue
        yield one
    waiting = Waiting(store)
    for person in waiting.pictured():
        if not picturable(config, store, person):
            waiting.forget_crops(person.id)
    with suppress(OtaError, ModelError):  # where it cannot be said which set is tried, nothing is known to be needless
        between = crossing(config, here)
        waiting.forget_walks(None if between is None or between.committed else between.new_space)
    retention.forget_keys(store, rules, now)
    retention.forget_files(store.path, rules, now)
    if faults:
        raise StoreError(f"{len(faults)} people could not be erased, or it was not put on record; first: {faults[0]}")
