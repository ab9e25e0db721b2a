"""`edge provision batch`: make one file a terminal, from a list of sites."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from edge.app.provisioning_batch import Order, make
from edge.app.provisioning_claims import CLAIMS, SHEET
from edge.cli.provision.words import days_option, key_option, limits_option, template_option


@click.command("batch")
@click.argument("sites", type=click.Path(path_type=Path, dir_okay=False))
@template_option
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder of the files.")
@key_option
@limits_option
@days_option
@click.option("--seal", "sealed", is_flag=True, help="Seal each file's secrets to a claim code of its own.")
def command(  # noqa: PLR0913 - its options
    sites: Path, template: Path | None, out: Path, key: Path, limits_file: Path | None, *, days: int, sealed: bool
) -> None:
    """Make one signed file a terminal, from SITES: CSV with a header, one row a terminal.

    Columns: id, site, door, hostname, time_zone, language, serial; ssid, passphrase, country, address, gateway, dns,
    proxy, ntp; token, which is shown for a certificate. Several dns or ntp have spaces between them. What the columns
    leave out is taken from the template. Each terminal gets tokens of its own; they and the claim codes are in
    claims.csv, and the codes as QR in claims.html: keep both at head office.

    A row whose file is there already keeps it, if it is signed, has not expired, and is as it would be made now, its
    secrets included; else that is a fault. With a fault in any row nothing is written, and the exit code is 14.
    """
    order = Order(sites=sites, template=template, out=out, key=key, days=days, sealed=sealed, limits=limits_file)
    done = make(order, _told)
    click.echo(f"{len(done.made)} made, {len(done.kept)} kept in {out}")
    if done.kept:
        click.echo(f"kept, being as they would be made now: {', '.join(done.kept)}")
    for note in done.notes:
        click.echo(f"note: {note}")
    if done.made:
        click.echo(
            f"{out / CLAIMS}: the tokens{' and claim codes, as QR in ' + SHEET if sealed else ''}; not for the card"
        )


def _told(done: int, of: int) -> None:
    """Show how far it is, to a person; a log has the outcome."""
    if sys.stderr.isatty():
        click.echo(f"\r{done}/{of}", nl=done == of, err=True)
