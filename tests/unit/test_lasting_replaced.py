"""A file that took another's place is noticed though it has the inode, the size and even the times of the one before.

A file system hands a freed inode out again, and every rotation writes lines of the same lengths: two of them may bring
back all that a glance from outside tells.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from edge.disk import Disk
from edge.errors import StoreError
from edge.people.lasting import LastingFile
from edge.people.revoked import Revocations
from edge.people.spent import Spent
from tests.unit.keyrings import HANDLES, ring, wrapping_keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.people.keyring import Keyring
    from edge.values import Handle

ADA, BEN, CLEO, DORA = HANDLES[:4]


class CoarseDisk(Disk):
    """A disk whose clock never moves and that has one inode: only its size tells a file's states apart."""

    def stamp(self, file: str | int) -> tuple[int, ...]:
        return (1, 1, 1, 1, super().stamp(file)[-1])


def put(path: Path, content: bytes, seen: os.stat_result | None = None) -> None:
    """Write a file's content anew in place: the same inode, size and time, but later by the disk's clock."""
    before = seen or path.stat()
    while True:
        path.write_bytes(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = path.stat()
        if after.st_ctime_ns != before.st_ctime_ns:
            break
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)


def made(path: Path, *records: bytes, about: str = "of ours") -> bytes:
    """Write a file of these records, and return its bytes."""
    with LastingFile(path, "things") as file, file.locked():
        file.rewrite(about, records)
    return path.read_bytes()


def turned(folder: Path, mine: Keyring) -> None:
    """Have another process destroy Ada's key and make Cleo's, and its file come to lie where the one before lay."""
    assert mine.handles() == {ADA, BEN}
    path, kept = folder / "people.keys", folder / "kept"
    seen = path.stat()
    kept.hardlink_to(path)
    with ring(folder) as its:
        its.destroy([ADA])
        its.add(CLEO)
    put(kept, path.read_bytes(), seen)
    kept.replace(path)


def test_another_content_is_noticed_though_inode_size_and_time_of_change_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "f"
    other = made(path, b'["second"]')
    made(path, b'["first."]')
    with LastingFile(path, "things") as file:
        assert file.news() == (True, (b'["first."]',))
        put(path, other)
        assert file.changed()
        assert file.news() == (True, (b'["second"]',))
        file.append(b'["third"]')
        assert not file.changed(), "what it wrote itself is no news"
    with LastingFile(path, "things") as file:
        assert file.news() == (True, (b'["second"]', b'["third"]'))


@pytest.mark.parametrize("about", ["of ours", "of them"])
def test_nothing_is_written_to_a_file_that_only_its_content_tells_from_the_one_that_was_read(
    tmp_path: Path, about: str
) -> None:
    """Whether the records differ or the first line alone does."""
    path = tmp_path / "f"
    other = made(path, b'["same"]' if about == "of them" else b'["diff"]', about=about)
    made(path, b'["same"]')
    with LastingFile(path, "things", CoarseDisk()) as file, file.locked():
        file.news()
        put(path, other)
        with pytest.raises(StoreError, match="must be read first"):
            file.append(b'["third"]')
        with pytest.raises(StoreError, match="must be read first"):
            file.rewrite("of ours", ())
        assert path.read_bytes() == other
        assert file.changed()
        assert file.news()[0], "it begins anew"


@pytest.mark.parametrize("disk", [Disk(), CoarseDisk()])
@pytest.mark.parametrize(
    ("change", "left"),
    [
        (lambda keys: keys.rotate(), {BEN, CLEO}),
        (lambda keys: keys.add(DORA), {BEN, CLEO, DORA}),
        (lambda keys: keys.destroy([BEN]), {CLEO}),
    ],
)
def test_s6_no_rotation_brings_a_destroyed_key_back_or_loses_one_that_another_process_made(
    tmp_path: Path, disk: Disk, change: Callable[[Keyring], object], left: set[Handle]
) -> None:
    with ring(tmp_path) as keys:
        keys.add(ADA)
        keys.add(BEN)
    with ring(tmp_path, disk) as mine:
        turned(tmp_path, mine)
        change(mine)
        assert mine.handles() == left
    with ring(tmp_path) as keys:
        assert keys.handles() == left
        assert all(len(keys.key(handle)) == 32 for handle in left)
    assert len(wrapping_keys(tmp_path)) == 1


def test_s6_a_reader_sees_a_rotation_that_gave_the_file_its_old_inode_and_size(tmp_path: Path) -> None:
    with ring(tmp_path) as mine:
        mine.add(ADA)
        mine.add(BEN)
        turned(tmp_path, mine)
        assert mine.handles() == {BEN, CLEO}
        assert len(mine.key(CLEO)) == 32


@pytest.mark.parametrize("disk", [Disk(), CoarseDisk()])
def test_s12_nobody_is_added_to_another_list_of_people_removed(tmp_path: Path, disk: Disk) -> None:
    path = tmp_path / "people.revoked"
    with Revocations(path) as other:
        other.add([BEN])
    content = path.read_bytes()
    path.unlink()
    with Revocations(path, disk) as mine:
        mine.add([ADA])
        put(path, content)
        with pytest.raises(StoreError, match="put back to an older list"):
            mine.add([CLEO])
    assert path.read_bytes() == content


@pytest.mark.parametrize("disk", [Disk(), CoarseDisk()])
def test_s7_what_another_process_used_up_is_used_up_in_a_ledger_of_the_same_inode_and_size(
    tmp_path: Path, disk: Disk
) -> None:
    path = tmp_path / "spent"
    with Spent(path, now=lambda: 0.0) as other:
        other.spend("two", 9.0, "its")
    content = path.read_bytes()
    path.unlink()
    with Spent(path, now=lambda: 0.0, disk=disk) as mine:
        mine.spend("one", 9.0, "our")
        put(path, content)
        assert mine.spend("two", 9.0, "our") == "its"
