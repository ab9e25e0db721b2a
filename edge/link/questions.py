"""What an operator's tools ask of the door, and its report."""

from __future__ import annotations

from msgspec import Struct

from edge.values import Handle, Occasion, Reason, Status

VERSION = 7
"""The language of the link; every greeting and question carries it."""


class AskReport(Struct, frozen=True, forbid_unknown_fields=True, tag="ask-report"):
    """Asks for the door's `Report` instead of greeting.

    Attributes:
        version: The language that is spoken.
    """

    version: int = VERSION


class Reload(Struct, frozen=True, forbid_unknown_fields=True, tag="reload"):
    """Asks the door to read its configuration again, instead of greeting; it answers `Done`.

    Attributes:
        operator: Who asks.
        version: The language that is spoken.
    """

    operator: str
    version: int = VERSION


class Audit(Struct, frozen=True, forbid_unknown_fields=True, tag="audit"):
    """Asks the door to write down what another program did, instead of greeting; it answers `Done` once that lasts.

    Attributes:
        occasion: What was done; one of `edge.values.AUDITED`.
        operator: Who did it.
        words: More for people; nobody's name or number (S6).
        handle: To whom.
        reason: Why, or what came of it.
        version: The language that is spoken.
    """

    occasion: Occasion
    operator: str
    words: str = ""
    handle: Handle | None = None
    reason: Reason | None = None
    version: int = VERSION


class AskHead(Struct, frozen=True, forbid_unknown_fields=True, tag="ask-head"):
    """Asks for the `JournalHead` instead of greeting.

    Attributes:
        version: The language that is spoken.
    """

    version: int = VERSION


class JournalHead(Struct, frozen=True, forbid_unknown_fields=True, tag="journal-head"):
    """The last line of the journal that survives a power cut: what may be signed.

    Attributes:
        line: Its number, 0 of an empty journal.
        digest: Its hash.
        fault: Why there is none to be named; empty when there is.
        events: How many events the door keeps at least,
        size: and how many bytes, whichever is reached first; 0 where it does not say.
    """

    line: int
    digest: str
    fault: str = ""
    events: int = 0
    size: int = 0


class Report(Struct, frozen=True, forbid_unknown_fields=True, tag="report"):
    """What the door is at this moment (`edge control status --json`).

    Attributes:
        status: In one word.
        alarms: Everything that is wrong, with its sentence; silent ones too.
        open: Whether the door leaf stands open; null without a contact, or with a faulty one.
        unlocked: Whether the lock is open.
        held_by: What keeps it unlocked; empty when nothing does.
        lock_down: Who locked it down, and why; empty when nobody did.
        terminal: Whether a terminal is connected.
        clock: Whether the wall clock is believed: "trusted", or why not.
        journal: Whether the journal can be written: "up", or why not.
    """

    status: Status
    alarms: dict[str, str]
    open: bool | None
    unlocked: bool
    held_by: str
    lock_down: str
    terminal: bool
    clock: str
    journal: str
