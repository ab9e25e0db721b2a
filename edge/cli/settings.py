"""`edge config`: show and check the configuration."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from msgspec import Struct

from edge.app import head_office
from edge.app.boards import board_of
from edge.app.evidence import require_supported
from edge.app.places import places
from edge.app.settings import config_file as machine_file
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.config import Config, dump, load
from edge.errors import ConfigError, EdgeError

if TYPE_CHECKING:
    from edge.app.places import Places


class CheckReport(Struct, frozen=True):
    """What `edge config check --json` found.

    Attributes:
        file: The configuration file; null when this machine has none and the defaults hold.
        faults: Each begins with "file:line: key: " where the file itself is wrong; empty when there is none.
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
@data_option
@json_option
def check(file: Path | None, data: Path | None, *, as_json: bool) -> None:
    """Say what is wrong with a configuration file, before a terminal runs with it.

    Exit code 2: the file has faults, each said with its line, or a setting is laxer than head office's limits. 3: these
    cannot be trusted. 10: a false-match rate is stricter than the model's evidence supports for the people who are
    enrolled now; a terminal would run all the same, with a stricter threshold.
    """
    path = file or machine_file()
    faults: tuple[str, ...] = ()
    code = 0
    try:
        _check(path, places(data))
    except EdgeError as error:
        if not as_json:
            raise
        faults = error.faults if isinstance(error, ConfigError) else (str(error),)
        code = error.exit_code
    if as_json:
        click.echo(msgspec.json.encode(CheckReport(None if path is None else str(path), faults)).decode())
        sys.exit(code)
    if path is None:
        click.echo("there is no configuration file on this machine; the defaults hold")
    else:
        click.echo(f"{path}: no faults")


def _check(path: Path | None, here: Places) -> None:
    config, name = load(path) if path else Config(), path or "the defaults"
    try:
        board_of(config)
        head_office.require_within(config, here)
        require_supported(config, here)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}", tuple(f"{name}: {fault}" for fault in error.faults)) from error
    except EdgeError as error:
        raise type(error)(f"{name}: {error}") from error
