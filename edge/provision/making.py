"""A provisioning file made of a template and of what is this terminal's own. Pure: time and chance are given."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from edge.provision.document import built, builtins
from edge.provision.given import place, there
from edge.provision.tables import HeadOffice, Network, Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.provision.tables import Document

COLUMNS: dict[str, str] = {
    **{one.name: f"terminal.{one.name}" for one in dataclasses.fields(Terminal) if one.type != "Moment"},
    **{one.name: f"network.{one.name}" for one in dataclasses.fields(Network) if one.name != "hidden"},
    "token": "head_office.token",
}
"""What a list of sites may say of each terminal, and which key it is."""
_STAND_IN = {"terminal.id": "a", "terminal.site": "a", "terminal.door": "a", "terminal.time_zone": "UTC"}
"""What a file needs before any of its values can be judged."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """What is drawn for one terminal.

    Attributes:
        admin: The first administrator's token, which works once.
        token: What the terminal asks for its certificate with, once, where it is not told.
    """

    admin: str
    token: str


def made(
    template: Mapping[str, Any], values: Mapping[str, str], issued: datetime, days: int, chance: Chance
) -> tuple[Document, tuple[str, ...]]:
    """Return a document, and every fault of it, which begins with its key; with a fault the document is none.

    Args:
        template: Tables that are the same for many terminals.
        values: What is this one's own, by key, as in "network.address"; how each is written says `given.place`.
        issued: When it is made.
        days: For how long it may be used.
        chance: What is drawn for it, where nothing is given.
    """
    tables: dict[str, Any] = copy.deepcopy(dict(template))
    faults = [fault for key, value in values.items() if value and (fault := place(tables, key, value))]
    terminal: dict[str, Any] = tables.setdefault("terminal", {})
    terminal.setdefault("hostname", terminal.get("id", ""))
    terminal |= {"issued": issued, "expires": issued + timedelta(days=days)}
    admin = tables.setdefault("admin", {})
    if not admin.get("password_hash"):
        admin.setdefault("token_hash", hash_of(chance.admin))
    office = tables.get("head_office", {})
    if office.get("url") and not office.get("token"):
        office["token"] = chance.token
    document = built(tables, faults)
    return document, tuple(faults)


def hash_of(token: str) -> str:
    """Return what an administrator's token is known by: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def drawn(document: Document, chance: Chance) -> Chance:
    """Return what a document has of what was drawn for it; what it has otherwise is empty."""
    admin, office = document.admin, document.head_office
    return Chance(
        admin=chance.admin if admin and admin.token_hash == hash_of(chance.admin) else "",
        token=chance.token if office and office.token == chance.token else "",
    )


def judged(template: Mapping[str, Any], values: Mapping[str, str], key: str) -> str:
    """Return what is wrong with one value, whatever else is still to come; empty for nothing.

    Args:
        template: As of `made`.
        values: As of `made`, so far.
        key: Of the value.
    """
    needed = {name: value for name, value in _STAND_IN.items() if name != key and not there(template, name)}
    chance = Chance(admin="a", token="a" * 16)
    _, faults = made(template, {**needed, **values}, datetime(2000, 1, 1, tzinfo=UTC), 1, chance)
    found = [fault.partition(": ") for fault in faults]
    return "; ".join(words for name, _, words in found if name == key)


def lasting(document: Document, days: int) -> Document:
    """Return a document that may be used for so many days after it was issued; before it is sealed, not after."""
    expires = document.terminal.issued + timedelta(days=days)
    return dataclasses.replace(document, terminal=dataclasses.replace(document.terminal, expires=expires))


def differing(one: Document, other: Document, apart: frozenset[str]) -> tuple[str, ...]:
    """Return the keys in which two files say otherwise, whatever was drawn for them, and whenever they were made.

    Args:
        one: A file.
        other: Another.
        apart: Keys that are not compared, as "network.passphrase".
    """
    first, second = _flat(one), _flat(other)
    keys = sorted(first.keys() | second.keys())
    return tuple(key for key in keys if key not in apart | _DRAWN and first.get(key) != second.get(key))


_DRAWN = {"terminal.issued", "terminal.expires", "admin.token_hash", "sealed.keys", "sealed.salt", "sealed.box"}


def _flat(document: Document) -> dict[str, Any]:
    """Return what a document says, by key."""
    found: dict[str, Any] = {}
    plain = builtins(dataclasses.replace(document, head_office=document.head_office or HeadOffice()))
    for name, value in plain.items():
        found |= {f"{name}.{key}": one for key, one in value.items()} if isinstance(value, dict) else {name: value}
    return found
