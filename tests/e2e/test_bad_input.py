"""The issue's list of bad input, through the commands: one clear line, a code that is not zero, and nothing is lost."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.people.records import Template
from edge.values import Embedding, Reason, Space
from edge.vision.bundle import find
from tests.e2e.commands import AGREED, Running, decisions, edge, limited, play, until
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.values import Person
    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures
UNREADABLE = {
    "truncated.jpg": "damaged or truncated",
    "empty.jpg": "the file is empty",
    "text.jpg": "not a picture",
    "dot.png": "1 x 1 pixels",
    "huge.png": "64 million pixels",
}


def people(data: Path) -> tuple[Person, ...]:
    with vault(data / "people.sqlite3") as store:
        return store.people()


@pytest.mark.parametrize(("name", "words"), UNREADABLE.items())
def test_a_file_that_shows_nothing_is_one_line_everywhere_and_nobody_is_lost(
    name: str, words: str, data: Path, odd: Path, typed: Typed
) -> None:
    before, file = people(data), odd / name
    verified = typed("verify", "--id", "bo", "--data", data, file)
    assert (verified.code, verified.out) == (6, "")
    assert verified.fault.startswith(f"edge: {file}: ")
    assert words in verified.fault
    identified = typed("identify", "--data", data, file)
    assert (identified.code, identified.err) == (1, "")
    assert identified.out.splitlines() == [verified.fault.removeprefix("edge: ")]
    enrolled = typed("enrol", *AGREED, "--id", "new", "--name", "New", "--data", data, file)
    assert enrolled.code == 7
    assert "nothing was stored" in enrolled.fault
    assert words in enrolled.out
    assert people(data) == before


@pytest.mark.parametrize("name", ["empty.jpg", "text.jpg", "huge.png", "truncated.jpg"])
def test_a_replay_that_shows_nothing_is_named_and_opens_nothing(name: str, data: Path, odd: Path, typed: Typed) -> None:
    done = typed("run", "--source", odd / name, "--no-liveness", "--data", data, "--json")
    assert not any(one.opened for one in decisions(done.out))
    assert (done.code, name in done.err.splitlines()[-1]) == (11, True)
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("name", "reason"), [("nobody.png", "no-face"), ("two.jpg", "several-faces")])
def test_nobody_and_two_people_are_refused_at_enrolment(
    name: str, reason: str, data: Path, odd: Path, typed: Typed
) -> None:
    before = people(data)
    done = typed("enrol", *AGREED, "--id", "new", "--name", "New", "--data", data, odd / name)
    assert done.code == 7
    assert done.fault.endswith(f"{odd / name}: {reason}")
    assert people(data) == before


HOSTILE = ["o'hara", 'say "hi"', "a/b", "../../etc", "a\nb", "a\x1b[31m", "x" * 10_000, "\udcff", "", " ", "a';--"]


@pytest.mark.parametrize("typed_id", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("command", ["enrol", "verify", "people"])
def test_a_hostile_id_is_one_short_printable_line(
    command: str, typed_id: str, data: Path, pictures: Path, typed: Typed
) -> None:
    before, photo = people(data), pictures / "biden.jpg"
    words = {
        "enrol": ("enrol", *AGREED, "--id", typed_id, "--name", "New", photo),
        "verify": ("verify", "--id", typed_id, photo),
        "people": ("people", "remove", "--yes", typed_id),
    }[command]
    done = typed(*words, "--data", data)
    assert done.out == ""
    assert done.code == (2 if command == "enrol" and not typed_id else 7)
    last = done.err.splitlines()[-1]
    assert len(last) < 300
    assert last.isprintable()
    assert last.isascii()
    assert people(data) == before


def lacking(folder: Path) -> None:
    change(folder / "manifest.toml", 'role = "embedder"\n', "")


def misshapen(folder: Path) -> None:
    change(folder / "manifest.toml", "shape = [1, 112, 112, 3]", "shape = [1, 96, 96, 3]")


def mishashed(folder: Path) -> None:
    text = (folder / "manifest.toml").read_text()
    start = text.index('sha256 = "') + 10
    (folder / "manifest.toml").write_text(text[:start] + "0" * 64 + text[start + 64 :])


def flipped(folder: Path) -> None:
    content = bytearray((folder / "model.tflite").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.tflite").write_bytes(content)


def cut(folder: Path) -> None:
    (folder / "model.tflite").write_bytes((folder / "model.tflite").read_bytes()[:1000])


def gone(folder: Path) -> None:
    (folder / "model.tflite").unlink()


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lacking, "role"),
        (misshapen, "112"),
        (mishashed, "sha256"),
        (flipped, "sha256"),
        (cut, "bytes"),
        (gone, "model.tflite"),
    ],
)
def test_s8_a_damaged_bundle_runs_nowhere(
    damage: Callable[[Path], None], words: str, data: Path, pictures: Path, typed: Typed, tmp_path: Path
) -> None:
    before = people(data)
    folder = tmp_path / "mobilefacenet-dynamic-1"
    shutil.copytree(find(folder.name), folder)
    damage(folder)
    config = tmp_path / "terminal.toml"
    config.write_text(f'[models]\nembedder = "{folder}"\n[camera]\nsource = "{pictures}"\n')
    photo, here = pictures / "obama.jpg", ("--config", config, "--data", data)
    verified = typed("models", "verify", folder)
    assert verified.code == 4
    assert words in verified.out
    for command in (
        ("embed", "--model", folder, "--out", tmp_path / "rows.npz", photo),
        ("identify", *here, photo),
        ("verify", "--id", "bo", *here, photo),
        ("enrol", *AGREED, "--id", "new", "--name", "New", *here, photo),
        ("run", *here),
    ):
        done = typed(*command)
        assert (done.code, done.out) == (4, "")
        fault = done.err.splitlines()[-1]
        assert fault.startswith("edge: ")
        assert folder.name in fault
        assert words in fault or "not one of the models pinned" in fault
        assert "Traceback" not in done.err
    assert people(data) == before


def test_s8_a_sound_bundle_that_nobody_vouches_for_runs_at_no_door(
    data: Path, pictures: Path, typed: Typed, tmp_path: Path
) -> None:
    folder = tmp_path / "mobilefacenet-dynamic-1"
    shutil.copytree(find(folder.name), folder)
    change(folder / "manifest.toml", "schema = 1", "schema = 1  # mine")
    config = tmp_path / "terminal.toml"
    config.write_text(f'[models]\nembedder = "{folder}"\n')
    done = typed("run", "--config", config, "--source", pictures, "--data", data)
    assert (done.code, done.out) == (4, "")
    assert str(folder) in done.err.splitlines()[-1]


def test_s5_people_of_another_embedding_space_are_an_error_at_once_and_not_strangers(
    tmp_path: Path, odd: Path, typed: Typed
) -> None:
    data, photo = tmp_path / "data", odd / "nobody.png"  # nobody has to come by for it to be noticed
    data.mkdir()
    vector = np.zeros(512, np.float32)
    vector[0] = 1
    with vault(data / "people.sqlite3", create=True) as store:
        old = Template(Embedding(vector, Space("older", "a" * 64, "1")), "photo.jpg")
        store.add(agreed("ann", "Ann"), [old])
    before = people(data)
    for command in (("identify", photo), ("verify", "--id", "ann", photo), ("run", "--source", photo)):
        done = typed(*command, "--data", data)
        assert (done.code, done.out) == (4, "")
        fault = done.err.splitlines()[-1]
        assert fault.startswith("edge: ")
        assert "enrol" in fault
    assert people(data) == before


@pytest.mark.long
def test_s7_a_full_disk_stores_nobody_by_halves(data: Path, pictures: Path) -> None:
    before = people(data)
    words = ("enrol", *AGREED, "--id", "jb", "--name", "Joe", "--data", data, pictures / "biden.jpg")
    for limit in (0, 4096, (data / "people.sqlite3").stat().st_size // 4):
        done = limited(limit, *words)
        assert done.code == 5
        assert done.fault.startswith(f"edge: people store {data / 'people.sqlite3'} cannot be ")
        assert people(data) == before
    assert edge(*words).code == 0
    assert [person.id for person in people(data)] == ["bo", "jb"]


def test_s7_a_store_that_could_not_be_made_is_in_nobody_s_way(pictures: Path, tmp_path: Path) -> None:
    words = ("enrol", *AGREED, "--id", "bo", "--name", "Barack", "--data", tmp_path / "data", pictures / "obama.jpg")
    done = limited(2000, *words)
    assert done.code == 5
    assert "people store" in done.fault
    assert edge(*words).code == 0
    assert [(person.id, person.templates) for person in people(tmp_path / "data")] == [("bo", 1)]


def test_s3_nobody_is_let_in_while_the_journal_cannot_be_written(data: Path, pictures: Path, tmp_path: Path) -> None:
    config = play(tmp_path, pictures, "obama2.jpg", "obama3.jpg", paced="true")
    (data / "journal.jsonl").mkdir()
    done = edge("run", "--config", config, "--data", data, "--json")
    told = decisions(done.out)
    assert [one.opened for one in told] == [False] * len(told)
    assert Reason.JOURNAL_DOWN in {one.reason for one in told}
    assert "Traceback" not in done.err


@pytest.mark.long
@pytest.mark.parametrize("stored", [1, 2])
def test_s7_an_enrolment_that_is_killed_keeps_whole_people_and_can_be_repeated(
    stored: int, data: Path, pictures: Path, tmp_path: Path
) -> None:
    table = tmp_path / "people.csv"
    rows = [f"p{number},P,{pictures / 'obama2.jpg'}" for number in range(200)]  # refused, which takes its time
    rows.insert(5, f"jb,Joe,{pictures / 'biden.jpg'}")
    table.write_text("\n".join(["id,name,photo", *rows, f"neil,Neil,{pictures / 'astronaut.png'}"]))
    running = Running(tmp_path / "run", "-m", "edge", "enrol", *AGREED, "--manifest", table, "--data", data)
    try:
        until((data / "people.sqlite3-wal").exists)
        until(lambda: len(people(data)) >= stored)
    finally:
        running.kill()
    assert running.process.returncode == -9
    kept = [(str(person.id), person.templates) for person in people(data)]
    assert kept[0] == ("bo", 1)
    assert kept[1:] in ([], [("jb", 1)])
    assert len(kept) >= stored
    again = edge("enrol", *AGREED, "--id", "neil", "--name", "Neil", "--data", data, pictures / "astronaut.png")
    assert again.code == 0
    assert [person.templates for person in people(data)] == [1] * (len(kept) + 1)
    assert edge("identify", "--data", data, pictures / "obama3.jpg").code == 0
