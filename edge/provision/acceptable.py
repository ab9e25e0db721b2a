"""Whether a file may be used now, here, after the one that is in force. Pure: no clock, no file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.provision.tables import Document

_LEEWAY = timedelta(days=1)
"""How far two right clocks may be apart, and then some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The file that made this terminal what it is.

    Attributes:
        id: The terminal's, as that file had it.
        issued: When that file was made.
        digest: SHA-256 of its normalised text, hexadecimal.
    """

    id: str
    issued: datetime
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What this machine knows when a file comes.

    Attributes:
        now: What its clock says, with a zone.
        floor: The last time that is known to have been; the clock of a board without a battery may be behind it.
        synchronised: Whether the clock was set by a time server since it was switched on.
        serial: The board's serial number; empty when it tells none.
        in_force: The file in force; None before the first.
    """

    now: datetime
    floor: datetime | None = None
    synchronised: bool = False
    serial: str = ""
    in_force: InForce | None = None


def acceptable(document: Document, digest: str, here: Here) -> tuple[str, ...]:
    """Return every reason why a file may not be used; empty when it may.

    The very file that is in force may be used again as long as it has not expired: a power cut may have come between.
    Another terminal's file is none: the people who are enrolled here would stay, under another door's name.

    Args:
        document: What the file says.
        digest: SHA-256 of its normalised text, hexadecimal.
        here: What this machine knows.
    """
    terminal, reasons = document.terminal, []
    now = max(here.now, here.floor or here.now)
    if now >= terminal.expires:
        reasons.append(
            f"terminal.expires: it expired on {_day(terminal.expires)}, and it is {_day(now)} at least; "
            f"have a new one made by head office"
        )
    if here.synchronised and terminal.issued > now + _LEEWAY:
        reasons.append(f"terminal.issued: it is said to be made on {_day(terminal.issued)}, and it is {_day(now)} only")
    if terminal.serial and terminal.serial.lower() != here.serial.lower():
        reasons.append(
            f"terminal.serial: it is for the board {terminal.serial}, and this one is {here.serial or 'one without'}"
        )
    before = here.in_force
    if before and terminal.id != before.id:
        reasons.append(
            f"terminal.id: it is for {terminal.id}, and this terminal is {before.id}: take the card to {terminal.id}; "
            f"a terminal that is to become another is reset first, by `edge provision reset`, its reset button or "
            f"`edge provision order-reset`, and takes then what is not older than {before.issued.isoformat()}"
        )
    if before and digest != before.digest and terminal.issued <= before.issued:
        reasons.append(
            f"terminal.issued: it is of {terminal.issued.isoformat()}, and one of {before.issued.isoformat()} is in "
            f"force; only a newer one takes its place"
        )
    return tuple(reasons)


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
