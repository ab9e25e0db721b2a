"""`edge ota`: models over the air; each command is one file."""

from __future__ import annotations

import click

from edge.cli.lazy import LazyGroup

_COMMANDS = {
    "apply": ("edge.cli.ota.apply:command", "Use the offered set now, without waiting for the shadow's figures."),
    "check": ("edge.cli.ota.check:command", "Fetch what is offered to this terminal, and try it; the timer's command."),
    "gate": ("edge.cli.ota.gate:command", "Try a set or a bundle on this device, and say what would stop it."),
    "history": ("edge.cli.ota.history:command", "Show what was fetched, refused, used and taken back."),
    "repo": ("edge.cli.ota.repo:group", "Make and keep the signed repository that terminals fetch from."),
    "rollback": ("edge.cli.ota.rollback:command", "Go back to the last good set, or to the factory's."),
    "status": ("edge.cli.ota.status:command", "Say which set decides, which is tried, and what it waits for."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def group() -> None:
    """Fetch, try, use and take back sets of models.

    A set is all four models together. It is fetched from a signed repository, tried on this device, run beside the old
    one without deciding, and used once its people are known to it; until use has confirmed it, anything wrong takes
    it back.
    """
