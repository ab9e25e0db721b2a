"""`edge keys`: this device's own key, and the one that everybody's keys are wrapped with."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, cast

import click
from msgspec import Struct

from edge.app.auditing import audit
from edge.app.holders import HOLDERS, holder, move
from edge.app.identity import device_id, device_public, public_file
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option, operator_option
from edge.cli.reports import emit
from edge.errors import EdgeError, JournalError
from edge.people.keyring import Keyring
from edge.values import Occasion, counted

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.places import Places
    from edge.config.keys import Holder


class KeysReport(Struct, frozen=True):
    """What `edge keys status --json` prints; `rotate` and `move` print it after their work.

    Attributes:
        device: What the device's key is called.
        public: Its public half, PEM.
        public_file: The file of that.
        holder: Who keeps the wrapping key.
        strength: What that protects from, in words.
        wrapped_with: What the wrapping key is called; null while there are no keys.
        people: How many people have a key.
        unfinished: Why a rotation that was cut short could not be ended; empty when all is well.
    """

    device: str
    public: str
    public_file: str
    holder: str
    strength: str
    wrapped_with: str | None
    people: int
    unfinished: str


@click.group("keys")
def group() -> None:
    """Show this device's keys, rotate the wrapping key, and move it to another holder.

    Everybody's name, number and face are sealed under a key of their own. Those keys are wrapped with one key, which
    `keys.holder` keeps: a TPM, a file that a systemd credential seals, or a file. Erasing somebody destroys their key
    and rotates the wrapping key.

    To change the holder: stop the terminal, set `keys.holder` to the new one, run `edge keys move --from` with the
    old one's name, and start the terminal. Exit code 5 when keys are lost or cannot be written, 9 when it was done and
    is not in the journal.
    """


@group.command("status")
@config_option
@data_option
@json_option
def status(config_file: Path | None, data: Path | None, *, as_json: bool) -> None:
    """Say who keeps the wrapping key, and print this device's key id and public key, made now if there is none."""
    _say(_report(config_file, data), as_json=as_json)


@group.command("rotate")
@operator_option
@config_option
@data_option
@json_option
def rotate(config_file: Path | None, data: Path | None, operator: str | None, *, as_json: bool) -> None:
    """Wrap everybody's key anew and have the old wrapping key overwritten: copies of the old file open no more.

    A terminal that is running notices by itself.
    """
    config, here = load_config(config_file), places(data)
    if not here.keyring.exists():
        raise EdgeError(f"{here.keyring}: there are no keys yet: nobody was ever enrolled here")
    with Keyring(here.keyring, holder(config, here)) as keyring:
        keyring.rotate()
    _journal(here, operator, "the wrapping key was rotated by hand")
    _say(_report(config_file, data), as_json=as_json)


@group.command("move")
@click.option(
    "--from", "source", required=True, type=click.Choice(HOLDERS), help="Which holder has had the key so far."
)
@operator_option
@config_option
@data_option
@json_option
def move_key(source: str, config_file: Path | None, data: Path | None, operator: str | None, *, as_json: bool) -> None:
    """Have the configured holder take over from another one; nobody is lost, however often it is cut short.

    A terminal that is running goes on asking the old holder: stop it before, and start it afterwards.
    """
    config, here = load_config(config_file), places(data)
    if not move(config, here, cast("Holder", source)):
        raise EdgeError(f'nothing to move: "{source}" keeps no key')
    _journal(here, operator, f'the wrapping key went from "{source}" to "{config.keys.holder}", and is another one now')
    _say(_report(config_file, data), as_json=as_json)


def _journal(here: Places, operator: str | None, words: str) -> None:
    try:
        audit(here, Occasion.KEYS_CHANGED, operator=operator or getpass.getuser(), words=words)
    except JournalError as error:
        raise JournalError(f"{words}; but {error}") from error


def _report(config_file: Path | None, data: Path | None) -> KeysReport:
    config, here = load_config(config_file), places(data)
    keeper = holder(config, here)
    wrapped_with, people, unfinished = None, 0, ""
    if here.keyring.exists():
        with Keyring(here.keyring, keeper) as keyring:
            wrapped_with, people, unfinished = keyring.wrapped_with, len(keyring.handles()), keyring.unfinished
    return KeysReport(
        device=device_id(here),
        public=device_public(here).decode(),
        public_file=str(public_file(here)),
        holder=keeper.name,
        strength=keeper.strength,
        wrapped_with=wrapped_with,
        people=people,
        unfinished=unfinished,
    )


def _say(report: KeysReport, *, as_json: bool) -> None:
    if as_json:
        emit(report)
        return
    wrapped = (
        f"{counted(report.people, 'key')}, wrapped with {report.wrapped_with}" if report.wrapped_with else "none yet"
    )
    click.echo(f"device       {report.device} ({report.public_file})\n{report.public.strip()}")
    click.echo(f"people's     {wrapped}\nkept by      {report.holder}: {report.strength}")
    if report.unfinished:
        click.echo(f"a rotation is not ended: {report.unfinished}", err=True)
