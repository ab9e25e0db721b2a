"""Files and folders of pictures: every fault names its file, and none is waited for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.errors import PictureError
from edge.vision.picture import read, walk

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_read_and_a_fault_names_it(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    pixels = np.random.default_rng(1).integers(0, 255, (32, 48, 3), np.uint8)
    cv2.imwrite(str(good), pixels)
    bad.write_bytes(b"hello")
    np.testing.assert_array_equal(read(good), pixels)
    with pytest.raises(PictureError, match=r"bad\.png: not a picture"):
        read(bad)


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    with pytest.raises(PictureError, match=r"empty\.jpg: the file is empty"):
        read(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"none\.jpg: cannot be read: No such file"):
        read(tmp_path / "none.jpg")
    with pytest.raises(PictureError, match="cannot be read: Is a directory"):
        read(tmp_path)


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    with pytest.raises(PictureError, match=r"pipe\.jpg: not a file"):
        read(pipe)


@pytest.mark.parametrize("name", ["a" * 5000 + ".jpg", "nul\0.jpg"])
def test_a_name_that_no_file_can_have_is_a_clear_fault(tmp_path: Path, name: str) -> None:
    with pytest.raises(PictureError):
        read(tmp_path / name)
    with pytest.raises(PictureError):
        list(walk([tmp_path / name]))


def test_a_file_larger_than_any_picture_is_not_read_at_all(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    with path.open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(PictureError, match="65 MB; pictures of up to 64 MB are read"):
        read(path)


def test_a_folder_is_walked_in_order_and_only_its_pictures_are_named(tmp_path: Path) -> None:
    for name in ("b/2.JPG", "a.png", "b/1.jpeg", "notes.txt", "c.jpg/"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.mkdir() if name.endswith("/") else path.touch()
    assert [str(path.relative_to(tmp_path)) for path in walk([tmp_path])] == ["a.png", "b/1.jpeg", "b/2.JPG"]


def test_a_file_that_is_named_is_taken_whatever_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.touch()
    assert list(walk([path])) == [path]


def test_walking_a_path_that_is_not_there_is_a_clear_fault(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="there is no such file or folder"):
        list(walk([tmp_path / "none"]))
