"""`edge limits`: the laxest values that head office lets a branch configure."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from edge.app import head_office
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import emit
from edge.config import limits
from edge.config.file import toml
from edge.config.limits import BOUNDS, Value
from edge.config.purpose_limits import compared


class LimitLine(Struct, frozen=True):
    """One limit.

    Attributes:
        key: The setting, as in "decision.fpir" or "purposes[1].fmr".
        bound: "at most", "at least", "no laxer than", "all of" or "exactly".
        limit: The laxest value it may have.
        configured: The value it has.
        laxer: Whether that is too lax.
    """

    key: str
    bound: str
    limit: Value
    configured: Value
    laxer: bool


class LimitsReport(Struct, frozen=True):
    """What `edge limits show --json` prints.

    Attributes:
        folder: Where head office's key and limits are looked for.
        version: Of the limits; null when this machine is under none.
        issued: The day of issue (ISO 8601); null likewise.
        limits: Each limit.
    """

    folder: str
    version: int | None
    issued: str | None
    limits: tuple[LimitLine, ...] = ()


@click.group("limits")
def group() -> None:
    """Make, sign and show head office's limits on what a branch may configure.

    At head office: `edge limits keygen DIR` once, and the private key stays there. Then `edge limits template >
    limits.toml`, edit it, and `edge limits sign limits.toml --key DIR/head-office.key`. On every terminal put
    head-office.pub, limits.toml and limits.toml.sig beside terminal.toml: into /etc/door-terminal on a device. From
    then on the terminal does not start with a setting that is laxer, nor without the limits.
    """


@group.command("keygen")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def keygen(folder: Path) -> None:
    """Make head office's key pair in FOLDER; keys that are there are never replaced."""
    private, public = head_office.new_key(folder)
    click.echo(f"{private}: the private key; keep it at head office, and a copy where no network reaches")
    click.echo(f"{public}: the public key; put it on every terminal")


@group.command("sign")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--key", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The private key.")
def sign(file: Path, key: Path) -> None:
    """Sign the limits in FILE, after looking for faults; the signature is written beside it."""
    signed, signature = head_office.sign(file, key)
    click.echo(f"{signature}: version {signed.version} of {signed.issued}, {signed.count} limits")


@group.command("template")
def template() -> None:
    """Print limits to start from: every setting that can be limited, at its default, with its meaning."""
    click.echo(limits.template(1, datetime.now(UTC).date()), nl=False)


@group.command("show")
@config_option
@data_option
@json_option
def show(config_file: Path | None, data: Path | None, *, as_json: bool) -> None:
    """Show the limits that hold on this machine, beside what is configured; exit code 3 when they cannot be trusted."""
    config, here = load_config(config_file), places(data)
    found = head_office.trusted(here)
    lines = tuple(
        LimitLine(key, BOUNDS[key], limit, value := limits.setting(config, key), limits.is_laxer(key, value, limit))
        for key, limit in (found.laxest if found else ())
    ) + tuple(
        LimitLine(one.key, one.bound, one.limit, one.value, one.laxer)
        for one in compared(config.purposes, found.purposes if found else ())
    )
    if as_json:
        issued = found.issued.isoformat() if found else None
        emit(LimitsReport(str(here.head_office), found.version if found else None, issued, lines))
    elif found is None:
        click.echo(f"{here.head_office} has no {head_office.PUBLIC_KEY}: nothing limits what is configured here")
    else:
        table = Table("setting", "", "limit", "configured", "", box=None)
        for one in lines:
            table.add_row(one.key, one.bound, toml(one.limit), toml(one.configured), "too lax" if one.laxer else "")
        click.echo(f"version {found.version} of {found.issued}")
        Console(highlight=False).print(table)
