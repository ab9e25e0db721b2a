"""`edge doctor`: what is wrong with this terminal, and how to mend it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from edge.app.boards import board_of
from edge.app.doctor import examine
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import board_option, config_option, data_option, json_option

if TYPE_CHECKING:
    from pathlib import Path

_COLOURS = {"ok": "green", "warning": "yellow", "fault": "bold red"}


@click.command("doctor")
@board_option
@config_option
@data_option
@json_option
def command(board_name: str | None, config_file: Path | None, data: Path | None, *, as_json: bool) -> None:
    """Look at runtime, models, people, keys, thresholds, liveness, limits, journal, camera, door, disk and clock.

    Exit code 0 when nothing is at fault (warnings count as fine), else 1. The lock is never pulsed.
    """
    config = load_config(config_file)
    board = board_of(config, board_name)
    checks = list(examine(config, board, places(data)))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(checks)).decode())
    else:
        table = Table("", "what", Column("found", ratio=3), Column("to mend it", ratio=2), expand=True)
        for column in table.columns:
            column.overflow = "fold"  # a path or a name that is cut off helps nobody
        for check in checks:
            state = Text(check.state, _COLOURS[check.state])
            table.add_row(state, *map(Text, (check.name, check.found, check.mend)))
        Console(highlight=False).print(table)
    sys.exit(any(check.state == "fault" for check in checks))
