"""`edge provision order-reset`: the signed order that resets one terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from edge import keys
from edge.app.provisioning_files import private_key, write
from edge.cli.provision.words import key_option
from edge.errors import ProvisionError
from edge.provision.reset_file import LONGEST, ResetOrder, made


@click.command("order-reset")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@key_option
@click.option("--terminal", required=True, help="The id of the terminal.")
@click.option("--why", required=True, help="What for, for its journal; nobody's name.")
@click.option("--serial", default="", help="The serial number of its board; without it any board with that id.")
@click.option(
    "--days",
    default=7,
    show_default=True,
    type=click.IntRange(1, LONGEST.days),
    help="For how long it may be used.",
)
def command(file: Path, key: Path, terminal: str, why: str, serial: str, days: int) -> None:
    """Write to FILE, at head office, the order that resets one terminal, once; its people are lost.

    Copied to that terminal's card as reset.toml it is obeyed at the next start, and taken off the card; any other
    terminal refuses it, and so does one whose file came into force after the order was made. A FILE that is
    there is not replaced.

    Exit code 14 when FILE is there already, or no terminal would obey such an order; 3 when the key is none.
    """
    if file.exists() or file.is_symlink():
        raise ProvisionError(f"{file} is there already, and is not replaced: name another file")
    private, now = private_key(key), datetime.now(UTC).replace(microsecond=0)
    order = ResetOrder(terminal=terminal, why=why, serial=serial, issued=now, expires=now + timedelta(days=days))
    write(file, made(order, private))
    click.echo(f"{file}: resets {terminal} until {order.expires.date()}; signed with {_name(private)}")


def _name(private: bytes) -> str:
    return keys.key_id(keys.public_of(private))
