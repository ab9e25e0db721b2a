"""`edge config`: show and check the configuration."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from edge.app.boards import board_of
from edge.app.settings import config_file as machine_file
from edge.app.settings import load_config
from edge.cli.options import config_option, json_option
from edge.config import Config, dump, load
from edge.errors import ConfigError


class CheckReport(Struct, frozen=True):
    """What `edge config check --json` found.

    Attributes:
        file: The configuration file; null when this machine has none and the defaults hold.
        faults: Each as "file:line: key: what is wrong"; empty when there is none.
    """

    file: str | None
    faults: tuple[str, ...]


@click.group("config")
def group() -> None:
    """Show and check the configuration, one TOML file.

    Without --config it is the one of this machine: /etc/door-terminal/terminal.toml on a device, terminal.toml in
    the user's configuration folder on a PC; without either, the defaults hold.
    """


@group.command("show")
@config_option
@json_option
@click.option("--defaults", is_flag=True, help="Show the defaults instead; a file to start from.")
def show(config_file: Path | None, *, as_json: bool, defaults: bool) -> None:
    """Print every setting as it holds, defaults included."""
    config = Config() if defaults else load_config(config_file)
    click.echo(msgspec.json.encode(config).decode() if as_json else dump(config), nl=as_json)


@group.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@json_option
def check(file: Path | None, *, as_json: bool) -> None:
    """Say every fault of a configuration file at once, each with its line; exit code 2 when there are any."""
    path = file or machine_file()
    faults: tuple[str, ...] = ()
    try:
        if path is not None:
            _check(path)
    except ConfigError as error:
        if not as_json:
            raise
        faults = error.faults
    if as_json:
        click.echo(msgspec.json.encode(CheckReport(None if path is None else str(path), faults)).decode())
        sys.exit(ConfigError.exit_code if faults else 0)
    if path is None:
        click.echo("there is no configuration file on this machine; the defaults hold")
    else:
        click.echo(f"{path}: no faults")


def _check(path: Path) -> None:
    config = load(path)
    try:
        board_of(config)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
