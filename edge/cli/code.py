"""`edge code`: signed codes that people show to the camera as QR."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click
from msgspec import Struct

from edge.access.code import Code, Here, judge
from edge.app import issuing
from edge.app.codes import CodeDesk
from edge.app.durable import replace_file
from edge.app.issuers import Issuers
from edge.app.places import places
from edge.app.settings import load_config
from edge.app.vault import open_store
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import emit
from edge.errors import EdgeError, PictureError
from edge.people.names import person_id, shown
from edge.people.spent import Spent
from edge.values import CODE_FAULTS, CodeFault, Handle

_LONGEST_FILE = 65_536


class IssuedCode(Struct, frozen=True):
    """What `edge code issue --json` prints.

    Attributes:
        code: The compact text; a QR code says exactly this.
        handle: Whom it names.
        door: For which door; empty for any door of the purpose.
        purpose: For what; empty for whatever the door is for.
        begins: From when it is valid, seconds since the epoch.
        expires: Until when.
    """

    code: str
    handle: str
    door: str
    purpose: str
    begins: float
    expires: float


class CheckedCode(Struct, frozen=True):
    """What `edge code check --json` prints.

    Attributes:
        good: Whether this terminal would take it now.
        fault: Why not; null when it is good.
        states: What it states, once its signature is proven.
    """

    good: bool
    fault: str | None
    states: dict[str, object]


@click.group("code")
def group() -> None:
    """Issue and check the signed, expiring, one-time codes that people show to the camera as QR.

    Whoever issues makes a key once, `edge code new-key DIR`, and keeps the private half. The public half is put on
    every terminal, into the folder `issuers` beside terminal.toml. A code names one person by their handle, one door
    (`door.name`) or purpose, and a while; it opens nothing by itself: the person's face is looked for, too, and the
    door's rules say what it takes (`factors = "face+qr"` or `"qr>face"` in `[[rules.access]]`).
    """


@group.command("new-key")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", default="issuer", show_default=True, help="What the files are called.")
def new_key(folder: Path, name: str) -> None:
    """Make an issuer's key pair in FOLDER; keys that are there are never replaced."""
    private, public = issuing.new_key(folder, name)
    click.echo(f"{private}: the private key; whoever has it lets people in: keep it where no network reaches")
    click.echo(f"{public}: the public key; put it into the folder issuers of every terminal that is to believe it")


@group.command("issue")
@click.option("--id", "person", metavar="ID", help="Whom it names: somebody who is enrolled here.")
@click.option("--handle", metavar="HANDLE", help="Or their handle, as `edge people show` prints it.")
@click.option("--door", default="", help="For the door of this name; without it any door of the purpose.")
@click.option("--purpose", default="", help="For what: door, identity, payment, desk.")
@click.option("--minutes", type=click.FloatRange(min=0.1), default=5.0, show_default=True, help="For how long.")
@click.option("--key", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The private key.")
@click.option("--png", type=click.Path(path_type=Path, dir_okay=False), help="Write the QR code to this file.")
@data_option
@config_option
@json_option
def issue(  # noqa: PLR0913 - a command's options
    *,
    person: str | None,
    handle: str | None,
    door: str,
    purpose: str,
    minutes: float,
    key: Path,
    png: Path | None,
    data: Path | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """Issue a code for one person; print it as text and as QR.

    \b
    edge code issue --id a.lind --door "front door" --minutes 10 --key issuer.key --png code.png
    edge code issue --handle 4f0c… --purpose door --minutes 60 --key issuer.key --json
    """  # noqa: D301 - click's mark for lines that stay
    config = load_config(config_file)
    if (person is None) == (handle is None):
        raise click.UsageError("name whom the code is for: either --id or --handle")
    if not (door or purpose):
        raise click.UsageError("name what the code is for: --door, --purpose or both")
    if minutes * 60 > config.codes.longest_s:
        raise click.UsageError(f"--minutes: a terminal of these settings takes at most {config.codes.longest_s / 60:g}")
    whom = Handle(handle or "")
    if person is not None:
        with open_store(config, places(data)) as store:
            found = store.person(person_id(person))
        if found is None:
            raise EdgeError(f"nobody is enrolled under the id {shown(person)}; `edge people list` names everybody")
        whom = found.handle
    begins, seconds = time.time(), minutes * 60
    text = issuing.issue(key, whom, door=door, purpose=purpose, begins=begins, seconds=seconds)
    if png is not None:
        _write(png, issuing.png(text))
    if as_json:
        emit(IssuedCode(text, whom, door, purpose, int(begins), int(begins) + int(seconds)))
        return
    click.echo(text)
    click.echo(issuing.blocks(text))
    click.echo(f"valid once, until {_moment(begins + seconds)}" + (f"; written to {png}" if png else ""))


@group.command("check")
@click.argument("what", metavar="FILE|TEXT")
@data_option
@config_option
@json_option
def check(what: str, data: Path | None, config_file: Path | None, *, as_json: bool) -> None:
    """Say whether this terminal would take a code now: its text, a file of it, or a picture of its QR.

    It is not used up, and whether it was used already is not asked. The machine's clock is taken to be right.
    Exits with 1 when the code is refused.
    """
    config, here = load_config(config_file), places(data)
    place = Here(frozenset({config.door.name}), config.door.purpose, config.codes.longest_s)
    desk = CodeDesk(issuers=Issuers(here.issuers), here=place, spent=Spent(here.spent), by_handle=lambda _: None)
    stated = desk.stated(_text(what))
    if isinstance(stated, CodeFault):
        _report(stated, {}, as_json=as_json)
        return
    judged = judge(stated, place, time.time())
    _report(None if isinstance(judged, Code) else judged, stated, as_json=as_json)


def _report(fault: CodeFault | None, stated: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        emit(CheckedCode(fault is None, fault, stated))
    else:
        for name, value in stated.items():
            when = f" ({_moment(value)})" if name in {"iat", "nbf", "exp"} and isinstance(value, int | float) else ""
            click.echo(f"{shown(name)}  {shown(str(value))}{when}")
        click.echo("good here and now" if fault is None else f"refused: {CODE_FAULTS[fault]}")
    if fault is not None:
        raise SystemExit(1)


def _text(what: str) -> str:
    """Return the code's text: what was typed, or what the file of this name holds."""
    path = Path(what)
    try:
        if len(what) > 255 or not path.is_file():
            return what.strip()
        data = path.read_bytes()[:_LONGEST_FILE]
    except (OSError, ValueError) as error:
        raise EdgeError(f"{shown(what)}: cannot be read: {error}") from error
    try:
        from edge.vision.codes import read_code  # noqa: PLC0415 - only for pictures
        from edge.vision.picture import read  # noqa: PLC0415 - as above

        return read_code(read(path)) or ""
    except PictureError:
        return data.decode("ascii", "replace").strip()


def _write(path: Path, content: bytes) -> None:
    try:
        replace_file(path, content)
    except OSError as error:
        raise EdgeError(f"{path}: cannot be written: {error.strerror or error}") from error


def _moment(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(" ", "seconds")
    except (ValueError, OverflowError, OSError):
        return "no date"
