"""`edge system`: the two system slots of an image, and whether the one that runs may stay."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from edge.app.health import HealthKeeper
from edge.app.machine import Machine
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option, operator_option
from edge.cli.reports import emit
from edge.config import Config
from edge.errors import ConfigError, OtaError

_WHY = click.option("--reason", "why", required=True, help="Why, for the journal.")


@click.group("system")
def group() -> None:
    """Say which system slot runs, confirm it, or go back to the other.

    An image has two slots for its system. An update is written to the one that does not run (`rauc install`), and is on
    trial after the restart: every start is counted before it is loaded, and with none left the other slot is started.
    The door has to answer and frames have to be dealt with, and then people have to be let in: by the rule that
    confirms a set of models (ota.trial_grants, trial_hours, trial_rise). Until then no other set of models decides.
    """


@group.command("status")
@config_option
@data_option
@json_option
def status(config_file: Path | None, data: Path | None, *, as_json: bool) -> None:
    """Say which slot runs, whether it is confirmed, and what it waits for. Exit code 13: this machine has no slots."""
    found = _keeper(config_file, data).status()
    if as_json:
        emit(found)
        return
    click.echo(f"runs:       slot {found.slot}, {found.version or 'of no version'}")
    click.echo(f"confirmed:  {'yes' if found.confirmed else 'no, on trial'}")
    for name, starts in found.starts.items():
        click.echo(f"slot {name}:     {f'bad: {found.bad[name]}' if name in found.bad else f'{starts} starts left'}")
    click.echo(f"next start: slot {next((one for one in found.order if found.starts[one]), found.order[0])}")
    click.echo(f"data:       {found.data}")
    for missing in found.missing:
        click.echo(f"waits for:  {missing}")
    if found.failed:
        click.echo(f"goes back:  {found.failed}")


@group.command("confirm")
@click.option("--now", is_flag=True, help="Confirm it whatever is missing; needs --reason.")
@click.option("--reason", "why", default="", help="Why, for the journal.")
@operator_option
@config_option
@data_option
def confirm(why: str, operator: str | None, config_file: Path | None, data: Path | None, *, now: bool) -> None:
    """Confirm the system that runs, once it has shown that it works; the timer's command.

    It restarts the machine into the other slot where the system was never confirmed, and shows no signs of life within
    15 minutes or lets in far fewer people than the one before.
    """
    keeper = _keeper(config_file, data)
    if now and not why.strip():
        raise click.UsageError("--now needs --reason: why it is confirmed although something is missing")
    if now:
        keeper.confirm(operator or getpass.getuser(), why)
        click.echo("confirmed")
    else:
        click.echo(keeper.look())


@group.command("mark-bad")
@_WHY
@click.option("--stay", is_flag=True, help="Do not restart now; the next start is the other slot's.")
@operator_option
@config_option
@data_option
def mark_bad(why: str, operator: str | None, config_file: Path | None, data: Path | None, *, stay: bool) -> None:
    """Take the system that runs back, and restart into the other slot. Refused where that one cannot be started."""
    _keeper(config_file, data).mark_bad(operator or getpass.getuser(), why, restart=not stay)
    click.echo("taken back; " + ("the next start is the other slot's" if stay else "the machine starts again"))


@group.command("admit", hidden=True)
@click.argument("facts", type=click.Path(path_type=Path, dir_okay=False))
@config_option
@data_option
def admit(facts: Path, config_file: Path | None, data: Path | None) -> None:
    """Say whether the system whose FACTS a bundle has may be installed now; RAUC asks before it writes anything."""
    try:
        text = facts.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise OtaError(f"{facts}: the bundle does not say what its system is: {error}") from error
    _keeper(config_file, data).admit(text)


def _keeper(config_file: Path | None, data: Path | None) -> HealthKeeper:
    """With a configuration that cannot be read a system is judged by the defaults: it must still be taken back."""
    try:
        config = load_config(config_file)
    except ConfigError as error:
        if config_file is not None:
            raise
        click.echo(f"edge: {error}; the defaults count", err=True)
        config = Config()
    return HealthKeeper(config, places(data), Machine())
