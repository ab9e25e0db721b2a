"""What the terminal and the door say to each other: one JSON object a datagram, typed, versioned in the greeting."""

from __future__ import annotations

import dataclasses
import math
from typing import TypeVar

import msgspec
from msgspec import Struct

from edge.config import DoorSettings, RuleSettings
from edge.errors import LinkError
from edge.link.notices import Notice, Shut, Trust, Typed
from edge.link.questions import VERSION, AskHead, AskReport, Audit, JournalHead, Reload, Report
from edge.values import (
    AUDITED,
    OPENING,
    Alarm,
    Answer,
    CodeFault,
    Done,
    Evidence,
    Flaw,
    Handle,
    Identified,
    Order,
    Reason,
    Sign,
)

LIMIT_BYTES = 64 * 1024
OF_THE_TERMINAL = frozenset({Alarm.CAMERA, Alarm.DURESS})
"""Alarms that a terminal may raise."""


class Hello(Struct, frozen=True, forbid_unknown_fields=True, tag="hello"):
    """The terminal's greeting, the first message of a connection.

    Attributes:
        live: Whether a real camera is watched and liveness is judged; without it a real lock never opens (S11).
        why: What is not live, in words; empty when all is.
        version: The language it speaks.
    """

    live: bool
    why: str = ""
    version: int = VERSION


class Ask(Struct, frozen=True, forbid_unknown_fields=True, tag="ask"):
    """Asks for the door's `Terms` instead of greeting; whoever asks is no terminal, and takes no terminal's place.

    Attributes:
        version: The language that is spoken.
    """

    version: int = VERSION


class Refused(Struct, frozen=True, forbid_unknown_fields=True, tag="refused"):
    """The terminal turned somebody away; the door writes it down.

    Attributes:
        at: Monotonic seconds of the last frame that counted.
        track: The track that was judged.
        reason: Why; never one for which a door opens (`OPENING`).
        handle: Who was matched or claimed; None for a stranger.
        evidence: What the match rests on; None where nobody was matched.
        flaws: What was wrong with the view.
        sign: What spoke most against a live person; None where nothing did.
        fault: What was wrong with the code that was shown; None where none was refused.
    """

    at: float
    track: int
    reason: Reason
    handle: Handle | None = None
    evidence: Evidence | None = None
    flaws: tuple[Flaw, ...] = ()
    sign: Sign | None = None
    fault: CodeFault | None = None


class Terms(Struct, frozen=True, forbid_unknown_fields=True, tag="terms"):
    """What the running door process goes by, whatever its configuration file says by now.

    Attributes:
        door: How it behaves.
        rules: Its rules, as far as head office may limit them: without schedules, holidays and access rules.
    """

    door: DoorSettings
    rules: RuleSettings

    @classmethod
    def of(cls, door: DoorSettings, rules: RuleSettings) -> Terms:
        """Return the terms of a door with these settings; however many schedules it has, they fit into a datagram."""
        return cls(door, dataclasses.replace(rules, schedules=(), holidays=(), access=()))


class Tell(Struct, frozen=True, forbid_unknown_fields=True, tag="tell"):
    """The terminal has something to say to the person at the door, by the door's lamp and beeper (`hw.base.Prompt`).

    Attributes:
        signal: The kind, a word of `hw.base.Signal`; one that the door does not know shows nothing.
        code: The stable name of what is said.
        words: The same for people.
    """

    signal: str
    code: str
    words: str


class Raise(Struct, frozen=True, forbid_unknown_fields=True, tag="raise"):
    """The terminal found that something is wrong, or no longer is.

    Attributes:
        alarm: What; one of `OF_THE_TERMINAL`.
        on: Whether it is. Duress stays until somebody acknowledges it, whatever the terminal says.
        words: More for people.
    """

    alarm: Alarm
    on: bool
    words: str = ""


class Welcome(Struct, frozen=True, forbid_unknown_fields=True, tag="welcome"):
    """The door's reply to a greeting.

    Attributes:
        session: The number of this connection, random; every `Identified` must carry it (S2).
        terms: What the door goes by; a terminal under head office's limits says nothing more to one that is laxer.
        version: The language it speaks.
    """

    session: str
    terms: Terms
    version: int = VERSION


class Rejected(Struct, frozen=True, forbid_unknown_fields=True, tag="rejected"):
    """The door hangs up.

    Attributes:
        why: One sentence.
    """

    why: str


class _Identified(Struct, frozen=True, forbid_unknown_fields=True, tag="identified"):
    body: Identified


class _Order(Struct, frozen=True, forbid_unknown_fields=True, tag="order"):
    body: Order
    version: int = VERSION


class _Done(Struct, frozen=True, forbid_unknown_fields=True, tag="done"):
    body: Done


class _Answer(Struct, frozen=True, forbid_unknown_fields=True, tag="answer"):
    body: Answer


Once = Ask | AskHead | AskReport | Audit | Reload | Order
"""What is said instead of a greeting, by whoever is no terminal."""

ToDoor = Hello | Once | Identified | Refused | Tell | Raise
ToTerminal = Welcome | Terms | Answer | Rejected | Report | JournalHead | Done | Notice
T = TypeVar("T")

_to_door = msgspec.json.Decoder(
    Hello | Ask | AskHead | AskReport | Audit | Reload | _Order | _Identified | Refused | Tell | Raise
)
_to_terminal = msgspec.json.Decoder(
    Welcome | Terms | _Answer | Rejected | Report | JournalHead | _Done | Typed | Trust | Shut
)
_VERSIONED = Hello | Ask | AskHead | AskReport | Audit | Reload | _Order | Welcome


def plain(text: str) -> str:
    """Return words that any process can write down and any terminal can show, such as a path that is no Unicode."""
    sayable = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in sayable)


def encode(message: ToDoor | ToTerminal) -> bytes:
    """Return the datagram for a message.

    Raises:
        LinkError: It is longer than `LIMIT_BYTES`, holds text that is none, or holds a number that JSON would turn
            into nothing: an end of access that is "not a number" must not arrive as access for ever (S3).
    """
    wrapped = _wrap(message)
    if not _finite(msgspec.to_builtins(wrapped)):
        raise LinkError("a message to the other process holds a number that is not finite; it was not sent")
    try:
        data = msgspec.json.encode(wrapped)
    except (UnicodeEncodeError, OverflowError) as error:
        raise LinkError(f"a message to the other process cannot be written down: {error}; it was not sent") from error
    if len(data) > LIMIT_BYTES:
        raise LinkError(f"a message of {len(data)} bytes is too long; {LIMIT_BYTES} bytes are the limit")
    return data


def to_door(data: bytes) -> ToDoor:
    """Read what the terminal said.

    Raises:
        LinkError: It is too long, not a message, not one that a terminal sends, or in another version.
    """
    message = _decode(_to_door, data)
    if isinstance(message, Refused) and message.reason in OPENING:
        raise LinkError(f'the other process sent a refusal whose reason is "{message.reason}"')
    if isinstance(message, Raise) and message.alarm not in OF_THE_TERMINAL:
        raise LinkError(f'the other process raised an alarm that is not its own: "{message.alarm}"')
    if isinstance(message, Audit) and message.occasion not in AUDITED:
        raise LinkError(f'the other process would have written down what only the door says: "{message.occasion}"')
    if isinstance(message, _Order):  # its words are shown to operators for as long as a lock-down lasts
        order = message.body
        return dataclasses.replace(order, operator=plain(order.operator), why=plain(order.why))
    return message.body if isinstance(message, _Identified) else message


def to_terminal(data: bytes) -> ToTerminal:
    """Read what the door said.

    Raises:
        LinkError: It is too long, not a message, not one that a door sends, or in another version.
    """
    message = _decode(_to_terminal, data)
    return message.body if isinstance(message, _Answer | _Done) else message


def _wrap(message: ToDoor | ToTerminal) -> Struct:
    wrapped: Struct
    match message:
        case Identified():
            wrapped = _Identified(message)
        case Order():
            wrapped = _Order(message)
        case Answer():
            wrapped = _Answer(message)
        case Done():
            wrapped = _Done(message)
        case _:
            wrapped = message
    return wrapped


def _decode(decoder: msgspec.json.Decoder[T], data: bytes) -> T:
    if len(data) > LIMIT_BYTES:
        raise LinkError(f"the other process sent more than {LIMIT_BYTES} bytes at once")
    try:
        message = decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        _check_version(data)
        raise LinkError(f"the other process sent what is no message of version {VERSION}: {error}") from error
    if isinstance(message, _VERSIONED) and message.version != VERSION:
        _check_version(data)
    return message


class _Greeting(Struct):
    version: int = VERSION


def _check_version(data: bytes) -> None:
    try:
        version = msgspec.json.decode(data, type=_Greeting).version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if version != VERSION:
        raise LinkError(
            f"the other process speaks version {version}, this one version {VERSION}; restart both after an update"
        )


def _finite(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_finite(item) for item in value.values())
    return all(_finite(item) for item in value) if isinstance(value, list | tuple) else True
