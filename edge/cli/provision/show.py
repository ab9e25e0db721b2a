"""`edge provision show`: what a file says, without its secrets."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from edge.app.provisioning_files import document_of, text_of
from edge.cli.options import json_option
from edge.cli.provision.words import HIDDEN
from edge.provision.commented import commented
from edge.provision.document import builtins
from edge.provision.reset_file import is_order, parsed
from edge.provision.sealing import replaced
from edge.provision.secret_keys import secrets_of
from edge.provision.signature import split

if TYPE_CHECKING:
    from edge.provision import Document


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def command(file: Path, *, as_json: bool) -> None:
    """Show what FILE says, each key under its meaning; secrets and hashes are not shown.

    An order to reset a terminal is shown, too; whether it is signed nobody looks at.
    """
    body = split(text_of(file), str(file))[0]
    if is_order(body):
        order = parsed(body, str(file))
        line = f"an order to reset {order.terminal}, made {order.issued}, until {order.expires}: {order.why}"
        told = msgspec.json.encode({"reset": order}).decode()
        click.echo(told if as_json else f"{line}{f'; board {order.serial}' if order.serial else ''}")
        return
    document = hidden(document_of(file))
    click.echo(msgspec.json.encode(builtins(document)).decode() if as_json else commented(document), nl=as_json)


def hidden(document: Document) -> Document:
    """Return a document that may be shown to anybody."""
    shown = replaced(document, dict.fromkeys(secrets_of(document), HIDDEN))
    if shown.admin:
        words = {key: HIDDEN for key in ("password_hash", "token_hash") if getattr(shown.admin, key)}
        shown = dataclasses.replace(shown, admin=dataclasses.replace(shown.admin, **words))
    return shown
