"""`edge door`: the door process. It spells out its options, for `edge.cli.options` loads more than a door needs."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from edge.app.boards import board_of
from edge.app.door import run_door
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
def command(config_file: Path | None, board_name: str | None, socket_path: Path | None, data: Path | None) -> None:
    """Run the door process: lock, exit button, journal. It ends, locked, on Ctrl-C or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    config = load_config(config_file)
    board = board_of(config, board_name)
    here = places(board.name, data)
    run_door(config, board, here.journal, socket_path or here.socket)
