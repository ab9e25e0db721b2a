"""`edge provision status`: which file made this terminal, and whether something is under way."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click
from msgspec import Struct

from edge.app.boot_state import FAILED, WRONG, state
from edge.app.in_force import in_force
from edge.app.last_reset import last_reset
from edge.app.network_joined import Joined, look
from edge.app.places import CARD
from edge.cli.options import json_option
from edge.cli.reports import emit
from edge.errors import ProvisionError
from edge.provision import plan
from edge.provision.card import LOG, last_failure


class Status(Struct, frozen=True):
    """What `edge provision status --json` prints.

    Attributes:
        state: waiting, sealed, working, failed or done since the machine was started; empty before.
        terminal: The id of the terminal that this is; empty for none.
        issued: When the file in force was made, ISO 8601.
        sha256: Of the file in force.
        claim_open: Whether head office still owes a certificate.
        network: Which network the file names, whether it was joined, and what to do; empty for none.
        network_joined: Whether it was joined; null for none.
        failure: What provision.log says of it, where the state is failed or wrong; empty for nothing.
        decommissioned: The day on which this terminal was given up, ISO 8601: it takes no file until it is reset. Empty
            for one that was not, and for whoever may not read that.
    """

    state: str
    terminal: str
    issued: str
    sha256: str
    claim_open: bool
    network: str = ""
    network_joined: bool | None = None
    failure: str = ""
    decommissioned: str = ""


@click.command("status")
@click.option(
    "--boot",
    type=click.Path(path_type=Path, file_okay=False),
    help="The card's first partition; without it boot/firmware below --root.",
)
@click.option(
    "--root",
    default=Path("/"),
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Look in this folder.",
)
@json_option
def command(boot: Path | None, root: Path, *, as_json: bool) -> None:
    """Say which file made this terminal what it is, what is still open, and why it failed."""
    found, network, word = in_force(root), _network(root), state(root)
    status = Status(
        state=word,
        terminal=found.id if found else "",
        issued=found.issued.isoformat() if found else "",
        sha256=found.digest if found else "",
        claim_open=(root / plan.TOKEN).exists(),
        network=network.words if network else "",
        network_joined=network.joined if network else None,
        failure=last_failure(boot or root / CARD.relative_to("/"), half=True) if word in {FAILED, WRONG} else "",
        decommissioned="" if found else _given_up(root),
    )
    if as_json:
        emit(status)
        return
    _tell(status)


def _tell(status: Status) -> None:
    nobody = f"decommissioned on {status.decommissioned}" if status.decommissioned else "no terminal yet"
    click.echo(f"{status.state or 'not started yet'}: {status.terminal or nobody}")
    if status.decommissioned:
        click.echo("it takes no file until it is reset, by `edge provision reset` or its reset button")
    if status.failure:
        click.echo(f"the last failure in {LOG}: {status.failure}")
    if status.issued:
        click.echo(f"by the file of {status.issued}, sha256 {status.sha256}")
    if status.network:
        click.echo(status.network)
    if status.claim_open:
        click.echo("head office has given no certificate yet; it is asked at each start")


def _given_up(root: Path) -> str:
    with suppress(ProvisionError):  # who is not root may not read it
        last = last_reset(root)
        return last.at.date().isoformat() if last and last.gave_up else ""
    return ""


def _network(root: Path) -> Joined | None:
    """Look at this machine's network; a file system in a folder has none, and who is not root is told nothing of it."""
    try:
        return look(root) if root == Path("/") else None
    except ProvisionError:
        return None
