"""Options and lines that the commands of provisioning share."""

from __future__ import annotations

from pathlib import Path

import click

key_option = click.option(
    "--key", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Head office's private key."
)
HIDDEN = "(secret)"
"""What stands in the place of a secret that is shown."""
template_option = click.option(
    "--template",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A TOML file of what is the same for many terminals: network, head office, configuration.",
)
days_option = click.option(
    "--days",
    default=14,
    show_default=True,
    type=click.IntRange(1, 366),
    help="For how long the file may be used; more than 14 only with its secrets sealed.",
)
limits_option = click.option(
    "--limits",
    "limits_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Head office's limits, signed with the same key (`edge limits sign`); the signature lies beside them.",
)
boot_option = click.option(
    "--boot",
    default=Path("/boot/firmware"),
    type=click.Path(path_type=Path, file_okay=False),
    show_default=True,
    help="The card's first partition.",
)
root_option = click.option(
    "--root",
    default=Path("/"),
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Work on the file system in this folder; its services are left alone.",
)
