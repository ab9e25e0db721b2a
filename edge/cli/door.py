"""`edge door`: the door process. It spells out its options, for `edge.cli.options` loads more than a door needs."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from edge.app.boards import board_of
from edge.app.door import run_door, secure
from edge.app.logs import log_patiently
from edge.app.places import places
from edge.app.settings import load_config


@click.command(name="door")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration file; without it the one of this machine, or the defaults.",
)
@click.option("--board", "board_name", help="The kind of machine, instead of the configured one: pc, pi or fake.")
@click.option(
    "--socket",
    "socket_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to listen for the terminal; without it the place of this machine.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of people and journal; without it the one of this machine.",
)
@click.option("--secure", "secure_only", is_flag=True, help="Lock, let go of the lock's line, and end.")
def command(
    config_file: Path | None,
    board_name: str | None,
    socket_path: Path | None,
    data: Path | None,
    *,
    secure_only: bool,
) -> None:
    """Run the door process: lock, exit button, journal. It ends, locked, on Ctrl-C or SIGTERM.

    With --secure it only drives the lock's line to its locked level once: after a door process that was killed, whose
    line may have kept its level.
    """
    log_patiently(logging.INFO)
    config = load_config(config_file)
    board = board_of(config, board_name)
    if secure_only:
        secure(config, board)
        return
    here = places(data)
    run_door(config, board, here.journal, socket_path or here.socket)
