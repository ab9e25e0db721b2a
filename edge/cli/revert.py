"""`edge people adapted` and `edge people revert`: what adaptation has made of whom, and how it is taken back."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from edge.app import reverting
from edge.app.places import places
from edge.app.settings import load_config
from edge.app.vault import open_store
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import AdaptedTemplate, Reverted, emit
from edge.errors import ConfigError, EdgeError
from edge.people.names import person_id
from edge.values import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.people.records import Template
    from edge.people.store import Store
    from edge.values import Person

_WIDE = 120
"""Columns of a table that goes into a file or a pipe."""


@click.command("adapted")
@click.argument("person", metavar="[ID]", required=False)
@data_option
@config_option
@json_option
def adapted(person: str | None, data: Path | None, config_file: Path | None, *, as_json: bool) -> None:
    """List the templates that were adapted, of one person or of everybody: when, and by which match.

    A terminal with adaptation.enabled makes them of people whom the door let in. Each is like an enrolled template, and
    adds only so much to what the enrolled ones say; `edge people revert` takes them back.
    """
    with open_store(load_config(config_file), places(data)) as store:
        found = [
            _report(who, one)
            for who, templates in reverting.adapted(store, _people(store, person))
            for one in templates
        ]
    if as_json:
        emit(found)
        return
    table = Table(
        "id", "adapted", "similarity", "required", "nearest other", "frames", "alive by", "besides the face", box=None
    )
    for one in found:
        words = (_moment(one.at), f"{one.similarity:.3f}", f"{one.required:.3f} (FMR {one.fmr:.1e})")
        more = (f"{one.rival:.3f}", str(one.frames), one.proof, " ".join(one.factors) or "-")
        table.add_row(Text(one.id), *words, *more)
    if found:
        Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE).print(table)
    click.echo(counted(len(found), "adapted template"))


@click.command("revert")
@click.argument("person", metavar="[ID]", required=False)
@click.option("--all", "everybody", is_flag=True, help="Of everybody.")
@click.option("--operator", metavar="NAME", help="Who takes them back; without it the user of this machine.")
@data_option
@config_option
@json_option
def revert(
    person: str | None,
    data: Path | None,
    config_file: Path | None,
    operator: str | None,
    *,
    everybody: bool,
    as_json: bool,
) -> None:
    """Take the adapted templates of one person back, or with --all those of everybody; the enrolled ones stay.

    The next decision knows it, in a running terminal, too. It is written into the journal. To have no new ones made,
    set adaptation.enabled to false.
    """
    if (person is None) is not everybody:
        raise ConfigError("name one person's id, or give --all")
    here = places(data)
    with open_store(load_config(config_file), here) as store:
        done = reverting.revert(store, here, _people(store, person), operator or getpass.getuser())
    if as_json:
        emit([Reverted(who.id, who.handle, number) for who, number in done])
        return
    for who, number in done:
        click.echo(f"{who.id}: {counted(number, 'adapted template')} taken back")
    if not done:
        click.echo("there was nothing to take back")


def _people(store: Store, typed: str | None) -> Iterator[Person]:
    if typed is None:
        yield from store.people()
        return
    found = store.person(person_id(typed))
    if found is None:
        raise EdgeError(f"nobody is enrolled under the id {person_id(typed)}; `edge people list` names everybody")
    yield found


def _report(person: Person, template: Template) -> AdaptedTemplate:
    made = template.provenance
    if made is None:
        raise EdgeError(
            f"{person.id}: an adapted template does not say where it comes from; take it back with `edge people revert`"
        )
    return AdaptedTemplate(
        id=person.id,
        handle=person.handle,
        space=str(template.embedding.space),
        at=made.at,
        similarity=made.similarity,
        required=made.required,
        fmr=made.fmr,
        rival=made.rival,
        frames=made.frames,
        proof=made.proof,
        factors=list(made.factors),
    )


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(" ", "minutes")
