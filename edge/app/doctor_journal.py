"""The doctor's look at the journal: is it whole, how large is it, and when was it signed last."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from edge.app import notary
from edge.app.doctor_door import Check
from edge.app.identity import public_file
from edge.errors import JournalError
from edge.journal.log import files
from edge.journal.signing import HEARTBEAT_S
from edge.journal.vouching import moment
from edge.values import counted

if TYPE_CHECKING:
    from edge.app.places import Places
    from edge.journal.checking import Examined

_OLD_S = 2 * HEARTBEAT_S
_TIMER = "is `edge-journal.timer` running? `edge journal sign` says what keeps it from it"


def journal_check(here: Places, now: float) -> Check:
    """Verify the journal; `now` is seconds since the epoch.

    Raises:
        EdgeError: It cannot be read.
    """
    if here.journal.parent.is_dir() and not os.access(here.journal.parent, os.R_OK | os.X_OK):
        return Check("journal", "warning", f"{here.journal.parent} is the door's own", "run the doctor as root")
    if not here.journal.exists():
        return Check("journal", "ok", f"{here.journal} is not begun yet")
    known = public_file(here)
    try:
        public = known.read_bytes() if known.exists() else None
        size = sum(path.stat().st_size for path in files(here.journal))
    except OSError as error:
        raise JournalError(f"{error.filename}: {error.strerror}") from error
    examined = notary.verify_journal(here.journal, public, ())
    if examined.findings:
        mend = (
            "keep a copy of all its files as evidence; `edge journal verify` says more. Then move them away: the door "
            "begins a new one"
        )
        return Check("journal", "fault", str(examined.findings[0]), mend)
    return _signed(examined, size, now)


def _signed(examined: Examined, size: int, now: float) -> Check:
    """Judge how long ago a whole journal was signed."""
    count = examined.last.number - examined.first + 1 if examined.last.number else 0
    found = f"{counted(count, 'event')}, {size / 1e6:.1f} MB, the chain is whole"
    if not count:
        return Check("journal", "ok", found)
    if examined.proven_at is None:
        return Check("journal", "warning", f"{found}; it was never signed: nothing proves it", _TIMER)
    found += f", signed up to line {examined.proven} at {moment(examined.proven_at)}"
    if examined.proven_at > now + _OLD_S:
        return Check("journal", "warning", f"{found}, which is still to come", "look at the clock")
    if now - examined.proven_at > _OLD_S:
        return Check("journal", "warning", f"{found}: {(now - examined.proven_at) / 3600:.0f} h ago", _TIMER)
    return Check("journal", "ok", found)
