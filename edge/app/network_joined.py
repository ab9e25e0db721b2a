"""Whether the network that the provisioning file names was joined, and what to do when it was not.

Nobody waits for it: a door without a network lets people in and out. Asked is NetworkManager; where that is not there,
the kernel.
"""

from __future__ import annotations

import configparser
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge.app.doctor_door import Check
from edge.app.programs import run
from edge.disk import DISK, replace
from edge.errors import ProvisionError
from edge.provision import card, plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from edge.app.programs import Run

_SAID = "run/door-terminal-provision/network"
_ID = "door-terminal"
_NMCLI = ("nmcli", "--terse", "--fields")
_BYTES = re.compile(r"(\d{1,3};)+")
_NEWER = "A newer file on the card corrects it"


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of the network that the file names.

    Attributes:
        name: Which one, for people.
        joined: Whether it was joined.
        found: What is known of it.
        mend: What to do; empty when it was joined.
    """

    name: str
    joined: bool
    found: str
    mend: str = ""

    @property
    def words(self) -> str:
        """All of it as one line."""
        return f"{self.name}: {self.found}{f'. {self.mend}.' if self.mend else '.'}"


def look(root: Path, ask: Run = run) -> Joined | None:
    """Return whether the network was joined; None where no file names one yet.

    Args:
        root: Of the device's file system.
        ask: Runs a program; raises ProvisionError.

    Raises:
        ProvisionError: What the file named cannot be read.
    """
    path = root / plan.CONNECTION
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ProvisionError(f"{path}: cannot be read ({error}): run as root") from error
    ssid = _ssid(text)
    name = f'the Wi-Fi "{ssid}"' if ssid else "the cable's network"
    try:
        return _by_manager(name, ssid, ask)
    except ProvisionError as error:
        return _by_kernel(name, ssid, root, str(error))


def tell(root: Path, boot: Path, now: datetime, ask: Run = run, uptime: Callable[[], float] = time.monotonic) -> str:
    """Say in the card's log that the network was not joined, and later that it was; each once a start.

    Args:
        root: Of the device's file system.
        boot: The card's first partition.
        now: When.
        ask: Runs a program; raises ProvisionError.
        uptime: Seconds since the machine was started.

    Returns:
        What is known of it; empty where no file names a network.

    Raises:
        ProvisionError: What the file named cannot be read.
    """
    found = look(root, ask)
    if found is None:
        return ""
    said, before = root / _SAID, ""
    with suppress(OSError, ValueError):
        before = said.read_text()
    word = "joined" if found.joined else f"not joined: {found.found}"
    if word != before and (before or not found.joined):  # a network that is there needs no line
        late = "" if found.joined else f" {uptime() / 60:.0f} minutes after the start"
        card.tell(boot, now, f"NETWORK{late}: {found.words}")
    with suppress(OSError):
        said.parent.mkdir(parents=True, exist_ok=True)
        replace(DISK, said, word.encode())
    return found.words


def network_check(root: Path = Path("/"), ask: Run = run) -> Check:
    """The doctor's look at the network.

    Raises:
        ProvisionError: What the file named cannot be read.
    """
    found = look(root, ask)
    if found is None:
        return Check("network", "ok", "no provisioning file names one")
    return Check("network", "ok" if found.joined else "warning", f"{found.name}: {found.found}", found.mend)


def _ssid(text: str) -> str:
    """Return the name of the Wi-Fi of a keyfile; empty for the cable."""
    parser = configparser.ConfigParser(delimiters=("=",), comment_prefixes=("#",), interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ProvisionError(f"{plan.CONNECTION}: is damaged ({error}): provision the terminal again") from error
    told = parser.get("wifi", "ssid", fallback="")
    if not _BYTES.fullmatch(told):
        return told
    return bytes(min(int(one), 255) for one in told.rstrip(";").split(";")).decode(errors="replace")


def _by_manager(name: str, ssid: str, ask: Run) -> Joined:
    active = _rows(ask((*_NMCLI, "NAME,STATE,DEVICE", "connection", "show", "--active"), b""))
    state, device = next(((row[1], row[2]) for row in active if len(row) > 2 and row[0] == _ID), ("", ""))
    if state == "activated":
        return Joined(name, joined=True, found=f"joined by {device}")
    kind = "wifi" if ssid else "ethernet"
    devices = [row for row in _rows(ask((*_NMCLI, "TYPE,STATE,DEVICE", "device"), b"")) if row[:1] == [kind]]
    if not devices:
        part = "Wi-Fi" if ssid else "network socket"
        return Joined(name, joined=False, found=f"this machine has no {part}", mend="See `nmcli device` and `dmesg`")
    shown = state or devices[0][1]
    if not ssid:
        found = f"NetworkManager says {shown}"
        return Joined(
            name, joined=False, found=found, mend="Look at the cable, and whether the network gives addresses"
        )
    if shown == "unavailable":
        mend = "Its radio is off, or network.country is missing: `nmcli radio`, `rfkill list`"
        return Joined(name, joined=False, found="NetworkManager says unavailable", mend=mend)
    heard = [row[0] for row in _rows(ask((*_NMCLI, "SSID", "device", "wifi", "list", "--rescan", "no"), b"")) if row]
    if ssid in heard:
        mend = f"Its passphrase is wrong, or it admits this terminal not. {_NEWER}"
        return Joined(name, joined=False, found=f"it is heard, and not joined; NetworkManager says {shown}", mend=mend)
    mend = f"It is out of reach, off, of another country's channels, or called otherwise. {_NEWER}"
    return Joined(name, joined=False, found=f"it is not heard; NetworkManager says {shown}", mend=mend)


def _by_kernel(name: str, ssid: str, root: Path, why: str) -> Joined:
    """What /sys knows: whether an interface of that kind is up, but not in which network."""
    for interface in sorted((root / "sys/class/net").glob("*")):
        wireless = (interface / "wireless").exists()
        if (interface / "device").exists() and wireless == bool(ssid) and _up(interface):
            return Joined(name, joined=True, found=f"{interface.name} is up; in which network nobody could say: {why}")
    return Joined(
        name, joined=False, found=f"no interface is up ({why})", mend="Is NetworkManager installed and running?"
    )


def _up(interface: Path) -> bool:
    try:
        return (interface / "operstate").read_text().strip() == "up"
    except OSError:
        return False


def _rows(output: bytes) -> list[list[str]]:
    """Return what nmcli wrote, by line and field: a colon or a backslash in a field has a backslash before it."""
    lines = output.decode(errors="replace").splitlines()
    return [[re.sub(r"\\(.)", r"\1", one) for one in re.split(r"(?<!\\):", line)] for line in lines]
