"""A store of the first version, which kept people in plain: everybody comes along, and no byte of them stays behind."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge.errors import EnrolError, StoreError
from edge.people import schema
from edge.people.records import Template
from edge.values import Embedding, Handle, PersonId, Space
from tests.vaults import AGREED, revoked, vault

HERE = Space("toy", "a" * 64, "1")
PEOPLE = 40


def vector(seed: int) -> np.ndarray:
    numbers = np.random.default_rng(seed).standard_normal(64).astype("<f4")
    return numbers / np.float32(np.linalg.norm(numbers))


def check(*values: object, blob: bytes = b"") -> int:
    return zlib.crc32(blob, zlib.crc32(msgspec.msgpack.encode(values)))


def first(path: Path) -> None:
    """Write a store as the first version did."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in (*schema.CREATE, "PRAGMA secure_delete = OFF", *schema.MIGRATIONS[0]):
            db.execute(statement)
        db.execute("INSERT INTO space VALUES (1, ?, ?, ?, 64)", (HERE.embedder, HERE.sha256, HERE.preprocessing))
        for number in range(PEOPLE):
            row = (f"number-{number}", f"{number:032x}", f"Unverwechselbar {number}", '["staff"]', 1.5, None, 1e9)
            key = db.execute(
                """INSERT INTO person (id, handle, name, member_of, valid_from, valid_until, created, checksum)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                (*row, check(*row)),
            ).lastrowid
            blob = vector(number).tobytes()
            words = (HERE.embedder, HERE.sha256, HERE.preprocessing)
            proof = check(row[1], *words, "photo.jpg", 2e9, blob=blob)
            db.execute("INSERT INTO template VALUES (NULL, ?, 1, ?, 'photo.jpg', 2e9, ?)", (key, blob, proof))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    first(tmp_path / "people.sqlite3")
    return tmp_path / "people.sqlite3"


def plain(folder: Path) -> list[tuple[str, str]]:
    """Return which file has what of anybody in plain."""
    found = []
    for file in filter(Path.is_file, folder.rglob("*")):
        content = file.read_bytes()
        for number in range(PEOPLE):
            pieces = {"id": f"number-{number}".encode(), "name": f"Unverwechselbar {number}".encode()}
            pieces["vector"] = vector(number)[8:16].tobytes()
            found += [(file.name, what) for what, piece in pieces.items() if piece in content]
    return found


def test_everybody_of_a_first_store_comes_along_sealed(path: Path, tmp_path: Path) -> None:
    assert len(plain(tmp_path)) >= 3 * PEOPLE
    with vault(path) as store:
        assert plain(tmp_path) == []
        people = store.people()
        assert {(one.id, one.handle, one.name, one.groups, one.valid_from, one.templates) for one in people} == {
            (f"number-{n}", f"{n:032x}", f"Unverwechselbar {n}", ("staff",), 1.5, 1) for n in range(PEOPLE)
        }
        found = store.templates(HERE)
        for number, who in enumerate(found.people):
            assert found.vectors[number].tobytes() == vector(int(who.removeprefix("number-"))).tobytes()
        (kept,) = store.kept(PersonId("number-7"))
        assert (kept.created, kept.template.source, kept.template.kind) == (2e9, "photo.jpg", "enrolled")
    with vault(path) as store:
        assert store.people() == people
    assert plain(tmp_path) == []


def test_whoever_never_consented_gets_no_further_template_until_they_do(path: Path) -> None:
    who, more = PersonId("number-1"), [Template(Embedding(vector(99), HERE), "new.jpg")]
    with vault(path) as store:
        assert store.consent(who) is None
        with pytest.raises(EnrolError, match="no consent"):
            store.add_templates(who, more)
        store.set_consent(who, AGREED)
        assert store.add_templates(who, more).templates == 2


def test_s12_a_first_store_brings_nobody_back_who_was_removed_for_good(path: Path, tmp_path: Path) -> None:
    revoked(path).add([Handle(f"{3:032x}")])
    with vault(path) as store:
        assert store.count() == PEOPLE - 1
        assert store.person(PersonId("number-3")) is None
        assert f"{3:032x}" not in store.keyring.handles()
    assert plain(tmp_path) == []


def test_a_first_store_with_a_changed_row_is_refused_and_left_alone(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE person SET name = 'Another' WHERE key = 5")
        db.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"number-4.* is not as written"):
        vault(path)
    assert path.read_bytes() == before
