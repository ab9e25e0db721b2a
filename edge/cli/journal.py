"""`edge journal`: what happened at the door, and whether the record of it is whole."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.errors import JournalError
from edge.journal import chain
from edge.journal.log import lines, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.journal.events import Event


@click.group(name="journal")
def group() -> None:
    """Show and verify the journal."""


@group.command()
@config_option
@data_option
@json_option
@click.option("--last", type=click.IntRange(min=1), help="Only the last N events.")
def show(config_file: Path | None, data: Path | None, as_json: bool, last: int | None) -> None:  # noqa: FBT001 - click calls it by name
    """Print the events, oldest first; with --json one JSON object a line."""
    for event in deque(read(_path(config_file, data)), maxlen=last):
        click.echo(msgspec.json.encode(event).decode() if as_json else _line(event))


@group.command()
@config_option
@data_option
def verify(config_file: Path | None, data: Path | None) -> None:
    """Follow the chain of hashes from the first line to the last; a changed, missing or added line is named."""
    path = _path(config_file, data)
    torn: list[bytes] = []
    head, fault = chain.verify(_whole(lines(path), torn))
    if fault is not None:
        raise JournalError(f"{path}, line {fault.line}: {fault.why}; it is sound up to line {head.number}")
    click.echo(f"{path}: {head.number} events, the chain is whole; its end is {head.digest}")
    if torn:
        click.echo(f"{path}: a last line of {len(torn[0])} bytes is not finished; the door mends it when it starts")


def _path(config_file: Path | None, data: Path | None) -> Path:
    load_config(config_file)  # a configuration with faults is said by every command, not only by those that need it
    return places(data).journal


def _whole(every: Iterator[bytes], torn: list[bytes]) -> Iterator[bytes]:
    for line in every:
        if line.endswith(b"\n"):
            yield line
        else:
            torn.append(line)


def _line(event: Event) -> str:
    when = datetime.fromtimestamp(event.wall, UTC).astimezone().isoformat(sep=" ", timespec="seconds")
    parts = [when, f"{event.occasion:<17}", f"{event.reason or '':<15}", event.sentence]
    parts += [f"[{event.handle!r}]"] if event.handle else []
    parts += [f"(by {event.operator})"] if event.operator else []
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(parts).rstrip()
    )
