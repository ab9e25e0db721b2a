"""`edge provision network`: whether the network that the file names was joined."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from edge.app.network_joined import tell
from edge.app.places import CARD


@click.command("network")
@click.option(
    "--boot",
    default=CARD,
    type=click.Path(path_type=Path, file_okay=False),
    show_default=True,
    help="The card's first partition.",
)
def command(boot: Path) -> None:
    """Say whether the network that the provisioning file names was joined, also in provision.log on the card.

    A timer asks five minutes after each start, and then seldom: the log gets a line when the network was not joined,
    with what to do, and one when it was after all. Nothing waits for it, and the door works without.
    """
    click.echo(tell(Path("/"), boot, datetime.now(UTC)) or "no provisioning file names a network yet")
