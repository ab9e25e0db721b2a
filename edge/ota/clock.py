"""What time the update client believes, and which time was proven; see `edge/adr/0032-fetching-updates.md`.

Signed metadata expire, so that nobody can hold a terminal at an old state for long. Whoever turns its clock back
undoes that; so time never counts as earlier than the newest that was proven. Whoever turns it ahead lets everything
expire; so no time is proven by a clock alone: a time server must keep it, and metadata that were valid at that time
must have come.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edge.access.clock import BUILT
from edge.disk import replace

if TYPE_CHECKING:
    from pathlib import Path

    from edge.disk import Disk

_LAST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
_LIMIT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """What time it is taken to be.

    Attributes:
        at: Seconds since the epoch: that of the machine's clock, unless it is behind the newest proven time.
        clock: What the machine's clock says.
        proven: The newest proven time; that of this software's release when none was.
        synchronised: Whether a time server keeps the clock.
    """

    at: float
    clock: float
    proven: float
    synchronised: bool

    @property
    def when(self) -> datetime:
        """The same, as metadata name times."""
        return datetime.fromtimestamp(int(self.at), UTC)

    @property
    def behind(self) -> bool:
        """Whether the machine's clock cannot be right."""
        return self.clock < self.at

    @property
    def remedy(self) -> str:
        """What to do when something has expired at this time."""
        if self.behind:
            return (
                f"this machine's clock says {said(self.clock)}, which is before the newest proven time; if that one is "
                f"wrong, remove models/fetch/time.toml"
            )
        if not self.synchronised:
            return "no time server keeps this machine's clock: see that it is right (`timedatectl`)"
        return "a time server keeps this machine's clock, so that the repository has to be signed again"


def believe(wall: float, proven: float, *, synchronised: bool) -> Believed:
    """Judge a reading of the clock.

    Args:
        wall: What it says, in seconds since the epoch; anything that is no date counts as long ago.
        proven: The newest proven time; `BUILT` and later.
        synchronised: Whether a time server keeps it.
    """
    clock = wall if 0 <= wall < _LAST else 0.0  # no comparison holds for NaN
    floor = max(proven, BUILT)
    return Believed(at=max(clock, floor), clock=clock, proven=floor, synchronised=synchronised)


def now_proven(believed: Believed) -> float:
    """Return the newest proven time after metadata came that are valid at the believed one."""
    return believed.at if believed.synchronised else believed.proven


def read(path: Path) -> float:
    """Return the newest proven time; `BUILT` when there is no file of it, or none that can be read.

    A file that was lost or damaged costs protection, and never an update: rollback is told by version numbers as ever.
    """
    try:
        with path.open("rb") as file:
            found = tomllib.loads(file.read(_LIMIT).decode()).get("proven")
    except (OSError, ValueError):  # of TOML or UTF-8
        return BUILT
    if not isinstance(found, datetime) or found.tzinfo is None or not found.timestamp() < _LAST:
        return BUILT
    return max(found.timestamp(), BUILT)


def write(path: Path, proven: float, disk: Disk) -> None:
    """Keep the newest proven time.

    Raises:
        OSError: It cannot be written; what was there stays.
    """
    words = "# The newest time that a synchronised clock and signed metadata agreed on; nothing counts as earlier.\n"
    text = f"{words}proven = {datetime.fromtimestamp(int(proven), UTC):%Y-%m-%dT%H:%M:%SZ}\n"
    replace(disk, path, text.encode())


def said(at: float) -> str:
    """Return a time as people write it."""
    return f"{datetime.fromtimestamp(int(at), UTC):%Y-%m-%d %H:%M} UTC"
