"""`edge provision check`: everything that is wrong with a file, and what it would do."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from edge import keys
from edge.app.places import places
from edge.app.provisioning_files import content, public_key
from edge.cli.options import json_option
from edge.cli.reports import emit
from edge.config.file import read
from edge.errors import EdgeError, ProvisionError, SignatureError
from edge.provision import Here, acceptable, parse
from edge.provision.notes import notes
from edge.provision.reset_file import parsed
from edge.provision.secret_keys import secrets_of
from edge.provision.signature import normalised, split, verify

if TYPE_CHECKING:
    from edge.provision import Document
    from edge.provision.reset_file import ResetOrder

_KEY = "head-office.pub"


class Checked(Struct, frozen=True):
    """What `edge provision check --json` found.

    Attributes:
        file: The file.
        faults: All that is wrong with it; those of its text begin with "file:line: key: ".
        key: The key that signed it; null for none that counts.
        would: What a terminal would do with it, line by line; empty when it has faults in its text.
        notes: What is no fault, and worth to be known.
    """

    file: str
    faults: tuple[str, ...]
    key: str | None
    would: tuple[str, ...]
    notes: tuple[str, ...] = ()


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--public",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Head office's public key; without it this machine's, else the one that the file names.",
)
@click.option("--serial", default="", help="The board's serial number, for a file that is for one board.")
@json_option
def command(file: Path, public: Path | None, serial: str, *, as_json: bool) -> None:
    """Say everything that is wrong with FILE at once, and what a terminal would do with it.

    FILE may be an order to reset a terminal, too. Looked at are its text, its signature, whether it has expired, and
    the configuration in it. Exit code 14 when it has faults or has expired, 3 when only its signature is not believed.
    """
    report, code = _checked(file, public, serial)
    if as_json:
        emit(report)
    else:
        for line in report.faults:
            click.echo(f"edge: {line}", err=True)
        for line in report.would:
            click.echo(line)
        for line in report.notes:
            click.echo(f"note: {line}")
        if not report.faults:
            click.echo(f"{file}: no faults")
    sys.exit(code)


def _checked(file: Path, public: Path | None, serial: str) -> tuple[Checked, int]:
    name, code, noted = str(file), 0, list[str]()
    key: str | None = None
    try:
        text = normalised(content(file), name)
        body, signed, _ = split(text, name)
    except EdgeError as error:
        return Checked(name, (str(error),), None, ()), error.exit_code
    document: Document | None = None
    faults, would = list[str](), tuple[str, ...]()
    try:
        if _is_order(body):
            would = _ordered(parsed(body, name), name, faults)
        else:
            document = parse(body, name)
            faults += [f"{name}: {reason}" for reason in acceptable(document, "", _here(document, serial))]
            would, noted = _would(document), list(notes(document))
    except ProvisionError as error:
        faults += error.faults
    try:
        trusted = _trusted(public, body)
        if document or trusted or not signed:
            key = keys.key_id(verify(text, trusted, name))
        else:
            noted.append("who signed it cannot be told: the text names no key that can be read; name one, --public")
    except SignatureError as error:
        code = error.exit_code
        faults.append(str(error))
    if len(faults) > bool(code):
        code = ProvisionError.exit_code
    return Checked(name, tuple(faults), key, would, tuple(noted)), code


def _is_order(body: str) -> bool:
    """Whether a text is an order to reset a terminal, and not what makes one."""
    try:
        return set(read(body, "")) == {"reset"}
    except EdgeError:
        return False


def _ordered(order: ResetOrder, name: str, faults: list[str]) -> tuple[str, ...]:
    if datetime.now(UTC) >= order.expires:
        faults.append(f"{name}: reset.expires: it expired on {order.expires.date()}; have a new one made")
    board = f" on the board {order.serial}" if order.serial else ""
    return (
        f"an order to reset the terminal {order.terminal}{board}, once: {order.why}",
        f"usable from {order.issued.isoformat()} until {order.expires.isoformat()}, on the card as reset.toml",
    )


def _here(document: Document, serial: str) -> Here:
    return Here(now=datetime.now(UTC), serial=serial or document.terminal.serial)


def _trusted(public: Path | None, body: str) -> list[bytes]:
    """Return the key that counts: the one that was named, this machine's, or the one that a file's text names."""
    own = places().head_office / _KEY
    path = public or (own if own.exists() else None)
    if path:
        return [public_key(path)]
    try:
        named = read(body, "").get("head_office", {}).get("public_key", "")
        keys.load_public(named.encode())
    except (EdgeError, AttributeError):
        return []  # what is wrong with it is a fault of the text
    return [named.encode()]


def _would(document: Document) -> tuple[str, ...]:
    """Return what a terminal would become, without any secret."""
    terminal, network = document.terminal, document.network
    way = f"Wi-Fi {network.ssid}" if network.ssid else "the cable"
    shown = ", ".join(secrets_of(document))
    return tuple(
        filter(
            None,
            (
                f"terminal {terminal.id} ({terminal.hostname}): {terminal.site}, {terminal.door}; {terminal.time_zone}",
                f"usable from {terminal.issued.isoformat()} until {terminal.expires.isoformat()}",
                f"network: {way}, {network.address or 'DHCP'}",
                f"certificate from {document.head_office.url}"
                if document.head_office and document.head_office.url
                else "",
                f"sealed to a claim code: {', '.join(document.sealed.keys)}" if document.sealed else "",
                f"NOT SEALED: {shown}; whoever has the card has them" if shown else "",
                f"board {document.config.board}, lock on {document.config.lock.line}",
            ),
        )
    )
