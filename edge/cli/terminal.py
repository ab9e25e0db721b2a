"""`edge terminal`: the terminal process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import click

from edge.app.boards import board_of
from edge.app.logs import log_patiently
from edge.app.places import places
from edge.app.settings import load_config
from edge.app.terminal import dial_socket, run_terminal
from edge.cli.decisions import Announcer
from edge.cli.options import board_option, config_option, data_option, json_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("terminal")
@board_option
@config_option
@data_option
@json_option
def command(board_name: str | None, config_file: Path | None, data: Path | None, *, as_json: bool) -> None:
    """Run the terminal process: camera, recognition, decision. It asks the door process (`edge door`) to open.

    It ends on Ctrl-C and SIGTERM, and with an error when the camera is gone, to be started afresh.
    """
    log_patiently(logging.INFO)
    config = load_config(config_file)
    board = board_of(config, board_name)
    here = places(data)
    announcer = Announcer(as_json=as_json)
    announcer.begin(config, board)
    announcer.end(run_terminal(config, board, here, announcer, dial_socket(here)))
