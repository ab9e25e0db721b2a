"""`edge enrol --manifest`: everybody of a table; the good rows are imported, the bad ones named by line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.progress import track as progress

from edge.app.desk import open_desk
from edge.cli.reports import BulkEnrolment, RejectedPhoto, emit
from edge.cli.screen import console
from edge.config import zone_of
from edge.errors import EnrolError, EvidenceError
from edge.people import roster
from edge.people.names import label
from edge.values import counted

if TYPE_CHECKING:
    from edge.cli.consenting import Asked
    from edge.config import Config
    from edge.people.desk import Desk


def enrol_table(table: Path, asked: Asked, config: Config, data: Path | None, *, as_json: bool) -> None:
    """Enrol everybody of a table; what is there already is left alone, so that it may be run again.

    Raises:
        EnrolError: It is no table, or not all of it was enrolled.
    """
    if asked.since or asked.until:
        raise click.UsageError("a table says valid_from and valid_until itself, in columns of these names")
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EnrolError(f"{table}: cannot be read as a table in UTF-8: {error}") from error
    usual = roster.Usual(asked.text, asked.operator, time.time(), zone_of(config.rules.time_zone))
    entries, faults = roster.parse(text, str(table), usual)
    reports = [BulkEnrolment(fault.id, [], [], [fault.line], fault.why) for fault in faults]
    try:
        with open_desk(config, data, asked.who) as desk:
            shown = progress(entries, "enrolling", console=console, transient=True)
            reports.extend(_one(desk, entry, table.parent) for entry in shown)
    finally:
        reports.sort(key=lambda report: report.lines)
        if as_json:
            emit(reports)
        else:
            _tell(reports, table)
    bad = [report for report in reports if report.error or report.rejected]
    if bad or not reports:
        raise EnrolError(f"{table}: {len(bad)} of {len(reports)} people or rows were not, or not wholly, enrolled")


def _one(desk: Desk, entry: roster.Entry, folder: Path) -> BulkEnrolment:
    files = {str(folder / photo): photo for photo in entry.photos}
    lines = list(entry.lines)
    try:
        left = desk.left(entry.person.id, [Path(file) for file in files])
        there = [name for file, name in files.items() if Path(file) not in left]
        if not left:
            return BulkEnrolment(entry.person.id, [], [], lines, error="", already=there)
        choice = desk.enrol(entry.person, left)
    except (EnrolError, EvidenceError) as error:
        return BulkEnrolment(entry.person.id, [], [], lines, str(error))
    rejected = [RejectedPhoto(files[one.file], one.reason) for one in choice.rejected]
    accepted = [files[one.file] for one in choice.accepted]
    return BulkEnrolment(entry.person.id, accepted, rejected, lines, "", there, choice.duplicate)


def _tell(reports: list[BulkEnrolment], table: Path) -> None:
    for report in reports:
        where = f"{table}:{','.join(map(str, report.lines[:5]))}"
        if report.error:
            click.echo(f"{where}: {report.error}")
        for fault in report.rejected:
            click.echo(f"{where}: {report.id}: {label(fault.file)}: {fault.reason}")
    templates = sum(len(report.accepted) for report in reports)
    people = sum(bool(report.accepted) for report in reports)
    already = sum(len(report.already) for report in reports)
    ending = f"; {counted(already, 'photograph')} had been enrolled before" if already else ""
    click.echo(f"{counted(people, 'person', 'people')} enrolled with {counted(templates, 'template')}{ending}")
