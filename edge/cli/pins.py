"""`edge people pin`: give somebody a PIN, a duress PIN, or none."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

import click

from edge.app.auditing import audit
from edge.app.places import places
from edge.app.settings import load_config
from edge.app.vault import open_store
from edge.cli.options import config_option, data_option
from edge.errors import EdgeError, EnrolError
from edge.people import pins
from edge.people.names import person_id, shown
from edge.people.pins import PinMatch
from edge.people.records import Secrets
from edge.values import Occasion

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_LINE = 256


@click.command("pin")
@click.argument("person", metavar="ID")
@click.option("--duress", is_flag=True, help="Set the duress PIN; the usual one is asked for first.")
@click.option("--remove", is_flag=True, help="Take the PIN away, and the duress PIN with it; with --duress only that.")
@click.option("--stdin", is_flag=True, help="Read from standard input, one a line, rather than asking.")
@click.option("--operator", help="Who does this; without it the user of this machine.")
@data_option
@config_option
def pin(  # noqa: PLR0913 - a command's options
    person: str,
    operator: str | None,
    data: Path | None,
    config_file: Path | None,
    *,
    duress: bool,
    remove: bool,
    stdin: bool,
) -> None:
    """Give somebody a PIN of 4 to 12 digits, typed twice and not shown.

    PINs that many people choose are refused: repeated and following digits, years and dates, the person's own number.
    A duress PIN opens the door like the usual one and alarms silently; at least two slips of the finger lie between
    the two. A new PIN takes the duress PIN away. Nobody can read a PIN afterwards.

    \b
    edge people pin a.lind
    edge people pin a.lind --duress
    printf '7391\\n' | edge people pin a.lind --stdin
    """  # noqa: D301 - click's mark for lines that stay
    here = places(data)
    with open_store(load_config(config_file), here) as store:
        found = store.person(person_id(person))
        if found is None:
            raise EdgeError(f"nobody is enrolled under the id {shown(person)}; `edge people list` names everybody")
        before = store.secrets(found.id)
        if remove:
            after, done = (Secrets(before.pin, "") if duress else Secrets("", "")), "removed"
        elif duress:
            usual = _typed("The usual PIN", stdin=stdin, twice=False)
            if pins.check(before, usual) is not PinMatch.RIGHT:
                raise EnrolError(f"{found.id}: this is not the usual PIN; set that one first, without --duress")
            wanted = _typed("The duress PIN", stdin=stdin, twice=True)
            after, done = Secrets(before.pin, pins.new_duress(wanted, usual, found.id)), "set"
        else:
            after, done = Secrets(pins.new(_typed("The new PIN", stdin=stdin, twice=True), found.id), ""), "set"
        store.set_secrets(found.id, after)
    what = "duress PIN" if duress else "PIN"
    audit(
        here, Occasion.PIN_CHANGED, operator=operator or getpass.getuser(), words=f"{what} {done}", handle=found.handle
    )
    click.echo(f"{found.id}: the {what} was {done}")
    if before.duress_pin and not after.duress_pin and not duress:
        click.echo(f"{found.id}: the duress PIN was taken away with it; set a new one with --duress")


def _typed(what: str, *, stdin: bool, twice: bool) -> str:
    if stdin:
        return sys.stdin.readline(_LONGEST_LINE).rstrip("\r\n")
    typed: str = click.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
    return typed
