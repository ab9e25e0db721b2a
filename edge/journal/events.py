"""The journal's vocabulary: one frozen type, whose `occasion` says what happened. People are handles (S6)."""

from __future__ import annotations

import msgspec

from edge.errors import JournalError
from edge.values import SENTENCES, Alarm, Evidence, Flaw, Handle, Occasion, Reason, Sign


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """What was deleted because the journal is bounded: every line up to this one.

    Attributes:
        line: The number of the last line that was deleted.
        digest: Its hash.
        signed: Whether the device key had signed it.
    """

    line: int
    digest: str
    signed: bool


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened at the door.

    Attributes:
        occasion: What happened.
        at: Monotonic seconds of this boot.
        wall: Seconds since the epoch, as the clock had it.
        reason: The stable code of why.
        alarm: Which alarm began or ended.
        sentence: The same for people, or what else is to be said.
        handle: Who.
        evidence: How sure the terminal was.
        flaws: What was wrong with the view.
        sign: What spoke most against a live person.
        track: Which track of the terminal.
        session: Which connection.
        operator: Who ordered it.
        lost: How many events could not be written down before this one.
        pruned: What is deleted right after this.
        frame_at: Of a grant: the start of the exposure of the last frame that it rests on, monotonic seconds.
        relay_at: Of what unlocked the door: when the lock's driver had switched its line, monotonic seconds.
    """

    occasion: Occasion
    at: float
    wall: float
    reason: Reason | None = None
    alarm: Alarm | None = None
    sentence: str = ""
    handle: Handle | None = None
    evidence: Evidence | None = None
    flaws: tuple[Flaw, ...] = ()
    sign: Sign | None = None
    track: int | None = None
    session: str | None = None
    operator: str = ""
    lost: int = 0
    pruned: Pruned | None = None
    frame_at: float | None = None
    relay_at: float | None = None


_decoder = msgspec.json.Decoder(Event)


def sentence(reason: Reason | None, words: str = "") -> str:
    """Return the sentence for a reason, followed by `words`."""
    return ": ".join(part for part in (SENTENCES[reason] if reason else "", words) if part)


def decode(text: bytes | msgspec.Raw) -> Event:
    """Read an event back; what a newer version added is passed over.

    Raises:
        JournalError: It is not an event, or of a kind this version does not know.
    """
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise JournalError(f"the journal holds an event that this version cannot read: {error}") from error
