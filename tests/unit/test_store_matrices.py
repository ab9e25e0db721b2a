"""No row of the matrix is anything but a template that was unsealed: whatever was in the memory is nobody's face."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.errors import DamagedError
from edge.people import sealed
from edge.people.database import Database
from edge.people.directory import Directory
from edge.people.matrices import Matrices
from edge.people.records import Secrets, Template
from edge.people.search import LiveSearch
from edge.people.store import Store
from edge.values import Embedding, PersonId, Space
from tests.vaults import agreed, keys, revoked, vault

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from edge.people.keyring import Keyring
    from edge.values import Handle

HERE = Space("toy", "a" * 64, "1")
ANNA, BOB, CARL = PersonId("anna"), PersonId("bob"), PersonId("carl")


class Partial:
    """A file of keys that had not all keys for a while, and has them again; it says when it is asked for one."""

    def __init__(self, whole: Keyring) -> None:
        self.whole = whole
        self.away: set[Handle] = set()
        self.asked: Callable[[], None] = lambda: None

    def key(self, handle: Handle) -> bytes:
        self.asked()
        return self.whole.key(handle)

    def add(self, handle: Handle) -> bytes:
        return self.whole.add(handle)

    def destroy(self, handles: Iterable[Handle]) -> None:
        self.whole.destroy(handles)

    def handles(self) -> frozenset[Handle]:
        return self.whole.handles() - self.away


def template(*numbers: float) -> Template:
    vector = np.array(numbers, np.float32)
    return Template(Embedding(vector / np.float32(np.linalg.norm(vector)), HERE), "photo.jpg")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with vault(tmp_path / "people.sqlite3", create=True) as store:
        store.add(agreed(ANNA, "Anna"), [template(1, 0, 0)])
        store.add(agreed(BOB, "Bob"), [template(0, 1, 0), template(0, 3, 4)])
        store.add(agreed(CARL, "Carl"), [template(0, 0, 1)])
    return tmp_path / "people.sqlite3"


def test_s12_whoever_has_a_key_again_is_searched_by_their_own_templates_however_old_these_are(path: Path) -> None:
    whole = keys(path)
    partial = Partial(whole)
    with vault(path) as other:
        bob = other.person(BOB)
        assert bob
        partial.away = {bob.handle}
        with whole, Store(path, partial, revoked(path)) as store:
            search = LiveSearch(store, HERE)
            assert (store.lost(), search.gallery().templates) == (1, 2)
            partial.away = set()
            other.set_secrets(BOB, Secrets(pin="$hash"))  # their profile is newer than that reading, no template is
            match = search(template(0, 1, 0).embedding)
            assert match
            assert (match.person, match.similarity) == (BOB, 1.0)
            found = store.templates(HERE)
            assert found.people == (ANNA, BOB, CARL)
            expected = [template(1, 0, 0), template(0, 1, 0), template(0, 3, 4), template(0, 0, 1)]
            assert found.vectors.tolist() == [one.embedding.vector.tolist() for one in expected]


def test_s12_whoever_is_revoked_while_templates_are_read_has_their_own_once_more_and_then_none(path: Path) -> None:
    with keys(path) as whole, Store(path, partial := Partial(whole), removed := revoked(path)) as store:
        bob = store.person(BOB)
        assert bob
        partial.asked = lambda: removed.add([bob.handle])
        found = store.templates(HERE)
        assert (found.people, found.vectors[1:3].tolist()) == (
            (ANNA, BOB, CARL),
            [one.embedding.vector.tolist() for one in (template(0, 1, 0), template(0, 3, 4))],
        )
        assert bob.handle in removed
        assert store.templates(HERE).people == (ANNA, CARL)


class Losing(Database):
    """A file in which one person's templates are named, and cannot be read."""

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        return super().execute(
            statement.replace("vector FROM template WHERE", "vector FROM template WHERE key > 1 AND"), *values
        )


def test_a_template_that_is_named_and_not_there_is_damage_and_never_whatever_the_memory_held(path: Path) -> None:
    with keys(path) as keyring, closing(Losing(path, keyring, revoked(path), create=False, wait_s=5)) as db:
        directory = Directory(db, keyring, revoked(path))
        matrices, said = Matrices(db, directory, keyring), r"1 templates of toy@.* are named in it and cannot be found"
        with db.reading(), pytest.raises(DamagedError, match=said):
            matrices.read(HERE, directory.refresh())


def test_s12_a_gallery_of_damaged_templates_is_damage_of_the_store_and_matches_nobody(path: Path) -> None:
    with vault(path) as store:
        search = LiveSearch(store, HERE)
        with store.db.writing():
            entry = store.rows.find(BOB)
            assert entry
            key = store.keyring.key(entry.handle)
            blob = sealed.seal_template(key, entry.handle, Template(Embedding(np.ones(3, np.float32), HERE), "x"), 1e9)
            store.db.execute("UPDATE template SET vector = ? WHERE person = ?", blob, entry.row)
        for _ in range(2):
            with pytest.raises(DamagedError, match=r"people store .* is damaged .*not a vector of unit length"):
                search(template(1, 0, 0).embedding)
