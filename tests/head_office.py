"""Head office's folder, and how its files are made there: for the tests of `edge provision`."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from edge.cli.provision.check import Checked
from edge.keys import new_pair
from edge.provision import parse
from edge.provision.commented import commented
from edge.provision.signature import sign, split

if TYPE_CHECKING:
    from tests.e2e.conftest import Typed

TEMPLATE = 'board = "gpiochip"\n[terminal]\ntime_zone = "Europe/Berlin"\n'
WIFI = '[network]\nssid = "doors"\npassphrase = "correct horse"\ncountry = "DE"\n'
PASSPHRASE = "correct horse"  # noqa: S105 - of no Wi-Fi
OFFICE = '[head_office]\nurl = "https://ca.example/.well-known/est"\n'
OWN = ("terminal.id=b-1", "terminal.site=Berlin", "terminal.door=Main")
SITES = "id;site;door;passphrase\nb-1;Berlin;Main;correct horse\nb-2;Berlin;Back;correct horse\n"


def furnish(folder: Path) -> None:
    """Put into a folder head office's keys, a template and a list of sites."""
    private, public = new_pair()
    (folder / "head-office.key").write_bytes(private)
    (folder / "head-office.pub").write_bytes(public)
    (folder / "template.toml").write_text(TEMPLATE + WIFI)
    (folder / "sites.csv").write_text(SITES)


def new(typed: Typed, file: str, *more: str, template: str = "template.toml") -> tuple[int, str, str]:
    own = [word for one in OWN for word in ("--set", one)]
    done = typed("provision", "new", file, "--key", "head-office.key", "--template", template, *own, *more)
    return done.code, done.out, done.err


def batch(typed: Typed, *more: str) -> tuple[int, str, str]:
    words = ("--key", "head-office.key", "--template", "template.toml", "--out", "out", *more)
    done = typed("provision", "batch", "sites.csv", *words)
    return done.code, done.out, done.err


def checked(typed: Typed, file: str, *more: str) -> tuple[int, Checked]:
    done = typed("provision", "check", file, "--json", *more)
    return done.code, msgspec.json.decode(done.out, type=Checked)


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


def printed(out: str, words: str) -> str:
    (line,) = [line for line in out.splitlines() if words in line]
    return line.rpartition(": ")[2]


def resigned(path: Path, days_ago: int) -> None:
    """Make a file one that head office signed so many days ago, for 14 days."""
    text = path.read_text()
    told = parse(split(text, "")[0], "")
    issued = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days_ago)
    body = split(commented(told), "")[0]
    body = body.replace(told.terminal.issued.isoformat(), issued.isoformat())
    body = body.replace(told.terminal.expires.isoformat(), (issued + timedelta(days=14)).isoformat())
    path.write_text(sign(body, Path("head-office.key").read_bytes()))
