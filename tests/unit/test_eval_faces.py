"""Pictures become faces through the terminal's own pipeline; none is ever left out silently."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from edge.config import Config
from edge.errors import EvidenceError, PictureError
from edge.eval import faces as looking
from edge.eval.cache import Cache, Record
from edge.eval.faces import Failure, embed
from edge.eval.pictures import Picture, of_people
from edge.values import Flaw
from tests.unit.builders import GOOD
from tests.unit.scores import ROOT, crowd

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = Config()


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Two people, four pictures: none shows a face, one is no picture at all."""
    for number, name in enumerate(("ann/1.png", "ann/2.png", "bob/1.png")):
        (tmp_path / "album" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 64), (number * 9, 128, 128)).save(tmp_path / "album" / name)
    (tmp_path / "album" / "bob" / "2.jpg").write_text("no picture")
    return tmp_path / "album"


def made_up(folder: Path, *names: str) -> list[Record]:
    """Records that no model would give, so that they show that no model was asked."""
    contents = [(folder / name).read_bytes() for name in names]
    vectors = [np.eye(4, dtype="<f4")[place].tobytes() for place in range(len(names))]
    return [
        Record(hashlib.sha256(content).digest(), "ok", GOOD, vector)
        for content, vector in zip(contents, vectors, strict=True)
    ]


def test_a_person_is_a_folder_and_pictures_are_in_order(album: Path) -> None:
    found = of_people(album)
    assert [(one.person, one.file.name) for one in found] == [
        ("ann", "1.png"),
        ("ann", "2.png"),
        ("bob", "1.png"),
        ("bob", "2.jpg"),
    ]


def test_a_picture_in_no_persons_folder_is_named(album: Path) -> None:
    Image.new("RGB", (64, 64)).save(album / "loose.png")
    with pytest.raises(PictureError, match=r"loose\.png: lies in no person's folder"):
        of_people(album)


@pytest.mark.parametrize("linked", [False, True])
def test_a_picture_in_a_folder_inside_a_persons_is_named(linked: bool, album: Path) -> None:
    """Else the pictures of a first session would be of somebody called "session"."""
    inside = album / "ann" / "session"
    if linked:
        inside.symlink_to(album / "bob")
    else:
        (inside / "deep").mkdir(parents=True)
        Image.new("RGB", (64, 64)).save(inside / "deep" / "x.png")
    with pytest.raises(PictureError, match=r"session/.*: lies in a folder inside .*ann"):
        of_people(album)


def test_a_folder_without_pictures_inside_a_persons_and_other_files_are_no_matter(album: Path) -> None:
    (album / "ann" / "notes").mkdir()
    (album / "ann" / "notes.txt").write_text("hello")
    (album / "README.md").write_text("hello")
    assert len(of_people(album)) == 4


def test_a_linked_person_is_one_and_a_link_to_nowhere_is_a_picture_that_cannot_be_read(
    album: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "1.png").symlink_to(album / "nothing.png")
    (album / "cid").symlink_to(tmp_path / "elsewhere")
    found = of_people(album)
    assert [one.person for one in found] == ["ann", "ann", "bob", "bob", "cid"]
    with pytest.raises(EvidenceError, match="none of the 1 pictures"):
        embed(found[4:], CONFIG, jobs=1)


def test_one_person_is_not_enough(album: Path) -> None:
    shutil.rmtree(album / "bob")
    with pytest.raises(PictureError, match="at least two people"):
        of_people(album)
    with pytest.raises(PictureError, match="cannot be read as a folder of pictures: No such file"):
        of_people(album / "nowhere")


def test_what_is_remembered_is_not_looked_at_again_and_what_failed_is_told(album: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "records")
    cache.add(made_up(album, "ann/2.png", "bob/1.png"))
    told: list[int] = []
    found = embed(of_people(album), CONFIG, cache, told.append, jobs=1)
    assert [one.file.name for one in found.pictures] == ["2.png", "1.png"]
    assert found.people.tolist() == [0, 1]
    assert found.names == ("ann", "bob")
    assert found.vectors.tolist() == np.eye(4)[:2].tolist()
    assert [(one.picture.file.name, one.reason) for one in found.failures] == [
        ("1.png", "no-face"),
        ("2.jpg", "unreadable"),
    ]
    assert sum(told) == 4
    assert len(Cache(tmp_path / "records")) == 3  # what could not be read may be mended, and is looked at again


def test_an_interruption_keeps_the_batches_before_it(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "_BATCH", 1)

    def interrupt(more: int) -> None:
        done.append(more)
        if len(done) == 2:
            raise KeyboardInterrupt

    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        embed(of_people(album), CONFIG, Cache(tmp_path / "records"), interrupt, jobs=1)
    assert len(Cache(tmp_path / "records")) == 2


def test_no_face_at_all_is_no_evidence(album: Path) -> None:
    with pytest.raises(EvidenceError, match="none of the 4 pictures shows a face"):
        embed(of_people(album), CONFIG, jobs=1)


def test_the_quality_limits_turn_faces_into_failures_with_their_first_flaw() -> None:
    shown = crowd(people=3, each=2)
    bad = dataclasses.replace(GOOD, flaws=(Flaw.TOO_DARK, Flaw.BLURRED))
    lost = Failure(Picture(ROOT / "p0000" / "lost.jpg", "p0000"), "no-face")
    mixed = dataclasses.replace(shown, qualities=(bad, *shown.qualities[1:5], bad), failures=(lost,))
    found = mixed.gated()
    assert found.pictures == shown.pictures[1:5]
    assert np.array_equal(found.vectors, shown.vectors[1:5])
    assert found.people.tolist() == [0, 1, 1, 2]
    assert [(one.picture, one.reason) for one in found.failures] == [
        (lost.picture, "no-face"),
        (shown.pictures[0], "too-dark"),
        (shown.pictures[5], "too-dark"),
    ]


def test_only_some_keeps_their_numbers_and_the_failures() -> None:
    shown = crowd(people=3, each=2)
    found = shown.only(shown.people == 2)
    assert found.people.tolist() == [2, 2]
    assert found.names == shown.names
    assert found.pictures == shown.pictures[4:]


@pytest.mark.pictures
def test_every_core_gives_what_one_gives_and_the_cache_gives_it_again(pictures: Path, tmp_path: Path) -> None:
    for person, name in (("bo", "obama.jpg"), ("bo", "obama2.jpg"), ("joe", "biden.jpg"), ("nn", "astronaut.png")):
        (tmp_path / "album" / person).mkdir(parents=True, exist_ok=True)
        (tmp_path / "album" / person / name).symlink_to(pictures / name)
    given = of_people(tmp_path / "album")
    one = embed(given, CONFIG, jobs=1)
    cache = Cache(tmp_path / "records")
    several, again = embed(given, CONFIG, cache, jobs=3), embed(given, CONFIG, Cache(tmp_path / "records"), jobs=2)
    assert Counter(one.people.tolist()) == {0: 2, 1: 1, 2: 1}
    for other in (several, again):
        assert np.array_equal(one.vectors, other.vectors)
        assert one.qualities == other.qualities
    assert np.linalg.norm(one.vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert float(one.vectors[0] @ one.vectors[1]) > 0.6
    assert float(one.vectors[0] @ one.vectors[2]) < 0.2
