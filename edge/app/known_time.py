"""The last time that is known to have been here: whatever the clock shows, it is later than that.

A board without a battery wakes up in the past, where an expired file looks as good as new. So several things that
outlive a power cut are asked, and the latest of them is the floor. None of them says that it is later than it is as
long as the clock was right when it was written; what cannot be read, or is no time at all, is left out.
"""

from __future__ import annotations

import tomllib
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from edge.access.clock import BUILT, LIFE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.provision import InForce

_IMAGE = "usr/lib/door-terminal/image.toml"
_SAVED = ("var/lib/systemd/timesync/clock", "var/lib/private/systemd/timesync/clock")
"""Files that systemd-timesyncd touches while it runs: each one's own time is a time that was."""
_MEMORY = "var/lib/door-lock/door-memory.json"


class _Newest(msgspec.Struct):
    newest: float = 0.0


class _Memory(msgspec.Struct):
    memory: _Newest


def floor(root: Path, before: InForce | None) -> datetime:
    """Return the last time that is known to have been.

    Args:
        root: Of the device's file system.
        before: The file in force; head office's clock was right when it was signed.
    """
    latest = max((one for one in _times(root) if one < BUILT + LIFE_S), default=BUILT)
    known = datetime.fromtimestamp(max(latest, BUILT), UTC)
    return max(known, before.issued) if before else known


def _times(root: Path) -> Iterator[float]:
    """Yield the seconds since 1970 of what is there: the image's, timesyncd's, and the door's own memory."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        yield float(tomllib.loads((root / _IMAGE).read_text())["epoch"])
    for path in _SAVED:
        with suppress(OSError):
            yield (root / path).lstat().st_mtime
    with suppress(OSError, ValueError, msgspec.MsgspecError):
        yield msgspec.json.decode((root / _MEMORY).read_bytes(), type=_Memory).memory.newest
