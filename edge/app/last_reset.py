"""What a device remembers of its last reset, whatever else it forgets: who and why, what is still to be told, and
which orders were obeyed, so that none is obeyed twice.
"""  # noqa: D205 - one sentence

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from edge.disk import Disk, replace
from edge.errors import ProvisionError
from edge.provision.erasing import LAST

if TYPE_CHECKING:
    from pathlib import Path

    from edge.provision import Document, InForce

_HOW = "by `edge provision reset` or its reset button"
_MOST = 100
"""So many orders are remembered: they are valid for two weeks at most."""


class LastReset(msgspec.Struct, frozen=True, kw_only=True):
    """A reset.

    Attributes:
        number: Of the reset, at random: a line of the journal that a power cut doubled is known by it.
        at: When.
        who: Who ordered it, and how.
        why: What for.
        terminal: The id of the terminal that was reset; empty for one that was nobody's.
        issued: When the file was made that was in force; an older one does not come back. None for none.
        digest: Of that file.
        gave_up: Whether its owner gave the terminal up: it takes no file until it is reset once more.
        receipt: The signed statement of that, to be put on the card; empty when it was, or there is none.
        restarted: Whether the door was started again since.
        journaled: Whether it is in the journal.
        obeyed: The digests of the orders that were obeyed so far, oldest first.
    """

    number: str
    at: datetime
    who: str
    why: str
    terminal: str = ""
    issued: datetime | None = None
    digest: str = ""
    gave_up: bool = False
    receipt: str = ""
    restarted: bool = False
    journaled: bool = False
    obeyed: tuple[str, ...] = ()

    def obeying(self, order: str) -> LastReset:
        """Return the same, with one more order that was obeyed."""
        return msgspec.structs.replace(self, obeyed=(*self.obeyed, order)[-_MOST:])


def last_reset(root: Path) -> LastReset | None:
    """Return the last reset of a device; None before the first.

    Raises:
        ProvisionError: What is remembered of it cannot be read.
    """
    path = root / LAST
    try:
        return msgspec.json.decode(path.read_bytes(), type=LastReset)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise ProvisionError(f"{path}: cannot be read ({error}): remove it, and reset the terminal again") from error


def encoded(reset: LastReset) -> bytes:
    """Return what is written down of a reset."""
    return msgspec.json.encode(reset)


def remember(root: Path, reset: LastReset) -> None:
    """Write down what became of it; lasting on return.

    Raises:
        ProvisionError: It cannot be written.
    """
    path = root / LAST
    try:
        replace(Disk(), path, encoded(reset))
    except OSError as error:
        raise ProvisionError(f"{path}: cannot be written: {error.strerror}; it is tried again at the next start") from (
            error
        )


def barred(document: Document, digest: str, before: InForce | None, reset: LastReset | None) -> tuple[str, ...]:
    """Return why a file may not be used after a reset: a reset brings no older file back. Empty when it may.

    Args:
        document: What the file says.
        digest: Of the file.
        before: The file in force; where there is one it says what is newer.
        reset: The last reset.
    """
    if reset is None or before is not None:
        return ()
    if reset.gave_up:
        when = reset.at.date()
        return (f"this terminal was decommissioned on {when}, and takes no file: reset it first, {_HOW}",)
    issued, other = document.terminal.issued, document.terminal.id != reset.terminal
    if reset.issued is None or digest == reset.digest or issued > reset.issued or (other and issued == reset.issued):
        return ()  # files of one batch are of one moment, and their cards may have been mixed up
    last = (
        f"one of {reset.issued.isoformat()} was in force before the reset; only that one or a newer one may be used: "
        f"have head office make one"
    )
    return (f"terminal.issued: it is of {issued.isoformat()}, and {last}",)
