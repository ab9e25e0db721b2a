"""The changes of a plan, made so that a power cut leaves none or all of them (S7).

The whole plan is first written to one file (`record`): from then on it is in force, and whoever starts next makes the
rest of its changes (`roll_forward`). Each may be made any number of times. Before that nothing but the plan's own file
was touched.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from edge.disk import Disk, fresh_name, opened, replace
from edge.errors import ProvisionError
from edge.provision.erasing import erase
from edge.provision.plan import HOME, Drop, Erase, Forget, Link, Plan, Put

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORD = f"{HOME}/provision.plan"


def record(root: Path, plan: Plan) -> None:
    """Write down what is going to be done; lasting on return.

    Raises:
        ProvisionError: It cannot be written; nothing is changed.
    """
    path = root / RECORD
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(Disk(), path, msgspec.json.encode(plan))
    except OSError as error:
        raise _failed(path, error, "nothing was changed") from error


def pending(root: Path) -> Plan | None:
    """Return the plan that was begun; None for none.

    Raises:
        ProvisionError: There is one, and it cannot be read.
    """
    path = root / RECORD
    try:
        return msgspec.json.decode(path.read_bytes(), type=Plan)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failed(path, error, "it is tried again at the next start") from error
    except msgspec.DecodeError as error:
        raise ProvisionError(f"{path}: is damaged ({error}): remove it, and provision the terminal again") from error


def roll_forward(root: Path, plan: Plan, forget: Callable[[Forget], None] = lambda _: None) -> None:
    """Make all changes of a plan, and forget it.

    Args:
        root: Of the device's file system.
        plan: What was recorded.
        forget: Has a TPM forget its keys; one that does not answer holds up nothing.

    Raises:
        ProvisionError: One cannot be made; the plan stays, and the next start goes on with it.
    """
    for change in plan.changes:
        if isinstance(change, Forget):
            forget(change)
            continue
        path = root / change.path
        try:
            _make(path, change, above(root, path))
        except OSError as error:
            raise _failed(path, error, "the rest is done at the next start, once that is mended") from error
    path = root / RECORD
    try:
        overwrite_and_remove(path)  # it held secrets
    except OSError as error:
        raise _failed(path, error, "it is tried again at the next start") from error


def overwrite_and_remove(path: Path) -> None:
    """Overwrite a file and take it away; on flash memory that is no secure erasure.

    A cut in between leaves a file that is whole, or one of zeros under another name.

    Raises:
        OSError: It cannot be done.
    """
    disk, gone = Disk(), _gone(path)
    if path.exists():
        disk.rename(path, gone)
        disk.sync_folder(path.parent)
    _wipe(gone)


def _gone(path: Path) -> Path:
    return path.with_name(f".{path.name}.gone")


def _wipe(gone: Path) -> None:
    if not gone.exists():
        return
    disk = Disk()
    with opened(disk, gone, os.O_WRONLY) as descriptor:
        disk.write(descriptor, bytes(gone.stat().st_size))
        disk.sync(descriptor)
    disk.remove(gone)
    disk.sync_folder(gone.parent)


def wipe_begun(path: Path) -> None:
    """End a removal that was cut short, as far as it can be; a file whose removal was not begun stays."""
    with suppress(OSError):
        _wipe(_gone(path))


def above(root: Path, path: Path) -> Path | None:
    """Return the folder that names the folder of a file, to be synced should that be new; None where it cannot be new.

    What lies directly below the root is the image's: that root is read-only, and a squashfs refuses to be synced.
    """
    folder = path.parent.parent
    return folder if folder != root and folder.is_relative_to(root) else None


def _make(path: Path, change: Put | Link | Drop | Erase, folder: Path | None) -> None:
    if isinstance(change, Erase):
        erase(path, change.keep)
        return
    disk = Disk(mode=change.mode if isinstance(change, Put) else 0o600)
    if isinstance(change, Drop) and not path.parent.is_dir():
        return
    _way(path.parent)
    if folder:
        disk.sync_folder(folder)
    fresh = fresh_name(path)
    if isinstance(change, Drop):
        disk.remove(path)
    elif isinstance(change, Link):
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(change.target)
        disk.rename(fresh, path)
    elif not _is(path, change):
        fresh.unlink(missing_ok=True)  # its permissions would stay
        replace(disk, path, change.content)
    disk.sync_folder(path.parent)  # also of what an earlier start did: it may have been killed before


def _way(folder: Path) -> None:
    """Make the folders on the way to a file, which its readers may enter, whatever the umask."""
    if not folder.is_dir():
        _way(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def _is(path: Path, change: Put) -> bool:
    """Whether a file is what it is to be already."""
    return path.is_file() and path.read_bytes() == change.content and path.stat().st_mode & 0o777 == change.mode


def _failed(path: Path, error: OSError, then: str) -> ProvisionError:
    return ProvisionError(f"{path}: cannot be written or read: {error.strerror}; {then}")
