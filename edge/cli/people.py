"""`edge people`: who is enrolled, and how they leave."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from edge.app import erasing
from edge.app.places import places
from edge.app.settings import load_config
from edge.app.vault import open_store
from edge.cli.options import config_option, data_option, json_option
from edge.cli.people_files import backup, restore, retain
from edge.cli.people_migrate import migrate
from edge.cli.people_move import address, export, import_people
from edge.cli.pins import pin
from edge.cli.reports import EnrolledPerson, Removal, emit
from edge.cli.revert import adapted, revert
from edge.errors import EdgeError
from edge.people.names import person_id

if TYPE_CHECKING:
    from edge.people.store import Store
    from edge.values import Person


@click.group("people")
def group() -> None:
    """List, show and remove enrolled people; back them up, restore them, and forget who has to be forgotten."""


group.add_command(address)
group.add_command(backup)
group.add_command(export)
group.add_command(import_people)
group.add_command(migrate)
group.add_command(pin)
group.add_command(restore)
group.add_command(retain)
group.add_command(adapted)
group.add_command(revert)


@group.command("list")
@data_option
@config_option
@json_option
def list_people(data: Path | None, config_file: Path | None, *, as_json: bool) -> None:
    """List everybody, by id."""
    with open_store(load_config(config_file), places(data)) as store:
        people, spaces, lost = store.people(), store.spaces(), store.lost()
    if as_json:
        emit([_report(person) for person in people])
        return
    table = Table("id", "name", "groups", "access", "templates", box=None, pad_edge=False)
    for person in people:
        words = (person.id, person.name, " ".join(person.groups), _access(person), str(person.templates))
        table.add_row(*map(Text, words))
    console = Console()
    console.print(table)
    console.print(f"{len(people)} people", highlight=False)
    for space, templates in spaces.items():
        console.print(f"{templates} templates of {space}", highlight=False, markup=False)
    if lost:
        click.echo(f"{lost} more cannot be read, because their keys are lost: enrol them again", err=True)


@group.command("show")
@click.argument("person", metavar="ID")
@data_option
@config_option
@json_option
def show(person: str, data: Path | None, config_file: Path | None, *, as_json: bool) -> None:
    """Show one person."""
    with open_store(load_config(config_file), places(data)) as store:
        found = _known(store, person)
        consent = store.consent(found.id)
    if as_json:
        emit(_report(found))
        return
    click.echo(f"id         {found.id}\nname       {found.name}\ngroups     {' '.join(found.groups) or '-'}")
    click.echo(f"access     {_access(found)}\ntemplates  {found.templates}\nin the journal  {found.handle}")
    agreed = f"{consent.text}, {_moment(consent.at)}, taken by {consent.operator}" if consent else "none recorded"
    click.echo(f"consent    {agreed}")


@group.command("remove")
@click.argument("person", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--operator", metavar="NAME", help="Who removes them; without it the user of this machine.")
@click.option(
    "--receipt",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a signed statement of the erasure into this file; it names the person by the journal's handle alone.",
)
@data_option
@config_option
@json_option
def remove(  # noqa: PLR0913 - the options
    person: str,
    data: Path | None,
    config_file: Path | None,
    operator: str | None,
    receipt: Path | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Erase one person for good; the next decision knows it.

    Their key is destroyed, and the key it was wrapped with exchanged: their sealed rows in backups and in old blocks
    of the disk open for nobody any more. No backup, older file or other store brings them back.
    """
    here = places(data)
    with open_store(load_config(config_file), here) as store:
        found = _known(store, person)
        if not yes:
            click.confirm(f"Remove {found.id} ({found.name}) for good?", abort=True, err=True)
        erased = erasing.erase(store, here, found, operator or getpass.getuser(), receipt)
    if as_json:
        emit(Removal(found.id, erased.templates, erased.handle, erased.number))
    else:
        click.echo(f"{found.id} was removed, with {erased.templates} templates")
        if receipt:
            click.echo(f"the receipt is in {receipt}")


def _known(store: Store, typed: str) -> Person:
    found = store.person(person_id(typed))
    if found is None:
        raise EdgeError(f"nobody is enrolled under the id {person_id(typed)}; `edge people list` names everybody")
    return found


def _report(person: Person) -> EnrolledPerson:
    return EnrolledPerson(
        id=person.id,
        handle=person.handle,
        name=person.name,
        groups=list(person.groups),
        valid_from=person.valid_from,
        valid_until=person.valid_until,
        templates=person.templates,
    )


def _access(person: Person) -> str:
    begin, end = (_moment(at) if at is not None else "" for at in (person.valid_from, person.valid_until))
    return f"{begin or 'always'} to {end or 'for ever'}" if begin or end else "always"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(" ", "minutes")
