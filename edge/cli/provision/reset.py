"""`edge provision reset`: erase everything that makes this terminal somebody's."""

from __future__ import annotations

import os
from pathlib import Path

import click
from msgspec import Struct

from edge.app.boot_state import LOCKED, WAITING, show
from edge.app.reset_words import ERASED
from edge.app.resetting import Reset, before, do, staying
from edge.cli.options import json_option, operator_option
from edge.cli.provision.apply import machine
from edge.cli.provision.words import boot_option, root_option
from edge.cli.reports import emit
from edge.errors import EdgeError, ProvisionError


class ResetReport(Struct, frozen=True):
    """What `edge provision reset --json` prints.

    Attributes:
        terminal: The id of the terminal that was reset; empty for one that was nobody's.
        erased: What was erased, in words.
        kept: What stays.
    """

    terminal: str
    erased: tuple[str, ...]
    kept: tuple[str, ...]


@click.command("reset")
@boot_option
@root_option
@operator_option
@click.option("--why", default="by hand", show_default=True, help="What for, for the journal; nobody's name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def command(boot: Path, root: Path, operator: str | None, why: str, *, yes: bool, as_json: bool) -> None:
    """Erase people, keys, configuration and network passwords of this terminal; only root may.

    What goes and what stays is said first. The terminal is stopped, the door stays locked, and its exit button works by
    the wiring that is kept on the card. A power cut does not leave it half erased: the next start ends what was begun.
    Afterwards it waits for a provisioning file of the same head office; one that was decommissioned before trusts the
    first that comes, unless its image names a head office.

    Head office orders the same by a file on the card: `edge provision order-reset`.

    Exit code 14 when it could not be done; 1 without --yes where nobody can be asked.
    """
    require_root(root)
    found, stays = before(root), staying(root)
    name = found.id if found else "this terminal, which is nobody's"
    if not as_json:
        tell(name, ERASED, stays)
    confirm(name, yes=yes, as_json=as_json)
    device = machine(root, boot)
    do(device, Reset(who=f"{who(operator)}, as root", why=why))
    show(root, WAITING)
    if as_json:
        emit(ResetReport(terminal=found.id if found else "", erased=ERASED, kept=stays))
    else:
        click.echo(f"reset: it is nobody's now. {LOCKED}")


def require_root(root: Path) -> None:
    """Refuse whoever could not do it to the end.

    Raises:
        ProvisionError: This is not root.
    """
    if root == Path("/") and os.geteuid() != 0:
        raise ProvisionError("only root may: `sudo edge provision …`; nothing was erased")


def who(operator: str | None) -> str:
    """Return who does it, as they say."""
    return operator or os.environ.get("SUDO_USER", "") or "root"


def tell(name: str, erased: tuple[str, ...], kept: tuple[str, ...]) -> None:
    """Say what goes and what stays."""
    click.echo(f"{name}: this is erased:", err=True)
    for line in erased:
        click.echo(f"  - {line}", err=True)
    click.echo("This stays:" if kept else "", err=True)
    for line in kept:
        click.echo(f"  - {line}", err=True)


def confirm(name: str, *, yes: bool, as_json: bool) -> None:
    """Ask, unless it was said already.

    Raises:
        EdgeError: There is nobody to ask.
    """
    if yes:
        return
    if as_json:
        raise EdgeError("say --yes with --json; nothing was erased")
    click.confirm(f"Erase all of this on {name}", abort=True, err=True)
