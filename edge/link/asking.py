"""One question to the door process, from whoever is no terminal: its terms, its state, an order, new rules."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from edge.errors import LinkError
from edge.link import messages
from edge.link.client import LAST_S, TIMEOUT_S, dial, receive
from edge.link.messages import Ask, Once, Terms
from edge.link.questions import AskHead, AskReport, Audit, JournalHead, Reload, Report
from edge.values import Done, Order

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T", Terms, Report, JournalHead, Done)


def terms(path: Path, timeout_s: float = TIMEOUT_S) -> Terms:
    """Return what the door process that listens at `path` goes by; its terminal is not disturbed.

    Raises:
        LinkError: It does not answer, or answers something else.
    """
    return _once(path, Ask(), Terms, timeout_s)


def report(path: Path, timeout_s: float = TIMEOUT_S) -> Report:
    """Return what the door is at this moment.

    Raises:
        LinkError: As of `terms`.
    """
    return _once(path, AskReport(), Report, timeout_s)


def order(path: Path, what: Order, timeout_s: float = LAST_S) -> Done:
    """Have an order carried out, and return what became of it.

    Raises:
        LinkError: As of `terms`; whether it was carried out is not known then, and `report` tells.
    """
    return _once(path, what, Done, timeout_s)


def reload(path: Path, operator: str, timeout_s: float = LAST_S) -> Done:
    """Have the configuration read again, and return what became of it.

    Raises:
        LinkError: As of `terms`.
    """
    return _once(path, Reload(operator), Done, timeout_s)


def audit(path: Path, what: Audit, timeout_s: float = LAST_S) -> Done:
    """Have something written into the journal, and return whether it lasts.

    Raises:
        LinkError: As of `terms`; whether it was written is not known then, unless nobody listened: its cause is a
            `FileNotFoundError` or a `ConnectionRefusedError` then.
    """
    return _once(path, what, Done, timeout_s)


def journal_head(path: Path, timeout_s: float = TIMEOUT_S) -> JournalHead:
    """Return the last line of the journal that survives a power cut.

    Raises:
        LinkError: As of `audit`.
    """
    return _once(path, AskHead(), JournalHead, timeout_s)


def _once(path: Path, question: Once, kind: type[T], timeout_s: float) -> T:
    try:
        with dial(path, timeout_s) as end:
            end.send(messages.encode(question))
            reply = receive(end, time.monotonic() + timeout_s)
    except OSError as error:
        raise LinkError(f"the door process does not answer at {path}: {error.strerror or error}") from error
    if not isinstance(reply, kind):
        raise LinkError("the door process answered something else")
    return reply
