"""`edge run`: door and terminal together in one process."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING

import click

from edge.app.boards import board_of
from edge.app.both import run_both
from edge.app.logs import log_patiently
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.decisions import Announcer
from edge.cli.options import board_option, config_option, data_option, json_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("run")
@board_option
@click.option("--source", help="A camera (/dev/video0), or a folder, picture or video to replay.")
@click.option("--no-liveness", is_flag=True, help="Switch liveness off; refused with a real lock.")
@config_option
@data_option
@json_option
def command(
    board_name: str | None,
    source: str | None,
    config_file: Path | None,
    data: Path | None,
    *,
    no_liveness: bool,
    as_json: bool,
) -> None:
    """Run door and terminal together, until Ctrl-C, SIGTERM or the end of a replayed source.

    Each decision is printed with its reason. With a real lock a replayed source and liveness switched off are
    refused.
    """
    log_patiently(logging.WARNING)
    config = load_config(config_file)
    if source is not None:
        config = dataclasses.replace(config, camera=dataclasses.replace(config.camera, source=source))
    if no_liveness:
        config = config.without_liveness()
    board = board_of(config, board_name)
    announcer = Announcer(as_json=as_json)
    announcer.begin(config, board)
    frames = run_both(config, board, places(data), announcer)
    announcer.end(frames)
