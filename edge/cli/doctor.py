"""`edge doctor`: what is wrong with this terminal, and how to mend it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from edge.app.acceptance.facts import Around
from edge.app.boards import board_of
from edge.app.doctor import examine
from edge.app.places import places
from edge.app.reading import public_key
from edge.app.settings import load_config
from edge.cli.acceptance import Asked, accept, show_list, verify
from edge.cli.options import board_option, config_option, data_option, json_option

_COLOURS = {"ok": "green", "warning": "yellow", "fault": "bold red"}


@click.command("doctor")
@board_option
@config_option
@data_option
@json_option
@click.option("--acceptance", "person", metavar="NAME", help="Walk NAME through the acceptance test at the door.")
@click.option(
    "--repeat",
    multiple=True,
    metavar="ITEM",
    help="Do this item again, or all that are failed or skipped; every attempt stays in the protocol.",
)
@click.option(
    "--verify",
    "protocol",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Only say whether FILE, an acceptance.json from any terminal, is genuine, and print its page.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With --verify: that terminal's device.pub, from whoever trusted it before.",
)
@click.option("--list", "listed", is_flag=True, help="Only list the items of the acceptance test, and their results.")
def command(board_name: str | None, config_file: Path | None, data: Path | None, *, as_json: bool, **test: Any) -> None:  # noqa: ANN401 - click gives the rest by name
    """Look at runtime, models, people, keys, thresholds, liveness, limits, journal, camera, door, disk and clock.

    On a device also at how it was provisioned: by which file, under whose key, and what is still open.

    Exit code 0 when nothing is at fault (warnings count as fine), else 1. The lock is never pulsed.

    With --acceptance it asks the running door process and its journal what they see and the person what they see, item
    by item, and keeps a signed protocol in the folder "acceptance" of the data, where a later call goes on: also after
    a power cut. What is skipped needs a reason. On a device run it as root.

    With --verify and --key it checks such a protocol anywhere else, and needs nothing of this machine.

    Exit codes of --acceptance and --verify: 0 every item passed; 1 an item failed; 15 none failed, and one was skipped
    or is still to come; 3 the protocol was changed since it was signed, or is another device's; 5 it cannot be read or
    written; 9 the door's journal cannot be read; 2 there is no such item, or the configuration has faults.
    """
    if test["protocol"] is not None or test["key"] is not None:
        if test["protocol"] is None or test["key"] is None:
            raise click.UsageError("--verify FILE and --key FILE go together")
        verify(test["protocol"], public_key(test["key"]), as_json=as_json)
        return
    config = load_config(config_file)
    around = Around(config, places(data))
    if test["listed"]:
        show_list(around.here.data / "acceptance", around, as_json=as_json)
        return
    if test["person"] is not None:
        accept(Asked(test["person"], test["repeat"], as_json), around)
        return
    checks = list(examine(config, board_of(config, board_name), around.here))
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
