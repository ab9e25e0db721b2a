"""What waits in the store, and what migrates: met by no search; sealed, erased, backed up and moved like the rest."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.errors import EnrolError, StoreError
from edge.people import moving
from edge.people.backup import back_up
from edge.people.records import Crop, Migration, Template, words
from edge.people.restoring import restore
from edge.people.search import LiveSearch
from edge.people.waiting import Waiting
from edge.values import Handle
from tests.unit.store_builders import ANNA, BOB, HERE, THERE, template
from tests.unit.walks import seen, turned, waiting
from tests.vaults import agreed, keys, revoked, vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.people.store import Store

PICTURE = Crop(b"\x89PNG a face, aligned", "align-1", "photo.jpg", 1e9)
MADE = Migration(1e9, "walks", 3, 0.8, 0.5, 0.1, words(HERE))
WALKS = tuple(waiting(day, turned(0.9, day + 1)) for day in range(2))


def came(*numbers: float) -> Template:
    return Template(seen(list(numbers) if numbers else turned(1.0), THERE), "migrated", "migrated", migration=MADE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with vault(path, create=True) as opened:
        opened.add(agreed("anna", "Anna"), [replace(template(*turned(1.0)), crop=PICTURE)])
        opened.add(agreed("bob", "Bob"), [template(*turned(0.0))])
        Waiting(opened).set_gathered(ANNA, THERE, WALKS)
        yield opened


def test_s5_walks_that_wait_are_met_by_no_search_and_counted_nowhere(store: Store) -> None:
    generation = store.generation()
    Waiting(store).set_gathered(ANNA, THERE, (*WALKS, waiting(5, turned(1.0))))
    assert store.generation() == generation
    assert len(store.templates(THERE).vectors) == 0
    assert len(store.kept(ANNA)) == 1
    assert store.spaces() == {HERE: 2}
    assert store.stranded(THERE) == 2
    assert [person.templates for person in store.people()] == [1, 1]


def test_walks_come_back_as_they_were_and_only_of_their_space(store: Store) -> None:
    found = Waiting(store).gathered(ANNA)
    assert [one.provenance for one in found] == [one.provenance for one in WALKS]
    assert all(np.array_equal(a.embedding.vector, b.embedding.vector) for a, b in zip(found, WALKS, strict=True))
    assert {one.kind for one in found} == {"gathered"}
    assert Waiting(store).gathered(BOB) == ()
    with pytest.raises(EnrolError, match="another space"):
        Waiting(store).set_gathered(ANNA, HERE, WALKS)


def test_what_waits_is_no_template_and_no_template_waits(store: Store) -> None:
    with pytest.raises(EnrolError, match="no template"):
        store.add_templates(ANNA, WALKS)
    with pytest.raises(EnrolError, match="no template"):
        Waiting(store).set_gathered(ANNA, THERE, (came(),))
    with pytest.raises(EnrolError, match="only what was migrated"):
        Waiting(store).migrate(ANNA, (replace(came(), kind="enrolled"),))


def test_whoever_migrates_is_found_in_both_spaces_and_waits_no_more(store: Store) -> None:
    old, new = LiveSearch(store, HERE), LiveSearch(store, THERE)
    Waiting(store).migrate(ANNA, (came(),))
    assert Waiting(store).gathered(ANNA) == ()
    match = new(seen(turned(1.0), THERE))
    assert match is not None
    assert (match.person, match.comparisons) == (ANNA, 1)
    before = old(seen(turned(1.0), HERE))
    assert before is not None
    assert before.person == ANNA
    assert [one.template.migration for one in store.kept(ANNA)] == [None, MADE]
    with pytest.raises(EnrolError, match="already"):
        Waiting(store).migrate(ANNA, (came(),))


def test_s12_what_one_person_earned_is_never_given_to_who_has_their_id_by_now(store: Store) -> None:
    gone = Handle("0" * 32)
    before = [one.template for one in store.kept(ANNA)]
    waiting_before = Waiting(store).gathered(ANNA)
    adapted = Template(seen(turned(1.0), HERE), "adapted", "adapted")
    for write in (
        lambda: Waiting(store).migrate(ANNA, (came(),), gone),
        lambda: Waiting(store).set_gathered(ANNA, THERE, (), gone),
        lambda: store.set_adapted(ANNA, (adapted,), gone),
    ):
        with pytest.raises(EnrolError, match="somebody else's by now"):
            write()
    assert [one.template.kind for one in store.kept(ANNA)] == [one.kind for one in before]
    assert len(Waiting(store).gathered(ANNA)) == len(waiting_before) > 0


def test_a_migrated_template_is_an_anchor_that_reverting_leaves_alone(store: Store) -> None:
    Waiting(store).migrate(ANNA, (came(),))
    assert store.templates(THERE).adapted is None
    store.set_adapted(ANNA, ())
    assert [one.template.kind for one in store.kept(ANNA)] == ["enrolled", "migrated"]


def test_both_spaces_stay_in_memory_while_both_are_read(store: Store) -> None:
    Waiting(store).migrate(ANNA, (came(),))
    for _ in range(3):
        store.templates(HERE), store.templates(THERE)
    assert set(store._matrices._held) == {HERE, THERE}  # noqa: SLF001 - what is held shows nowhere else
    for _ in range(4):
        store.templates(HERE)
    assert set(store._matrices._held) == {HERE}  # noqa: SLF001


def test_standings_say_who_is_where(store: Store) -> None:
    Waiting(store).migrate(BOB, (came(),))
    anna, bob = Waiting(store).standings(HERE, THERE)
    assert (anna.person.id, anna.old, anna.new, len(anna.walks)) == (ANNA, True, False, 2)
    assert (bob.person.id, bob.old, bob.new, len(bob.walks)) == (BOB, True, True, 0)


def test_old_templates_go_only_of_those_who_have_new_ones(store: Store) -> None:
    Waiting(store).migrate(BOB, (came(),))
    assert Waiting(store).drop(HERE, HERE) == 0
    assert Waiting(store).drop(HERE, THERE) == 1
    assert store.spaces() == {HERE: 1, THERE: 1}
    assert [one.template.embedding.space for one in store.kept(ANNA)] == [HERE]


def test_pictures_are_kept_and_forgotten(store: Store) -> None:
    assert Waiting(store).crops(ANNA) == (PICTURE,)
    assert [one.id for one in Waiting(store).pictured()] == [ANNA]
    assert Waiting(store).crops(BOB) == ()
    assert Waiting(store).forget_crops(ANNA) == 1
    assert Waiting(store).crops(ANNA) == ()
    assert len(store.kept(ANNA)) == 1


def test_s6_neither_pictures_nor_walks_are_readable_in_any_file(path: Path, store: Store) -> None:
    assert store.path == path
    plain = [PICTURE.png, b"aligned", WALKS[0].embedding.vector.tobytes()[:16]]
    for file in path.parent.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not [one for one in plain if one in content], file


def test_s6_whoever_is_erased_leaves_no_picture_and_no_walk(path: Path, store: Store) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        sealed = [blob for table, blob in (("gathered", "vector"), ("crop", "picture"))
                  for (blob,) in db.execute(f"SELECT {blob} FROM {table}")]  # noqa: S608  # fmt: skip
    assert len(sealed) == 3
    store.remove(ANNA)
    left = b"".join(file.read_bytes() for file in path.parent.glob("people.sqlite3*"))
    assert not [blob for blob in sealed if blob[:32] in left]
    for table in ("gathered", "crop"):
        assert store.db.number(f"SELECT count(*) FROM {table}") == 0  # noqa: S608


def test_s6_walks_of_every_space_but_one_are_forgotten(store: Store) -> None:
    assert Waiting(store).forget_walks(THERE) == 0
    assert len(Waiting(store).gathered(ANNA)) == len(WALKS)
    assert Waiting(store).forget_walks(HERE) == len(WALKS)
    assert Waiting(store).gathered(ANNA) == ()
    Waiting(store).set_gathered(ANNA, THERE, WALKS)
    assert Waiting(store).forget_walks() == len(WALKS)
    assert Waiting(store).gathered(ANNA) == ()
    assert len(store.kept(ANNA)) == 1


def test_a_row_of_another_table_or_person_does_not_open(path: Path, store: Store) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO template (person, space, kind, vector) SELECT person, space, 'migrated', vector "
                   "FROM gathered LIMIT 1")  # fmt: skip
        db.execute("UPDATE crop SET person = (SELECT key FROM person ORDER BY key DESC LIMIT 1)")
        db.commit()
    with pytest.raises(StoreError, match="damaged"):
        store.templates(THERE)
    with pytest.raises(StoreError, match="damaged"):
        Waiting(store).crops(BOB)


def test_a_backup_brings_walks_pictures_and_migrated_templates_back(path: Path, store: Store) -> None:
    Waiting(store).migrate(BOB, (came(),))
    back_up(store, path.with_name("backup"))
    Waiting(store).set_gathered(ANNA, THERE, ())
    Waiting(store).forget_crops(ANNA)
    Waiting(store).drop(HERE, THERE)
    restore(path, path.with_name("backup"), keys(path), revoked(path), 1.8e9)
    assert [one.provenance for one in Waiting(store).gathered(ANNA)] == [one.provenance for one in WALKS]
    assert Waiting(store).crops(ANNA) == (PICTURE,)
    assert [one.template.migration for one in store.kept(BOB)] == [None, MADE]


@pytest.mark.parametrize("table", ["gathered", "crop"])
def test_a_backup_with_a_damaged_walk_or_picture_is_refused(path: Path, store: Store, table: str) -> None:
    back_up(store, path.with_name("backup"))
    column = "vector" if table == "gathered" else "picture"
    with contextlib.closing(sqlite3.connect(path.with_name("backup"))) as db:
        db.execute(f"UPDATE {table} SET {column} = zeroblob(length({column}))")  # noqa: S608
        db.commit()
    with pytest.raises(StoreError, match="nothing was changed"):
        restore(path, path.with_name("backup"), keys(path), revoked(path), 1.8e9)
    assert len(Waiting(store).gathered(ANNA)) == 2


def test_s6_a_letter_takes_walks_and_migrated_templates_along_and_no_picture(tmp_path: Path, store: Store) -> None:
    Waiting(store).migrate(BOB, (came(),))
    text = moving.packed(store, store.people())
    assert PICTURE.png not in text
    with vault(tmp_path / "other" / "people.sqlite3", create=True) as other:
        for moved in moving.unpacked(text):
            moving.take_in(other, moved, [one.template() for one in moved.templates], 1.8e9)
        assert [one.provenance for one in Waiting(other).gathered(ANNA)] == [one.provenance for one in WALKS]
        assert [one.template.migration for one in other.kept(BOB)] == [None, MADE]
        assert Waiting(other).crops(ANNA) == ()


def test_a_store_of_the_second_version_comes_along(path: Path, store: Store) -> None:
    store.close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        for statement in ("DROP TABLE gathered", "DROP TABLE crop", "PRAGMA user_version = 2"):
            db.execute(statement)
        db.commit()
    with vault(path) as again:
        assert [person.id for person in again.people()] == [ANNA, BOB]
        Waiting(again).set_gathered(ANNA, THERE, WALKS)
        assert len(Waiting(again).gathered(ANNA)) == 2
