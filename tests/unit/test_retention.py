"""Who has to be forgotten: nobody a day too early, and nobody by a clock that is wrong."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import StoreError
from edge.people.retention import DAY_S, Cause, Policy, cause, due, forget_files, forget_keys
from edge.people.sealed import Profile
from edge.values import Handle, PersonId
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.people.store import Store

POLICY = Policy(
    keep_expired_days=30, inactive_days=365, visitor_groups=("visitors",), visitor_days=1, keep_backup_days=90
)
NOW = 20_000 * DAY_S


def profile(*groups: str, created: float = NOW, until: float | None = None) -> Profile:
    return Profile("anna", "Anna", groups, None, until, created)


@pytest.mark.parametrize(
    ("who", "seen", "expected"),
    [
        (profile(), None, None),
        (profile(until=NOW - 30 * DAY_S), None, None),
        (profile(until=NOW - 30 * DAY_S - 1), NOW, Cause.EXPIRED),
        (profile(until=NOW + 1), None, None),
        (profile("visitors", created=NOW - DAY_S), None, None),
        (profile("staff", "visitors", created=NOW - DAY_S - 1), NOW, Cause.VISITOR),
        (profile("staff", created=NOW - 365 * DAY_S), None, None),
        (profile("staff", created=NOW - 365 * DAY_S - 1), None, Cause.INACTIVE),
        (profile("staff", created=0.0), NOW - 365 * DAY_S, None),
        (profile("staff", created=0.0), NOW - 365 * DAY_S - 1, Cause.INACTIVE),
    ],
)
def test_each_limit_holds_to_the_second(who: Profile, seen: float | None, expected: Cause | None) -> None:
    assert cause(who, seen, POLICY, NOW) == expected


@given(
    st.floats(0, NOW),
    st.none() | st.floats(0, NOW),
    st.none() | st.floats(0, 2 * NOW),
    st.sampled_from([(), ("visitors",), ("staff",)]),
    st.floats(0, 9 * DAY_S),
)
def test_whoever_is_due_stays_due(
    created: float, seen: float | None, until: float | None, groups: tuple[str, ...], later: float
) -> None:
    who = profile(*groups, created=created, until=until)
    if cause(who, seen, POLICY, NOW):
        assert cause(who, seen, POLICY, NOW + later)
    none = dataclasses.replace(POLICY, visitor_days=0, inactive_days=0)
    if until is None:
        assert cause(who, seen, none, NOW + later) is None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with vault(path, create=True, clock=lambda: NOW) as opened:
        opened.add(agreed("anna", "Anna"), [])
        opened.add(agreed("bob", "Bob", ("visitors",)), [])
        opened.add(agreed("carl", "Carl", (), None, NOW), [])
        yield opened


def test_whoever_is_due_is_named_with_the_cause(store: Store) -> None:
    assert due(store, POLICY, NOW) == ()
    found = due(store, POLICY, NOW + 31 * DAY_S)
    assert [(one.id, one.cause) for one in found] == [("bob", Cause.VISITOR), ("carl", Cause.EXPIRED)]
    store.seen(PersonId("anna"), NOW + 31 * DAY_S)
    last = due(store, POLICY, NOW + 390 * DAY_S)
    assert [one.id for one in last] == ["bob", "carl"]
    assert [one.id for one in due(store, POLICY, NOW + 398 * DAY_S)] == ["anna", "bob", "carl"]


@pytest.mark.parametrize("behind_days", [3, 20_000])
def test_a_clock_that_is_behind_the_store_erases_nobody(store: Store, behind_days: int) -> None:
    with pytest.raises(StoreError, match="set the clock"):
        due(store, POLICY, NOW - behind_days * DAY_S)
    store.seen(PersonId("anna"), NOW + 500 * DAY_S)
    with pytest.raises(StoreError, match="days later than"):
        due(store, POLICY, NOW + 400 * DAY_S)


def test_the_key_of_somebody_in_a_backup_alone_is_kept_for_so_long_and_no_longer(store: Store, path: Path) -> None:
    lonely = Handle("f" * 32)
    store.keyring.add(lonely)
    with store.db.writing():
        store.db.execute("INSERT INTO spared VALUES (?, ?)", lonely, NOW)
    assert forget_keys(store, POLICY, NOW + 90 * DAY_S) == 0
    with vault(path) as again:
        assert lonely in again.keyring.handles()
    assert forget_keys(store, POLICY, NOW + 91 * DAY_S) == 1
    assert lonely not in store.keyring.handles()
    assert len(store.keyring.handles()) == 3


def test_files_that_restorations_set_aside_go_with_the_backups(store: Store, path: Path) -> None:
    aside = path.with_name("people.sqlite3.damaged-20260101T000000Z")
    aside.write_bytes(b"x")
    written = aside.stat().st_mtime
    assert forget_files(path, POLICY, written + 90 * DAY_S) == 0
    assert forget_files(path, POLICY, written + 91 * DAY_S) == 1
    assert store.count() == 3
