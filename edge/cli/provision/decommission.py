"""`edge provision decommission` and `receipt`: a terminal is given up, and what it stated of that."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from edge.app.boot_state import WAITING, show
from edge.app.decommissioning import Statement, decommission, genuine, refuse_nobodys, written
from edge.app.durable import prove_place, replace_file
from edge.app.reset_words import ERASED, GIVEN_UP, kept
from edge.app.resetting import before
from edge.cli.options import json_option, operator_option
from edge.cli.provision.apply import machine
from edge.cli.provision.reset import confirm, require_root, tell, who
from edge.cli.provision.words import boot_option, root_option
from edge.cli.reports import emit
from edge.errors import EdgeError, ProvisionError

_LONGEST = 1 << 16
"""More bytes than a receipt has."""


@click.command("decommission")
@boot_option
@root_option
@operator_option
@click.option("--why", default="given up", show_default=True, help="What for, for the receipt; nobody's name.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A new file for the receipt, which is put on the card, too.",
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

    Exit code 14 when it could not be done: nothing was erased, or the next start goes on; 1 without --yes where nobody
    can be asked, and when all was erased and OUT could not be written after all: the receipt is on the card then.
    """
    require_root(root)
    refuse_nobodys(root)
    _prove(out)
    found = before(root)
    name = found.id if found else "this terminal, which is nobody's"
    if not as_json:
        tell(name, (*ERASED, *GIVEN_UP), kept(key=False, trusted=False))
    confirm(name, yes=yes, as_json=as_json)
    receipt = decommission(machine(root, boot), who(operator), why)
    show(root, WAITING)
    if as_json:
        emit(receipt)
    try:
        replace_file(out, written(receipt).encode())
    except OSError as error:
        raise EdgeError(
            f"decommissioned; but {out} cannot be written: {error.strerror}; the receipt is on the card"
        ) from error
    if not as_json:
        click.echo(f"decommissioned; the receipt is {out}, and on the card")


def _prove(out: Path) -> None:
    """Refuse a place for the receipt where it could not be kept; before anything is erased."""
    if out.exists() or out.is_symlink():
        raise ProvisionError(f"{out} is there already, and is not replaced: name another file; nothing was erased")
    try:
        prove_place(out, _LONGEST)
    except OSError as error:
        raise ProvisionError(f"{out}: cannot be written: {error.strerror}; nothing was erased") from error


@click.command("receipt")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--key", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The terminal's device.pub."
)
@json_option
def receipt_command(file: Path, key: Path, *, as_json: bool) -> None:
    """Say whether FILE, a receipt of a decommissioning, is the terminal's, and what it states.

    The key must be the one that was given out while the terminal was somebody's: the one in the file proves nothing.

    Exit code 0: genuine; 3: not, or the key is none; 1: FILE or the key cannot be read.
    """
    states = genuine(_read(file), _read(key))
    if as_json:
        emit(states)
    else:
        click.echo(_line(states))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EdgeError(f"{path}: cannot be read: {error.strerror}") from error


def _line(states: Statement) -> str:
    when = datetime.fromtimestamp(states.iat, UTC).isoformat(timespec="seconds")
    people = "people could not be counted" if states.people is None else f"{states.people} people's keys destroyed"
    head = f"its journal ends at line {states.journal_line} ({states.journal_digest[:16]}…)"
    parts = [f"genuine: {states.terminal or 'a terminal'} was decommissioned on {when} by {states.operator}", people]
    parts += [head if states.journal_line is not None else "its journal was not signed", states.note]
    return "; ".join(filter(None, parts))
