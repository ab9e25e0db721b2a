"""`edge people migrate`: how far people have come to another model, and what can be done without them."""

from __future__ import annotations

import getpass
import time
from typing import TYPE_CHECKING

import click
from rich.progress import Progress

from edge.app.auditing import audit
from edge.app.places import places
from edge.app.settings import load_config
from edge.app.vault import open_store
from edge.cli.options import config_option, data_option, json_option, operator_option
from edge.cli.reports import emit
from edge.cli.reports_migration import FromPictures, MigrationReport, OnTheWay
from edge.cli.screen import console
from edge.errors import OtaError
from edge.people.waiting import Waiting
from edge.values import Occasion, counted

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.crossing import Crossing
    from edge.app.places import Places
    from edge.app.remaking import Remade
    from edge.config import Config
    from edge.people.store import Store

_NAMED = 20
"""How many people are named on a screen; --json names everybody."""


@click.command("migrate")
@click.option("--show", is_flag=True, help="Only say how far everybody has come; change nothing.")
@click.option(
    "--forget-old",
    is_flag=True,
    help="Delete the old model's templates of everybody who has new ones; only once the new model was confirmed.",
)
@operator_option
@data_option
@config_option
@json_option
def migrate(
    data: Path | None, config_file: Path | None, operator: str | None, *, show: bool, forget_old: bool, as_json: bool
) -> None:
    """Bring people to another model without calling anybody back, and say who is still missing.

    While another set of models is tried, the terminal makes new templates of people who walk by on several days. Where
    the aligned pictures of enrolments are kept (people.keep_crops, and a consent that allows it), this command makes
    the new templates of them at once. Templates of two models are never compared with each other.

    The old templates stay valid, for a way back, until --forget-old deletes them; whoever has no new ones keeps theirs.
    """
    from edge.app.crossing import progress_of, required  # noqa: PLC0415 - models are loaded where they are needed

    if show and forget_old:
        raise click.UsageError("--show changes nothing; leave out one of --show and --forget-old")
    config, here = load_config(config_file), places(data)
    between = required(config, here)
    who = operator or getpass.getuser()
    with open_store(config, here) as store:
        remade = [] if show or forget_old else _remade(config, here, store, between)
        forgotten = _forget(store, here, between, who) if forget_old else 0
        found = progress_of(config, store, between.old_space, between.new_space, time.time())
    report = MigrationReport(
        old=str(between.old_space),
        new=str(between.new_space),
        committed=between.committed,
        active=found.active,
        migrated=found.migrated,
        share=round(found.share, 4),
        required=config.ota.migrated_share,
        days=config.ota.migrate_days,
        waiting=[OnTheWay(one, days) for one, days in found.waiting],
        absent=list(found.absent),
        pictures=[FromPictures(one.person.id, one.templates, one.why) for one in remade],
        forgotten=forgotten,
    )
    if as_json:
        emit(report)
    else:
        _tell(report, forget_old=forget_old)


def _remade(config: Config, here: Places, store: Store, between: Crossing) -> list[Remade]:
    from edge.app.remaking import loaded  # noqa: PLC0415

    pictured = Waiting(store).pictured()
    if not pictured:
        return []
    done = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("making templates of kept pictures", total=len(pictured))
        for one in loaded(config, here, store, between).remake():
            done.append(one)
            shown.advance(task)
    return done


def _forget(store: Store, here: Places, between: Crossing, operator: str) -> int:
    """Delete the old templates of those who have new ones.

    Raises:
        OtaError: The new model was not confirmed: what falls back would find nobody.
    """
    if not between.committed:
        raise OtaError(
            "the new model was not confirmed yet, and a way back needs the old templates: nothing was deleted; "
            "`edge ota status` says what it waits for"
        )
    # The journal first: whoever wonders why a way back finds nobody must find who did it.
    audit(here, Occasion.MIGRATED, operator=operator, words=f"the templates of {between.old_space} are deleted")
    return Waiting(store).drop(between.old_space, between.new_space)


def _tell(report: MigrationReport, *, forget_old: bool) -> None:
    click.echo(f"from {report.old}\nto   {report.new}{', confirmed' if report.committed else ''}")
    made = [one for one in report.pictures if one.templates]
    if made:
        click.echo(f"made of kept pictures: {counted(len(made), 'person', 'people')}")
    for one in report.pictures:
        if not one.templates:
            click.echo(f"  {one.id}: none made of their pictures: {one.why}")
    click.echo(
        f"{report.migrated} of {report.active} active people have a template of the new model "
        f"({report.share:.1%}; a cut-over waits for {report.required:.1%})"
    )
    for waits in report.waiting[:_NAMED]:
        click.echo(f"  {waits.id}: walked by on {waits.days} of {report.days} days")
    if len(report.waiting) > _NAMED:
        click.echo(f"  and {len(report.waiting) - _NAMED} more; --json names everybody")
    if report.absent:
        named = ", ".join(report.absent[:_NAMED]) + (", ..." if len(report.absent) > _NAMED else "")
        click.echo(f"not here lately, and without one: {named}")
    if forget_old:
        click.echo(f"{counted(report.forgotten, 'template')} of the old model deleted")
