"""TPMs that were told to forget at a reset and did not answer: remembered, and told again at each start (S6).

What opened their places was erased at the reset, so that nothing on the card opens what the chip still keeps. Whose the
places are is therefore known by what is remembered alone: by the board, and by no newer key having been made since.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from edge.app.holders import chip
from edge.disk import Disk, replace
from edge.errors import EdgeError, ForeignKeyError, ProvisionError
from edge.keys.holder import MOST
from edge.provision import card, erasing, plan

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.first_boot import Device
    from edge.provision.plan import Forget

AUTH = f"{plan.HOME}/keys/wrapping.auth"
_RISK = "Who copied this card before and has the board could still open that copy, and the next key gets no place in it"
_log = logging.getLogger(__name__)


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A TPM that still keeps a key.

    Attributes:
        tcti: How it is reached.
        index: Its first NV index.
        serial: Of the board that it is on; empty where that has none.
        at: When it was told first.
    """

    tcti: str
    index: int
    serial: str
    at: datetime

    @property
    def by_hand(self) -> str:
        """The commands that make it forget."""
        return by_hand(self.index)


def by_hand(index: int) -> str:
    """Return the commands that make a chip forget, for people; `index` is the first NV index."""
    return " and ".join(f"`tpm2_nvundefine {index + number:#x}`" for number in range(MOST))


def owed(root: Path) -> tuple[Owed, ...]:
    """Return the TPMs that did not forget yet, oldest first.

    Raises:
        ProvisionError: What is remembered of them cannot be read.
    """
    path = root / erasing.OWED
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Owed, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError) as error:
        raise ProvisionError(
            f"{path}: cannot be read ({error}), so no TPM is told again: have it forget by hand, and remove that file"
        ) from error


def forget(device: Device, tpm: Forget) -> None:
    """Have a TPM overwrite its keys and give up their places; one that does not answer is remembered, and told.

    What opens it is erased in any case. It may be repeated.
    """
    auth = device.root / tpm.auth
    if not auth.exists():
        return
    try:
        chip(tpm.tcti, tpm.index, auth).forget()
    except (EdgeError, OSError) as error:
        again = _remembered(device, tpm, error)
        _warn(
            device,
            f"CHECK: the TPM did not forget its key ({error}); what opens it is erased instead. {_RISK}, until it "
            f"forgets{again}: by hand: {by_hand(tpm.index)}",
        )
        erasing.erase(auth)  # so nothing that is left opens what the chip still keeps


def settle(device: Device) -> None:
    """Tell those TPMs again that did not forget; what comes of it is said, and stops nothing."""
    try:
        waiting = owed(device.root)
    except ProvisionError as error:
        _warn(device, f"CHECK: {error}")
        return
    if not waiting:
        return
    left = tuple(one for one in waiting if not _settled(device, one))
    try:
        _remember(device.root, left)
    except OSError as error:
        _warn(device, f"CHECK: {device.root / erasing.OWED}: cannot be written: {error.strerror}; told again next time")


def _settled(device: Device, one: Owed) -> bool:
    """Whether a TPM keeps nothing of what it should forget, told now or found so."""
    if (device.root / AUTH).exists():
        return True  # a newer key was made, which takes free places: whoever gave these back now would destroy it
    since = f"from before the reset of {one.at.date()}"
    try:
        if one.serial != device.serial:
            raise ProvisionError(f"it is on the board {one.serial or 'without a serial number'}, and this is another")
        chip(one.tcti, one.index, device.root / AUTH).release()
    except (EdgeError, OSError) as error:
        _warn(
            device,
            f"CHECK: a TPM still keeps the key {since} ({error}): it is told again at each start. {_RISK}. By hand: "
            f"{one.by_hand}; where it is gone for good, remove {device.root / erasing.OWED}",
        )
        return False
    _tell(device, f"The TPM has forgotten the key {since}.")
    return True


def _remembered(device: Device, tpm: Forget, error: Exception) -> str:
    """Remember a TPM that did not answer; returns words for the log. One whose places are another's is none of ours."""
    if isinstance(error, ForeignKeyError):
        return ""
    new = Owed(tcti=tpm.tcti, index=tpm.index, serial=device.serial, at=device.now().astimezone(UTC))
    try:
        before = [one for one in owed(device.root) if (one.tcti, one.index, one.serial) != _place(new)]
        _remember(device.root, (*before, new))
    except (ProvisionError, OSError) as wrong:
        return f" (it is not told again, for that cannot be remembered: {wrong})"
    return ", which it is told again at each start"


def _place(one: Owed) -> tuple[str, int, str]:
    return one.tcti, one.index, one.serial


def _remember(root: Path, left: tuple[Owed, ...]) -> None:
    path, disk = root / erasing.OWED, Disk()
    if left:
        replace(disk, path, msgspec.json.encode(left))
        return
    disk.remove(path)
    disk.sync_folder(path.parent)


def _warn(device: Device, line: str) -> None:
    _log.warning("%s", line)  # who gave the order reads it, too
    _tell(device, line)


def _tell(device: Device, line: str) -> None:
    card.tell(device.boot, device.now().astimezone(UTC), line)
