"""What pictures gave is kept whole, found again, and never mixed with another way of looking."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import PIL
import pytest

from edge.config import Config, DetectionSettings, ModelSettings
from edge.errors import EdgeError
from edge.eval import cache
from edge.eval.cache import Cache, Record, open_cache, way_of_looking
from edge.vision.bundle import find, load
from tests.unit.builders import GOOD

if TYPE_CHECKING:
    from pathlib import Path


def record(word: str) -> Record:
    return Record(hashlib.sha256(word.encode()).digest(), "ok", GOOD, word.encode() * 4)


def kept(path: Path) -> dict[bytes, Record]:
    return dict(Cache(path).known)


def test_what_was_added_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "one.records"
    fresh = Cache(path)
    fresh.add([record("a"), record("b")])
    fresh.add([record("c")])
    assert len(fresh) == 3
    assert kept(path) == {one.sha256: one for one in map(record, "abc")}


def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    Cache(tmp_path / "deep" / "one.records").add([record("a")])
    assert (tmp_path / "deep").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    Cache(tmp_path / "open" / "one.records")
    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o700


def test_a_record_that_another_process_is_writing_is_waited_for_and_not_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "one.records"
    Cache(path).add([record("a")])
    whole = path.read_bytes()
    Cache(path).add([record("b")])
    both = path.read_bytes()
    path.write_bytes(whole)
    opened: list[int] = []
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        os.write(other.fileno(), both[len(whole) : -3])
        thread = threading.Thread(target=lambda: opened.append(len(Cache(path))))
        thread.start()
        thread.join(0.2)
        assert opened == []
        os.write(other.fileno(), both[-3:])
    thread.join(10)
    assert opened == [2]
    assert path.read_bytes() == both


def test_nothing_is_written_into_another_processes_record(tmp_path: Path) -> None:
    path = tmp_path / "one.records"
    mine = Cache(path)
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        thread = threading.Thread(target=mine.add, args=([record("a")],))
        thread.start()
        thread.join(0.2)
        assert path.read_bytes() == b""
    thread.join(10)
    assert kept(path) == {record("a").sha256: record("a")}


@pytest.mark.parametrize("torn", [1, 3, 4, 5, 40])
def test_a_torn_last_record_is_cut_off_and_the_file_goes_on(torn: int, tmp_path: Path) -> None:
    path = tmp_path / "one.records"
    Cache(path).add([record("a"), record("b")])
    whole = path.stat().st_size
    Cache(path).add([record("c")])
    content = path.read_bytes()
    path.write_bytes(content[: whole + torn])
    again = Cache(path)
    assert set(again.known) == {record("a").sha256, record("b").sha256}
    assert path.stat().st_size == whole
    again.add([record("c")])
    assert path.read_bytes() == content


@pytest.mark.parametrize("garbage", [b"no records at all", b"\0" * 100, b"\x04\0\0\0abcd", b"\xff" * 9])
def test_garbage_is_as_good_as_nothing(garbage: bytes, tmp_path: Path) -> None:
    path = tmp_path / "one.records"
    path.write_bytes(garbage)
    fresh = Cache(path)
    assert len(fresh) == 0
    fresh.add([record("a")])
    assert kept(path) == {record("a").sha256: record("a")}


def test_a_place_that_cannot_be_used_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EdgeError, match=r"cannot be used as a cache.*--no-cache"):
        Cache(tmp_path / "file" / "one.records")
    (tmp_path / "folder").mkdir()
    with pytest.raises(EdgeError, match="cannot be used as a cache"):
        Cache(tmp_path / "folder")


def test_a_record_that_cannot_be_written_is_not_believed_to_be_kept(tmp_path: Path) -> None:
    kept_here = Cache(tmp_path / "one.records")
    (tmp_path / "one.records").mkdir()
    with pytest.raises(EdgeError, match=r"cannot be written.*--no-cache"):
        kept_here.add([record("a")])
    assert len(kept_here) == 0


DEFAULT = Config()


@pytest.mark.parametrize(
    "other",
    [
        replace(DEFAULT, models=ModelSettings(flip=True)),
        replace(DEFAULT, detection=DetectionSettings(min_score=0.71)),
        replace(DEFAULT, quality=replace(DEFAULT.quality, min_eyes_px=30.0)),
    ],
)
def test_another_way_of_looking_has_a_cache_of_its_own(other: Config) -> None:
    assert way_of_looking(DEFAULT) == way_of_looking(Config())
    assert way_of_looking(other) != way_of_looking(DEFAULT)


def test_a_manifest_that_feeds_the_same_model_file_otherwise_is_another_way_of_looking(tmp_path: Path) -> None:
    """What was measured of the model is not: a new calibration need not look again."""
    folder = tmp_path / "mine-1"
    shutil.copytree(find(DEFAULT.models.embedder), folder)
    mine = replace(DEFAULT, models=ModelSettings(embedder=str(folder)))
    same = way_of_looking(mine)
    assert same == way_of_looking(DEFAULT)
    manifest = folder / "manifest.toml"
    text = manifest.read_text()
    manifest.write_text(text.partition("[[threshold]]")[0])
    assert load(folder).manifest.threshold == []
    assert way_of_looking(mine) == same
    manifest.write_text(re.sub(r"(?m)^mean = .*$", "mean = 0.0", text, count=1))
    assert load(folder).manifest.input.mean == 0.0
    assert way_of_looking(mine) != same


def test_another_version_of_what_decodes_pictures_is_another_way_of_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [words.split()[0] for words in cache.libraries()] == ["OpenCV", "Pillow", "NumPy"]
    before = way_of_looking(DEFAULT)
    monkeypatch.setattr(PIL, "__version__", "0.1")
    assert way_of_looking(DEFAULT) != before


def test_changed_code_is_another_way_of_looking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"align.py", "embed.py", "quality.py", "pipeline.py"} <= {file.name for file in cache.code()}
    code = tmp_path / "align.py"
    monkeypatch.setattr(cache, "code", lambda: [code])
    names = set()
    for text in ("one", "other"):
        code.write_text(text)
        names.add(way_of_looking(DEFAULT))
    assert len(names) == 2


def test_threads_and_rules_of_the_door_are_no_way_of_looking() -> None:
    assert way_of_looking(replace(DEFAULT, models=ModelSettings(threads=1))) == way_of_looking(DEFAULT)


def test_it_lies_in_the_users_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    open_cache(DEFAULT).add([record("a")])
    (file,) = tmp_path.rglob("*.records")
    assert file.stem == way_of_looking(DEFAULT)
