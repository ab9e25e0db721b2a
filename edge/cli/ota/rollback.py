"""`edge ota rollback`: back to the last good set, or to the factory's."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from edge.app.going_back import roll_back
from edge.app.places import places
from edge.cli.options import data_option, json_option, operator_option
from edge.cli.reports import emit
from edge.ota.active import Slot

if TYPE_CHECKING:
    from pathlib import Path


@click.command("rollback")
@click.option("--to", metavar="SET", help='Where to: "factory", or a set that `edge ota status` names.')
@click.option("--why", default="by hand", show_default=True, help="Why, for history and journal.")
@operator_option
@data_option
@json_option
def command(to: str | None, why: str, operator: str | None, data: Path | None, *, as_json: bool) -> None:
    """Go back to the last good set of models, or with --to to another one that is still here.

    From a set on trial that is the one before it; from a confirmed one, the one that was confirmed before. The set that
    is left is refused from now on, unless it is published again with a higher serial. A running terminal takes the
    other one up by itself.

    People keep the templates of the set before until a new one was confirmed and its people are known to it. After
    that, `--to factory` may find nobody: then the terminal says so and refuses everybody, and the door, its exit button
    and its other factors go on. For example: `edge ota rollback --why "refuses the night shift"`.

    The exit code is 13 when there is nothing to go back to.
    """
    after = roll_back(places(data), operator or getpass.getuser(), why, None if to is None else Slot(to))
    if as_json:
        emit(after)
    else:
        click.echo(f"{after.running} decides; `edge ota status` says more")
