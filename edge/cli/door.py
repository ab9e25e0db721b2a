"""`edge door`: the door process."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from edge.app.boards import board_of
from edge.app.door_process import ConfigurationFile, configured, run_door, secure
from edge.app.logs import log_patiently
from edge.app.moving_in import OLD, move_in
from edge.app.places import places
from edge.cli.options import board_option, config_option, data_option


@click.command(name="door")
@config_option
@board_option
@click.option(
    "--socket",
    "socket_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to listen for the terminal; without it the place of this machine.",
)
@data_option
@click.option("--secure", "secure_only", is_flag=True, help="Lock, let go of the lock's line, and end.")
@click.option("--move-files", is_flag=True, help="Bring the door's files of before it had its own user, and end.")
def command(
    config_file: Path | None,
    board_name: str | None,
    socket_path: Path | None,
    data: Path | None,
    *,
    secure_only: bool,
    move_files: bool,
) -> None:
    """Run the door process: lock, exit button, inputs, rules, journal. It ends, locked, on Ctrl-C or SIGTERM.

    `edge control` says what it is, and orders it to unlock, to lock down, or to read its rules again. A configuration
    with faults does not keep people in: it starts with the last good one, and alarms.

    With --secure it only drives the lock's line to its locked level once: after a door process that was killed, whose
    line may have kept its level.
    """
    log_patiently(logging.INFO)
    here = places(data)
    if move_files:
        moved = move_in(OLD, here.journal.parent)
        click.echo(f"{len(moved)} files of the door are now in {here.journal.parent}")
        return
    config = configured(config_file, here)
    board = board_of(config, board_name)
    if secure_only:
        secure(config, board, here)
        return
    run_door(config, board, here, socket_path, ConfigurationFile(config_file, here))
