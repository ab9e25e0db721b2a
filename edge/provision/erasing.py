"""What a reset makes of a device's files, and how a file is erased: the terminal becomes nobody's, the door stays shut.

The order decides what a power cut leaves. First goes what makes a door of this terminal: from then on whoever starts
finds one that was never provisioned, which is locked and lets people out. Then the keys that people are sealed under,
then all the rest. Everything of the two folders goes but what is named here, so that a file which a later version adds
is erased, too.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from edge.disk import Disk, opened
from edge.provision.plan import CONFIG, HOME, IDENTITY, MANAGED, Change, Drop, Erase, Forget, Plan, Put, named

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DATA = "var/lib/door-terminal"
DOOR = "var/lib/door-lock"
LAST = f"{HOME}/last-reset.json"
"""What is remembered of the last reset: a power cut must not forget that it is to be told."""
OWED = f"{HOME}/tpm-owes.json"
"""What is remembered of TPMs that did not forget yet: each start tells them again."""
KEPT_HOME = (
    "keys/device.key",
    "keys/device.pub",
    "provisioning.pub",
    "head-office.pub",
    "limits.toml",
    "limits.toml.sig",
    "provision.plan",
    "last-reset.json",
    "tpm-owes.json",
)
"""What stays of the terminal's folder: whose it is, what that one allows, and the key that the journal is signed by."""
KEPT_DATA = ("people.revoked", "limits.seen", "letters.seen")
"""What stays of its data: who was removed, and the newest limits and letters that were ever believed."""
_OWN = ("keys/device.key", "keys/device.pub", "provisioning.pub", "head-office.pub", "limits.toml", "limits.toml.sig")
_GOOD = f"{DOOR}/terminal.good.toml"
_HOSTNAME = "door-terminal"
_LARGEST = 64 << 20
_PIECE = 1 << 20


def planned(terminal: str, last: bytes, hosts: str, tpm: Forget | None, more: Sequence[str], *, gives_up: bool) -> Plan:
    """Return what a reset changes.

    Args:
        terminal: The terminal's id; empty for none.
        last: What is remembered of it.
        hosts: What /etc/hosts says now.
        tpm: The TPM that keeps the wrapping key; None for none.
        more: Other files that hold secrets.
        gives_up: Whether its owner gives it up: then the device's own key and whose it was go, too.
    """
    keep = tuple(one for one in KEPT_HOME if not (gives_up and one in _OWN))
    keys = tuple(one.removeprefix("keys/") for one in keep if one.startswith("keys/"))
    changes: list[Change] = [Drop(_GOOD), Drop(CONFIG), Drop(_GOOD), Drop(IDENTITY)]
    changes += [tpm] if tpm else []
    changes += [Erase(f"{HOME}/keys", keys), Erase(f"{DATA}/people.keys")]
    changes += [Erase(HOME, keep), Erase(DATA, KEPT_DATA)]
    changes += [Erase(path) for path in (*MANAGED, *more) if not path.startswith(f"{HOME}/")]
    changes += [Put("etc/hostname", f"{_HOSTNAME}\n".encode()), Put("etc/hosts", named(hosts, _HOSTNAME).encode())]
    changes += [Put(LAST, last, 0o600)]
    return Plan("", terminal, tuple(changes), reset=True)


def erase(path: Path, keep: Sequence[str] = ()) -> None:
    """Overwrite a file and take it away; of a folder all that is in it, but for what is kept. It may be repeated.

    On flash memory that is no secure erasure: what may never be read again is sealed, and its key is destroyed.

    Raises:
        OSError: It cannot be done.
    """
    if path.is_dir() and not path.is_symlink():
        _empty(path, keep)
    elif path.parent.is_dir():
        _erase_file(path)
        Disk().sync_folder(path.parent)


def _empty(folder: Path, keep: Sequence[str]) -> None:
    for path in sorted(folder.iterdir()):
        if path.name in keep:
            continue
        if path.is_dir() and not path.is_symlink():
            within = [one.removeprefix(f"{path.name}/") for one in keep if one.startswith(f"{path.name}/")]
            _empty(path, within)
            if not any(path.iterdir()):
                path.rmdir()
        else:
            _erase_file(path)
    Disk().sync_folder(folder)


def _erase_file(path: Path) -> None:
    disk = Disk()
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISREG(found.st_mode) and 0 < found.st_size <= _LARGEST:
        with opened(disk, path, os.O_WRONLY | os.O_NOFOLLOW) as descriptor:
            for start in range(0, found.st_size, _PIECE):
                disk.write(descriptor, bytes(min(_PIECE, found.st_size - start)))
            disk.sync(descriptor)
    disk.remove(path)
