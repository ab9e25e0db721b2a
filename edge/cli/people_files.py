"""`edge people backup`, `restore` and `retain`: what lasts of people, and for how long."""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.progress import Progress

from edge.app import clocks, erasing
from edge.app.auditing import audit
from edge.app.places import places
from edge.app.settings import load_config
from edge.app.vault import open_keys, open_store
from edge.cli.options import config_option, data_option, json_option, operator_option
from edge.cli.reports import Backup, Forgotten, Restoration, emit
from edge.cli.screen import console
from edge.errors import EdgeError, StoreError
from edge.people import backup as copying
from edge.people import backups, restoring, retention
from edge.values import Occasion, counted

if TYPE_CHECKING:
    from edge.people.retention import Due


@click.command("backup")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@data_option
@config_option
@json_option
def backup(file: Path | None, data: Path | None, config_file: Path | None, *, as_json: bool) -> None:
    """Write a backup of the people store, while the terminal runs.

    Without FILE it goes into the folder `backups` beside the store, where the newest ones are kept. It holds sealed
    rows and no key: it can be restored on this machine alone, and of a person who is erased later nothing in it can be
    read.
    """
    config, here = load_config(config_file), places(data)
    target = file or backups.name(here.people_db, time.time())
    with (
        open_store(config, here) as store,
        Progress(console=console, transient=True, disable=not console.is_terminal) as shown,
    ):
        task = shown.add_task("backing up", total=None)
        people = copying.back_up(store, target, lambda done, pages: shown.update(task, completed=done, total=pages))
    if file is None:
        copying.prune(here.people_db, config.people.backups)
    if as_json:
        emit(Backup(str(target), people, target.stat().st_size))
    else:
        click.echo(f"{counted(people, 'person', 'people')} in {target}, {target.stat().st_size:,} bytes")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
@operator_option
@data_option
@config_option
@json_option
def restore(
    file: Path, data: Path | None, config_file: Path | None, operator: str | None, *, yes: bool, as_json: bool
) -> None:
    """Put a backup's people in the place of those in the store.

    All of the backup is checked first. Whoever was erased since stays erased, and whoever this machine has no key for
    is left out; both are counted. What the store held before is kept beside it. A running terminal goes on with the
    restored people; where the store was damaged, it starts again.
    """
    config, here = load_config(config_file), places(data)
    if not yes:
        click.confirm(f"Put the people of {file} in the place of those in {here.people_db}?", abort=True, err=True)
    with open_keys(config, here) as (keyring, revocations):
        done = restoring.restore(here.people_db, file, keyring, revocations, time.time())
    words = f"{done.people} people; {done.revoked} revoked and {done.keyless} without a key left out; {done.gone} gone"
    audit(here, Occasion.RESTORED, operator=operator or getpass.getuser(), words=words)
    if as_json:
        kept = done.aside or done.before
        emit(Restoration(done.people, done.revoked, done.keyless, done.gone, str(kept) if kept else ""))
        return
    click.echo(f"{counted(done.people, 'person', 'people')} restored")
    for number, what in (
        (done.revoked, "were erased since, and stay so"),
        (done.keyless, "left out: this machine has no key for them"),
        (done.gone, "were in the store and are not in the backup"),
    ):
        if number:
            click.echo(f"  {number} {what}")
    if done.aside:
        click.echo(f"the damaged store was set aside as {done.aside}")
    if done.before:
        click.echo(f"what the store held before is in {done.before}")


@click.command("retain")
@click.option("--dry-run", is_flag=True, help="Say who would be erased, and erase nobody.")
@click.option("--clock-is-right", is_flag=True, help="Believe this machine's clock, though no time server keeps it.")
@operator_option
@data_option
@config_option
@json_option
def retain(
    data: Path | None,
    config_file: Path | None,
    operator: str | None,
    *,
    as_json: bool,
    dry_run: bool,
    clock_is_right: bool,
) -> None:
    """Erase whom the terminal has to forget, by the days in `[people]`; meant to run daily.

    People whose access ended, visitors, and who was not recognised for long; then the keys of people who may be in an
    old backup alone, and the files that restorations set aside. A clock that no time server keeps erases nobody.
    """
    config, here = load_config(config_file), places(data)
    if not (dry_run or clock_is_right or clocks.synchronised() or clocks.kept()):
        raise StoreError(
            "nobody was erased: no time server and no battery keeps this machine's clock; --clock-is-right if it is"
        )
    if not here.people_db.exists():
        _tell([], dry_run=dry_run, as_json=as_json)
        return
    who = operator or getpass.getuser()
    found: list[Due] = []
    fault: EdgeError | None = None
    with open_store(config, here) as store:
        try:
            if dry_run:
                found.extend(retention.due(store, erasing.policy(config), time.time()))
            else:
                found.extend(erasing.retain(store, here, config, who))
        except EdgeError as error:
            fault = error
    _tell(found, dry_run=dry_run, as_json=as_json)
    if fault:
        raise fault


def _tell(found: list[Due], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        emit([Forgotten(one.id if dry_run else "", one.handle, one.cause, erased=not dry_run) for one in found])
        return
    for one in found:
        click.echo(f"{one.id}: {one.cause}" if dry_run else f"{one.handle}: {one.cause}")
    would = "would be erased" if dry_run else "erased"
    click.echo(f"{counted(len(found), 'person', 'people')} {would}")
