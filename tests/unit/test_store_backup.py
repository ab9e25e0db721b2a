"""Backup and restoration: what was backed up comes back, and whoever was removed for good does not."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import stat
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.errors import StoreError
from edge.people import backups
from edge.people.backup import back_up, prune
from edge.people.records import Secrets, Template
from edge.people.restoring import Restored, restore
from edge.people.search import LiveSearch
from edge.values import Embedding, PersonId, Space
from tests.vaults import agreed, keys, revoked, vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.people.store import Store

HERE = Space("toy", "a" * 64, "1")
ANNA, BOB, CARL = PersonId("anna"), PersonId("bob"), PersonId("carl")


def template(seed: int) -> Template:
    vector = np.random.default_rng(seed).standard_normal(16).astype(np.float32)
    return Template(Embedding(vector / np.float32(np.linalg.norm(vector)), HERE), f"photo-{seed}.jpg")


def again(path: Path, file: Path) -> Restored:

    return restore(path, file, keys(path), revoked(path), 1.8e9)


def content(store: Store) -> object:
    return [
        (person, store.consent(person.id), store.secrets(person.id), [
            (kept.created, kept.template.source, kept.template.embedding.vector.tobytes())
            for kept in store.kept(person.id)
        ])
        for person in store.people()
    ]  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "people.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with vault(path, create=True) as opened:
        opened.add(agreed("anna", "Anna", ("staff",), 1.5, 2e9), [template(1), template(2)])
        opened.add(agreed("bob", "Bob"), [template(3)])
        opened.set_secrets(BOB, Secrets("pin", "duress"))
        yield opened


@pytest.fixture
def saved(store: Store, tmp_path: Path) -> Path:
    assert back_up(store, tmp_path / "stick" / "backup") == 2
    return tmp_path / "stick" / "backup"


def test_a_backup_is_one_file_that_only_its_owner_reads_and_never_replaces_another(saved: Path, store: Store) -> None:
    assert [file.name for file in saved.parent.iterdir()] == ["backup"]
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    before = saved.read_bytes()
    with pytest.raises(StoreError, match="such a file already"):
        back_up(store, saved)
    assert saved.read_bytes() == before
    for words in (b"anna", b"Anna", b"staff", b"photo-1", template(1).embedding.vector[2:6].tobytes()):
        assert words not in before


def test_a_backup_tells_how_far_it_is(store: Store, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    back_up(store, tmp_path / "file", lambda done, pages: told.append((done, pages)))
    assert told
    assert told[-1][0] == told[-1][1] > 0


def test_what_was_backed_up_comes_back_and_a_running_terminal_sees_it(store: Store, saved: Path, path: Path) -> None:
    truth = content(store)
    search = LiveSearch(store, HERE)
    store.add(agreed("carl", "Carl"), [template(4)])
    store.add_templates(ANNA, [template(5)])
    assert len(search.gallery()) == 3
    done = again(path, saved)
    assert (done.people, done.revoked, done.keyless, done.gone, done.aside) == (2, 0, 0, 1, None)
    assert content(store) == truth
    assert len(search.gallery()) == 2
    assert search.gallery().templates == 3


def test_what_the_store_held_before_is_kept_and_comes_back_too(store: Store, saved: Path, path: Path) -> None:
    store.add(agreed("carl", "Carl"), [template(4)])
    truth = content(store)
    before = again(path, saved).before
    assert before is not None
    with vault(path):  # a start in between must not take Carl's key for one that is left over
        pass
    assert again(path, before).people == 3
    assert content(store) == truth


def test_s12_nobody_who_was_removed_for_good_is_brought_back(store: Store, saved: Path, path: Path) -> None:
    erased = store.remove(ANNA)
    assert erased is not None
    done = again(path, saved)
    assert (done.people, done.revoked) == (1, 1)
    assert [person.id for person in store.people()] == [BOB]
    assert store.person_by_handle(erased.handle) is None


def test_s12_nobody_who_was_removed_comes_back_whatever_file_is_put_in_place(
    store: Store, saved: Path, path: Path
) -> None:
    old = (path.parent / "people.keys").read_bytes()
    erased = store.remove(ANNA)
    assert erased is not None
    store.close()
    shutil.copy(saved, path)
    now = (path.parent / "people.keys").read_bytes()
    (path.parent / "people.keys").write_bytes(old)  # what they were wrapped with is no more
    with pytest.raises(StoreError, match="is wrapped with the key"):
        vault(path)
    (path.parent / "people.keys").write_bytes(now)
    with vault(path) as rolled:
        assert rolled.completed == (erased.handle,)
        assert rolled.person(ANNA) is None
        assert rolled.person_by_handle(erased.handle) is None
        assert rolled.templates(HERE).people == (BOB,)
        assert erased.handle not in rolled.keyring.handles()


def test_s12_a_running_terminal_forgets_whom_another_process_revoked(store: Store, path: Path) -> None:
    search = LiveSearch(store, HERE)
    anna = store.person(ANNA)
    assert anna is not None
    seen = store.generation()
    revoked(path).add([anna.handle])  # and died before it got further
    assert store.generation() > seen
    assert store.person(ANNA) is None
    assert store.count() == 1
    assert len(search.gallery()) == 1


def test_people_without_a_key_are_left_out_and_counted(store: Store, saved: Path, path: Path) -> None:
    bob = store.person(BOB)
    assert bob is not None
    keys(path).destroy([bob.handle])
    done = again(path, saved)
    assert (done.people, done.keyless) == (1, 1)
    assert [person.id for person in store.people()] == [ANNA]


def test_another_machines_backup_is_refused(store: Store, saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "people.sqlite3"
    with vault(other, create=True) as theirs:
        theirs.add(agreed("carl", "Carl"), [])
        with pytest.raises(StoreError, match="a key for none of its 2 people"):
            again(other, saved)
        assert [person.id for person in theirs.people()] == [CARL]
    assert store.count() == 2


def test_a_damaged_store_is_set_aside_and_the_advice_is_followed(store: Store, path: Path) -> None:
    truth = content(store)
    back_up(store, backups.name(path, 1e9))
    newest = backups.name(path, 2e9)
    back_up(store, newest)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2 :] = bytes(len(damaged) - len(damaged) // 2)
    path.write_bytes(damaged)
    with pytest.raises(StoreError, match=f"`edge people restore {newest}` puts the newest backup in its place"):
        vault(path)
    assert path.read_bytes() == bytes(damaged)
    done = again(path, newest)
    assert (done.people, done.before) == (2, None)
    assert done.aside is not None
    assert done.aside.read_bytes() == bytes(damaged)
    with pytest.raises(StoreError, match="replaced while it was open; start again"):
        store.generation()
    with vault(path) as mended:
        assert content(mended) == truth


def test_a_missing_store_is_made_anew_from_a_backup(store: Store, saved: Path, path: Path) -> None:
    truth = content(store)
    store.close()
    path.unlink()
    with vault(path, create=True) as empty:  # a start without a store must not destroy everybody's keys
        assert empty.count() == 0
    path.unlink()
    assert again(path, saved).people == 2
    with vault(path) as mended:
        assert content(mended) == truth


@pytest.mark.parametrize("spoilt", ["missing", "empty", "words", "another", "cut", "row", "itself"])
def test_what_is_no_sound_backup_changes_nothing(store: Store, saved: Path, path: Path, spoilt: str) -> None:
    truth = content(store)
    file = path if spoilt == "itself" else saved
    if spoilt == "missing":
        saved.unlink()
    elif spoilt == "empty":
        saved.write_bytes(b"")
    elif spoilt == "words":
        saved.write_bytes(b"id,name\n" * 1000)
    elif spoilt == "cut":
        saved.write_bytes(saved.read_bytes()[:-20_000])
    elif spoilt == "another":
        saved.unlink()
        with contextlib.closing(sqlite3.connect(saved)) as db:
            db.execute("CREATE TABLE cookies (x)")
    elif spoilt == "row":
        with contextlib.closing(sqlite3.connect(saved, isolation_level=None)) as db:
            db.execute("UPDATE template SET vector = zeroblob(120) WHERE key = 2")
    with pytest.raises(StoreError) as caught:
        again(path, file)
    assert str(file) in str(caught.value)
    assert content(store) == truth
    assert [one.name for one in path.parent.iterdir() if "restore" in one.name] == []


def test_the_newest_backups_are_kept(store: Store, path: Path) -> None:
    for number in range(5):
        back_up(store, backups.name(path, 1e9 + number))
    assert prune(path, 2) == 3
    assert backups.all_of(path) == [backups.name(path, 1e9 + 3), backups.name(path, 1e9 + 4)]
