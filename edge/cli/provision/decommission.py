"""`edge provision decommission` and `receipt`: a terminal is given up, and what it stated of that."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from edge.app.boot_state import WAITING, show
from edge.app.decommissioning import Statement, decommission, genuine, written
from edge.app.durable import replace_file
from edge.app.reading import public_key
from edge.app.reset_words import ERASED, GIVEN_UP, KEPT
from edge.app.resetting import before
from edge.cli.options import json_option, operator_option
from edge.cli.provision.apply import machine
from edge.cli.provision.reset import confirm, require_root, tell, who
from edge.cli.provision.words import boot_option, root_option
from edge.cli.reports import emit
from edge.errors import EdgeError, ProvisionError


@click.command("decommission")
@boot_option
@root_option
@operator_option
@click.option("--why", default="given up", show_default=True, help="What for, for the receipt; nobody's name.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where the receipt goes, besides."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def command(  # noqa: PLR0913 - options
    boot: Path, root: Path, operator: str | None, why: str, out: Path, *, yes: bool, as_json: bool
) -> None:
    """Give this terminal up: reset it, destroy its own key, and leave a signed receipt of that; only root may.

    It says what `edge provision reset` erases, and besides that the device key and head office's, so that it belongs to
    nobody. The receipt is the last thing that the device key signs, and lies on the card, too. Afterwards the terminal
    takes no provisioning file until it is reset once more, by whoever is root on it or holds its reset button.

    Exit code 14 when it could not be done.
    """
    require_root(root)
    found = before(root)
    name = found.id if found else "this terminal, which is nobody's"
    if not as_json:
        tell(name, (*ERASED, *GIVEN_UP), (KEPT[1], KEPT[3], "the door's journal, and the door's own memory"))
    confirm(name, yes=yes, as_json=as_json)
    receipt = decommission(machine(root, boot), who(operator), why)
    show(root, WAITING)
    try:
        replace_file(out, written(receipt).encode())
    except OSError as error:
        raise ProvisionError(f"{out}: the receipt cannot be written: {error.strerror}; it is on the card") from error
    if as_json:
        emit(receipt)
    else:
        click.echo(f"decommissioned; the receipt is {out}, and on the card")


@click.command("receipt")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--key", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The terminal's device.pub."
)
@json_option
def receipt_command(file: Path, key: Path, *, as_json: bool) -> None:
    """Say whether FILE, a receipt of a decommissioning, is the terminal's, and what it states.

    The key must be the one that was given out while the terminal was somebody's: the one in the file proves nothing.

    Exit code 0: genuine; 3: not.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise EdgeError(f"{file}: cannot be read: {error.strerror}") from error
    states = genuine(content, public_key(key))
    if as_json:
        emit(states)
    else:
        click.echo(_line(states))


def _line(states: Statement) -> str:
    when = datetime.fromtimestamp(states.iat, UTC).isoformat(timespec="seconds")
    people = "people could not be counted" if states.people is None else f"{states.people} people's keys destroyed"
    head = f"its journal ends at line {states.journal_line} ({states.journal_digest[:16]}…)"
    parts = [f"genuine: {states.terminal or 'a terminal'} was decommissioned on {when} by {states.operator}", people]
    parts += [head if states.journal_line is not None else "its journal was not signed", states.note]
    return "; ".join(filter(None, parts))
