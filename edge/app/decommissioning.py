"""A terminal is given up: it is reset, and its own key is destroyed, too, which signed the receipt as its last thing.

The receipt is made before and given out after: nobody holds one for what was not destroyed. It names nobody: people
are counted, and known by their handles.
"""

from __future__ import annotations

import dataclasses
import hashlib
from importlib import metadata
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from edge import keys
from edge.app.holders import holder
from edge.app.identity import device_key
from edge.app.last_reset import last_reset
from edge.app.notary import sign_journal
from edge.app.places import Places, places
from edge.app.resetting import WORKING, Reset, before, configuration, do
from edge.config import Config
from edge.errors import EdgeError, ProvisionError, SignatureError
from edge.journal.segments import Bounds
from edge.keys.tokens import read_token, sign_token
from edge.people.keyring import Keyring
from edge.people.revoked import Revocations
from edge.provision import erasing, intents, plan

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from edge.app.first_boot import Device

KIND = "decommission+jwt"
"""What sort of statement it is; no other passes for one."""
_NAMED = 100
_DISTRIBUTION = "door-terminal"


class Statement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the terminal states of its end.

    Attributes:
        event: What it is.
        iat: When, seconds since the epoch, as its clock had it.
        terminal: Its id; empty for one that was nobody's.
        serial: Of its board; empty when that tells none.
        software: The version of the program.
        operator: Who gave it up, as they said.
        why: What for.
        people: How many people's keys were destroyed; null where they could not be counted.
        handles: Who they were, by handle, where they are few: the journal knows them by it.
        handles_sha256: SHA-256 of all handles, sorted, a line each.
        removed: How many had been removed before.
        journal_line: The last line of the journal that this key signed; null where it could not be signed.
        journal_digest: That line's hash.
        key: What the device's key is called that signs this and is no more.
        note: What could not be found out, and why.
    """

    event: Literal["decommissioned"] = "decommissioned"
    iat: int
    terminal: str
    serial: str
    software: str
    operator: str
    why: str
    people: int | None = None
    handles: tuple[str, ...] = ()
    handles_sha256: str = ""
    removed: int | None = None
    journal_line: int | None = None
    journal_digest: str = ""
    key: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    note: str = ""


class Receipt(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file: for people, for machines, and the key for whoever pinned none: it proves nothing by itself.

    Attributes:
        states: What is stated, to read.
        signed: The same, signed: a compact JWS.
        public_key: The key that signed it, PEM.
    """

    states: Statement
    signed: str
    public_key: str


def refuse_nobodys(root: Path) -> None:
    """Refuse a terminal that has nothing to give up: a key made for that alone would sign the receipt of nothing.

    Raises:
        ProvisionError: It was given up already, is just being reset, or never was anybody's.
    """
    begun, last = intents.pending(root), last_reset(root)
    if begun and begun.reset:
        raise ProvisionError("a reset was begun and is not ended: end it first, by `edge provision apply` or a restart")
    if before(root):
        return
    if last and last.gave_up:
        raise ProvisionError(
            f"{last.terminal or 'this terminal'} was decommissioned on {last.at.date()} already; the receipt of that "
            f"is on its card, and there is no other"
        )
    if not _places(root).device_key.exists():
        raise ProvisionError(
            "this terminal is nobody's, and has no key that could sign a receipt: there is nothing to give up, and "
            "nothing was erased; `edge provision reset` erases what else may lie here"
        )


def decommission(device: Device, operator: str, why: str) -> Receipt:
    """Give a terminal up; on return it is nobody's, and takes no file until it is reset once more.

    Raises:
        EdgeError: It could not be begun, and nothing was erased; or not be ended: the next start goes on with it, and
            puts the receipt on the card.
    """
    refuse_nobodys(device.root)
    here = _places(device.root)
    device.stop(WORKING)  # or somebody could be enrolled who is not counted
    private = device_key(here)
    states = _stated(device, here, operator, why)
    try:
        token = sign_token(msgspec.to_builtins(states), private, KIND)
    except ValueError as error:
        raise EdgeError(f"the receipt is too long: say less with --why; nothing was erased ({error})") from error
    receipt = Receipt(states=states, signed=token, public_key=keys.public_of(private).decode())
    do(device, Reset(who=operator, why=why, receipt=written(receipt)))
    return receipt


def written(receipt: Receipt) -> str:
    """Return the text of a receipt's file."""
    return msgspec.json.format(msgspec.json.encode(receipt)).decode() + "\n"


def genuine(content: bytes, public: bytes) -> Statement:
    """Return what a receipt states, once it is proven that the terminal with this key stated it.

    Args:
        content: The file.
        public: The terminal's `device.pub`, PEM, as it was given out while it was somebody's.

    Raises:
        SignatureError: It is none, another key's, or was changed.
    """
    try:
        receipt = msgspec.json.decode(content, type=Receipt)
        states = msgspec.convert(read_token(receipt.signed, public, KIND), Statement)
    except msgspec.MsgspecError as error:
        raise SignatureError(f"this is no receipt of a decommissioning: {error}") from error
    if states != receipt.states:
        raise SignatureError("what it says to people is not what was signed: it was changed")
    return states


def _stated(device: Device, here: Places, operator: str, why: str) -> Statement:
    notes = list[str]()
    config = configuration(device.root) or Config()
    now, handles, removed = before(device.root), _handles(config, here, notes), _removed(here, notes)
    head = None
    try:
        head = sign_journal(here, Bounds.of(config.journal)).head
        head = head if head.number else None
    except EdgeError as error:
        notes.append(f"the journal could not be signed: {error}")
    return Statement(
        iat=int(device.now().timestamp()),
        terminal=now.id if now else "",
        serial=device.serial,
        software=metadata.version(_DISTRIBUTION),
        operator=operator,
        why=why,
        people=None if handles is None else len(handles),
        handles=() if handles is None or len(handles) > _NAMED else tuple(sorted(handles)),
        handles_sha256="" if handles is None else _digest(handles),
        removed=removed,
        journal_line=head.number if head else None,
        journal_digest=head.digest if head else "",
        key=keys.key_id(keys.public_of(device_key(here))),
        note="; ".join(notes)[:1000],
    )


def _handles(config: Config, here: Places, notes: list[str]) -> frozenset[str] | None:
    if not here.keyring.exists():
        return frozenset()
    try:
        with Keyring(here.keyring, holder(config, here)) as keyring:
            return frozenset(map(str, keyring.handles()))
    except EdgeError as error:
        notes.append(f"people could not be counted: {error}; their keys are destroyed all the same")
        return None


def _removed(here: Places, notes: list[str]) -> int | None:
    if not here.revoked.exists():
        return 0
    try:
        with Revocations(here.revoked) as revocations:
            return revocations.count
    except EdgeError as error:
        notes.append(f"those removed before could not be counted: {error}")
        return None


def _digest(handles: Collection[str]) -> str:
    return hashlib.sha256("".join(f"{one}\n" for one in sorted(handles)).encode()).hexdigest()


def _places(root: Path) -> Places:
    """Return where a device's files are below a root."""
    data, door, home = root / erasing.DATA, root / erasing.DOOR, root / plan.HOME
    return dataclasses.replace(
        places(device_folder=home),
        keyring=data / "people.keys",
        revoked=data / "people.revoked",
        wrapping_key=home / "keys/wrapping.key",
        device_key=home / "keys/device.key",
        journal=door / "journal.jsonl",
        socket=root / "run/door-lock/door.sock",
    )
