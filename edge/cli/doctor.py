"""`edge doctor`: what is wrong with this terminal, and how to mend it."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from edge.app.acceptance import ITEMS, Site, accepted, go_on, keep, kept
from edge.app.boards import board_of
from edge.app.doctor import examine
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import board_option, config_option, data_option, json_option
from edge.link.asking import report

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.places import Places

_COLOURS = {"ok": "green", "warning": "yellow", "fault": "bold red"}


@click.command("doctor")
@board_option
@config_option
@data_option
@json_option
@click.option("--acceptance", "person", metavar="NAME", help="Walk NAME through the acceptance test at the door.")
def command(
    board_name: str | None, config_file: Path | None, data: Path | None, person: str | None, *, as_json: bool
) -> None:
    """Look at runtime, models, people, keys, thresholds, liveness, limits, journal, camera, door, disk and clock.

    On a device also at how it was provisioned: by which file, under whose key, and what is still open.

    Exit code 0 when nothing is at fault (warnings count as fine), else 1. The lock is never pulsed.

    With --acceptance it asks the running door process what it sees and the person what they see, item by item, and
    keeps a signed protocol in the folder "acceptance" of the data, where a later call goes on: also after a power cut.
    Exit code 0 when no item failed; what was skipped is in the protocol with its reason.
    """
    if person is not None:
        sys.exit(not _accept(person, places(data)))
    config = load_config(config_file)
    board = board_of(config, board_name)
    checks = list(examine(config, board, places(data)))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(checks)).decode())
    else:
        table = Table("", "what", Column("found", ratio=3), Column("to mend it", ratio=2), expand=True)
        for column in table.columns:
            column.overflow = "fold"  # a path or a name that is cut off helps nobody
        for check in checks:
            state = Text(check.state, _COLOURS[check.state])
            table.add_row(state, *map(Text, (check.name, check.found, check.mend)))
        Console(highlight=False).print(table)
    sys.exit(any(check.state == "fault" for check in checks))


def _accept(person: str, here: Places) -> bool:
    folder = here.data / "acceptance"
    site = Site(
        person=person,
        report=lambda: report(here.socket),
        say=lambda words: click.echo(words, err=True),
        answer=_answer,
        clock=time.monotonic,
        pause=time.sleep,
        today=lambda: datetime.now(UTC).isoformat(timespec="seconds"),
    )
    outcomes = kept(folder)
    keep(folder, outcomes, here)
    for outcome in go_on(site, ITEMS, outcomes):
        outcomes = (*outcomes, outcome)
        keep(folder, outcomes, here)
        click.echo(f"{outcome.result}: {outcome.name}: {outcome.measured}", err=True)
    click.echo((folder / "acceptance.md").read_text())
    return accepted(outcomes)


def _answer(question: str) -> tuple[str, str]:
    answer = click.prompt(f"{question} (yes, no, skip)", type=click.Choice(["y", "n", "s"]), err=True)
    return answer, "" if answer == "y" else click.prompt("Why", err=True)
