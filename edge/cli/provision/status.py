"""`edge provision status`: which file made this terminal, and whether something is under way."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import Struct

from edge.app.boot_state import state
from edge.app.in_force import in_force
from edge.app.network_joined import Joined, look
from edge.cli.options import json_option
from edge.cli.reports import emit
from edge.errors import ProvisionError
from edge.provision import plan


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
    """

    state: str
    terminal: str
    issued: str
    sha256: str
    claim_open: bool
    network: str = ""
    network_joined: bool | None = None


@click.command("status")
@click.option(
    "--root", default=Path("/"), type=click.Path(path_type=Path, file_okay=False), help="Look in this folder."
)
@json_option
def command(root: Path, *, as_json: bool) -> None:
    """Say which file made this terminal what it is, and what is still open."""
    found, network = in_force(root), _network(root)
    status = Status(
        state=state(root),
        terminal=found.id if found else "",
        issued=found.issued.isoformat() if found else "",
        sha256=found.digest if found else "",
        claim_open=(root / plan.TOKEN).exists(),
        network=network.words if network else "",
        network_joined=network.joined if network else None,
    )
    if as_json:
        emit(status)
        return
    click.echo(f"{status.state or 'not started yet'}: {status.terminal or 'no terminal yet'}")
    if found:
        click.echo(f"by the file of {status.issued}, sha256 {status.sha256}")
    if status.network:
        click.echo(status.network)
    if status.claim_open:
        click.echo("head office has given no certificate yet; it is asked at each start")


def _network(root: Path) -> Joined | None:
    """Look at this machine's network; a file system in a folder has none, and who is not root is told nothing of it."""
    try:
        return look(root) if root == Path("/") else None
    except ProvisionError:
        return None
