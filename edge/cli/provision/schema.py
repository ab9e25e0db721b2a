"""`edge provision schema`: print the file's JSON schema."""

from __future__ import annotations

import json

import click

from edge.provision.schema import schema


@click.command("schema")
def command() -> None:
    """Print the JSON schema of the file, for editors that know TOML.

    Keep it beside the file as terminal.schema.json: the first line of what `edge provision new` makes points there.
    """
    click.echo(json.dumps(schema(), indent=1))
