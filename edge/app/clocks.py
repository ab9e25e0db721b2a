"""The clocks of this machine: what the door's rules are told of the time."""

from __future__ import annotations

import ctypes
import functools
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edge.access.clock import Reading
from edge.config.zone import zone_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_TIMEX_BYTES = 256  # struct timex has 208
_TIME_ERROR = 5


_BATTERY = Path("/sys/class/rtc/rtc0/since_epoch")
_AGREES_S = 60.0


@functools.cache
def _libc() -> ctypes.CDLL:
    """The C library, loaded once: the clock is asked for every second."""
    return ctypes.CDLL(None)


def kept() -> bool:
    """Whether a clock that a battery keeps agrees with this machine's."""
    with suppress(OSError, ValueError):
        return abs(int(_BATTERY.read_text(encoding="ascii")) - time.time()) < _AGREES_S
    return False


def synchronised() -> bool:
    """Whether a time server keeps this clock right: the kernel says so, and forgets it when it is set by hand.

    Where the kernel may not be asked, systemd-timesyncd's word is taken that it was once since the start.
    """
    with suppress(OSError, AttributeError):
        state = int(_libc().adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
        if state >= 0:
            return state < _TIME_ERROR
    return _SYNCHRONISED.exists()


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where the door reads the time.

    Attributes:
        monotonic: Monotonic seconds, on the clock of `Frame.at`.
        wall: Seconds since the epoch.
        synchronised: Whether a time server sets the wall clock.
        kept: Whether a battery kept it while the machine was off.
    """

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    synchronised: Callable[[], bool] = synchronised
    kept: Callable[[], bool] = kept

    def read(self) -> Reading:
        """Look at both clocks at once."""
        return Reading(wall=self.wall(), monotonic=self.monotonic(), synchronised=self.synchronised(), kept=self.kept())


def zone(name: str) -> tzinfo:
    """Return a time zone by its name, as in "Europe/Berlin"; the machine's own without one, and UTC if it has none.

    Raises:
        ConfigError: There is none of this name.
    """
    named = zone_of(name)
    if named is not None:
        return named
    with suppress(OSError, ValueError, ZoneInfoNotFoundError):
        if os.environ.get("TZ", ""):
            return ZoneInfo(os.environ["TZ"].removeprefix(":"))
        with Path("/etc/localtime").open("rb") as file:
            return ZoneInfo.from_file(file)
    return UTC
