"""`edge provision new`: make a file; what is not given is asked for."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from edge import keys
from edge.app.provisioning_batch import chance
from edge.app.provisioning_files import private_key, signed_limits, write
from edge.app.provisioning_template import template_of
from edge.cli.provision.asking import asked, asked_of_door, person
from edge.cli.provision.words import days_option, key_option, limits_option, template_option
from edge.errors import ProvisionError
from edge.provision import seal
from edge.provision.claim_code import grouped, new_code
from edge.provision.commented import commented
from edge.provision.making import Chance, drawn, lasting, made
from edge.provision.notes import notes
from edge.provision.secret_keys import LONGEST_OPEN
from edge.provision.signature import sign

_ASKED = {
    "terminal.id": "Id of the terminal, which no other has",
    "terminal.site": "Site",
    "terminal.door": "Door",
    "terminal.time_zone": "Time zone, as Europe/Berlin",
}
_NOT_SET = {
    "terminal.issued": "is the moment in which the file is made, and cannot be set",
    "terminal.expires": "follows from --days",
}


@click.command("new")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@key_option
@template_option
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="KEY=VALUE",
    help="What is this terminal's own, as terminal.site=Berlin, board=pi or network.hidden=true; repeat it for more.",
)
@limits_option
@days_option
@click.option("--seal", "sealed", is_flag=True, help="Seal the secrets to a new claim code, which is printed.")
def command(  # noqa: PLR0913 - its options
    file: Path,
    key: Path,
    template: Path | None,
    given: tuple[str, ...],
    limits_file: Path | None,
    *,
    days: int,
    sealed: bool,
) -> None:
    """Make a signed provisioning FILE; what is needed and not given is asked for at a terminal.

    Secrets are asked for without being shown; in a script they stand in the template. A file that is there is not
    replaced; one made before may be the template, and gives what is not its terminal's alone. The tokens that are drawn
    are printed once and kept nowhere.
    """
    values = dict(_pair(one) for one in given)
    if file.exists():
        raise ProvisionError(f"{file} is there already, and is not replaced: remove it, or name another")
    private, tokens = private_key(key), chance()
    of = template_of(template, private)
    if limits_file:
        of.tables["limits"] = signed_limits(limits_file, private)
    if sys.stdin.isatty():
        values = asked_of_door(asked(_ASKED, values, of.tables, person), of.tables, person)
    issued = datetime.now(UTC).replace(microsecond=0)
    document, faults = made(of.tables, values, issued, min(days, LONGEST_OPEN.days) if sealed else days, tokens)
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise ProvisionError(f"{file}: {len(faults)} fault(s), nothing was written:\n{lines}", faults)
    code = new_code() if sealed else ""
    done = seal(lasting(document, days), code, str(file)) if code else document
    write(file, sign(commented(done), private))
    click.echo(f"{file}: signed with {keys.key_id(keys.public_of(private))}, until {done.terminal.expires}")
    _say_tokens(drawn(document, tokens))
    for note in (*of.notes(template), *notes(done)):
        click.echo(f"note: {note}")
    if code:
        click.echo(f"claim code: {grouped(code)}")


def _say_tokens(own: Chance) -> None:
    """Print what was drawn, and is known by its hash alone, or by a box, from now on."""
    for words, token in (("administrator's", own.admin), ("certificate's", own.token)):
        if token:
            click.echo(f"{words} token, once: {token}")


def _pair(text: str) -> tuple[str, str]:
    key, sign_, value = text.partition("=")
    key = key.strip()
    if not sign_ or not key:
        raise click.BadParameter(f"{text}: must be KEY=VALUE, as terminal.site=Berlin or board=pi", param_hint="--set")
    if instead := _NOT_SET.get(key):
        raise click.BadParameter(f"{key}: {instead}", param_hint="--set")
    return key, value
