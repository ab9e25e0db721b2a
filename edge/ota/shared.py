"""Files of the terminal's user that another one of its group reads: who is on the network. Whatever the umask is."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from edge.disk import Disk

if TYPE_CHECKING:
    from pathlib import Path

FILE_MODE = 0o640
FOLDER_MODE = 0o750
"""Without the set-group-ID bit, which no unit may set (RestrictSUIDSGID=): both users' own group is the terminal's.

The group reads and does not write: who is on the network is of it, and shall choose no set."""


class SharedDisk(Disk):
    """The machine's own; the group may read what is new."""

    def __init__(self) -> None:
        """Take the machine's own."""
        super().__init__(mode=FILE_MODE)

    def open(self, path: Path, flags: int) -> int:
        """See `Disk.open`; a link is not followed: one of the two users could have root write elsewhere."""
        descriptor = super().open(path, flags | os.O_NOFOLLOW)
        try:
            found = os.fstat(descriptor)
            ours = os.geteuid() in {0, found.st_uid}
            if flags & os.O_CREAT and ours and stat.S_IMODE(found.st_mode) != FILE_MODE:
                os.fchmod(descriptor, FILE_MODE)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor
