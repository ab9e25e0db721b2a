"""A provisioning file made of a template and of what is this terminal's own. Pure: time and chance are given."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, get_type_hints

from edge.provision.document import built
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
_SEVERAL = {f"network.{name}" for name, hint in get_type_hints(Network).items() if "tuple" in str(hint)}


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
        values: What is this one's own, by key, as in "network.address"; several values have spaces between them.
        issued: When it is made.
        days: For how long it may be used.
        chance: What is drawn for it.
    """
    tables: dict[str, Any] = copy.deepcopy(dict(template))
    terminal: dict[str, Any] = tables.setdefault("terminal", {})
    for key, value in values.items():
        table, _, name = key.partition(".")
        if value:
            tables.setdefault(table, {})[name] = value.split() if key in _SEVERAL else value
    terminal.setdefault("hostname", terminal.get("id", ""))
    terminal |= {"issued": issued, "expires": issued + timedelta(days=days)}
    admin = tables.setdefault("admin", {})
    if not admin.get("password_hash"):
        admin["token_hash"] = hashlib.sha256(chance.admin.encode()).hexdigest()
    office = tables.get("head_office", {})
    if office.get("url") and not office.get("token"):
        office["token"] = chance.token
    faults: list[str] = []
    return built(tables, faults), tuple(faults)


def lasting(document: Document, days: int) -> Document:
    """Return a document that may be used for so many days after it was issued; before it is sealed, not after."""
    expires = document.terminal.issued + timedelta(days=days)
    return dataclasses.replace(document, terminal=dataclasses.replace(document.terminal, expires=expires))


def same_terminal(one: Document, other: Document) -> bool:
    """Whether two files make the same terminal, whatever was drawn for them, and whenever they were made."""
    return _own(one) == _own(other)


def _own(document: Document) -> Document:
    moment = datetime.min  # noqa: DTZ901 - only compared
    return dataclasses.replace(
        document,
        terminal=dataclasses.replace(document.terminal, issued=moment, expires=moment),
        network=dataclasses.replace(document.network, passphrase="", proxy=""),
        admin=None,
        head_office=dataclasses.replace(document.head_office or HeadOffice(), token=""),
        mqtt=dataclasses.replace(document.mqtt, password="") if document.mqtt else None,
        sealed=None,
    )
