"""`edge journal`: what happened at the door, and what proves that the record of it is whole."""

from __future__ import annotations

import getpass
import sys
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from edge.app import notary
from edge.app.auditing import audit
from edge.app.identity import public_file
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.errors import JournalError
from edge.journal.chain import Head
from edge.journal.log import read
from edge.journal.segments import Bounds
from edge.journal.vouching import moment
from edge.values import Occasion, counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.app.places import Places
    from edge.journal.checking import Examined
    from edge.journal.events import Event

_SHOWN = 20
_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
_ACTIVE = "journal.jsonl"


class _HeadParam(click.ParamType[Head]):
    name = "N:DIGEST"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        """Return the head that "17:3f…" names."""
        if isinstance(value, Head):
            return value
        number, _, digest = str(value).partition(":")
        if not number.isdecimal() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            self.fail("a head is the number of a line, a colon, and 64 hexadecimal digits", param, ctx)
        return Head(int(number), digest)


@click.group(name="journal")
def group() -> None:
    """Show, sign, verify and export the journal.

    Every line names the hash of the line before it. `edge journal sign`, which a timer runs, signs the newest with the
    device key; `edge journal verify` says what is wrong, and what is not proven. Whoever keeps a copy of `device.pub`
    and now and then a head (`edge journal verify` prints it) elsewhere can find out what this machine alone cannot:
    that all of it was put back to an earlier state.
    """


@group.command()
@config_option
@data_option
@json_option
@click.option("--last", type=click.IntRange(min=1), help="Only the last N events.")
def show(config_file: Path | None, data: Path | None, last: int | None, *, as_json: bool) -> None:
    """Print the events, oldest first; with --json one JSON object a line."""
    for event in deque(read(_here(config_file, data).journal), maxlen=last):
        click.echo(msgspec.json.encode(event).decode() if as_json else _line(event))


@group.command()
@config_option
@data_option
@json_option
def sign(config_file: Path | None, data: Path | None, *, as_json: bool) -> None:
    """Sign the newest line with the device key, and say so; a new key is made where there is none.

    A door that runs is asked which line lasts, and goes on undisturbed. Exit code 3: the key; 9: the journal cannot
    be signed, or is not as it was written; what could be signed was.
    """
    here = places(data)
    signed = notary.sign_journal(here, Bounds.of(load_config(config_file).journal))
    if as_json:
        click.echo(msgspec.json.encode(signed).decode())
    elif signed.signatures:
        click.echo(f"{here.journal}: signed up to line {signed.head.number}, {signed.lines} of them new")
    else:
        click.echo(f"{here.journal}: nothing new since line {signed.head.number}")
    if signed.findings:
        found = "\n".join(f"  {finding}" for finding in signed.findings)
        raise JournalError(f"{here.journal}: the journal is not as it was written:\n{found}")


@group.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True), required=False)
@config_option
@data_option
@json_option
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The device's public key, as you keep it elsewhere; without it the one of this machine, which who changes the"
    " journal may have changed, too.",
)
@click.option("--head", "heads", type=_HeadParam(), multiple=True, help="A head that you kept; may be given again.")
def verify(
    path: Path | None,
    config_file: Path | None,
    data: Path | None,
    key: Path | None,
    heads: tuple[Head, ...],
    *,
    as_json: bool,
) -> None:
    """Verify the journal of this machine; or PATH: a copy of its folder, or a file that `export` wrote.

    Any changed, deleted, added, moved or cut off line, file or signature is named. What the signatures do not reach is
    said: lines since the last one, which whoever can write the files could have written.

    Exit code 0: whole, and signed; 1: whole, but no signature proves anything; 9: something is wrong.
    """
    here = _here(config_file, data)
    known = key or public_file(here)
    public = known.read_bytes() if known.exists() else None
    if path is None or path.is_dir():
        where = path / _ACTIVE if path else here.journal
        examined = notary.verify_journal(where, public, heads)
    else:
        where = path
        examined = notary.verify_export(path, public, heads)
    click.echo(msgspec.json.encode(examined).decode() if as_json else _verdict(where, examined))
    if examined.findings:
        raise JournalError(f"{where}: {_found(examined)}")
    if not examined.proven and examined.last.number:
        sys.exit(1)


@group.command()
@config_option
@data_option
@json_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A new file.")
@click.option("--since", type=click.DateTime(_DAYS), help="From this time on (of this machine's time zone).")
@click.option("--until", type=click.DateTime(_DAYS), help="Up to this time.")
@click.option("--operator", help="Who exports it; without it the user of this machine.")
def export(  # noqa: PLR0913 - click calls it by name
    config_file: Path | None,
    data: Path | None,
    out: Path,
    since: datetime | None,
    until: datetime | None,
    operator: str | None,
    *,
    as_json: bool,
) -> None:
    """Write events to a file as JSON lines, signed as a whole; `edge journal verify FILE` accepts it.

    The lines are those of the journal: {"hash": …, "body": {"event": …, "n": …, "prev": …}}; the last one is the
    signature. It is written into the journal that it was exported, and by whom.
    """
    bounds, here = Bounds.of(load_config(config_file).journal), places(data)
    window = since.timestamp() if since else float("-inf"), until.timestamp() if until else float("inf")
    exported = notary.export_journal(here, out, window, bounds)
    words = f"lines {exported.first} to {exported.head.number} of the journal, to {out}"
    audit(here, Occasion.EXPORTED, operator=operator or getpass.getuser(), words=words)
    click.echo(msgspec.json.encode(exported).decode() if as_json else f"exported: {words}")


def _here(config_file: Path | None, data: Path | None) -> Places:
    load_config(config_file)  # a configuration with faults is said by every command, not only by those that need it
    return places(data)


def _verdict(where: Path, examined: Examined) -> str:
    """Return what is whole, and what is not proven."""
    count = examined.last.number - examined.first + 1 if examined.last.number else 0
    lines = [
        f"{where}: {count} events, lines {examined.first} to {examined.last.number}" if count else f"{where}: empty"
    ]
    if count and not examined.findings:
        lines.append(f"the chain is whole; its end is {examined.last.number}:{examined.last.digest}")
        lines += _proof(examined)
    return "\n".join([*lines, *(f"note: {remark}" for remark in examined.remarks)])


def _proof(examined: Examined) -> Iterator[str]:
    if not examined.proven:
        yield "NOT PROVEN: no signature; whoever can write the files could have written all of it"
        return
    when = "as you kept it" if examined.proven_at is None else f"signed at {moment(examined.proven_at)}"
    yield f"proven up to line {examined.proven}, {when}"
    if examined.unproven:
        since = "" if examined.unproven_since is None else f" since {moment(examined.unproven_since)}"
        yield f"not proven, for it is not signed yet: {counted(examined.unproven, 'line')}{since}"


def _found(examined: Examined) -> str:
    shown = [str(finding) for finding in examined.findings[:_SHOWN]]
    more = len(examined.findings) - len(shown) + examined.hidden
    shown += [f"and {more} more"] if more else []
    return "it was changed or is damaged:\n" + "\n".join(f"  {line}" for line in shown)


def _line(event: Event) -> str:
    when = datetime.fromtimestamp(event.wall, UTC).astimezone().isoformat(sep=" ", timespec="seconds")
    parts = [when, f"{event.occasion:<17}", f"{event.reason or event.alarm or '':<19}", event.sentence]
    parts += [f"[{event.handle!r}]"] if event.handle else []
    parts += [f"(by {event.operator})"] if event.operator else []
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(parts).rstrip()
    )
