"""Options that several commands share; click is all it loads, for the door process uses them, too."""

from __future__ import annotations

from pathlib import Path

import click

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration file; without it the one of this machine, or the defaults.",
)
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of people and journal; without it the one of this machine.",
)
json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print JSON for machines; nothing where it is refused: standard error and the exit code say why.",
)
board_option = click.option(
    "--board", "board_name", help="The kind of machine, not the configured one: pc, pi, jetson, gpiochip or fake."
)
operator_option = click.option(
    "--operator", metavar="NAME", help="Who does it, for the journal; without it the user of this machine."
)
