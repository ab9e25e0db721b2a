"""What other systems ask the running terminal at its own socket, and its answers: one JSON object a datagram.

One connection is one question: it begins with `Verify`, hears `Progress` while it waits, and ends with `Answered`.
Hanging up takes the question back.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from edge.access.receipt import Hash, Key
from edge.errors import LinkError
from edge.link.client import dial
from edge.link.language import Language
from edge.link.messages import LIMIT_BYTES, Rejected
from edge.values.assurance import Assurance

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

VERSION = 1
_PATIENCE_S = 10.0

T = TypeVar("T")


class Portrait(Struct, frozen=True, forbid_unknown_fields=True):
    """A reference that is no enrolled person's: the embedding of a portrait, made by whoever asks.

    Attributes:
        sha256: Of the picture; the receipt names it.
        vector: The embedding, of unit length.
        embedder: The space that it lives in: the id of the embedder,
        model: the hash of its file,
        preprocessing: and the version of what is done before it.
    """

    sha256: Hash
    vector: Annotated[tuple[float, ...], Meta(min_length=16, max_length=1024)]
    embedder: Annotated[str, Meta(max_length=200)]
    model: Hash
    preprocessing: Annotated[str, Meta(max_length=200)]


class Verify(Struct, frozen=True, forbid_unknown_fields=True, tag="verify", kw_only=True):
    """Asks: is the person before the camera this one? Exactly one of `person`, `handle` and `portrait` is given.

    Attributes:
        nonce: Chosen by whoever asks, never twice: the same question again gets the same receipt.
        purpose: One of the configured purposes.
        person: The id of an enrolled person.
        handle: Their handle, as receipts and journal have it.
        portrait: Somebody who is not enrolled.
        amount: Of a payment, a decimal number; empty for none.
        text: What it is for, for the person to read; empty for nothing.
        assurance: More than the purpose asks, where that is wanted; never less.
        version: The language that is spoken.
    """

    nonce: Key
    purpose: Annotated[str, Meta(min_length=1, max_length=40)]
    person: Annotated[str, Meta(max_length=200)] = ""
    handle: Annotated[str, Meta(max_length=64)] = ""
    portrait: Portrait | None = None
    amount: Annotated[str, Meta(pattern=r"^([0-9]{1,12}(\.[0-9]{1,4})?)?$")] = ""
    text: Annotated[str, Meta(max_length=200)] = ""
    assurance: Assurance = "passive"
    version: int = VERSION


class Progress(Struct, frozen=True, forbid_unknown_fields=True, tag="progress"):
    """How far it is.

    Attributes:
        step: What is waited for: the questions before this one, the face, the keypad.
        waiting: How many questions are before this one.
    """

    step: Literal["queued", "face", "keypad"]
    waiting: int = 0


class Answered(Struct, frozen=True, forbid_unknown_fields=True, tag="answered"):
    """The answer.

    Attributes:
        receipt: The signed receipt, also of a refusal.
        again: Whether it was made for an earlier question with this nonce, which was the same.
    """

    receipt: str
    again: bool = False


ToCaller = Progress | Answered
_to_terminal = msgspec.json.Decoder(Verify)
_to_caller: msgspec.json.Decoder[Progress | Answered | Rejected] = msgspec.json.Decoder(Progress | Answered | Rejected)


def encode(message: Verify | ToCaller | Rejected) -> bytes:
    """Return the datagram for a message.

    Raises:
        LinkError: It is longer than `LIMIT_BYTES`, or holds text that is none.
    """
    try:
        data = msgspec.json.encode(message)
    except UnicodeEncodeError as error:
        raise LinkError(f"the question cannot be written down: {error}; it was not sent") from error
    if len(data) > LIMIT_BYTES:
        raise LinkError(f"a message of {len(data)} bytes is too long; {LIMIT_BYTES} bytes are the limit")
    return data


def to_terminal(data: bytes) -> Verify:
    """Read a question.

    Raises:
        LinkError: It is too long, none, in another version, or names nobody or several.
    """
    message = _decode(_to_terminal, data)
    if message.version != VERSION:
        raise LinkError(f"the question is in version {message.version}, this terminal speaks version {VERSION}")
    if sum((bool(message.person), bool(message.handle), message.portrait is not None)) != 1:
        raise LinkError("the question must name one of person, handle and portrait")
    if message.portrait is not None and not all(map(math.isfinite, message.portrait.vector)):
        raise LinkError("the portrait's embedding holds what is no number")
    return message


def to_caller(data: bytes) -> Progress | Answered | Rejected:
    """Read what the terminal says.

    Raises:
        LinkError: It is too long, or nothing that a terminal says.
    """
    return _decode(_to_caller, data)


TERMINAL: Language[Verify, ToCaller] = Language("terminal", to_terminal, encode, lambda _: True, mode=0o666)
"""What is spoken at the terminal's socket; the kernel says who it is that asks, so its file is open to all."""


def verify(path: Path, question: Verify, wait_s: float, heard: Callable[[Progress], None] = lambda _: None) -> Answered:
    """Ask the terminal that listens at `path`, and wait for its receipt.

    Args:
        path: Its socket.
        question: What to ask.
        wait_s: How long at most to wait for the next word; after that the question is taken back.
        heard: Told how far it is.

    Raises:
        LinkError: It does not answer, or turns whoever asks away. The same question may be asked again.
    """
    try:
        with dial(path, _PATIENCE_S) as end:
            with suppress(BrokenPipeError, ConnectionResetError):  # it was turned away already, and may read why
                end.send(encode(question))
            while True:
                reply = _receive(end, time.monotonic() + wait_s)
                if isinstance(reply, Answered):
                    return reply
                heard(reply)
    except OSError as error:
        raise LinkError(f"the terminal does not answer at {path}: {error.strerror or error}; does it run?") from error


def _receive(end: socket.socket, deadline: float) -> ToCaller:
    end.settimeout(max(deadline - time.monotonic(), 1e-3))
    try:
        with suppress(ConnectionResetError):  # told once, before what was said last
            return _said(end.recv(LIMIT_BYTES + 1))
        return _said(end.recv(LIMIT_BYTES + 1))
    except TimeoutError as error:
        raise LinkError("the terminal did not answer in time; the question was taken back") from error


def _said(data: bytes) -> ToCaller:
    if not data:
        raise LinkError("the terminal hung up; ask the same question again")
    reply = to_caller(data)
    if isinstance(reply, Rejected):
        raise LinkError(f"the terminal turned the question away: {reply.why}")
    return reply


def _decode(decoder: msgspec.json.Decoder[T], data: bytes) -> T:
    if len(data) > LIMIT_BYTES:
        raise LinkError(f"the other process sent more than {LIMIT_BYTES} bytes at once")
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LinkError(f"the other process sent what is no message of version {VERSION}: {error}") from error
