"""The card's first partition, which any laptop reads: the file that comes in, and the log of what came of it."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from edge.disk import Disk, opened
from edge.errors import ProvisionError
from edge.provision.intents import overwrite_and_remove

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

NAME = "terminal.toml"
ORDER = "reset.toml"
LOG = "provision.log"
BUT = ", but see CHECK above"
"""How a line ends that tells of no more than half a success."""
_LONGEST = 1 << 20
_TAIL = 1 << 16
_WELL, _ILL = ("DONE:", "RESET:"), ("FAILED:", "WRONG CODE:", "CHECK:", "LATER:", "NOT IN THE JOURNAL:")


def found(boot: Path) -> Path | None:
    """Return the provisioning file of the card; None for none.

    Raises:
        ProvisionError: There are several, one under a name that a computer or head office gave it, or the card cannot
            be read.
    """
    try:
        every = sorted(one.name for one in boot.iterdir())
    except OSError as error:
        raise ProvisionError(f"{boot}: the card's first partition cannot be read: {error.strerror}") from error
    names = [one for one in every if _resembles(one.lower())]
    if len(names) > 1:
        raise ProvisionError(
            f"{boot}: there are {len(names)} provisioning files, {', '.join(names)}: leave one, called {NAME}"
        )
    if names and names[0].lower() != NAME:
        raise ProvisionError(f"{boot / names[0]}: rename it to {NAME}")
    if not names:
        _refuse_misnamed(boot, every)
    return boot / names[0] if names else None


def _refuse_misnamed(boot: Path, names: list[str]) -> None:
    """Refuse a signed file under another name, as `edge provision batch` calls it; what else lies there is others'."""
    for name in names:
        if name.startswith(".") or ".toml" not in name.lower() or name.lower() == ORDER:
            continue
        with suppress(OSError), (boot / name).open("rb") as file:
            content = file.read(_LONGEST)
            if b"\n# signature: " in content:
                right = NAME if b"\n[terminal]" in b"\n" + content else ORDER
                raise ProvisionError(f"{boot / name}: is signed by head office: rename it to {right}")


def found_order(boot: Path) -> Path | None:
    """Return the card's order to reset the terminal; None for none, or when the card cannot be read."""
    with suppress(OSError):
        return next((one for one in sorted(boot.iterdir()) if one.name.lower() == ORDER), None)
    return None


def read(path: Path) -> bytes:
    """Return the file's content.

    Raises:
        ProvisionError: It is empty, too long, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
    except OSError as error:
        raise ProvisionError(f"{path}: cannot be read: {error.strerror}; copy it again") from error
    if not content.strip():
        raise ProvisionError(f"{path}: is empty: the card was taken out too early; copy it again, then eject the card")
    if len(content) > _LONGEST:
        raise ProvisionError(f"{path}: is longer than {_LONGEST} bytes, and no provisioning file")
    return content


def tell(boot: Path, at: datetime, line: str) -> bool:
    """Add a line to the log, as Windows ends lines; returns whether it lasts: the card may be read-only, or full.

    Args:
        boot: The card's first partition.
        at: When.
        line: One sentence, without secrets.
    """
    text = " ".join(line.split())
    disk = Disk(mode=0o644)
    try:
        with opened(disk, boot / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND) as descriptor:
            disk.write(descriptor, f"{at:%Y-%m-%d %H:%M:%S} UTC  {text}\r\n".encode())
            disk.sync(descriptor)
        disk.sync_folder(boot)
    except OSError:
        return False
    return True


def last_failure(boot: Path, *, half: bool = False) -> str:
    """Return the last line of the log that tells of a failure, if nothing went well after it; empty for none.

    Args:
        boot: The card's first partition.
        half: Whether a fault that the doctor found counts, though the terminal was provisioned with it.
    """
    try:
        with (boot / LOG).open("rb") as file:
            file.seek(max(os.fstat(file.fileno()).st_size - _TAIL, 0))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for line in reversed(lines):
        if any(f"  {word}" in line for word in _WELL) and not (half and BUT in line):
            return ""
        if any(f"  {word}" in line for word in _ILL):
            return line
    return ""


def remove(path: Path) -> None:
    """Take the provisioning file off the card.

    Raises:
        ProvisionError: It cannot be removed.
    """
    try:
        overwrite_and_remove(path)
    except OSError as error:
        raise ProvisionError(
            f"{path}: is in force, but cannot be removed from the card: {error.strerror}; remove it by hand, for it "
            f"holds secrets"
        ) from error


def _resembles(name: str) -> bool:
    return name.startswith("terminal") and ".toml" in name and not name.startswith(".")
