"""What other programs than the door do to the people it knows, written into its journal: the one record of all."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from edge.app import saying
from edge.errors import JournalError, LinkError
from edge.journal.file import JournalBusyError
from edge.journal.log import record
from edge.link import asking
from edge.link.messages import plain
from edge.link.questions import Audit
from edge.values import AUDITED

if TYPE_CHECKING:
    from edge.app.places import Places
    from edge.values import Handle, Occasion, Reason

WAIT_S = 5.0
_PAUSE_S = 0.05
_LONGEST = 2000


def audit(  # noqa: PLR0913 - what an event is made of
    here: Places,
    occasion: Occasion,
    *,
    operator: str,
    words: str = "",
    handle: Handle | None = None,
    reason: Reason | None = None,
    wait_s: float = WAIT_S,
) -> None:
    """Write down what was done; on return it survives a power cut (S7).

    The door process writes it where one listens; else this process does, under the file's lock.

    Args:
        here: Where the socket and the journal are.
        occasion: What was done; one of `AUDITED`.
        operator: Who did it.
        words: More for people. Nobody's name, number or code: the journal knows people by their handle (S6).
        handle: To whom.
        reason: Why, or what came of it.
        wait_s: How long at most to wait for a door that is just starting or stopping.

    Raises:
        JournalError: It was not written, or it is not known whether it lasts; the message says which.
    """
    if occasion not in AUDITED:
        raise JournalError(f'"{occasion}" is for the door alone to write down')
    if not operator.strip():
        raise JournalError("it was not written into the journal: whoever did it must be named")
    message = Audit(occasion, _cut(operator), _cut(words), handle, reason)
    deadline = time.monotonic() + wait_s
    pause = threading.Event()
    while not (_by_the_door(here, message) or _by_itself(here, message, last=time.monotonic() >= deadline)):
        pause.wait(_PAUSE_S)


def _cut(text: str) -> str:
    """Return words that fit into a message and that any process can write down."""
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return plain(short)


def _by_the_door(here: Places, message: Audit) -> bool:
    """Whether a door process wrote it down; False when none listens."""
    try:
        done = asking.audit(here.socket, message)
    except LinkError as error:
        if isinstance(error.__cause__, FileNotFoundError | ConnectionRefusedError):
            return False
        raise JournalError(f"whether it was written into the journal is not known: {error}") from error
    if not done.done:
        raise JournalError(f"the door did not write it into its journal: {done.words}")
    if done.words:  # it was promised, and the disk did not answer in time
        raise JournalError("the door could not write it down in time: a power cut may undo it")
    return True


def _by_itself(here: Places, message: Audit, *, last: bool) -> bool:
    """Whether this process wrote it down; False while another one holds the journal: a door that starts, perhaps."""
    try:
        record(here.journal, saying.audited(message, time.monotonic(), time.time()))
    except PermissionError as error:  # on a device only the door's user may, and root
        if last:
            raise JournalError(f"{here.journal}: it was not written: is `edge door` running? Or ask as root") from error
        return False
    except OSError as error:
        raise JournalError(f"{here.journal}: it was not written: {error.strerror or error}") from error
    except JournalBusyError as error:
        if last:
            raise JournalError(f"{here.journal}: it was not written: {error}") from error
        return False
    return True
