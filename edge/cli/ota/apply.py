"""`edge ota apply`: the set that is tried decides from now on, on trial."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from edge.app.applying import apply
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option, operator_option
from edge.cli.reports import emit

if TYPE_CHECKING:
    from pathlib import Path


@click.command("apply")
@click.option(
    "--without-waiting",
    metavar="WHY",
    default="",
    help="Do it although too few people are known to it, for this reason; the others show something else than a face.",
)
@operator_option
@config_option
@data_option
@json_option
def command(
    without_waiting: str, operator: str | None, config_file: Path | None, data: Path | None, *, as_json: bool
) -> None:
    """Have the set that is tried decide from now on, without waiting for the shadow's figures.

    It decides on trial: use has to confirm it, and anything wrong takes it back to the last good set. A running
    terminal takes it up while nobody stands there and the door is locked; else it decides from the next start on.

    It is refused while fewer people are known to it than ota.migrated_share asks for. For example:
    `edge ota apply --without-waiting "the old model refuses half of the night shift"`.

    The exit code is 13 when it is refused.
    """
    after = apply(load_config(config_file), places(data), operator or getpass.getuser(), without_waiting)
    if as_json:
        emit(after)
    else:
        click.echo(f"{after.running} decides, on trial; {after.good} is there to go back to (`edge ota rollback`)")
