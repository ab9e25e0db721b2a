"""`edge ota history`: what was fetched, refused, used and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edge.app.places import places
from edge.cli.options import data_option, json_option
from edge.cli.ota.status import day
from edge.cli.reports import emit
from edge.errors import OtaError
from edge.ota.slots import Slots

if TYPE_CHECKING:
    from pathlib import Path

    from edge.ota.history import Entry


@click.command("history")
@click.option("--last", type=click.IntRange(1), metavar="COUNT", help="Only so many, the newest.")
@data_option
@json_option
def command(last: int | None, data: Path | None, *, as_json: bool) -> None:
    """Show what happened to the sets of models, oldest first: who did what when, and which set decided then.

    "mended" is what the terminal found broken and passed over; "found" is a change that nobody wrote down, because the
    power was cut at that moment or somebody edited the file. The times are those that the clock showed; the order is
    that of events.
    """
    history = Slots(places(data).models).history
    try:
        found = history.entries()[-(last or 0) :]
    except OSError as error:
        raise OtaError(f"{history.path}: cannot be read: {error.strerror}; read it as its owner") from error
    if as_json:
        emit(found)
        return
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("nothing happened yet: the factory's set decides")


def _line(one: Entry) -> str:
    about = " ".join(filter(None, (one.slot, f"by {one.operator}" if one.operator else "")))
    words = f": {one.words}" if one.words else ""
    return f"{day(one.at)}  {one.what}{f' {about}' if about else ''}{words}  [{one.running} decides, {one.phase}]"
