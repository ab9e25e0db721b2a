"""The order to reset one terminal, which comes on its card: signed by head office, for a few days, and for once. Pure.

Whoever has the card in hand can do anything to it; this is for whoever is sent there with a file and no more. So the
file is believed only by a key that the terminal trusts already: there is no first use.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from edge.config.file import fail, read, section, written
from edge.errors import ConfigError, ProvisionError, SignatureError
from edge.provision import signature
from edge.provision.card import ORDER
from edge.provision.names import is_label
from edge.provision.tables import Moment  # noqa: TC001 - read by its type at run time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge.provision.acceptable import Here

LONGEST = timedelta(days=14)
"""How long an order may be used after it was issued: a fitter's fortnight."""
_WHY = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}")
_SERIAL = re.compile(r"[0-9A-Za-z-]{4,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetOrder:
    """The table [reset].

    Attributes:
        terminal: The id of the one terminal that is to be reset.
        why: For the journal.
        issued: When the order was made; one that is older than the file in force is none.
        expires: From when on it is none any more.
        serial: The serial number of its board; empty for any.
    """

    terminal: Annotated[str, Meta(min_length=1, max_length=64)]
    why: Annotated[str, Meta(min_length=1, max_length=200)]
    issued: Moment
    expires: Moment
    serial: str = ""


def made(order: ResetOrder, private: bytes) -> str:
    """Return the text of an order, signed by head office's private key.

    Raises:
        ProvisionError: No terminal would obey it; all reasons are in the message.
        SignatureError: It is no private key.
    """
    if faults := tuple(_faults(order)):
        raise ProvisionError(f"{ORDER}: {'; '.join(faults)}", faults)
    values = {name: getattr(order, name) for name in ("terminal", "why", "issued", "expires", "serial")}
    text = written({"reset": values})
    return signature.sign(text, private)


def digest(content: bytes) -> str:
    """Return what an order is remembered by: SHA-256 of its normalised text, hexadecimal.

    Raises:
        ProvisionError: It is no text.
    """
    return hashlib.sha256(signature.normalised(content, ORDER).encode()).hexdigest()


def believed(content: bytes, trusted: Sequence[bytes], here: Here) -> ResetOrder:
    """Return an order that this terminal is to obey.

    Args:
        content: The file.
        trusted: The public keys, PEM, of which one must have signed it.
        here: What this machine knows.

    Raises:
        ProvisionError: It has faults, has expired, or is not for this terminal; all reasons are in the message.
        SignatureError: It is not signed by one of them, or nobody is trusted here.
    """
    text = signature.normalised(content, ORDER)
    if not trusted:
        raise SignatureError(f"{ORDER}: this terminal trusts no key yet, and there is nothing to reset")
    signature.verify(text, trusted, ORDER)  # before anything in it is looked at
    order = parsed(signature.split(text, ORDER)[0], ORDER)
    reasons = _reasons(order, here)
    if reasons:
        raise ProvisionError(f"{ORDER}: {'; '.join(reasons)}", reasons)
    return order


def parsed(text: str, name: str) -> ResetOrder:
    """Return what an order says, whoever signed it.

    Raises:
        ProvisionError: It is not TOML, or has faults; all of them are in the message.
    """
    faults: list[str] = []
    try:
        tables = read(text, name)
        faults += [f"{key}: unknown table; [reset] alone is known here" for key in tables if key != "reset"]
        table = tables.get("reset", {})
        order: ResetOrder | None = section(ResetOrder, table, "reset.", faults) if isinstance(table, dict) else None
        if order is None and not faults:
            faults.append("reset: is missing; it is a table")
        faults += _faults(order) if order else ()
        fail(text, name, faults)
    except ConfigError as error:
        raise ProvisionError(str(error), error.faults) from error
    return order  # type: ignore[return-value]  # None only beside a fault


def is_order(text: str) -> bool:
    """Whether a text is an order, right or wrong: a provisioning file may have a table [reset], too, but not alone."""
    try:
        return set(tomllib.loads(text)) == {"reset"}
    except tomllib.TOMLDecodeError:
        return False


def _faults(order: ResetOrder) -> Iterator[str]:
    if not is_label(order.terminal) or order.terminal != order.terminal.lower():
        yield "reset.terminal: must be the terminal's id: 1 to 63 small letters, digits and hyphens"
    if not _WHY.fullmatch(order.why) or not order.why.strip():
        yield "reset.why: must be 1 to 200 characters in one line"
    if order.serial and not _SERIAL.fullmatch(order.serial):
        yield "reset.serial: must be 4 to 64 letters, digits and hyphens, as /proc/device-tree/serial-number has it"
    if order.expires <= order.issued:
        yield "reset.expires: must be after reset.issued"


def _reasons(order: ResetOrder, here: Here) -> tuple[str, ...]:
    before, reasons = here.in_force, []
    now = max(here.now, here.floor or here.now)
    if before is None or order.terminal != before.id:
        this = f"this is {before.id}" if before else "this terminal is nobody's yet"
        reasons.append(f"reset.terminal: it is for {order.terminal}, and {this}")
    if now >= order.expires:
        reasons.append(f"reset.expires: it expired on {order.expires.date()}, and it is {now.date()} at least")
    if order.expires - order.issued > LONGEST:
        reasons.append(f"reset.expires: is more than {LONGEST.days} days after reset.issued")
    if order.serial and order.serial.lower() != here.serial.lower():
        reasons.append(f"reset.serial: it is for the board {order.serial}, and this one is {here.serial or 'without'}")
    if before and order.issued <= before.issued:
        reasons.append(
            f"reset.issued: it is of {order.issued.isoformat()}, and the file in force of {before.issued.isoformat()} "
            f"came after it"
        )
    return tuple(reasons)
