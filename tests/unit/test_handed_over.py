"""What a command that root runs makes in the service's folders belongs to the service, or that command locks it out."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from edge.app.identity import device_key, public_file
from edge.app.places import places
from edge.app.vault import open_keys
from edge.config import Config
from edge.disk import DISK, make_folder, opened, replace
from edge.people import backups
from edge.people.backup import back_up
from edge.people.restoring import restore
from tests.unit.keyrings import HANDLES, ring
from tests.vaults import agreed, keys, revoked, vault

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
SERVICE = (12345, 12346)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the service's."""
    made = tmp_path / "service"
    made.mkdir(mode=0o700)
    os.chown(made, *SERVICE)
    return made


def strangers(folder: Path) -> list[str]:
    """Return what in a folder is not the service's, or open to others."""
    found = [folder, *folder.rglob("*")]
    assert len(found) > 1
    return [
        path.name
        for path in found
        if (path.stat().st_uid, path.stat().st_gid) != SERVICE
        or (path.suffix != ".pub" and stat.S_IMODE(path.stat().st_mode) & 0o077 and path.is_file())
    ]


def test_a_file_and_folders_that_root_makes_are_the_folders_owners(folder: Path) -> None:
    path = folder / "one" / "two" / "file"
    make_folder(path)
    with opened(DISK, path, os.O_WRONLY | os.O_CREAT):
        assert strangers(folder) == []
    path.unlink()
    path.write_bytes(b"root's")
    replace(DISK, path, b"anew")
    assert strangers(folder) == []
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_is_there_already_or_lies_behind_a_link_is_not_given_away(folder: Path, tmp_path: Path) -> None:
    (folder / "roots").write_bytes(b"")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("roots", "link"):
        with opened(DISK, folder / name, os.O_WRONLY | os.O_CREAT) as descriptor:
            assert os.fstat(descriptor).st_uid == 0


def test_keys_and_their_locks_that_root_makes_and_rotates_are_the_services(folder: Path) -> None:
    with ring(folder / "keys") as mine:
        mine.add(HANDLES[0])
        assert strangers(folder) == []
        mine.rotate()
    assert strangers(folder) == []
    assert {path.name for path in (folder / "keys").iterdir()} == {"people.keys", "wrapping.key", ".people.keys.lock"}


def test_the_devices_key_that_root_makes_is_the_services(folder: Path) -> None:
    here = places(folder / "data")
    device_key(here)
    assert public_file(here).exists()
    assert strangers(folder) == []


def test_the_folder_of_data_that_root_makes_is_the_services(folder: Path) -> None:
    here = places(folder / "data")
    with open_keys(Config(), here):
        assert strangers(folder) == []


def test_a_store_its_backups_and_what_takes_its_place_are_the_services(folder: Path) -> None:
    path = folder / "data" / "people.sqlite3"
    make_folder(path)
    with vault(path, create=True) as store:
        store.add(agreed("anna", "Anna"), [])
        saved = backups.name(path, 1e9)
        assert back_up(store, saved) == 1
        assert strangers(folder) == [], "nor does its log belong to root"
    with keys(path) as ours, revoked(path) as gone:
        assert restore(path, saved, ours, gone, 1.8e9).before is not None
        assert strangers(folder) == []
        path.write_bytes(b"damaged")
        os.chown(path, *SERVICE)
        assert restore(path, saved, ours, gone, 1.8e9).aside is not None
        assert strangers(folder) == []
