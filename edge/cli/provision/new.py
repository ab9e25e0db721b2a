"""`edge provision new`: make a file; what is not given is asked for."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from edge import keys
from edge.app.provisioning_batch import chance, template_of
from edge.app.provisioning_files import private_key, signed_limits, write
from edge.cli.provision.words import days_option, key_option, template_option
from edge.errors import ProvisionError
from edge.provision import seal
from edge.provision.claim_code import grouped, new_code
from edge.provision.commented import commented
from edge.provision.making import lasting, made
from edge.provision.notes import notes
from edge.provision.secret_keys import LONGEST_OPEN
from edge.provision.signature import sign

_ASKED = {
    "terminal.id": "Id of the terminal, which no other has",
    "terminal.site": "Site",
    "terminal.door": "Door",
    "terminal.time_zone": "Time zone, as Europe/Berlin",
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
    help="What is this terminal's own, as terminal.site=Berlin or network.ssid=doors; repeat it for more.",
)
@click.option(
    "--limits",
    "limits_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Head office's limits, signed with the same key (`edge limits sign`); the signature lies beside them.",
)
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
    replaced. The first administrator's token is printed once and kept nowhere.
    """
    if file.exists():
        raise ProvisionError(f"{file} is there already, and is not replaced: remove it, or name another")
    private, drawn = private_key(key), chance()
    tables = template_of(template, private)
    if limits_file:
        tables["limits"] = signed_limits(limits_file, private)
    values = _asked(dict(_pair(one) for one in given), tables)
    issued = datetime.now(UTC).replace(microsecond=0)
    document, faults = made(tables, values, issued, min(days, LONGEST_OPEN.days) if sealed else days, drawn)
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise ProvisionError(f"{file}: {len(faults)} fault(s), nothing was written:\n{lines}", faults)
    code = new_code() if sealed else ""
    document = seal(lasting(document, days), code) if code else document
    write(file, sign(commented(document), private))
    click.echo(f"{file}: signed with {keys.key_id(keys.public_of(private))}, until {document.terminal.expires}")
    if document.admin and document.admin.token_hash and "token_hash" not in tables.get("admin", {}):
        click.echo(f"administrator's token, once: {drawn.admin}")
    for note in notes(document):
        click.echo(f"note: {note}")
    if code:
        click.echo(f"claim code: {grouped(code)}")


def _asked(values: dict[str, str], tables: dict[str, Any]) -> dict[str, str]:
    """Return the values with what is needed and was not given; asked for at a terminal alone."""
    for path, words in _ASKED.items():
        table, _, name = path.partition(".")
        if path not in values and name not in tables.get(table, {}) and sys.stdin.isatty():
            values[path] = click.prompt(words)
    network = tables.get("network", {})
    has_ssid = values.get("network.ssid") or network.get("ssid")
    if has_ssid and "passphrase" not in network and "network.passphrase" not in values and sys.stdin.isatty():
        values["network.passphrase"] = click.prompt("Passphrase of the Wi-Fi", hide_input=True)
    return values


def _pair(text: str) -> tuple[str, str]:
    key, sign_, value = text.partition("=")
    if not sign_ or "." not in key:
        raise ProvisionError(f"--set {text}: must be KEY=VALUE, as terminal.site=Berlin")
    return key.strip(), value
