"""Who was removed for good: a list that only grows, outside the store and every backup of it (S12).

It knows handles alone. A restored or rolled-back store is read against it, so that nobody comes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.disk import DISK
from edge.errors import StoreError
from edge.people.following import Following
from edge.people.lasting import LastingFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from edge.disk import Disk
    from edge.values import Handle

_KIND = "people removed"


class Revocations(Following):
    """The list, open. Threads may share it; what another process appended counts from the next question on."""

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        """Open the list; an empty one is made when there is none.

        Raises:
            StoreError: It is damaged, newer than this program, or cannot be read or made.
        """
        self._handles: set[str] = set()
        super().__init__(LastingFile(path, _KIND, disk))

    def __contains__(self, handle: object) -> bool:
        """Whether somebody was removed; once it is so it stays so.

        Raises:
            StoreError: The list cannot be read, or was put back to an older one: nobody may be let in then.
        """
        self._take_news()
        return handle in self._handles

    @property
    def count(self) -> int:
        """How many people were removed so far; never falls."""
        self._take_news()
        return len(self._handles)

    @property
    def digest(self) -> str:
        """A checksum of the whole list, for receipts: whoever knows it can tell an older list."""
        self._take_news()
        return self._file.last

    def add(self, handles: Iterable[Handle]) -> None:
        """Remove people for good; lasting on return. Those who are in the list already are passed over.

        Raises:
            StoreError: It cannot be written; the list is as before.
        """
        with self._file.locked():
            self._take_news()
            fresh = [handle for handle in dict.fromkeys(handles) if handle not in self._handles]
            if fresh:
                self._file.append(msgspec.json.encode(fresh))
                self._handles.update(fresh)

    def _begin(self) -> None:
        self._file.rewrite("", ())

    def _told(self, records: tuple[bytes, ...], *, anew: bool) -> None:
        try:
            found = {handle for record in records for handle in msgspec.json.decode(record, type=list[str])}
        except msgspec.DecodeError as error:
            raise StoreError(f"{self._file.path}: a line names nobody; it was written by another program") from error
        self._require_all_in(found, anew=anew)
        self._handles |= found

    def _require_all_in(self, found: set[str], *, anew: bool) -> None:
        if anew and not self._handles <= found:
            raise StoreError(
                f"{self._file.path}: was put back to an older list while it was open: {len(self._handles - found)} "
                f"removed people are not in it; put the newest one in its place"
            )
