"""`edge ota repo status|renew`: how a repository is, and what keeps it believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from edge.app import publishing
from edge.cli.options import json_option
from edge.cli.ota.repo_options import carry_out, folder_argument, signing
from edge.cli.reports import emit
from edge.ota.publishing import roles as rules
from edge.ota.publishing.repository import ONLINE
from edge.ota.publishing.status import SOON_DAYS, said

if TYPE_CHECKING:
    from pathlib import Path

    from edge.ota.publishing.repository import Repository
    from edge.ota.publishing.status import RepositoryReport, RoleReport


@click.command("status")
@folder_argument
@json_option
def status(*, folder: Path, as_json: bool) -> None:
    """Say what is published, who may sign what, what expires when, and what waits for which signatures."""
    report = publishing.report(folder)
    if as_json:
        emit(report)
    else:
        _print(report)


@click.command("renew")
@signing
@click.argument("roles", nargs=-1)
@json_option
def renew(*, repository: Repository, roles: tuple[str, ...], as_json: bool) -> None:
    """Publish what is signed, and a new timestamp; a timer runs this once a day with the online key.

    The snapshot is renewed when half of its time is over. ROLES that are signed offline, such as root, targets or
    bundles-embedder, get a new version as they are, for their keys to sign, so that they are believed for longer.
    """
    carry_out(repository, lambda change: rules.renew(change, roles), as_json=as_json, renew=True)


def _print(report: RepositoryReport) -> None:
    console = Console(highlight=False)
    console.print(f"repository   {report.folder}", soft_wrap=True)
    console.print(f"root         {report.root or 'not published yet'}", soft_wrap=True)
    table = Table("role", "version", "believed until", "signatures", "of", box=None)
    for role in report.roles:
        table.add_row(role.role, str(role.version), _expiry(role), str(role.threshold), ", ".join(role.keys))
    if report.roles:
        console.print(table)
    for one in report.sets:
        firmware = f"firmware {one.minimum_firmware} or newer"
        console.print(f"set          {one.path}: {said(one, firmware)}", soft_wrap=True)
    for bundle in report.bundles:
        console.print(f"bundle       {bundle.path} ({bundle.bytes:,} bytes)", soft_wrap=True)
    for lack in report.waiting:
        needs = f"{lack.needed} more of {', '.join(lack.may)}" if lack.needed else "signed; `renew` publishes it"
        console.print(f"waits        {lack.role} {lack.version}: {needs}", soft_wrap=True)


def _expiry(role: RoleReport) -> str:
    day = role.expires.partition("T")[0]
    if role.days_left < 0:
        return f"[red]{day}: EXPIRED[/]"
    soon = role.days_left < SOON_DAYS and role.role not in ONLINE
    return f"[yellow]{day}: {role.days_left} days[/]" if soon else day
