"""What may be used once, and was: codes and nonces, in a file beside the store and in no backup of it.

What has expired is forgotten, and the latest expiry that was forgotten is kept: whatever expires no later counts as
used, so that a clock that is set back revives nothing.
"""

from __future__ import annotations

import threading
import time
from math import isfinite
from typing import TYPE_CHECKING

import msgspec

from edge.disk import DISK
from edge.errors import StoreError
from edge.people.following import Following
from edge.people.lasting import LastingFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.disk import Disk

MOST = 100_000
"""So many are remembered that have not expired; a further one is refused rather than an old one forgotten."""

LONGEST_NAME, LONGEST_NOTE = 256, 8192
_PRUNED_AT = 1024
"""The file is written anew when at least so many have expired, and they are half of all."""

_KIND = "codes and nonces used"


class Spent(Following):
    """An open ledger. Threads may share it, and processes the file."""

    def __init__(
        self, path: Path, *, now: Callable[[], float] = time.time, most: int = MOST, disk: Disk = DISK
    ) -> None:
        """Open the ledger; an empty one is made when there is none.

        Args:
            path: The file.
            now: Tells seconds since the epoch; only to forget what has expired.
            most: How many are remembered at most.
            disk: Does what is done to the file.

        Raises:
            StoreError: It is damaged, newer than this program, or cannot be read or made.
        """
        self.path = path
        self._now = now
        self._most = most
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, str]] = {}
        self._forgotten = 0.0
        super().__init__(LastingFile(path, _KIND, disk))

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)

    def spend(self, name: str, until: float, note: str = "") -> str | None:
        """Use something up; lasting on return (S7).

        Args:
            name: Its name, which nothing else has.
            until: Until when it could be used, seconds since the epoch.
            note: What became of it, for whoever asks again.

        Returns:
            None when it was unused until now; else the note of its first use, empty when that is forgotten.

        Raises:
            StoreError: It cannot be written; it must count as used.
        """
        if not 0 < len(name) <= LONGEST_NAME or len(note) > LONGEST_NOTE or not isfinite(until):
            raise StoreError(f"{self.path}: what is to be remembered as used has no name, or is too long")
        with self._lock, self._file.locked():
            self._take_news()
            earlier = self._known.get(name)
            if earlier is not None:
                return earlier[1]
            if until <= self._forgotten:
                return ""
            self._prune()
            if len(self._known) >= self._most:
                raise StoreError(f"{self.path}: {self._most:,} codes and nonces are in use; wait for some to expire")
            self._file.append(msgspec.json.encode((name, until, note)))
            self._known[name] = (until, note)
        return None

    def _begin(self) -> None:
        self._file.rewrite("0", ())

    def _told(self, records: tuple[bytes, ...], *, anew: bool) -> None:
        try:
            found = {name: (until, note) for name, until, note in map(_DECODER.decode, records)}
            forgotten = msgspec.json.decode(self._file.about.encode(), type=float) if anew else self._forgotten
        except msgspec.DecodeError as error:
            raise StoreError(f"{self.path}: a line names nothing; it was written by another program") from error
        if anew and forgotten < self._forgotten:
            raise StoreError(f"{self.path}: was put back to an older one while it was open; start again")
        self._known = found if anew else self._known | found
        self._forgotten = forgotten

    def _prune(self) -> None:
        """Write the file anew without what has expired, once that is worth it."""
        now = self._now()
        expired = [until for until, _ in self._known.values() if until < now]
        if len(expired) < min(_PRUNED_AT, self._most) or 2 * len(expired) < len(self._known):
            return
        forgotten = max(self._forgotten, *expired)
        known = {name: kept for name, kept in self._known.items() if kept[0] >= now}
        records = [msgspec.json.encode((name, *kept)) for name, kept in known.items()]
        self._file.rewrite(repr(forgotten), records)
        self._known, self._forgotten = known, forgotten


_DECODER = msgspec.json.Decoder(tuple[str, float, str])
