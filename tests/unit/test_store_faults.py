"""Everything that can be wrong with the store's file: one clear error each, and never another person."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import StoreError
from edge.people.backup import back_up
from edge.people.records import Template
from edge.people.restoring import restore
from edge.values import Embedding, PersonId, Space
from tests.vaults import agreed, keys, revoked, vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = Space("toy", "a" * 64, "1")


def template(seed: int) -> Template:
    vector = np.random.default_rng(seed).standard_normal(16).astype(np.float32)
    return Template(Embedding(vector / np.float32(np.linalg.norm(vector)), HERE), "photo.jpg")


def content(path: Path) -> object:
    with vault(path, wait_s=0.05) as store:
        found = store.templates(HERE)
        everyone = store.people()
        asked = [store.person(person.id) for person in everyone]
        return everyone, asked, found.people, found.offsets.tolist(), found.vectors.tobytes(), store.spaces()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "people.sqlite3"
    with vault(path, create=True) as store:
        for number in range(4):
            new = agreed(f"person-{number}", f"Name {number}", ("staff",), 1.5, None)
            store.add(new, [template(10 * number), template(10 * number + 1)])
        store.remove(PersonId("person-2"))
    return path


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    path = tmp_path / "people.sqlite3"
    shutil.copytree(sound.parent, tmp_path, dirs_exist_ok=True)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(StoreError) as caught, vault(path, wait_s=0.05):
        pass
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_store_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    assert "nobody was enrolled here" in refusal(tmp_path / "people.sqlite3")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_or_no_store_is_refused(copy: Path, tmp_path: Path) -> None:
    assert "not a file" in refusal(tmp_path)
    assert "Not a directory" in refusal(copy / "people.sqlite3")
    copy.write_bytes(b"")
    assert "it is empty" in refusal(copy)
    copy.write_bytes(b"id,name\nanna,Anna\n" * 100)
    assert "not a database" in refusal(copy)


def test_a_truncated_store_is_refused(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:-20_000])
    assert "damaged" in refusal(copy)


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE cookies (x)")
    before = path.read_bytes()
    assert "another program's" in refusal(path)
    assert path.read_bytes() == before


def test_a_store_of_a_newer_program_is_refused_and_left_alone(copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(copy)) as db:
        db.execute("PRAGMA user_version = 9")
    before = copy.read_bytes()
    assert "version 9" in refusal(copy)
    assert copy.read_bytes() == before


def test_s12_a_store_that_stopped_counting_generations_is_refused(copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(copy)) as db:
        db.execute("DROP TRIGGER person_out")
    assert "tables" in refusal(copy)


def test_a_row_written_by_another_hand_is_refused(copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as db, vault(copy) as store:
        ours = store.person(PersonId("person-1"))
        db.execute("UPDATE template SET person = 1")
        with pytest.raises(StoreError, match="a template of"):
            store.templates(HERE)
        assert ours is not None
        other = db.execute("SELECT profile FROM person WHERE handle != ?", (ours.handle,)).fetchone()[0]
        db.execute("UPDATE person SET profile = ? WHERE handle = ?", (other, ours.handle))
        for ask in (lambda: store.person(PersonId("person-1")), store.people, lambda: store.templates(HERE)):
            with pytest.raises(StoreError, match="damaged"):
                ask()
    assert ours.handle in refusal(copy)


def test_s5_a_template_that_was_moved_to_another_space_is_refused(copy: Path) -> None:
    there = Space("toy", "b" * 64, "1")
    with vault(copy) as store:
        store.add_templates(PersonId("person-1"), [Template(Embedding(template(1).embedding.vector, there), "x")])
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute("UPDATE template SET space = 2 WHERE space = 1")
    with vault(copy) as store, pytest.raises(StoreError, match="a template of"):
        store.templates(there)


def test_an_adapted_template_that_was_made_an_enrolled_one_is_refused(copy: Path) -> None:
    with vault(copy) as store:
        adapted = Template(template(77).embedding, "x", "adapted")
        store.add_templates(PersonId("person-1"), [adapted])
        assert [kept.template.kind for kept in store.kept(PersonId("person-1"))] == ["enrolled", "enrolled", "adapted"]
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute("UPDATE template SET kind = 'enrolled'")
    with vault(copy) as store, pytest.raises(StoreError, match="a template of"):
        store.templates(HERE)


def test_a_store_that_another_process_holds_is_waited_for_and_then_named(copy: Path) -> None:
    with vault(copy, wait_s=0.05) as store, contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process holds it"):
            store.add(agreed("late", "Late"), [template(1)])
        assert store.person(PersonId("person-1")) is not None
        other.execute("ROLLBACK")
        store.add(agreed("late", "Late"), [template(1)])
        assert store.count() == 4


HEAD = """
import os, resource, sys
from pathlib import Path
import numpy as np
from edge.errors import StoreError
from edge.people.records import Template
from edge.values import Embedding, Space
from tests.vaults import agreed, vault
one = Template(Embedding(np.eye(1, 512, dtype=np.float32)[0], Space("big", "a" * 64, "1")), "photo.jpg")
path = Path(sys.argv[1])
"""
UNTIL_FULL = textwrap.dedent("""
    store = vault(path, create=True)
    try:
        for number in range(10_000):
            store.add(agreed(f"p{number}", "x"), [one] * 3)
            print(number, flush=True)
    except StoreError as error:
        print(error)
""")
LIMITED = HEAD + "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))" + UNTIL_FULL
FORBIDDEN = HEAD + textwrap.dedent("""
    os.setresuid(65534, 65534, 65534) if os.getuid() == 0 else None
    try:
        vault(path, create=True)
    except StoreError as error:
        print(error)
""")


def run(code: str, path: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def nothing_lost(path: Path, said: list[str]) -> None:
    *acknowledged, _ = said
    with vault(path) as store:
        people = store.people()
        assert {f"p{number}" for number in acknowledged} == {person.id for person in people}
        assert {person.templates for person in people} == {3}


def test_s7_a_limit_on_the_files_size_is_named_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "people.sqlite3"
    said = run(LIMITED, path)
    assert len(said) > 4
    assert "cannot be written" in said[-1]
    nothing_lost(path, said)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root only")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_s7_a_full_disk_is_named_and_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    said = run(HEAD + UNTIL_FULL, small_disk / "people.sqlite3")
    assert len(said) > 4
    assert "the disk is full" in said[-1]
    shutil.copytree(small_disk, tmp_path / "larger")
    nothing_lost(tmp_path / "larger" / "people.sqlite3", said)


def test_s7_s12_on_a_full_disk_nothing_is_half_and_who_was_revoked_is_gone(small_disk: Path, tmp_path: Path) -> None:
    path = small_disk / "people.sqlite3"
    with vault(path, create=True) as store:
        for name in ("anna", "bob"):
            store.add(agreed(name, name), [template(1)])
        back_up(store, tmp_path / "backup")
        before = store.people()
        with (small_disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))
        with pytest.raises(StoreError, match=r"full|No space"):
            restore(path, tmp_path / "backup", keys(path), revoked(path), 1.8e9)
        with pytest.raises(StoreError, match=r"full|No space"):
            back_up(store, small_disk / "backup")
        assert store.people() == before
        assert sorted(file.name for file in small_disk.glob("*backup*")) == []
        with contextlib.suppress(StoreError):  # it may be revoked and no more, or not even that: never half found
            store.remove(PersonId("anna"))
        gone = before[0].handle in store.revocations
        assert (store.person(PersonId("anna")) is None) == gone
        (small_disk / "filler").unlink()
    with vault(path) as again:
        assert [person.id for person in again.people()] == (["bob"] if gone else ["anna", "bob"])
        assert again.keyring.handles() == {person.handle for person in again.people()}


def test_a_store_without_permission_is_named(copy: Path) -> None:
    copy.chmod(0)
    copy.parent.chmod(0o755)
    assert any(word in run(FORBIDDEN, copy)[0] for word in ("Permission denied", "unable to open", "not permitted"))


INTERESTING = 60_000


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, INTERESTING), st.integers(0, 7)), min_size=1, max_size=3))
def test_flipped_bits_give_an_error_or_the_very_same_people(
    sound: Path, tmp_path: Path, flips: list[tuple[int, int]]
) -> None:
    shutil.rmtree(tmp_path / "flipped", ignore_errors=True)
    shutil.copytree(sound.parent, tmp_path / "flipped")
    path = tmp_path / "flipped" / sound.name
    truth = content(path)
    bytes_ = bytearray(sound.read_bytes())
    written = [place for place, value in enumerate(bytes_) if value]  # the rest is unused space
    for place, bit in flips:
        bytes_[written[place % len(written)]] ^= 1 << bit
    path.write_bytes(bytes_)
    found = truth
    with contextlib.suppress(StoreError):
        found = content(path)
    assert found == truth
