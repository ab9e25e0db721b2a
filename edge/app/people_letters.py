"""People from one terminal of a branch to another: in a letter that the other alone can open, and that is signed.

The reader believes the terminals whose `device.pub` lies in its folder of senders, and no letter that is older than
one of the same sender that it has taken already: what was changed or removed since would come back with it.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from edge import keys
from edge.app.auditing import audit
from edge.app.desk import open_desk
from edge.app.durable import replace_file
from edge.app.identity import device_key
from edge.app.vault import open_store
from edge.errors import EdgeError, EnrolError, EvidenceError, SealError, SignatureError
from edge.people import moving
from edge.people.names import shown
from edge.values import Occasion, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge.app.places import Places
    from edge.config import Config
    from edge.people.desk import Desk
    from edge.people.moving import MovedPerson
    from edge.values import PersonId

_MAGIC = b"edge-people-1\n"
_SIGNATURE = 64
_SENT = "sent"


class Envelope(Struct, frozen=True):
    """A letter.

    Attributes:
        sender: What the writing terminal's key is called.
        reader: What the reader's letter box is called.
        made: When it was written, nanoseconds since the epoch; each of a sender's is later than the one before.
        sealed: The people.
    """

    sender: str
    reader: str
    made: int
    sealed: bytes


class Address(Struct, frozen=True):
    """`edge people address`.

    Attributes:
        letters: The file that others seal their letters with.
        letters_id: What it is called.
        device: The file that others believe this terminal's letters by.
        device_id: What it is called.
    """

    letters: str
    letters_id: str
    device: str
    device_id: str


class Moved(Struct, frozen=True):
    """What became of one person of a letter.

    Attributes:
        id: The officer's identifier.
        handle: What the journal knows them by, on every terminal.
        templates: How many templates they have here now.
        error: Why they were not taken in; empty when they were.
    """

    id: str
    handle: str
    templates: int
    error: str


def address(here: Places) -> Address:
    """Return by which keys this terminal is written to and believed; they are made when they are first needed.

    Raises:
        SignatureError: A key cannot be read or made.
    """
    public, device = keys.public_of_box(letters_key(here)), keys.public_of(device_key(here))
    return Address(
        letters=str(here.letters_key.with_suffix(".pub")),
        letters_id=keys.box_id(public),
        device=str(here.device_key.with_suffix(".pub")),
        device_id=keys.key_id(device),
    )


def letters_key(here: Places) -> bytes:
    """Return the private key that opens letters to this terminal, PEM.

    Raises:
        SignatureError: It cannot be read or made.
    """
    path = here.letters_key
    try:
        if not path.exists():
            private, public = keys.new_box()
            replace_file(path.with_suffix(".pub"), public)
            path.with_suffix(".pub").chmod(0o644)
            replace_file(path, private)
        return path.read_bytes()
    except OSError as error:
        raise SignatureError(f"{path}: the key for letters cannot be kept: {error.strerror or error}") from error


def write(config: Config, here: Places, who: Sequence[PersonId], reader: bytes, operator: str) -> tuple[bytes, int]:
    """Write a letter; returns it, and how many people are in it.

    Args:
        config: Who keeps the wrapping key.
        here: Where everything is.
        who: The people; empty for everybody.
        reader: The public key of the reader's letter box, PEM.
        operator: Who sends it, for the journal.

    Raises:
        EnrolError: Nobody is enrolled under one of the ids, or somebody's consent is not recorded.
        StoreError: The store cannot be read.
        SignatureError: A key cannot be read or made, or is of another kind.
        JournalError: It was not written down; the letter is not given out.
    """
    box, private = keys.box_id(reader), device_key(here)
    sender, seen = keys.key_id(keys.public_of(private)), _seen(here)
    made = max(time.time_ns(), seen.get(_SENT, 0) + 1)
    with open_store(config, here) as store:
        people = [one for one in store.people() if not who or one.id in who]
        missing = set(who) - {one.id for one in people}
        if missing:
            raise EnrolError(f"nobody is enrolled under the id {shown(min(missing))}; `edge people list` shows who is")
        text = moving.packed(store, people)
        for one in people:
            audit(here, Occasion.EXPORTED, operator=operator, words=f"to the terminal {box}", handle=one.handle)
    _remember(here, {**seen, _SENT: made})
    sealed = keys.seal_letter(text, reader, _about(sender, box, made))
    body = msgspec.msgpack.encode(Envelope(sender, box, made, sealed))
    return _MAGIC + keys.sign(_MAGIC + body, private) + body, len(people)


def read(here: Places, letter: bytes) -> tuple[MovedPerson, ...]:
    """Return the people of a letter to this terminal, if it is believed.

    Raises:
        SignatureError: It was changed, or its sender is not trusted.
        SealError: It is no letter, is for another terminal, or is older than one that was taken already.
    """
    if not letter.startswith(_MAGIC):
        raise SealError("this is no letter of people: `edge people export` writes one")
    signature, body = letter[len(_MAGIC) :][:_SIGNATURE], letter[len(_MAGIC) + _SIGNATURE :]
    try:
        envelope = msgspec.msgpack.decode(body, type=Envelope)
    except (msgspec.MsgspecError, UnicodeError) as error:  # a text that is no UTF-8 is no error of msgspec's own
        raise SealError("the letter is damaged: export again") from error
    keys.verify(_MAGIC + body, signature, _sender(here, envelope.sender))
    private = letters_key(here)
    box = keys.box_id(keys.public_of_box(private))
    if envelope.reader != box:
        raise SealError(f"the letter is for the terminal {shown(envelope.reader)}; this is {box}")
    seen = _seen(here)
    if envelope.made < seen.get(envelope.sender, 0):
        raise SealError(f"a newer letter of the terminal {envelope.sender} was taken already: export again")
    people = moving.unpacked(keys.unseal_letter(envelope.sealed, private, _about(envelope.sender, box, envelope.made)))
    _remember(here, {**seen, envelope.sender: envelope.made})
    return people


def receive(
    config: Config,
    data: tuple[Places, Path | None],
    letter: bytes,
    operator: str,
    advance: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005 - nobody watches
) -> list[Moved]:
    """Take in the people of a letter, each as a whole or not at all.

    Args:
        config: What runs here.
        data: Where everything is, and the folder that was named for it.
        letter: As `write` wrote it.
        operator: Who takes them in, for the journal.
        advance: Told of how many of them are done.

    Raises:
        SignatureError: It was changed, or its sender is not trusted.
        SealError: It is no letter, is for another terminal, or is older than one that was taken already.
        StoreError: The store cannot be read or written; who was taken in before stays.
        JournalError: Somebody was stored, and not written down.
    """
    people, found = read(data[0], letter), []
    with open_desk(config, data[1], operator) as desk:
        for number, one in enumerate(people, start=1):
            found.append(_taken(desk, one))
            advance(number, len(people))
    return found


def told(found: Sequence[Moved]) -> str:
    """Say how many were taken in."""
    taken = sum(not one.error for one in found)
    return f"{counted(taken, 'person', 'people')} of {len(found)} taken in"


def _taken(desk: Desk, moved: MovedPerson) -> Moved:
    try:
        stored = desk.take_in(moved, time.time())
    except (EnrolError, EvidenceError, SealError) as error:
        return Moved(moved.id, moved.handle, 0, str(error))
    return Moved(stored.id, stored.handle, stored.templates, "")


def _sender(here: Places, name: str) -> bytes:
    """Return the public key of a trusted sender.

    Raises:
        SignatureError: There is none of this name in the folder.
    """
    for file in sorted(here.senders.glob("*.pub")):
        with contextlib.suppress(EdgeError, OSError):
            public = file.read_bytes()
            if keys.key_id(public) == name:
                return public
    raise SignatureError(
        f"the letter is of the terminal {shown(name)}, which is not trusted here: put its device.pub into "
        f"{here.senders}"
    )


def _about(sender: str, reader: str, made: int) -> bytes:
    return _MAGIC + f"{sender} {reader} {made}".encode()


def _seen(here: Places) -> dict[str, int]:
    try:
        return msgspec.json.decode(here.letters_seen.read_bytes(), type=dict[str, int])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        raise SealError(
            f"{here.letters_seen}: which letters were taken cannot be read ({error}): move the file away only if no "
            f"old letter can come"
        ) from error


def _remember(here: Places, seen: dict[str, int]) -> None:
    try:
        replace_file(here.letters_seen, msgspec.json.encode(seen))
    except OSError as error:
        raise SealError(f"{here.letters_seen}: cannot be written: {error.strerror or error}") from error
