"""`edge people export`, `import` and `address`: people from one terminal of a branch to another."""

from __future__ import annotations

import getpass
from pathlib import Path

import click
from rich.progress import Progress

from edge.app import people_letters
from edge.app.durable import replace_file
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option, operator_option
from edge.cli.reports import emit
from edge.cli.screen import console
from edge.errors import EdgeError, EnrolError
from edge.people.names import person_id, shown
from edge.values import counted

file_argument = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.command("address")
@data_option
@json_option
def address(data: Path | None, *, as_json: bool) -> None:
    """Say by which keys other terminals write to this one, and believe what it writes.

    Others export with --to letters.pub of this terminal; and they believe its letters when its device.pub lies in
    their folder `senders`, beside their configuration. Compare the names of the keys by telephone.
    """
    found = people_letters.address(places(data))
    if as_json:
        emit(found)
        return
    click.echo(f"written to by  {found.letters}  ({found.letters_id})")
    click.echo(f"believed by    {found.device}  ({found.device_id})")


@click.command("export")
@click.option(
    "--to",
    "reader",
    required=True,
    metavar="TERMINAL.pub",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The letters.pub of the terminal that is to read it (`edge people address` there).",
)
@operator_option
@file_argument
@click.argument("who", nargs=-1, metavar="[ID]...")
@data_option
@config_option
@json_option
def export(reader: Path, file: Path, who: tuple[str, ...], data: Path | None, *, as_json: bool, **what: object) -> None:
    """Write people into a sealed letter for another terminal: those of the IDs, or everybody.

    It holds their templates, consents and the hashes of their PINs, sealed to the other terminal's key and signed by
    this one's. They keep their handles, so that one erasure names them everywhere.
    """
    config, here = load_config(_path(what["config_file"])), places(data)
    operator = str(what["operator"] or getpass.getuser())
    wanted = [person_id(one) for one in who]
    try:
        letter, count = people_letters.write(config, here, wanted, reader.read_bytes(), operator)
        replace_file(file, letter)
    except OSError as error:
        raise EdgeError(f"{error.filename or file}: {error.strerror or error}") from error
    if as_json:
        emit({"file": str(file), "people": count, "bytes": len(letter)})
    else:
        click.echo(f"{counted(count, 'person', 'people')} in {file}, {len(letter):,} bytes")


@click.command("import")
@operator_option
@file_argument
@data_option
@config_option
@json_option
def import_people(file: Path, data: Path | None, *, as_json: bool, **what: object) -> None:
    """Take in the people of a letter that another terminal wrote to this one.

    Each is taken in as a whole or not at all. Whoever was removed here stays removed; an id or a face that is somebody
    else's here, a consent that does not count, and templates of another model are refused and named.
    """
    config, here = load_config(_path(what["config_file"])), places(data)
    operator = str(what["operator"] or getpass.getuser())
    try:
        letter = file.read_bytes()
    except OSError as error:
        raise EdgeError(f"{file}: {error.strerror or error}") from error
    with Progress(console=console, transient=True) as shown_:
        task = shown_.add_task("taking in", total=None)
        found = people_letters.receive(
            config, (here, data), letter, operator, lambda done, total: shown_.update(task, completed=done, total=total)
        )
    if as_json:
        emit(found)
    else:
        for one in found:
            if one.error:
                click.echo(one.error)
        click.echo(people_letters.told(found))
    refused = [one for one in found if one.error]
    if refused:
        raise EnrolError(
            f"{file}: {len(refused)} of {len(found)} people were not taken in, {shown(refused[0].id)} first"
        )


def _path(value: object) -> Path | None:
    return value if isinstance(value, Path) else None
