"""`edge doctor --acceptance NAME`: the walk at the door, as typed."""

from __future__ import annotations

import hashlib
import shlex
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click
import msgspec

from edge.app.acceptance.items import ITEMS
from edge.app.acceptance.printed import printed
from edge.app.acceptance.protocol import FILE, PRINTED, Book, genuine
from edge.app.acceptance.walk import Site, StopHereError, Walk
from edge.errors import ConfigError, EdgeError, IncompleteError
from edge.journal.log import read
from edge.journal.tail import Tail
from edge.link.asking import report

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.acceptance.facts import Around
    from edge.app.acceptance.protocol import Protocol

NAMES = tuple(item.name for item in ITEMS)
_ALL = {"failed": "fail", "skipped": "skipped"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for.

    Attributes:
        person: Who does the test.
        repeat: Items that are to be done again; "failed" and "skipped" name all of these.
        as_json: Whether the protocol is printed for machines.
    """

    person: str
    repeat: tuple[str, ...] = ()
    as_json: bool = False


def accept(asked: Asked, around: Around) -> None:
    """Walk a person through what is still to be proven, and print the protocol.

    Raises:
        EdgeError: An item failed.
        IncompleteError: None failed, and one was skipped or is still to come.
        SignatureError: The protocol so far was changed since it was signed.
        StoreError: It cannot be read or written.
        JournalError: The door's journal cannot be read.
        ConfigError: There is no such item.
    """
    here = around.here
    book = Book(here.data / "acceptance", here, NAMES)
    book.read()
    again = _again(asked.repeat, book)
    with closing(Tail(here.journal)) as tail:
        walk = Walk(_site(asked.person, around, tail), book)
        try:
            for outcome in walk.through(ITEMS, again):
                click.echo(f"  {outcome.result}: {outcome.measured}", err=True)
        except (StopHereError, click.Abort, KeyboardInterrupt):
            click.echo("\nStopped here; the same command goes on.", err=True)
    book.keep()
    click.echo((book.folder / (FILE if asked.as_json else PRINTED)).read_text(), nl=False)
    command = f"edge doctor --acceptance {shlex.quote(asked.person)} --repeat failed"
    _judge(book.protocol, mend=f"; mend it, and `{command}`")


def verify(file: Path, public: bytes, *, as_json: bool) -> None:
    """Print a protocol that was brought from elsewhere, once it is known to be genuine.

    Args:
        file: The signed file, `acceptance.json`.
        public: The device's public key, PEM.
        as_json: Whether the protocol is printed for machines, rather than its page.

    Raises:
        SignatureError: It was changed since it was signed, or another device wrote it.
        StoreError: It cannot be read, or is none.
        EdgeError: It is genuine, and an item failed.
        IncompleteError: It is genuine, none failed, and one was skipped or is still to come.
    """
    found = genuine(file, public)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        click.echo(printed(found, hashlib.sha256(file.read_bytes()).hexdigest()), nl=False)
    _judge(found, "the protocol is genuine, and ")


def show_list(folder: Path, around: Around, *, as_json: bool) -> None:
    """Print the items, and what became of each so far.

    Raises:
        SignatureError: The protocol so far was changed since it was signed.
        StoreError: It cannot be read.
    """
    book = Book(folder, around.here, NAMES)
    if folder.exists():
        book.read()
    last = {outcome.name: outcome.result for outcome in book.outcomes}
    rows = [
        {"name": item.name, "result": last.get(item.name, "missing"), "ask": item.ask or item.confirm} for item in ITEMS
    ]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(rows)).decode())
        return
    for row in rows:
        click.echo(f"{row['result']:<9}{row['name']:<19}{row['ask'] or 'nothing to do'}")


def _again(repeat: tuple[str, ...], book: Book) -> frozenset[str]:
    """Return the names of what is to be done again."""
    unknown = [name for name in repeat if name not in NAMES and name not in _ALL]
    if unknown:
        raise ConfigError(f"--repeat {unknown[0]}: there is no such item; `edge doctor --list` names them")
    last = {outcome.name: outcome.result for outcome in book.outcomes}
    wanted = {_ALL[name] for name in repeat if name in _ALL}
    return frozenset(repeat) | {name for name, result in last.items() if result in wanted}


def _judge(found: Protocol, before: str = "", mend: str = "") -> None:
    if found.result == "failed":
        raise EdgeError(f"{before}the acceptance test failed: {', '.join(found.failed)}{mend}")
    if found.result == "incomplete":
        open_ = [f"skipped: {', '.join(found.skipped)}"] if found.skipped else []
        open_ += [f"still to come: {', '.join(found.missing)}"] if found.missing else []
        raise IncompleteError(f"{before}the acceptance test is incomplete: {'; '.join(open_)}")


def _site(person: str, around: Around, tail: Tail) -> Site:
    return Site(
        person=person,
        report=partial(report, around.here.socket),
        news=tail.news,
        journal=partial(read, around.here.journal),
        around=around,
        say=partial(click.echo, err=True),
        ask=_ask,
        why=lambda: str(click.prompt("Why", default="", show_default=False, err=True)),
        clock=time.monotonic,
        pause=time.sleep,
        today=lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _ask(question: str, letters: str) -> str:
    """Ask until one of the letters comes; the one of Enter alone begins or leaves, and proves nothing."""
    enter = letters[0] if letters[0] in "bn" else None
    while True:
        answer = str(click.prompt(question, default=enter or "", show_default=False, err=True)).strip().lower()[:1]
        if answer and answer in letters:
            return answer
        click.echo(f"Please answer {', '.join(letters)}.", err=True)
