"""S12's other side: whoever is erased is who was meant, by what is known of them at that moment, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app import erasing
from edge.app.places import places
from edge.config import Config
from edge.errors import EdgeError, EnrolError
from edge.people.retention import DAY_S, Cause, Due, Policy, due, forget
from edge.values import PersonId
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.people.store import Store

POLICY = Policy(
    keep_expired_days=30, inactive_days=365, visitor_groups=("visitors",), visitor_days=1, keep_backup_days=90
)
NOW = 20_000 * DAY_S
LATER = NOW + 31 * DAY_S
CARL, ZOE = PersonId("carl"), PersonId("zoe")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with vault(tmp_path / "people.sqlite3", create=True, clock=lambda: NOW) as opened:
        opened.add(agreed(CARL, "Carl", ("visitors",), None, NOW), [])
        yield opened


def change(store: Store, person: PersonId, **news: object) -> None:
    with store.db.writing():
        store.rows.change(store.rows.known(person), lambda known: msgspec.structs.replace(known, **news))


def anew(store: Store, person: PersonId) -> None:
    store.remove(person)
    store.add(agreed(person, "Somebody else"), [])


def test_a_removal_of_somebody_whose_id_is_another_persons_by_now_is_refused_and_erases_nobody(store: Store) -> None:
    carl = store.person(CARL)
    assert carl
    anew(store, CARL)
    other = store.person(CARL)
    assert other
    with pytest.raises(EnrolError, match="id 'carl' is somebody else's by now"):
        store.remove(CARL, carl.handle)
    assert (store.person(CARL), other.handle in store.keyring.handles()) == (other, True)
    assert store.revocations.count == 1
    erased = store.remove(CARL, other.handle)
    assert erased
    assert erased.handle == other.handle
    assert store.remove(CARL, other.handle) is None


def test_an_erasure_with_a_receipt_erases_who_was_shown_and_nobody_else(store: Store, tmp_path: Path) -> None:
    carl, here = store.person(CARL), places(tmp_path)
    assert carl
    anew(store, CARL)
    with pytest.raises(EnrolError, match="somebody else's by now"):
        erasing.erase(store, here, carl, "officer")
    assert store.count() == 1
    assert not here.journal.exists()
    store.remove(CARL)
    with pytest.raises(EdgeError, match="nobody is enrolled under the id carl any more"):
        erasing.erase(store, here, carl, "officer")


def test_whoever_is_not_due_any_more_when_it_comes_to_it_stays(store: Store) -> None:
    (found,) = due(store, POLICY, LATER)
    change(store, CARL, valid_until=LATER, groups=("staff",))
    assert forget(store, found, POLICY, LATER) is None
    assert (store.count(), store.revocations.count) == (1, 0)
    change(store, CARL, valid_until=None, groups=("visitors",))
    assert forget(store, found, POLICY, LATER) == Due(CARL, found.handle, Cause.VISITOR)
    assert (store.count(), store.revocations.count) == (0, 1)
    assert forget(store, found, POLICY, LATER) is None


def test_whoever_came_again_after_they_were_found_inactive_stays(store: Store) -> None:
    change(store, CARL, valid_until=None, groups=())
    (found,) = due(store, POLICY, NOW + 400 * DAY_S)
    assert found.cause is Cause.INACTIVE
    store.seen(CARL, NOW + 400 * DAY_S)
    assert forget(store, found, POLICY, NOW + 400 * DAY_S) is None
    assert store.count() == 1


def test_whoever_was_enrolled_under_the_id_of_somebody_due_stays_though_they_are_due_themselves(store: Store) -> None:
    (found,) = due(store, POLICY, LATER)
    store.remove(CARL)
    store.add(agreed(CARL, "Another Carl", ("visitors",), None, NOW), [])
    assert forget(store, found, POLICY, LATER) is None
    assert store.count() == 1


def test_retention_judges_each_again_after_the_one_before_was_erased(store: Store, tmp_path: Path) -> None:
    for who in ("dora", ZOE):
        store.add(agreed(who, who, (), None, NOW), [])
    erased = []
    for one in erasing.retain(store, places(tmp_path), Config(), "officer"):
        erased.append(one.id)
        if one.id == CARL:
            change(store, PersonId("dora"), valid_until=None)
            anew(store, ZOE)
    assert erased == [CARL]
    assert [person.id for person in store.people()] == ["dora", ZOE]
