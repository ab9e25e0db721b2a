"""The door's files come to the door's own folder, all at once, whenever the power is cut."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Self

import pytest

from edge.app.moving_in import move_in
from edge.disk import Disk
from edge.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

OURS = {
    "door-memory.json": b"{}",
    "journal-000000001.jsonl": b"closed",
    "journal.jsonl": b"active",
    "journal.signatures": b"signed",
    "terminal.good.toml": b"good",
}


class _CutError(Exception):
    pass


class CutDisk(Disk):
    """Its power is cut before the step of this number."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.left = steps

    def _step(self) -> Self:
        if not self.left:
            raise _CutError
        self.left -= 1
        return self

    def rename(self, old: Path, new: Path) -> None:
        super(CutDisk, self._step()).rename(old, new)

    def remove(self, path: Path) -> None:
        super(CutDisk, self._step()).remove(path)

    def sync_folder(self, folder: Path) -> None:
        super(CutDisk, self._step()).sync_folder(folder)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "terminal", tmp_path / "lock"
    old.mkdir()
    new.mkdir()
    for name, content in (OURS | {"people.sqlite3": b"people"}).items():
        (old / name).write_bytes(content)
    return old, new


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_that_is_the_door_s_is_brought_and_nothing_else_and_once(folders: tuple[Path, Path]) -> None:
    old, new = folders
    assert set(move_in(old, new)) == set(OURS)
    assert (content(new), content(old)) == (OURS, {"people.sqlite3": b"people"})
    assert stat.S_IMODE((new / "journal.signatures").stat().st_mode) == 0o660
    assert move_in(old, new) == ()


def test_s7_a_power_cut_leaves_all_in_one_place_and_the_next_start_ends_it(folders: tuple[Path, Path]) -> None:
    old, new = folders
    for steps in range(40):
        try:
            move_in(old, new, CutDisk(steps))
        except _CutError:
            came = content(new)
            assert {name: came.get(name) for name in OURS} == OURS or "journal.jsonl" not in came
            assert "journal.jsonl" in came or OURS.items() <= content(old).items()
        else:
            assert steps > 10
            break
    assert (content(new), content(old)) == (OURS, {"people.sqlite3": b"people"})


def test_a_journal_that_the_door_began_is_not_replaced(folders: tuple[Path, Path]) -> None:
    old, new = folders
    (new / "journal.jsonl").write_bytes(b"another")
    with pytest.raises(JournalError, match="is another journal"):
        move_in(old, new)
    assert content(new) == {"journal.jsonl": b"another"}
    assert OURS.items() <= content(old).items()


def test_no_link_is_followed_out_of_a_folder_that_another_user_writes(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    old, new = folders
    (tmp_path / "shadow").write_bytes(b"root's")
    os.replace(old / "door-memory.json", tmp_path / "aside")  # noqa: PTH105
    (old / "door-memory.json").symlink_to(tmp_path / "shadow")
    with pytest.raises(JournalError, match="no plain file"):
        move_in(old, new)
    assert content(new) == {}
    assert (tmp_path / "shadow").read_bytes() == b"root's"
