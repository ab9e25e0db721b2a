"""`edge provision seal`: seal a file's secrets to a claim code."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from edge import keys
from edge.app.provisioning_files import document_of, private_key, signed_text, text_of, unlike_signed, write
from edge.cli.provision.words import key_option
from edge.provision import seal
from edge.provision.claim_code import grouped, new_code
from edge.provision.commented import commented


@click.command("seal")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@key_option
def command(file: Path, key: Path) -> None:
    """Seal FILE's secrets to a new claim code, and sign it again; the code is printed, and kept nowhere.

    The file may then travel openly. Whoever installs the terminal types the code on its keypad and `#`, or gives it to
    `edge provision apply --code`; send it another way than the card. The file's own comments are lost.
    """
    private, code, name, text = private_key(key), new_code(), str(file), text_of(file)
    sealed = commented(seal(document_of(file), code, name))
    signed = signed_text(sealed, name, private, datetime.now(UTC))
    if note := unlike_signed(text, name, private):
        click.echo(f"note: {note}", err=True)
    write(file, signed)
    click.echo(f"{file}: sealed, and signed with {keys.key_id(keys.public_of(private))}", err=True)
    click.echo(grouped(code))
