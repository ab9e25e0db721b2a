"""`edge enrol`: people from photographs, one by one or in bulk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.progress import track as progress

from edge.app.desk import open_desk
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import BulkEnrolment, Enrolment, RejectedPhoto, emit
from edge.cli.screen import console
from edge.errors import EnrolError, EvidenceError
from edge.people import enrol, roster
from edge.people.names import label, person_id
from edge.people.records import NewPerson
from edge.values import counted

if TYPE_CHECKING:
    from edge.people.desk import Desk
    from edge.people.enrol import Choice


@click.command("enrol")
@click.argument("photos", nargs=-1, type=click.Path(path_type=Path), metavar="PHOTO...")
@click.option("--id", "typed", help="The person's id: letters, digits and . _ - @")
@click.option("--name", help="The person's name; may be left out to give an enrolled person more templates.")
@click.option("--group", "groups", multiple=True, help="A group the person belongs to; may be repeated.")
@click.option(
    "--manifest",
    "table",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A CSV table with the columns id,name,photo[,groups], one row a photograph.",
)
@data_option
@config_option
@json_option
def command(
    photos: tuple[Path, ...], data: Path | None, config_file: Path | None, *, as_json: bool, **what: object
) -> None:
    """Enrol somebody from photographs, or everybody of a table.

    Each photograph must show one face, well enough to be judged. Photographs that are refused are named with their
    reason; when none is left, nothing is stored. Enrolling an id again gives that person more templates. Of a table,
    the good rows are imported and the bad ones named by line.
    """
    typed, table = what["typed"], what["table"]
    if isinstance(table, Path) == bool(typed or photos or what["name"] or what["groups"]):
        raise click.UsageError("give --id, --name and photographs; or --manifest alone")
    if isinstance(table, Path):
        _bulk(table, config_file, data, as_json=as_json)
        return
    if not typed or not photos:
        raise click.UsageError("--id and at least one photograph are needed")
    groups = what["groups"] if isinstance(what["groups"], tuple) else ()
    NewPerson(person_id(str(typed)), str(what["name"] or typed), groups).checked()  # before the models are loaded
    with open_desk(load_config(config_file), data) as desk:
        person = _person(desk, str(typed), what["name"], groups)
        choice = desk.enrol(person, photos)
    if as_json:
        emit(Enrolment(person.id, _accepted(choice), _rejected(choice)))
    else:
        _tell(person.id, choice)
    enrol.require(choice, person.id)


def _person(desk: Desk, typed: str, name: object, groups: tuple[str, ...]) -> NewPerson:
    known = desk.store.person(person_id(typed))
    if not isinstance(name, str) and known is None:
        raise click.UsageError("--name is needed: nobody is enrolled under this id yet")
    return NewPerson(person_id(typed), name if isinstance(name, str) else known.name if known else "", groups).checked()


def _bulk(table: Path, config_file: Path | None, data: Path | None, *, as_json: bool) -> None:
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EnrolError(f"{table}: cannot be read as a table in UTF-8: {error}") from error
    entries, faults = roster.parse(text, str(table))
    reports = [BulkEnrolment(fault.id, [], [], [fault.line], fault.why) for fault in faults]
    try:
        with open_desk(load_config(config_file), data) as desk:
            shown = progress(entries, "enrolling", console=console, transient=True)
            reports.extend(_one(desk, entry, table.parent) for entry in shown)
    finally:
        reports.sort(key=lambda report: report.lines)
        if as_json:
            emit(reports)
        else:
            _tell_all(reports, table)
    bad = [report for report in reports if report.error or report.rejected]
    if bad or not reports:
        raise EnrolError(f"{table}: {len(bad)} of {len(reports)} people or rows were not, or not wholly, enrolled")


def _one(desk: Desk, entry: roster.Entry, folder: Path) -> BulkEnrolment:
    files = {str(folder / photo): photo for photo in entry.photos}
    try:
        choice = desk.enrol(entry.person, [Path(file) for file in files])
    except (EnrolError, EvidenceError) as error:
        return BulkEnrolment(entry.person.id, [], [], list(entry.lines), str(error))
    rejected = [RejectedPhoto(files[one.file], one.reason) for one in _rejected(choice)]
    return BulkEnrolment(
        entry.person.id, [files[file] for file in _accepted(choice)], rejected, list(entry.lines), error=""
    )


def _accepted(choice: Choice) -> list[str]:
    return [photo.file for photo in choice.accepted]


def _rejected(choice: Choice) -> list[RejectedPhoto]:
    return [RejectedPhoto(fault.file, fault.reason) for fault in choice.rejected]


def _tell(person: str, choice: Choice) -> None:
    ending = "a template" if len(choice.accepted) == 1 else "templates"
    click.echo(f"{person}: {counted(len(choice.accepted), 'photograph')} became {ending}")
    for fault in choice.rejected:
        click.echo(f"  {label(fault.file)}: {fault.reason}" + (f" ({label(fault.detail)})" if fault.detail else ""))


def _tell_all(reports: list[BulkEnrolment], table: Path) -> None:
    for report in reports:
        where = f"{table}:{','.join(map(str, report.lines[:5]))}"
        if report.error:
            click.echo(f"{where}: {report.error}")
        for fault in report.rejected:
            click.echo(f"{where}: {report.id}: {label(fault.file)}: {fault.reason}")
    templates = sum(len(report.accepted) for report in reports)
    people = sum(bool(report.accepted) for report in reports)
    click.echo(f"{counted(people, 'person', 'people')} enrolled with {counted(templates, 'template')}")
