"""The people store: what goes in comes out, all or nothing, and what is removed is gone."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.errors import EnrolError, SpaceError, StoreError
from edge.people.records import Erased, Secrets, Template
from edge.values import Embedding, Person, PersonId, Space
from tests.unit.store_builders import ANNA, BOB, HERE, THERE, face, template
from tests.vaults import AGREED, agreed, vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.people.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "people.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with vault(path, create=True) as opened:
        yield opened


def test_a_person_comes_back_as_enrolled(store: Store, path: Path) -> None:
    new = agreed("Ann.a-1@x", "Åsa Ünal", ("staff", "night"), 10.5, 2e9)
    added = store.add(new, [template(3, 4), template(0, 1)])
    assert added == Person(new.id, added.handle, "Åsa Ünal", ("staff", "night"), 10.5, 2e9, 2)
    with vault(path) as again:
        assert again.person(new.id) == added
        assert again.people() == (added,)
        assert (again.count(), again.spaces(), again.stranded(THERE)) == (1, {HERE: 2}, 1)
        found = again.templates(HERE)
    assert found.people == (new.id,)
    assert found.offsets.tolist() == [0, 2]
    assert found.vectors.dtype == np.float32
    assert found.vectors.tobytes() == np.array([[0.6, 0.8], [0, 1]], np.float32).tobytes()


def test_people_and_their_templates_come_sorted_by_id(store: Store) -> None:
    for name in ("zoë", "B", "ä", "a"):
        store.add(agreed(name, name), [template(1, 0), template(1, 1)])
    store.add_templates(PersonId("B"), [template(0, 1)])
    assert [person.id for person in store.people()] == ["B", "a", "zoë", "ä"]
    assert store.templates(HERE).people == ("B", "a", "zoë", "ä")
    assert store.templates(HERE).offsets.tolist() == [0, 3, 5, 7, 9]


def test_handles_are_random_and_never_the_same_twice(store: Store) -> None:
    first = store.add(agreed(ANNA, "Anna"), []).handle
    store.remove(ANNA)
    second = store.add(agreed(ANNA, "Anna"), []).handle
    assert first != second
    assert len(first) == 32
    assert int(first, 16) >= 0


def test_an_id_is_enrolled_once(store: Store) -> None:
    store.add(agreed(ANNA, "Anna"), [template(1, 0)])
    with pytest.raises(EnrolError, match="already enrolled"):
        store.add(agreed(ANNA, "Other"), [template(0, 1)])
    with pytest.raises(EnrolError, match="nobody"):
        store.add_templates(BOB, [template(0, 1)])
    assert [(person.name, person.templates) for person in store.people()] == [("Anna", 1)]


def test_an_enrolment_with_one_bad_template_leaves_nothing(store: Store) -> None:
    before = store.generation()
    for wrong in (Template(Embedding(np.array([3, 4], np.float32), HERE), "long.jpg"), template(1, 0, 0)):
        with pytest.raises(SpaceError):
            store.add(agreed(ANNA, "Anna"), [template(1, 0), wrong])
    assert (store.count(), store.spaces(), store.generation()) == (0, {}, before)


def test_s5_templates_of_two_spaces_never_come_together(store: Store) -> None:
    store.add(agreed(ANNA, "Anna"), [template(1, 0), template(1, 0, 0, space=THERE)])
    store.add(agreed(BOB, "Bob"), [template(0, 1, 0, space=THERE)])
    assert store.templates(HERE).people == (ANNA,)
    assert store.templates(THERE).people == (ANNA, BOB)
    assert (store.stranded(HERE), store.stranded(THERE)) == (1, 0)
    assert store.templates(Space("none", "c" * 64, "1")).people == ()


def test_s12_every_change_raises_the_generation_and_reading_does_not(store: Store) -> None:
    numbers = [store.generation()]
    for change in (
        lambda: store.add(agreed(ANNA, "Anna"), []),
        lambda: store.add_templates(ANNA, [template(1, 0)]),
        lambda: store.set_consent(ANNA, AGREED),
        lambda: store.set_secrets(ANNA, Secrets("pin", "")),
        lambda: store.set_adapted(ANNA, [Template(face(0, 1), "x", "adapted")]),
        lambda: store.set_adapted(ANNA, []),
        lambda: store.remove(ANNA),
        lambda: store.add(agreed(BOB, "Bob"), []),
        lambda: store.remove(BOB),
        lambda: store.add(agreed(BOB, "Bob"), []),
    ):
        change()
        numbers.append(store.generation())
    assert numbers == sorted(set(numbers))
    store.people()
    store.templates(HERE)
    store.seen(BOB, 1e9)
    assert store.remove(ANNA) is None
    assert store.generation() == numbers[-1]


def test_s12_another_connection_sees_a_removal_at_once(store: Store, path: Path) -> None:
    anna = store.add(agreed(ANNA, "Anna"), [template(1, 0)])
    with vault(path) as other:
        seen = other.generation()
        assert store.remove(ANNA) == Erased(anna.handle, 1, 1)
        assert other.generation() > seen
        assert other.person(ANNA) is None


def test_nobody_else_may_read_the_files(store: Store, path: Path) -> None:
    store.add(agreed(ANNA, "Anna"), [template(1, 0)])
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes.keys() >= {"people.sqlite3", "people.sqlite3-wal", "people.sqlite3-shm"}
    assert {mode for name, mode in modes.items() if name.startswith("people.sqlite3")} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    store.close()
    path.chmod(0o644)
    with vault(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("hostile", ["x'; DROP TABLE person; --", 'a"b', "%", "../../etc", "a\0b", ""])
def test_hostile_ids_are_refused_and_never_found(store: Store, hostile: str) -> None:
    store.add(agreed(ANNA, "Robert'); DROP TABLE person;--"), [template(1, 0)])
    with pytest.raises(EnrolError, match=r"^id "):
        store.add(agreed(hostile, "Name"), [])
    assert store.person(PersonId(hostile)) is None
    assert store.remove(PersonId(hostile)) is None
    assert [person.name for person in store.people()] == ["Robert'); DROP TABLE person;--"]


def test_access_that_ends_before_it_begins_is_refused(store: Store) -> None:
    with pytest.raises(EnrolError, match="end before"):
        store.add(agreed(ANNA, "Anna", (), 20.0, 10.0), [])


def test_threads_may_share_a_store(store: Store) -> None:
    def enrol(worker: int) -> None:
        for number in range(10):
            store.add(agreed(f"{worker}-{number}", "x"), [template(1, number)])

    threads = [threading.Thread(target=enrol, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count() == 40
    assert len(store.templates(HERE).vectors) == 40


def test_several_processes_may_create_and_fill_one_store(path: Path) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", FILL, str(path), str(worker)], stdout=subprocess.PIPE, text=True)
        for worker in range(3)
    ]
    assert [worker.communicate()[0] for worker in workers] == ["done\n"] * 3
    with vault(path) as store:
        assert store.count() == 3 * 8
    assert [file.name for file in path.parent.glob("*sqlite3*")] == ["people.sqlite3"]


def test_s7_a_kill_in_the_middle_of_an_enrolment_loses_nothing_and_leaves_nothing_half(path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", HALF, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert [child.stdout.readline() for _ in range(2)] == ["anna is acknowledged\n", "half of bob is written\n"]
    child.kill()
    child.communicate()
    with vault(path) as store:
        assert [(person.id, person.templates) for person in store.people()] == [(ANNA, 1)]
        assert store.templates(HERE).people == (ANNA,)
        store.add(agreed(BOB, "Bob"), [template(0, 1)])
        assert store.count() == 2


def test_s7_whatever_was_acknowledged_before_a_kill_is_there(path: Path) -> None:
    for target in (1, 4, 9):
        child = subprocess.Popen([sys.executable, "-c", ENDLESS, str(path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        acknowledged = {child.stdout.readline().strip() for _ in range(target)}
        child.kill()
        acknowledged |= {line for line in child.communicate()[0].split("\n")[:-1] if line}
        with vault(path) as store:
            assert acknowledged <= {str(person.id) for person in store.people() if person.templates == 3}
            assert {person.templates for person in store.people()} == {3}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace counts the synchronisations")
def test_s7_each_acknowledged_enrolment_and_removal_reached_the_disk(path: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-e", "trace=fsync,fdatasync,write", "-o", str(trace), sys.executable, "-c", FILL]
    subprocess.run([*command, str(path), "0"], check=True, capture_output=True)
    calls = trace.read_text().partition('"begin')[2].partition('"end')[0]
    assert calls.count("sync(") >= 8


HEAD = """
import signal, sys, uuid
from pathlib import Path
import numpy as np
from edge.people.records import Erased, NewPerson, Provenance, Secrets, Template
from edge.values import Embedding, Space
from tests.vaults import agreed, vault
HERE = Space("toy", "a" * 64, "1")
one = Template(Embedding(np.array([1, 0], np.float32), HERE), "photo.jpg")
store = vault(Path(sys.argv[1]), create=True, wait_s=60)
"""
FILL = HEAD + textwrap.dedent("""
    print("begin", file=sys.stderr, flush=True)
    for number in range(8):
        store.add(agreed(f"{sys.argv[2]}-{number}", "x"), [one])
    print("end", file=sys.stderr, flush=True)
    store.close()
    print("done")
""")
HALF = HEAD + textwrap.dedent("""
    class Slow(list):
        turns = 0
        def __iter__(self):
            yield one
            yield one
            self.turns += 1
            if self.turns == 1:  # the store looks at all of them first
                return
            print("half of bob is written", flush=True)
            signal.pause()
    store.add(agreed("anna", "Anna"), [one])
    print("anna is acknowledged", flush=True)
    store.add(agreed("bob", "Bob"), Slow())
""")
ENDLESS = HEAD + textwrap.dedent("""
    while True:
        name = uuid.uuid4().hex
        store.add(agreed(name, "x"), [one, one, one])
        print(name, flush=True)
""")


def test_a_store_that_is_closed_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.generation()
