"""`edge people`: who is enrolled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import EnrolledPerson, Removal, emit
from edge.errors import EdgeError
from edge.people.names import person_id
from edge.people.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from edge.values import Person


@click.group("people")
def group() -> None:
    """List, show and remove enrolled people."""


@group.command("list")
@data_option
@config_option
@json_option
def list_people(data: Path | None, config_file: Path | None, *, as_json: bool) -> None:
    """List everybody, by id."""
    with _open(config_file, data) as store:
        people, spaces = store.people(), store.spaces()
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


@group.command("show")
@click.argument("person", metavar="ID")
@data_option
@config_option
@json_option
def show(person: str, data: Path | None, config_file: Path | None, *, as_json: bool) -> None:
    """Show one person."""
    with _open(config_file, data) as store:
        found = _known(store, person)
    if as_json:
        emit(_report(found))
        return
    click.echo(f"id         {found.id}\nname       {found.name}\ngroups     {' '.join(found.groups) or '-'}")
    click.echo(f"access     {_access(found)}\ntemplates  {found.templates}\nin the journal  {found.handle}")


@group.command("remove")
@click.argument("person", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@config_option
@json_option
def remove(person: str, data: Path | None, config_file: Path | None, *, yes: bool, as_json: bool) -> None:
    """Remove one person and all their templates; the next decision knows it."""
    with _open(config_file, data) as store:
        found = _known(store, person)
        if not yes:
            click.confirm(f"Remove {found.id} ({found.name}) for good?", abort=True, err=True)
        if not store.remove(found.id):
            raise EdgeError(f"{found.id} was removed by somebody else a moment ago")
    if as_json:
        emit(Removal(found.id, found.templates))
    else:
        click.echo(f"{found.id} was removed, with {found.templates} templates")


def _open(config_file: Path | None, data: Path | None) -> Store:
    load_config(config_file)  # a configuration with faults is said by every command, not only by those that need it
    return Store(places(data).people_db)


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
    begin, end = (
        datetime.fromtimestamp(at, UTC).isoformat(" ", "minutes") if at is not None else ""
        for at in (person.valid_from, person.valid_until)
    )
    return f"{begin or 'always'} to {end or 'for ever'}" if begin or end else "always"
