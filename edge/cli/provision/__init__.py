"""`edge provision`: the file that makes a card this door's; each command is one file."""

from __future__ import annotations

import click

from edge.cli.lazy import LazyGroup

_COMMANDS = {
    "apply": ("edge.cli.provision.apply:command", "Make this terminal what the file on the card says."),
    "batch": ("edge.cli.provision.batch:command", "Make one file a terminal, from a list of sites."),
    "check": ("edge.cli.provision.check:command", "Say everything that is wrong with a file, and what it would do."),
    "decommission": ("edge.cli.provision.decommission:command", "Give this terminal up, with a signed receipt."),
    "network": ("edge.cli.provision.network:command", "Say whether the network that the file names was joined."),
    "new": ("edge.cli.provision.new:command", "Make a file; what is not given is asked for."),
    "order-reset": ("edge.cli.provision.order_reset:command", "Make the signed order that resets one terminal."),
    "receipt": ("edge.cli.provision.decommission:receipt_command", "Say whether such a receipt is the terminal's."),
    "reset": ("edge.cli.provision.reset:command", "Erase everything that makes this terminal somebody's."),
    "schema": ("edge.cli.provision.schema:command", "Print the file's JSON schema, for editors."),
    "seal": ("edge.cli.provision.seal:command", "Seal a file's secrets to a claim code."),
    "show": ("edge.cli.provision.show:command", "Show what a file says, without its secrets."),
    "sign": ("edge.cli.provision.sign:command", "Sign a file with head office's key."),
    "status": ("edge.cli.provision.status:command", "Say which file made this terminal, and what is still open."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def group() -> None:
    """Make, check, sign and use the file that makes a card this door's.

    At head office: `edge limits keygen DIR` once; then `edge provision new terminal.toml --key DIR/head-office.key` for
    one terminal, or `edge provision batch sites.csv --out DIR --key DIR/head-office.key` for many. Copy the file to the
    card's first partition as terminal.toml and switch the terminal on; what came of it is in provision.log beside it.
    """
