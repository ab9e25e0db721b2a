"""`edge provision sign`: sign a file with head office's key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from edge import keys
from edge.app.provisioning_files import private_key, signed_text, text_of, unlike_signed, write
from edge.cli.provision.words import key_option


@click.command("sign")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@key_option
def command(file: Path, key: Path) -> None:
    """Sign FILE with head office's private key, after looking for faults.

    The signature becomes the last line, in the place of one that was there. The key is the one that signs the limits:
    `edge limits keygen`. Exit code 14 when the file has faults or has expired, 3 when the key is none.
    """
    private, text = private_key(key), text_of(file)
    signed = signed_text(text, str(file), private, datetime.now(UTC))
    if note := unlike_signed(text, str(file), private):
        click.echo(f"note: {note}", err=True)
    write(file, signed)
    click.echo(f"{file}: signed with {keys.key_id(keys.public_of(private))}")
